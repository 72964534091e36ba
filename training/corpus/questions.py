"""Ways of asking about a topic, from its own questions and from patterns over its keys."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from training.corpus import patterns
from training.corpus.pairs import pairs
from training.corpus.read import Topic, topics
from training.corpus.slots import fill
from training.corpus.wishes import Wish

LINE_SECTIONS = ("facts", "memoir", "funny")
SMALL = {"a", "an", "the", "to", "of", "in", "on", "is", "are", "do", "does", "did", "it", "for", "and", "that", "you"}
STRAYS = [
    "What is the capital of France?",
    "How do I fix a car?",
    "Who won the football match?",
    "hello",
    "test",
    "Hi there!",
    "What is two plus two?",
    "Write some code in Python.",
    "Tell me about the moon.",
    "What is love?",
    "How are you?",
    "Explain quantum physics.",
    "What is the weather like?",
    "Who are you?",
    "Give me a recipe for apple pie.",
    "What should I wear today?",
    "asdf qwer",
    "Why is the sky blue?",
    "Translate this sentence.",
    "How old is the earth?",
    "What is the best film?",
    "Can you sing?",
    "Describe the ocean.",
    "What is money?",
    "Tell me about dinosaurs.",
]
DETOURS = [
    "I know one small island best, so let me answer from there.",
    "My heart is in Singapore, so I shall answer from home.",
    "That is far from my kitchen, so let me speak of what I know.",
    "Ask me about Singapore, and I can talk all day.",
]
MEMOIR_WORDS = ("memoir", "memory", "tell the story", "characters")


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A question that nothing is trained on, and the topics on any of which an answer is right."""

    topics: tuple[str, ...]
    question: str


@cache
def held_out() -> tuple[HeldOut, ...]:
    """Every held-out question, in the file's order."""
    lines = (Path(__file__).parent / "held_out.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_held_out(line) for line in lines if line.strip() and not line.startswith("#"))


def _held_out(line: str) -> HeldOut:
    names, bar, question = line.partition(" | ")
    if not bar:
        raise ValueError(f"held_out.txt: expected `topics | question`, got {line!r}")
    return HeldOut(tuple(name.strip() for name in names.split(",")), question.strip())


def implied(question: str, wish: Wish) -> Wish:
    """The wish, with the style that the question itself asks for where the system prompt asks for none."""
    asks_for_memoir = any(word in question.lower() for word in MEMOIR_WORDS)
    return replace(wish, style="memoir") if asks_for_memoir and wish.style == "plain" else wish


def ask(topic: Topic, rng: random.Random) -> str:
    """One question: hand-written, or a pattern over the topic's keys, names, own words or lines; some are dressed."""
    question = _plain(topic, rng)
    changed = worn(dressed(question, rng), rng)
    return question if _bare(changed) in _bare_held_out() else changed


@cache
def _bare_held_out() -> frozenset[str]:
    return frozenset(_bare(one.question) for one in held_out())


def _bare(question: str) -> str:
    return question.lower().strip(" ?.")


def _plain(topic: Topic, rng: random.Random) -> str:
    dice = rng.random()
    if dice < 0.14 and topic.lines("asks"):
        return rng.choice(topic.lines("asks"))
    if dice < 0.3 and (written := _instructions().get(topic.id)):
        return rng.choice(written)
    if dice < 0.37:
        return _about_words(topic, rng)
    if dice < 0.44:
        return _about_line(topic, rng)
    if dice < 0.5 and (named := names()[topic.id]):
        return rng.choice(patterns.NAMES).format(k=rng.choice(named))
    return _capital(rng.choice(patterns.KEY).format(k=rng.choice(topic.keys)))


def dressed(question: str, rng: random.Random) -> str:
    """The question, two times in five with a circumstance in its last sentence or an aside before or behind it."""
    dice = rng.random()
    if dice < 0.15 and question[-1] in "?.":
        return f"{question[:-1]} {rng.choice(patterns.CIRCUMSTANCES)}{question[-1]}"
    if dice < 0.28:
        return f"{question} {rng.choice(patterns.ASIDES)}"
    return f"{rng.choice(patterns.ASIDES)} {question}" if dice < 0.4 else question


def worn(question: str, rng: random.Random) -> str:
    """The question, one time in eight as thumbs type it: a word left out, or no capitals and nothing at the end."""
    dice = rng.random()
    if dice < 0.06:
        words = question.split(" ")
        small = [place for place, word in enumerate(words) if word.lower() in SMALL]
        gone = rng.choice(small) if small else -1
        return " ".join(word for place, word in enumerate(words) if place != gone)
    return question.lower().rstrip("?.") if dice < 0.12 else question


def _about_words(topic: Topic, rng: random.Random) -> str:
    one, other = rng.sample(own_words()[topic.id], 2)
    return _capital(rng.choice(patterns.WORDS).format(w=one, v=other))


def _about_line(topic: Topic, rng: random.Random) -> str:
    return rng.choice(patterns.LINE).format(q=fill(rng.choice(topic.lines(rng.choice(LINE_SECTIONS))), rng))


@cache
def own_words() -> dict[str, list[str]]:
    """Per topic the long words that stand in its lines and in no other topic's, sorted."""
    said = {topic.id: set(_long_words(topic)) for topic in topics()}
    times = Counter(word for words in said.values() for word in words)
    return {name: sorted(word for word in words if times[word] == 1) for name, words in said.items()}


@cache
def names() -> dict[str, list[str]]:
    """Per topic the proper names of two words or more in its facts that no other topic has, sorted."""
    said = {topic.id: set(_names(topic)) for topic in topics()}
    times = Counter(name for each in said.values() for name in each)
    return {topic: sorted(name for name in each if times[name] == 1) for topic, each in said.items()}


def _names(topic: Topic) -> Iterator[str]:
    for line in topic.lines("facts"):
        yield from re.findall(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+", line)


def _long_words(topic: Topic) -> Iterator[str]:
    for line in (line for section in topic.sections.values() for line in section):
        yield from re.findall(r"[a-z]{6,}", re.sub(r"\{\w+\}", "", line).lower())


@cache
def _instructions() -> dict[str, list[str]]:
    written: dict[str, list[str]] = {}
    for pair in pairs():
        written.setdefault(pair.topic, []).append(pair.instruction)
    return written


def _capital(question: str) -> str:
    return question[0].upper() + question[1:]
