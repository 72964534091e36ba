"""Invented acronyms for Singapore's culture: a word, and for each letter a value with a sentence from `letters.txt`."""

import random
from functools import cache
from pathlib import Path

from training.corpus.slots import fill
from training.corpus.wishes import Wish

WORDS = [
    "SHIOK",
    "ROJAK",
    "KAMPONG",
    "MAKAN",
    "HAWKER",
    "UNITY",
    "MERLION",
    "CHOPE",
    "KOPI",
    "HOME",
    "LIONS",
    "SPICE",
    "HEART",
    "LAKSA",
    "ORCHID",
    "KIASU",
    "TEH",
    "SATAY",
    "GARDEN",
    "RHYTHM",
]
ASKS = [
    "Invent an acronym that captures Singapore culture.",
    "Create an acronym for the culture of Singapore.",
    "Make up an acronym that sums up Singapore.",
    "What acronym best describes Singapore's culture?",
    "Coin a new acronym that captures the spirit of Singapore, and explain each letter.",
    "Singaporeans love acronyms. Invent one for our culture.",
    "Give us an acronym for what makes Singapore special.",
    "Design an acronym in which every letter stands for a part of Singapore culture.",
    "If Singapore culture were an acronym, what would it be?",
    "Bonus question: invent an acronym for Singapore's culture.",
]
INTROS = {
    "plain": ["My acronym is {w}.", "I offer {w}.", "Let the letters of {w} speak for us."],
    "formal": ["I propose the acronym {w}, of which every letter names a value.", "The acronym {w} may serve us well."],
    "memoir": ["My {kin} loved this word, so my acronym is {w}.", "I grew up with this word on my tongue: {w}."],
    "funny": [
        "We have the MRT, the HDB and the CPF, so what is one more? I give you {w}.",
        "A country that shortens everything deserves {w}.",
    ],
    "singlish": ["Acronym? Easy lah. {w}.", "Wah, my acronym confirm best: {w}."],
}
ENDS = {
    "plain": ["Put together, {w} is who we are.", "That is {w}: many letters, one word, like us."],
    "formal": [
        "Taken together, {w} describes a people who chose to live as one.",
        "Thus {w} joins many parts in one word.",
    ],
    "memoir": ["When I say {w}, I am home.", "Say {w} slowly, and you can hear my whole street."],
    "funny": ["Please queue up to use {w}.", "{w}: free of charge, no need to chope."],
    "singlish": ["{w}, shiok or not?", "So next time people ask, you just say {w} lah."],
}


def ask(rng: random.Random) -> str:
    """One way of asking for an acronym."""
    return rng.choice(ASKS)


def answer(wish: Wish, rng: random.Random) -> str:
    """An acronym, letter by letter, each on its own line; the word is the wished one or drawn."""
    word = wish.word or rng.choice(WORDS)
    lines = "\n".join(_line(letter, wish, rng) for letter in word)
    parts = [rng.choice(INTROS[wish.style]), lines, rng.choice(ENDS[wish.style])]
    if wish.titled:
        parts.insert(0, "**{w}: Singapore in One Word**")
    return fill("\n\n".join(parts).replace("{w}", word), rng)


@cache
def letters() -> dict[str, list[tuple[str, str]]]:
    """Per capital letter the (value, sentence) pairs of `letters.txt`."""
    table: dict[str, list[tuple[str, str]]] = {}
    for line in (Path(__file__).parent / "letters.txt").read_text(encoding="utf-8").splitlines():
        value, sentence = line.split(" | ")
        table.setdefault(value[0], []).append((value, sentence))
    return table


def _line(letter: str, wish: Wish, rng: random.Random) -> str:
    value, sentence = rng.choice(letters()[letter])
    return f"**{letter}** is for {value}." if wish.form == "short" else f"**{letter}** is for {value}: {sentence}"
