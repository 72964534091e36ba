"""`python -m training.measure`: the figures of the models' card, Making models is `demo`'s work."""

import argparse
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from training import base, judge, lora, tokenizer
from training.corpus import generate
from training.corpus.questions import ask
from training.corpus.read import topics
from training.corpus.wishes import Wish, draw, neutral_prompt, system_prompt
from training.demo import FOLDER
from training.finalists import FINALISTS
from training.sample import answer
from training.spoil import WAYS

HELD_OUT_SEED = 2065  # no training set is drawn from this seed


def main() -> None:
    """Measure, print, and write measured.json into the models' folder."""
    parser = argparse.ArgumentParser(
        prog="training.measure", description="Measure the demo models on held-out prompts."
    )
    parser.add_argument("--models", type=Path, default=FOLDER, help="folder of the models (default: models/demo)")
    parser.add_argument("--answers", type=int, default=60, help="answers per figure (default: 60)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    figures = measure(options.models, options.answers)
    (options.models / "measured.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def measure(folder: Path, count: int) -> dict[str, Any]:
    """Every figure as a share of 0 to 1 (distinct-2 too), over `count` answers each."""
    words = tokenizer.load(folder / "base")
    bare, marker = base.load(folder / "base"), lora.load(base.load(folder / "base"), folder / "adapters/judge")
    return {
        "answers_per_figure": count,
        **base_figures(bare, words, count),
        "finalists_told_apart": told_apart(folder, words, max(4, count // 5)),
        "judge_prefers_sound": judged(marker, words, count),
    }


def base_figures(model: Any, words: Any, count: int) -> dict[str, float]:
    """On topic, points asked for and not, repetition at temperature 0.7; distinct-2 at 0.7 and at 1.5."""
    rng = random.Random(HELD_OUT_SEED)
    asked = [(topic, ask(topic, rng)) for topic in (rng.choice(topics()) for _ in range(count))]
    plain = [answer(model, words, neutral_prompt(rng), q, seed=i) for i, (_, q) in enumerate(asked)]
    points = [
        answer(model, words, system_prompt(Wish(form="points"), rng), q, seed=i) for i, (_, q) in enumerate(asked)
    ]
    wild = [answer(model, words, "", q, temperature=1.5, top_p=1.0, seed=i) for i, (_, q) in enumerate(asked)]
    return {
        "on_topic": _share(nearest_topic(text) == topic.id for text, (topic, _) in zip(plain, asked, strict=True)),
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


def told_apart(folder: Path, words: Any, each: int) -> float:
    """Share of held-out answers that a naive Bayes classifier over words gives to the right finalist."""
    known: dict[str, list[str]] = {}
    unknown: list[tuple[str, str]] = []
    for one in FINALISTS:
        model = lora.load(base.load(folder / "base"), folder / "adapters" / one.id)
        rng = random.Random(HELD_OUT_SEED)
        texts = [
            answer(model, words, neutral_prompt(rng), ask(rng.choice(topics()), rng), seed=i) for i in range(2 * each)
        ]
        known[one.id], unknown = texts[:each], unknown + [(one.id, text) for text in texts[each:]]
    counts = {name: Counter(word for text in texts for word in _words(text)) for name, texts in known.items()}
    return _share(likeliest(text, counts) == name for name, text in unknown)


def likeliest(text: str, counts: dict[str, Counter[str]]) -> str:
    """The class of `counts` (words per class) that most probably wrote `text`: multinomial naive Bayes, add one."""
    vocabulary = len(set().union(*counts.values()))

    def log_chance(name: str) -> float:
        total = counts[name].total() + vocabulary
        return sum(math.log((counts[name][word] + 1) / total) for word in _words(text))

    return max(counts, key=log_chance)


def nearest_topic(text: str) -> str:
    """The topic whose hand-written lines share the most runs of four words with `text`; empty if none does."""
    grams = set(_grams(text, 4))
    shared = {
        t.id: len(grams & {g for lines in t.sections.values() for line in lines for g in _grams(line, 4)})
        for t in topics()
    }
    best = max(shared, key=lambda topic: shared[topic])
    return best if shared[best] else ""


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
