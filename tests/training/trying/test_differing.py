"""Where two texts differ: tables, and what must hold for any two texts."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.trying.differing import Stretch, differing, readable

TEXTS = st.text(alphabet=st.sampled_from("ab laksa\n海南鸡🍜.,"), max_size=60)


def joined(stretches: tuple[Stretch, ...]) -> str:
    return "".join(one.text for one in stretches)


def own(stretches: tuple[Stretch, ...]) -> str:
    return "|".join(one.text.strip() for one in stretches if one.is_own)


@pytest.mark.parametrize(
    ("left", "right", "ours", "theirs", "alike"),
    [
        ("", "", "", "", 1.0),
        ("kopi lah", "kopi lah", "", "", 1.0),
        ("kopi  lah", "kopi\nlah", "", "", 1.0),
        ("kopi", "", "kopi", "", 0.0),
        ("I like kopi a lot", "I like teh a lot", "kopi", "teh", 0.8),
        ("one two three four", "zero one three four five", "two", "zero|five", 2 * 3 / 9),
        ("海南鸡饭", "海南面饭", "鸡", "面", 0.75),
        ("a b", "c d", "a b", "c d", 0.0),
    ],
)
def test_words_that_the_other_text_has_not_are_marked(
    left: str, right: str, ours: str, theirs: str, alike: float
) -> None:
    found = differing(left, right)
    assert (own(found.left), own(found.right)) == (ours, theirs)
    assert found.alike == pytest.approx(alike)


@given(TEXTS, TEXTS)
def test_nothing_is_lost_and_the_unmarked_words_are_the_same_on_both_sides(left: str, right: str) -> None:
    found = differing(left, right)
    assert (joined(found.left), joined(found.right)) == (left, right)
    kept = [" ".join("".join(one.text for one in side if not one.is_own).split()) for side in (found.left, found.right)]
    assert "".join(kept[0].split()) == "".join(kept[1].split())
    assert 0 <= found.alike <= 1


@given(TEXTS)
def test_a_text_differs_in_nothing_from_itself(text: str) -> None:
    found = differing(text, text)
    assert found.alike == 1
    assert not own(found.left) + own(found.right)


@given(TEXTS, TEXTS)
def test_neighbouring_stretches_are_of_different_kinds(left: str, right: str) -> None:
    for side in (differing(left, right).left, differing(left, right).right):
        assert all(one.is_own != other.is_own for one, other in itertools.pairwise(side))


def test_long_repetitive_texts_are_compared_in_time() -> None:
    began = time.perf_counter()
    differing("lah " * 6000 + "end", "leh " + "lah " * 6000)
    assert time.perf_counter() - began < 5


def test_what_could_play_tricks_on_a_terminal_is_shown_as_what_it_is() -> None:
    assert readable("a\x1b[31mb\r\nc\u202ed\te\x00") == "a\ufffd[31mb\nc\ufffdd\te\ufffd"
