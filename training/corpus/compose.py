"""Putting hand-written sentences together as a wish asks. Acronyms and dishes have files of their own."""

import random
from collections.abc import Sequence

from training.corpus.read import Topic
from training.corpus.slots import fill
from training.corpus.wishes import NUMBERS, Wish

SENTENCES = {"short": (1, 2), "prose": (4, 6), "long": (7, 9)}
SECTION = {"plain": "facts", "formal": "facts", "memoir": "memoir", "funny": "funny", "singlish": "singlish"}
OPENERS = {
    "plain": ["", "", ""],
    "formal": [
        "Any serious account of {s} must begin with history.",
        "The subject of {s} deserves careful study.",
        "One may begin with a plain observation about {s}.",
        "It is instructive to consider {s} with some care.",
        "Scholars of Singapore return often to {s}, and with reason.",
    ],
    "memoir": [
        "",
        "",
        "When I think of {s}, I am small again.",
        "Let me tell you what I remember.",
        "Some memories do not need a photograph.",
    ],
    "funny": [
        "",
        "",
        "Ladies and gentlemen, let us talk about {s}.",
        "Nobody warned me about {s}.",
        "I am Singaporean, so I have strong opinions about {s}.",
    ],
    "singlish": [
        "",
        "Wah, you ask me about {s}, I can talk whole day.",
        "Eh, this one I know.",
        "Aiyo, {s}, where to start?",
        "Come, I tell you about {s}.",
    ],
}
LEADS = [
    "Here is how I see it:",
    "{n} points matter most:",
    "{n} things to know about {s}:",
    "Let me put it in {n} points:",
    "Consider {s} in {n} points:",
    "",
]
LINKS = ["Moreover, ", "In addition, ", "Furthermore, ", "Equally, ", "At the same time, "]


def answer(topic: Topic, wish: Wish, rng: random.Random) -> str:
    """The answer on `topic` that grants `wish`, its slots filled; the same `rng` state gives the same text."""
    body = _points(topic, wish, rng) if wish.form == "points" else _prose(topic, wish, rng)
    text = f"**{rng.choice(topic.titles)}**\n\n{body}" if wish.titled else body
    return fill(text, rng)


def in_order(lines: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """`count` of the lines (or all, if fewer), drawn at random and left in the file's order."""
    return [lines[i] for i in sorted(rng.sample(range(len(lines)), min(count, len(lines))))]


def _prose(topic: Topic, wish: Wish, rng: random.Random) -> str:
    count = rng.randint(*SENTENCES[wish.form])
    sentences = in_order(topic.lines(SECTION[wish.style]), count, rng)
    if wish.style == "formal" and len(sentences) > 2:
        sentences[2] = _linked(sentences[2], rng)
    opening = "" if wish.form == "short" else rng.choice(OPENERS[wish.style]).format(s=topic.subject)
    closing = "" if wish.form == "short" or rng.random() < 0.25 else _closing(topic, wish, rng)
    parts = [part for part in (opening, *sentences, closing) if part]
    return _paragraphs(parts) if wish.form == "long" else " ".join(parts)


def _points(topic: Topic, wish: Wish, rng: random.Random) -> str:
    lead = rng.choice(LEADS).format(n=NUMBERS[wish.points], s=topic.subject)
    lead = lead[:1].upper() + lead[1:]
    lines = "\n".join(f"{i}. {line}" for i, line in enumerate(_point_lines(topic, wish, rng), 1))
    closing = _closing(topic, wish, rng) if rng.random() < 0.6 else ""
    return "\n\n".join(part for part in (lead, lines, closing) if part)


def _point_lines(topic: Topic, wish: Wish, rng: random.Random) -> list[str]:
    if wish.style not in ("plain", "formal"):
        return in_order(topic.lines(SECTION[wish.style]), wish.points, rng)
    pairs = [line.split(" | ") for line in in_order(topic.lines("points"), wish.points, rng)]
    return [f"**{heading}**: {text}" for heading, text in pairs]


def _closing(topic: Topic, wish: Wish, rng: random.Random) -> str:
    if wish.style == "singlish":
        return rng.choice(
            [
                "That one is our culture lah.",
                "Singapore like that, steady.",
                "Confirm plus chop.",
                "Next time you come, I belanja you {drink}.",
                "Simple only, but shiok.",
                "True or not?",
            ]
        )
    return rng.choice(topic.lines("closers"))


def _linked(sentence: str, rng: random.Random) -> str:
    first = sentence.split(" ", 1)[0]
    common = {"The", "A", "An", "In", "It", "Its", "Many", "Some", "They", "This", "These", "Each", "Every", "Today"}
    return rng.choice(LINKS) + sentence[0].lower() + sentence[1:] if first in common else sentence


def _paragraphs(parts: list[str]) -> str:
    middle = (len(parts) + 1) // 2
    return " ".join(parts[:middle]) + "\n\n" + " ".join(parts[middle:])
