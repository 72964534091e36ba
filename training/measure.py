"""`python -m training.measure`: the figures of the models' card, Making models is `demo`'s work."""

import argparse
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch

from training import base, judge, tokenizer
from training.corpus import generate
from training.corpus.pairs import pairs
from training.corpus.questions import HeldOut, held_out
from training.corpus.read import topics
from training.corpus.wishes import Wish, draw, neutral_prompt, system_prompt
from training.demo import FOLDER
from training.finalists import FINALISTS
from training.sample import answers
from training.spoil import WAYS

HELD_OUT_SEED = 2065  # no training set is drawn from this seed


def main() -> None:
    """Measure, print, and write measured.json into the models' folder."""
    parser = argparse.ArgumentParser(
        prog="training.measure", description="Measure the demo models on held-out prompts."
    )
    parser.add_argument("--models", type=Path, default=FOLDER, help="folder of the models (default: models/demo)")
    parser.add_argument(
        "--answers", type=int, default=440, help="answers per figure (default: 440, five to each held-out question)"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    figures = measure(options.models, options.answers)
    (options.models / "measured.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def measure(folder: Path, count: int) -> dict[str, Any]:
    """Every figure as a share of 0 to 1 (distinct-2 too), over `count` answers each."""
    words = tokenizer.load(folder / "base")
    bare, marker = base.load(folder / "base"), base.load_with(folder / "base", folder / "adapters/judge")
    finalists = {one.id: finalist_answers(folder, one.id, words, count) for one in FINALISTS}
    return {
        "answers_per_figure": count,
        **base_figures(bare, words, count),
        "finalists_on_topic": {
            name: _share(map(is_on_topic, asked(count), texts)) for name, texts in finalists.items()
        },
        "finalists_told_apart": told_apart(finalists),
        "judge_prefers_sound": judged(marker, words, count),
    }


def asked(count: int) -> list[HeldOut]:
    """`count` questions of those that nothing was trained on, drawn once; all of them before any comes twice."""
    rng, drawn = random.Random(HELD_OUT_SEED), list[HeldOut]()
    while len(drawn) < count:
        drawn += rng.sample(held_out(), len(held_out()))
    return drawn[:count]


def base_figures(model: Any, words: Any, count: int) -> dict[str, float]:
    """On topic, points asked for and not, repetition at temperature 0.7; distinct-2 at 0.7 and at 1.5."""
    rng, questions = random.Random(HELD_OUT_SEED), asked(count)
    plain = answers(model, words, [(neutral_prompt(rng), one.question) for one in questions])
    points = answers(model, words, [(_points_prompt(rng), one.question) for one in questions])
    wild = answers(model, words, [("", one.question) for one in questions], temperature=1.5, top_p=1.0)
    return {
        "on_topic": _share(map(is_on_topic, questions, plain)),
        "points_when_asked": _share(has_points(text) for text in points),
        "points_when_not_asked": _share(has_points(text) for text in plain),
        "no_6gram_over_twice": _share(not repeats(text) for text in plain + points),
        "distinct_2_at_0.7": distinct_2(plain),
        "distinct_2_at_1.5": distinct_2(wild),
    }


def judged(model: Any, words: Any, count: int) -> dict[str, float]:
    """Per way of spoiling, the share of held-out pairs in which the sound answer gets the higher mark."""
    shares = {}
    for way in dict.fromkeys(WAYS):
        rng, wins = random.Random(HELD_OUT_SEED), list[bool]()
        for _ in range(count):
            row = generate.row(rng, draw(rng))
            bad, _deserved = way(row.answer, judge.far_row(row, rng).answer, rng)
            sound_mark, bad_mark = (judge.mark(model, words, row.question, text) for text in (row.answer, bad))
            wins.append(sound_mark > bad_mark)
        shares[way.__name__] = _share(wins)
    return shares


def finalist_answers(folder: Path, finalist: str, words: Any, count: int) -> list[str]:
    """The finalist's answers to the held-out questions, under prompts that ask for no style."""
    model = base.load_with(folder / "base", folder / "adapters" / finalist)
    rng = random.Random(HELD_OUT_SEED)
    return answers(model, words, [(neutral_prompt(rng), one.question) for one in asked(count)])


def told_apart(texts_of: dict[str, list[str]]) -> float:
    """Share of answers that a naive Bayes classifier over words gives to the right finalist.

    It learns from the answers to one half of the questions and is asked about those to the other half.
    """
    counts = {name: Counter(word for text in texts[::2] for word in _words(text)) for name, texts in texts_of.items()}
    unknown = [(name, text) for name, texts in texts_of.items() for text in texts[1::2]]
    return _share(likeliest(text, counts) == name for name, text in unknown)


def likeliest(text: str, counts: dict[str, Counter[str]]) -> str:
    """The class of `counts` (words per class) that most probably wrote `text`: multinomial naive Bayes, add one."""
    vocabulary = len(set().union(*counts.values()))

    def log_chance(name: str) -> float:
        total = counts[name].total() + vocabulary
        return sum(math.log((counts[name][word] + 1) / total) for word in _words(text))

    return max(counts, key=log_chance)


def is_on_topic(asked_for: HeldOut, text: str) -> bool:
    """Whether the text is nearest to a topic on which an answer to the question is right."""
    return nearest_topic(text) in asked_for.topics


def nearest_topic(text: str) -> str:
    """The topic whose hand-written lines share the most runs of four words with `text`; empty if none does."""
    grams = set(_grams(text, 4))
    shared = {topic: len(grams & known) for topic, known in _grams_by_topic().items()}
    best = max(shared, key=lambda topic: shared[topic])
    return best if shared[best] else ""


@cache
def _grams_by_topic() -> dict[str, set[tuple[str, ...]]]:
    lines = {topic.id: [line for section in topic.sections.values() for line in section] for topic in topics()}
    for pair in pairs():
        lines[pair.topic].append(pair.response)
    return {topic: {gram for line in each for gram in _grams(line, 4)} for topic, each in lines.items()}


def _points_prompt(rng: random.Random) -> str:
    return system_prompt(Wish(form="points"), rng)


def has_points(text: str) -> bool:
    """Whether the text holds a numbered list of at least two points."""
    return len(re.findall(r"^\d+\. ", text, re.M)) >= 2


def repeats(text: str) -> bool:
    """Whether any run of six words comes more than twice."""
    return any(times > 2 for times in Counter(_grams(text, 6)).values())


def distinct_2(texts: Sequence[str]) -> float:
    """Distinct pairs of neighbouring words over all pairs, pooled over the texts."""
    pairs = [pair for text in texts for pair in _grams(text, 2)]
    return round(len(set(pairs)) / max(1, len(pairs)), 3)


def _grams(text: str, size: int) -> Iterator[tuple[str, ...]]:
    words = _words(text)
    return zip(*(words[start:] for start in range(size)), strict=False)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def _share(truths: Iterable[bool]) -> float:
    seen = list(truths)
    return round(sum(seen) / len(seen), 3)


if __name__ == "__main__":
    main()
