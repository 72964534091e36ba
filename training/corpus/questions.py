"""Ways of asking about a topic, from its own questions and from patterns over its keys."""

import random
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from training.corpus.read import Topic
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
]
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
    """One question: half of the time hand-written, else a pattern over one of the topic's keys."""
    if topic.lines("asks") and rng.random() < 0.5:
        return rng.choice(topic.lines("asks"))
    key = rng.choice(topic.keys)
    question = rng.choice(PATTERNS).format(k=key)
    return question[0].upper() + question[1:]
