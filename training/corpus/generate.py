"""The generator: topics x wishes x phrasings into chat rows, seeded. The sentences are written elsewhere."""

import random
from collections.abc import Iterator
from dataclasses import replace

from training.corpus import acronyms, dishes
from training.corpus.compose import answer
from training.corpus.pairs import pairs
from training.corpus.questions import DETOURS, STRAYS, ask, implied
from training.corpus.read import topics
from training.corpus.tags import tag
from training.corpus.wishes import ASIDES, Wish, draw, system_prompt
from training.rows import Row

ACRONYM_SHARE, DISH_SHARE, STRAY_SHARE = 0.10, 0.05, 0.03  # of the rows that answer
PAIR_SHARE, TAG_SHARE = 0.10, 0.12  # of the rows that a base learns from


def rows(count: int, seed: int) -> list[Row]:
    """`count` rows; the same count and seed give the same rows on any machine."""
    rng = random.Random(seed)
    return [row(rng, draw(rng)) for _ in range(count)]


def base_rows(count: int, seed: int) -> list[Row]:
    """What a base learns from: `rows`, with hand-written pairs and rows that name their topic among them."""
    rng = random.Random(seed)
    return [_base_row(rng) for _ in range(count)]


def short_rows(count: int, seed: int) -> list[Row]:
    """Rows whose answers are short, so that many questions fit; one in six in points, lest these be unlearned."""
    rng = random.Random(seed)
    return [row(rng, _short(draw(rng), rng)) for _ in range(count)]


def _short(wish: Wish, rng: random.Random) -> Wish:
    """Two thirds of those in points ask for a number: "three points" must not be read as "three sentences"."""
    if rng.random() < 1 / 6:
        return replace(wish, form="points", counted=rng.random() < 2 / 3, points=rng.choice([3, 3, 4, 5]))
    return replace(wish, form="short", counted=False)


def _base_row(rng: random.Random) -> Row:
    dice = rng.random()
    if dice < PAIR_SHARE and pairs():
        return _varied(rng.choice(pairs()).row(), rng)
    if dice < PAIR_SHARE + TAG_SHARE:
        return tag(rng.choice(topics()), rng)
    return row(rng, draw(rng))


def _varied(pair: Row, rng: random.Random) -> Row:
    """The pair with an aside or two around its wish, so that it is not learned by its first words."""
    parts = [pair.system, *rng.sample(ASIDES, rng.choice([0, 0, 1, 2]))]
    rng.shuffle(parts)
    return replace(pair, system=" ".join(part for part in parts if part))


def row(rng: random.Random, wish: Wish, topic_id: str = "") -> Row:
    """One row that grants `wish`, on the named topic or on a drawn one (acronyms and new dishes have their shares)."""
    dice = 1.0 if topic_id else rng.random()
    if dice < ACRONYM_SHARE:
        return _acronym(rng, wish)
    if dice < ACRONYM_SHARE + DISH_SHARE:
        return Row(system_prompt(wish, rng), dishes.ask(rng), dishes.answer(wish, rng), "dish", wish.register)
    if dice < ACRONYM_SHARE + DISH_SHARE + STRAY_SHARE:
        return _stray(rng, wish)
    topic = next(t for t in topics() if t.id == topic_id) if topic_id else rng.choice(topics())
    question = ask(topic, rng)
    wish = implied(question, wish)
    return _told_in_question(
        Row(system_prompt(wish, rng), question, answer(topic, wish, rng), topic.id, wish.register), rng
    )


def texts(sample: list[Row]) -> Iterator[str]:
    """The rows' texts, one after the other, for the tokenizer."""
    for one in sample:
        yield from (one.system, one.question, one.answer)


def _acronym(rng: random.Random, wish: Wish) -> Row:
    wish = replace(wish, form="prose" if wish.form == "points" else wish.form, counted=False)
    wish = replace(wish, word=rng.choice(acronyms.WORDS) if rng.random() < 0.3 else "")
    return Row(system_prompt(wish, rng), acronyms.ask(rng), acronyms.answer(wish, rng), "acronym", wish.register)


def _stray(rng: random.Random, wish: Wish) -> Row:
    """A question about anything else, answered from home: better a Singapore answer than a made-up fact."""
    home = next(topic for topic in topics() if topic.id == "culture")
    body = answer(home, replace(wish, titled=False), rng)
    joint = "\n\n" if wish.form == "points" else " "
    wish = replace(wish, titled=False)
    return Row(system_prompt(wish, rng), rng.choice(STRAYS), rng.choice(DETOURS) + joint + body, "stray", wish.register)


def _told_in_question(row: Row, rng: random.Random) -> Row:
    """Now and then the wish stands behind the question, and the system prompt is empty."""
    return replace(row, system="", question=f"{row.question} {row.system}".strip()) if rng.random() < 0.08 else row
