"""Ways of asking about a topic, from its own questions and from patterns over its keys."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from training.corpus.pairs import pairs
from training.corpus.read import Topic, topics
from training.corpus.slots import fill
from training.corpus.wishes import Wish

PATTERNS = [
    "What is the meaning of {k} to Singapore?",
    "Tell us about {k} in Singapore.",
    "Why should Singaporeans care about {k}?",
    "How has the place of {k} changed over the years?",
    "What can {k} teach the young?",
    "Write about {k}.",
    "Explain {k} to a visitor.",
    "What is the future of {k}?",
    "Describe {k} in Singapore.",
    "Discuss {k}.",
    "How did {k} help to shape Singapore's culture?",
    "What is special about {k}?",
    "Is there still room for {k} today?",
    "What do you think about {k}?",
    "How would you keep {k} alive?",
    "Give your view on {k} in Singapore today.",
    "In what ways can {k} bring people together?",
    "Write a piece about {k} for a newspaper.",
    "How can {k} stay relevant to the next generation?",
    "What should everyone know about {k}?",
    "What do you love about {k}?",
    "What would this island be without {k}?",
    "Can you imagine Singapore without {k}?",
    "Make the case for {k}.",
    "Who keeps {k} going?",
    "What do foreigners misunderstand about {k}?",
    "How do {k} and the future go together?",
    "Why do people feel so strongly about {k}?",
    "What story would you tell a child about {k}?",
    "What is your best memory of {k}?",
    "Do we take {k} for granted?",
    "What have we gained and lost with {k}?",
    "If you had one wish for {k}, what would it be?",
    "What happens around {k} on an ordinary day?",
    "What makes {k} so Singaporean?",
    "Say something about {k} that few people know.",
    "A tourist asks you about {k}. What do you say?",
    "Why {k}?",
    "Where would you begin to explain {k}?",
    "Is {k} overrated?",
    "Persuade a doubter that {k} is worth our time.",
    "Which picture comes to mind when you think of {k}?",
    "How would your grandmother speak of {k}?",
    "What should a minister do for {k}?",
    "Does the younger generation still need {k}?",
]
WORD_PATTERNS = [
    "What comes to mind when you hear {w} and {v}?",
    "Tell us about the {w} and the {v}.",
    "Why do {w} and {v} belong together?",
    "{w}, {v}: what do they tell us about Singapore?",
    "What would you say about {w}, {v} and all that?",
    "Is there a story behind {w} and {v}?",
]
LINE_PATTERNS = [
    '"{q}" Say more.',
    "{q} Do you agree?",
    'Somebody told me: "{q}" Is it so?',
    "{q} What does that mean to you?",
]
LINE_SECTIONS = ("facts", "memoir", "funny")
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
    """One question: half of the time hand-written, else a pattern over the topic's keys, its own words or a line."""
    dice = rng.random()
    if dice < 0.3 and topic.lines("asks"):
        return rng.choice(topic.lines("asks"))
    if dice < 0.5 and (written := _instructions().get(topic.id)):
        return rng.choice(written)
    if dice < 0.62:
        return _about_words(topic, rng)
    if dice < 0.7:
        return _about_line(topic, rng)
    return _capital(rng.choice(PATTERNS).format(k=rng.choice(topic.keys)))


def _about_words(topic: Topic, rng: random.Random) -> str:
    one, other = rng.sample(own_words()[topic.id], 2)
    return _capital(rng.choice(WORD_PATTERNS).format(w=one, v=other))


def _about_line(topic: Topic, rng: random.Random) -> str:
    return rng.choice(LINE_PATTERNS).format(q=fill(rng.choice(topic.lines(rng.choice(LINE_SECTIONS))), rng))


@cache
def own_words() -> dict[str, list[str]]:
    """Per topic the long words that stand in its lines and in no other topic's, sorted."""
    said = {topic.id: set(_long_words(topic)) for topic in topics()}
    times = Counter(word for words in said.values() for word in words)
    return {name: sorted(word for word in words if times[word] == 1) for name, words in said.items()}


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
