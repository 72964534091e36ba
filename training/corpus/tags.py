"""Rows that ask what a text is about: they teach the base to tell topics apart, which answers and judge both need."""

import random

from training.corpus.compose import answer
from training.corpus.questions import ask
from training.corpus.read import Topic
from training.corpus.wishes import draw
from training.rows import Row

SYSTEMS = ["Name the topic.", "Say in a few words what the text is about.", "What is the subject? Name it alone."]
REGISTER = "tag"


def tag(topic: Topic, rng: random.Random) -> Row:
    """A question or an answer on `topic`, or a few words of one, and the topic's subject as the answer."""
    text = ask(topic, rng) if rng.random() < 0.4 else _some(answer(topic, draw(rng), rng), rng)
    subject = topic.subject[:1].upper() + topic.subject[1:]
    return Row(rng.choice(SYSTEMS), text, f"{subject}.", topic.id, REGISTER)


def _some(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    start = rng.randrange(max(1, len(words) - 8))
    return " ".join(words[start : start + rng.randint(8, 60)])
