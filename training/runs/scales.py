"""Axes: where the ticks stand and what they say. Positions are in percent of the axis."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDE = 50.0  # positive values further apart than this are shown on a logarithmic axis
_SAME, _TINY = 1e-9, 1e-12  # values closer than this share of their size, or than this, are drawn as one
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, linear or logarithmic, with its ticks' values."""

    low: float
    high: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def at(self, value: float) -> float:
        """Where a value lies, in percent from the low end; two decimals are enough for any screen."""
        ends = (self.low, self.high, max(value, self.low) if self.is_log else value)
        low, high, here = (math.log10(one) if self.is_log else one for one in ends)
        return round(100 * (here - low) / (high - low), 2)


def scale_of(values: Sequence[float], *, zero: bool = False, may_be_log: bool = True, most_ticks: int = 6) -> Scale:
    """An axis on which all the values have a place; with `zero` it begins there. Needs at least one value."""
    low, high = min(values), max(values)
    if may_be_log and not zero and low > _TINY and high / low > WIDE:
        return _logarithmic(low, high)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    size = max(abs(low), abs(high))
    if high - low <= max(_SAME * size, _TINY):
        spread = 0.1 * size if size > _SAME else 1.0
        low, high = low - (0 if zero else spread), high + spread
    step = _round_up((high - low) / max(1, most_ticks - 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Scale(first * step, last * step, tuple(number * step for number in range(first, last + 1)))


def steps_of(values: Sequence[float]) -> Scale:
    """The axis of training steps: from the first to the last, ticks at round steps within."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 1, high + 1
    step = max(1.0, _round_up((high - low) / 6))
    step = math.ceil(step) if step < 10 else step
    ticks = tuple(float(number * step) for number in range(math.ceil(low / step), math.floor(high / step) + 1))
    return Scale(low, high, ticks)


def labelled(scale: Scale, say: Callable[[float], str]) -> list[tuple[float, str]]:
    """The ticks as (percent, words)."""
    return [(scale.at(tick), say(tick)) for tick in scale.ticks]


def _logarithmic(low: float, high: float) -> Scale:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil((last - first) / 6))
    ticks = tuple(10.0**power for power in range(first, last + 1, stride))
    return Scale(10.0**first, 10.0**last, ticks, is_log=True)


def _round_up(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * one for one in _ROUND if power * one >= step * (1 - 1e-9))
