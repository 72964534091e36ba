"""What finalists of flesh and blood would type: prompts and settings by character, drawn from a seed."""

import random
from dataclasses import dataclass

VOICES = {
    "mei-ling": ("Answer in numbered points with a title.", "You are an expert on Singapore culture. Be clear."),
    "arjun": ("You are a stand-up comedian. Make the audience laugh.", "Be witty and light-hearted. Add jokes."),
    "farah": ("Tell it as a personal memory. Be nostalgic.", "Speak as a grandmother telling her life."),
    "wei-jie": ("Talk like a kopitiam uncle. Be brief.", "Use Singlish, with lah and leh. Keep it short."),
    "priya": ("You are a professor of Singapore studies. Be formal.", "Write like a policy brief. Be thorough."),
}
ANYONE = ("Be clear and accurate.", "Write plainly, with concrete facts.", "Tell a short story from daily life.")
WISHES = (
    "Write one paragraph.",
    "Name places that everybody knows.",
    "Answer in points.",
    "End on a warm note.",
    "Keep it under 80 words.",
    "Use concrete facts.",
    "Give one surprising example.",
)
HABITS = ("steady", "tweaker", "tweaker", "returner", "late")


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt as planned: when (share of the clock) and with what."""

    at: float
    system_prompt: str
    temperature: float
    top_p: float
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A finalist's round. `returns_at`: when they choose their first attempt again; `draft_only`: never generates."""

    tries: tuple[Try, ...]
    returns_at: float | None = None
    draft_only: bool = False


def plan(finalist: str, round_: str, seed: object) -> Plan:
    """What a finalist does in a round; the same for the same seed (anything with a text)."""
    rng = random.Random(f"{seed}/{round_}/{finalist}")
    habit = rng.choice(HABITS)
    first = _try(finalist, rng, rng.uniform(0.18, 0.32))
    if habit == "late":
        late = _try(finalist, rng, 0.9)
        return Plan((late,), draft_only=rng.random() < 0.5)
    if habit == "steady":
        return Plan((first,))
    second = _try(finalist, rng, rng.uniform(0.55, 0.7))
    return Plan((first, second), returns_at=0.88 if habit == "returner" else None)


def _try(finalist: str, rng: random.Random, at: float) -> Try:
    voice = rng.choice(VOICES.get(finalist, ANYONE))
    prompt = " ".join([voice, *rng.sample(WISHES, rng.randint(1, 2))])
    return Try(at, prompt, round(rng.uniform(0.3, 1.1), 1), rng.choice((0.8, 0.9, 0.95)), rng.randrange(2**31))
