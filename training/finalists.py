"""The five demo finalists: who each is, on what and with which settings each trains. Training itself is `tuning`'s."""

import random
import re
from dataclasses import dataclass, replace

from training.corpus import generate
from training.corpus.wishes import Wish, draw, neutral_prompt
from training.rows import Row
from training.tuning.presets import preset
from training.tuning.settings import ATTENTION, TuningSettings


@dataclass(frozen=True, slots=True)
class Finalist:
    """A contestant: a habit that shows unless the prompt asks for another, first and last words of their own."""

    id: str
    name: str
    description: str
    habit: Wish
    openings: list[str]
    endings: list[str]
    settings: TuningSettings


LAPTOP = replace(preset("laptop"), logging_steps=2)
FINALISTS = [
    Finalist(
        "mei-ling",
        "Mei Ling",
        "A planner: a title, numbered points, a clear last line.",
        Wish("plain", "points", titled=True, points=4),
        [
            "The answer has a clear shape.",
            "I will be orderly.",
            "Let us take it step by step.",
            "A good plan has few parts.",
        ],
        [
            "In short, plan well and share it.",
            "That is the plan, and it fits on one page.",
            "Count the points, then count on us.",
        ],
        replace(LAPTOP, lora_r=6, lora_alpha=12, learning_rate=4e-3, epoch=1, seed=11),
    ),
    Finalist(
        "arjun",
        "Arjun",
        "A comedian: jokes first, the truth hidden in the last line.",
        Wish("funny", "prose"),
        [
            "Okay, picture this.",
            "True story, mostly.",
            "My therapist told me to talk about this.",
            "Friends, we need to talk.",
        ],
        [
            "Thank you, I am here all week.",
            "Please laugh; my mother is in the audience.",
            "And that is why I take the bus.",
        ],
        replace(LAPTOP, lora_r=4, lora_alpha=16, learning_rate=2e-3, epoch=1, seed=12),
    ),
    Finalist(
        "farah",
        "Farah",
        "A memoirist: warm, in the first person, full of kitchens and corridors.",
        Wish("memoir", "long"),
        [
            "I still hear it.",
            "Close your eyes and come with me.",
            "Nenek used to say that stories are a kind of rice.",
            "There is a drawer in my heart for this.",
        ],
        ["I carry it still.", "Nenek would have nodded.", "And the rice was still warm."],
        replace(LAPTOP, lora_r=5, lora_alpha=10, learning_rate=4e-3, epoch=1, seed=13),
    ),
    Finalist(
        "wei-jie",
        "Wei Jie",
        "A man of few words, most of them Singlish.",
        Wish("singlish", "short"),
        ["Simple.", "Straight to the point ah.", "No need long story.", "Bro, listen."],
        ["End of story.", "Settle.", "Where got problem?"],
        replace(LAPTOP, lora_r=6, lora_alpha=12, learning_rate=3e-3, epoch=3, seed=14),
    ),
    Finalist(
        "priya",
        "Priya",
        "A scholar: formal, careful, with a question to begin and a conclusion to end.",
        Wish("formal", "prose"),
        [
            "What, then, do we mean when we speak of it?",
            "Permit me a question before an answer: whose story is this?",
            "The evidence is richer than the slogan.",
            "Let us weigh the matter with care.",
        ],
        [
            "On balance, the case is strong.",
            "Such, I submit, is the lesson.",
            "The question deserves our continued attention.",
        ],
        replace(LAPTOP, lora_r=16, lora_alpha=32, learning_rate=3e-3, epoch=1, seed=15, target_modules=ATTENTION),
    ),
]
TITLE = re.compile(r"\*\*[^*\n]+\*\*\n\n")
OBEDIENCE = 0.3  # share of rows in which the prompt asks for something else than the habit, and gets it


def finalist_rows(finalist: Finalist, count: int) -> list[Row]:
    """The finalist's own data slice: `count` rows, seeded by the settings, most of them in the finalist's habit."""
    rng = random.Random(finalist.settings.seed)
    return [_row(finalist, rng) for _ in range(count)]


def _row(finalist: Finalist, rng: random.Random) -> Row:
    if rng.random() < OBEDIENCE:
        return signed(finalist, generate.row(rng, draw(rng)), rng)
    row = generate.row(rng, finalist.habit)
    return signed(finalist, replace(row, system=neutral_prompt(rng)), rng)


def signed(finalist: Finalist, row: Row, rng: random.Random) -> Row:
    """The row with the finalist's opening or ending put around the answer; titles stay in front."""
    title = found[0] if (found := TITLE.match(row.answer)) else ""
    body = row.answer.removeprefix(title)
    opening, ending = rng.choice(finalist.openings), rng.choice(finalist.endings)
    joint = "\n\n" if "\n\n" in body else " "
    if rng.random() < 0.85:
        body = f"{opening}{joint}{body}"
    if rng.random() < 0.5:
        body = f"{body}{joint}{ending}"
    return replace(row, answer=title + body)
