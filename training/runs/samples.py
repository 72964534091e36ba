"""Sampled answers, arranged to be read: each prompt with what was said before, during and after training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What a prompt gave at a step; `is_kept` where the weights of that step are the ones handed in."""

    step: int
    label: str
    text: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt, the answers to set side by side, and those in between."""

    prompt: str
    shown: tuple[Answer, ...]
    between: tuple[Answer, ...]


def side_by_side(samples: Sequence[dict[str, Any]], *, kept_step: int | None, is_over: bool) -> list[Asked]:
    """Every prompt in the order of its first answer. The first and last answers are shown, and two between them."""
    by_prompt: dict[str, list[tuple[int, str]]] = {}
    for line in samples:
        by_prompt.setdefault(str(line["prompt"]), []).append((int(line["step"]), str(line["text"])))
    return [_asked(prompt, found, kept_step, is_over) for prompt, found in by_prompt.items()]


def _asked(prompt: str, found: list[tuple[int, str]], kept_step: int | None, is_over: bool) -> Asked:
    answers = [
        Answer(step, _label(step, number == len(found) - 1, is_over), text, step == kept_step)
        for number, (step, text) in enumerate(found)
    ]
    shown = _chosen(len(answers), next((n for n, one in enumerate(answers) if one.is_kept), None))
    return Asked(
        prompt,
        tuple(answers[number] for number in shown),
        tuple(one for number, one in enumerate(answers) if number not in shown),
    )


def _label(step: int, is_last: bool, is_over: bool) -> str:
    if step == 0:
        return "before"
    if is_last:
        return "after" if is_over else "now"
    return "during"


def _chosen(count: int, kept: int | None) -> list[int]:
    """Positions to show: both ends, the kept one, the rest evenly between."""
    if count <= MOST_COLUMNS:
        return list(range(count))
    even = {round(number * (count - 1) / (MOST_COLUMNS - 1)) for number in range(MOST_COLUMNS)}
    if kept is None or kept in even:
        return sorted(even)
    nearest = min(even - {0, count - 1}, key=lambda number: abs(number - kept))
    return sorted(even - {nearest} | {kept})
