"""Near-duplicates: what counts as one, that every one is found, and that heaps of equal texts cost little."""

import random
from typing import Any

import numpy as np
import pytest

from training.data import DataError, near
from training.data.shingles import jaccard, runs, shingles, sketch, words

VOCABULARY = [f"word{n}" for n in range(400)]


def drawn(count: int, seed: int) -> list[str]:
    """Texts of which many are near one another: each is a neighbour of an earlier one or new."""
    rng = random.Random(seed)
    texts: list[list[str]] = []
    for _ in range(count):
        fresh = rng.choices(VOCABULARY, k=rng.randint(5, 60))
        text = list(rng.choice(texts)) if texts and rng.random() < 0.7 else fresh
        for _ in range(rng.randint(0, 4)):
            text[rng.randrange(len(text))] = rng.choice(VOCABULARY)
        texts.append(text)
    return [" ".join(text) for text in texts]


def exact(texts: list[str]) -> np.ndarray:
    sets = [shingles(text) for text in texts]
    return np.array([[jaccard(one, other) for other in sets] for one in sets])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The kopitiam’s uncle, 72, said: “Lah!”", ["the", "kopitiam", "s", "uncle", "72", "said", "lah"]),
        ("小贩中心 is fun", ["小", "贩", "中", "心", "is", "fun"]),
        ("சிங்கப்பூர் உணவு", ["சிங்கப்பூர்", "உணவு"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("!?", []),
    ],
)
def test_words_are_those_of_every_script(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_punctuation_and_case_make_no_difference_but_words_and_their_order_do() -> None:
    assert jaccard(shingles("Why, oh why not?"), shingles("why oh WHY not")) == 1
    assert jaccard(shingles("one two three"), shingles("three two one")) == 0
    assert jaccard(shingles("!!!"), shingles("???")) == 0
    assert len(runs(["one", "two"], 3)) == 0


def test_an_estimate_is_near_the_exact_similarity() -> None:
    rng = random.Random(3)
    for _ in range(30):
        text = rng.choices(VOCABULARY, k=120)
        other = [rng.choice(VOCABULARY) if rng.random() < 0.05 else word for word in text]
        first, second = shingles(" ".join(text)), shingles(" ".join(other))
        assert sketch(first).jaccard(sketch(second)) == pytest.approx(jaccard(first, second), abs=0.13)


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95, 1.0])
def test_bands_find_pairs_at_the_threshold(threshold: float) -> None:
    count, rows = near.bands(threshold)
    assert count * rows <= 256
    assert 1 - (1 - threshold**rows) ** count >= 0.999


@pytest.mark.parametrize("threshold", [0.0, 0.29, 1.01, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(DataError, match=r"lies between 0.3 and 1"):
        near.bands(threshold)


@pytest.mark.parametrize("threshold", [0.5, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_leaders_are_those_of_a_comparison_of_every_pair(threshold: float, seed: int) -> None:
    texts = drawn(250, seed)
    similar = exact(texts) >= threshold
    order = random.Random(seed).sample(range(len(texts)), len(texts))
    owners = near.leaders(near.compare(texts), order, threshold)
    expected: dict[int, int] = {}
    for one in order:
        if one not in expected:
            expected |= {other: one for other in range(len(texts)) if similar[one, other] and other not in expected}
    assert owners.tolist() == [expected[one] for one in range(len(texts))]


@pytest.mark.parametrize("threshold", [0.5, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_no_pair_of_near_duplicates_lies_in_two_clusters(threshold: float, seed: int) -> None:
    texts = drawn(250, seed)
    owners = near.clusters(near.compare(texts), threshold)
    first, second = np.nonzero(exact(texts) >= threshold)
    assert (owners[first] == owners[second]).all()
    assert len(set(owners.tolist())) > 20, "unrelated texts stay apart"


def test_a_chain_is_one_cluster_though_its_ends_differ() -> None:
    texts = [" ".join(VOCABULARY[n : n + 40]) for n in range(60)]
    compared = near.compare(texts)
    assert set(near.clusters(compared, 0.8).tolist()) == {0}
    assert near.similarity(compared, 0, 59) == 0
    assert len(set(near.leaders(compared, range(60), 0.8).tolist())) > 5


def test_groups_do_not_depend_on_the_machine_or_the_run() -> None:
    texts = drawn(100, 9)
    first, again = (near.clusters(near.compare(texts), 0.8).tolist() for _ in range(2))
    assert first == again


@pytest.mark.parametrize("changed", [False, True])
def test_a_heap_of_nearly_equal_texts_costs_one_comparison_each(changed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    heap, comparisons, estimate = 1500, 0, near._Similar._estimated

    def counted(self: Any, one: int, others: Any) -> Any:
        nonlocal comparisons
        comparisons += len(others)
        return estimate(self, one, others)

    monkeypatch.setattr(near._Similar, "_estimated", counted)
    compared = near.compare(" ".join([*VOCABULARY[:200], str(n) if changed else ""]) for n in range(heap))
    assert set(near.leaders(compared, range(heap), 0.8).tolist()) == {0}
    assert set(near.clusters(compared, 0.8).tolist()) == {0}
    assert comparisons <= 3 * heap, "every pair would be a million"


def test_no_texts_make_no_groups() -> None:
    assert near.clusters(near.compare([]), 0.8).tolist() == []
