"""Answers sampled side by side are those sampled alone: the padding before a shorter prompt changes nothing."""

from collections.abc import Callable
from typing import Any

from training.sample import answer, answers

ASKED = [("Be brief.", "Why do people queue?"), ("", "What is special about hawker centres in Singapore today?")]


def test_greedy_answers_are_the_same_one_by_one_and_together(words: Any, model_of: Callable[[str], Any]) -> None:
    base = model_of("base")
    together = answers(base, words, ASKED, temperature=0, max_tokens=24)
    assert together == [answer(base, words, *one, temperature=0, max_tokens=24) for one in ASKED]


def test_the_same_seed_gives_the_same_answers_and_another_seed_others(
    words: Any, model_of: Callable[[str], Any]
) -> None:
    one, again, other = (answers(model_of("base"), words, ASKED, max_tokens=24, seed=seed) for seed in (3, 3, 4))
    assert one == again
    assert one != other
