"""What a system prompt may ask for, and many ways of asking. How the wish is granted lives in `compose`."""

import random
from dataclasses import dataclass

NUMBERS = {3: "three", 4: "four", 5: "five"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A style (the voice), a form (the layout), a title or not, how many points; `word` is an acronym asked for."""

    style: str = "plain"
    form: str = "prose"
    titled: bool = False
    points: int = 3
    counted: bool = False
    word: str = ""

    @property
    def register(self) -> str:
        """The wish as one word for provenance, such as `funny-points`."""
        return f"{self.style}-{self.form}"


STYLES = {
    "plain": [
        "",
        "",
        "",
        "Be clear and accurate.",
        "Write plainly.",
        "Use concrete facts.",
        "Be informative and warm.",
        "You are an expert on Singapore culture.",
        "Write for an educated audience.",
        "Be factual.",
    ],
    "formal": [
        "Be formal.",
        "Write in a formal tone.",
        "You are a professor of Singapore studies.",
        "Use formal English.",
        "Write like a scholar.",
        "Be serious and analytical.",
        "Write like a policy brief.",
        "Use an academic style.",
    ],
    "memoir": [
        "Write it as a memoir.",
        "Write in the first person.",
        "Tell it as a personal memory.",
        "Be nostalgic.",
        "You are an elderly Singaporean remembering.",
        "Tell a personal story.",
        "Write from the heart, as a memoir.",
        "Use my own memories.",
        "Speak as a grandmother telling her life.",
        "Make it a touching story.",
    ],
    "funny": [
        "Be funny.",
        "Use humour.",
        "Make the audience laugh.",
        "You are a stand-up comedian.",
        "Be witty.",
        "Add jokes.",
        "Write humorously.",
        "Be light-hearted and funny.",
        "Tell it with a smile.",
        "Be hilarious.",
    ],
    "singlish": [
        "Use Singlish.",
        "Write in Singlish.",
        "Talk like a kopitiam uncle.",
        "Use some Singlish words.",
        "Speak Singlish, with lah and leh.",
        "Be a true blue Singaporean.",
        "Answer in a Singlish flavour.",
        "You are a Singaporean taxi uncle.",
    ],
}

FORMS = {
    "prose": [
        "",
        "",
        "",
        "Write one paragraph.",
        "Answer in flowing prose.",
        "No bullet points.",
        "Write a short essay.",
    ],
    "points": [
        "Answer in points.",
        "Use numbered points.",
        "Give a list of points.",
        "Structure the answer in points.",
        "Use bullet points.",
        "List the main points.",
        "Give clear points with headings.",
        "Make a numbered list.",
    ],
    "short": [
        "Keep it short.",
        "Be brief.",
        "Answer in one or two sentences.",
        "Short answer only.",
        "Be concise.",
        "Answer in under 40 words.",
        "Two sentences at most.",
        "Keep it very short.",
    ],
    "long": [
        "Write a long answer.",
        "Go into detail.",
        "Be thorough.",
        "Write a detailed answer.",
        "Give a full answer.",
        "Write at length.",
        "Explain in depth.",
    ],
}
COUNTED = [
    "Give {n} points.",
    "Answer in {n} points.",
    "List exactly {n} points.",
    "Use {n} numbered points.",
    "Make {n} clear points.",
]
TITLED = [
    "Start with a title.",
    "Give it a title.",
    "Begin with a headline.",
    "Add a catchy title.",
    "Put a title on top.",
]
WORDED = ["Use the word {word}.", "The acronym must be {word}.", "Make the acronym {word}.", "Spell out {word}."]
ASIDES = [
    "You are a helpful assistant.",
    "You are a finalist in a contest.",
    "Answer the question.",
    "Stay on the topic.",
    "Think about Singapore.",
    "Mention real places.",
    "The audience is Singaporean.",
    "Win the vote of the audience.",
    "Give examples.",
    "Do not repeat yourself.",
    "End with a strong last line.",
    "Be original.",
    "Use simple words.",
    "Speak to the young and the old.",
    "Be respectful to every community.",
    "The judges like detail.",
    "Be creative.",
    "Write about Singapore culture.",
    "Make it memorable.",
    "Engage the reader.",
]


def draw(rng: random.Random) -> Wish:
    """One wish, each style, form and count with a fair share."""
    style = rng.choice(["plain"] * 4 + ["formal", "memoir", "memoir", "funny", "funny", "singlish", "singlish"])
    form = rng.choice(["prose"] * 4 + ["points"] * 3 + ["short"] * 2 + ["long"])
    counted = form == "points" and rng.random() < 0.5
    return Wish(style, form, rng.random() < 0.15, rng.choice([3, 3, 4, 5]) if counted else 3, counted)


def system_prompt(wish: Wish, rng: random.Random) -> str:
    """A system prompt that asks for `wish`, among asides that ask for nothing; empty now and then where it may be."""
    parts = [rng.choice(STYLES[wish.style]), _form(wish, rng)]
    parts += [rng.choice(TITLED)] if wish.titled else []
    parts += [rng.choice(WORDED).format(word=wish.word)] if wish.word else []
    parts += rng.sample(ASIDES, rng.choice([0, 0, 1, 1, 2, 3]))
    rng.shuffle(parts)
    text = " ".join(part for part in parts if part)
    return text.lower().replace(wish.word.lower() or "\0", wish.word) if rng.random() < 0.1 else text


def neutral_prompt(rng: random.Random) -> str:
    """A system prompt that asks for no style, no form and no title; empty now and then."""
    return " ".join(rng.sample(ASIDES, rng.choice([0, 1, 1, 2, 3])))


def _form(wish: Wish, rng: random.Random) -> str:
    if not wish.counted:
        return rng.choice(FORMS[wish.form])
    number = rng.choice([NUMBERS[wish.points], str(wish.points)])
    return rng.choice(COUNTED).format(n=number)
