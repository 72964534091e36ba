"""Preferences of a judge between two answers, and the win rates they add up to. Controlling for length is elsewhere.

A preference is a number from 1 (the first answer, or the baseline's) to 2 (the second, or the model's); None or NaN is
unjudged.
Source: AlpacaEval 2 (arXiv 2404.04475); its published leaderboard is reproduced in the tests.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.judging.statistics.errors import DataRefused

DRAW = 1.5


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """A model against a baseline. `rate` is percent, `standard_error` percentage points (None with one judgement).

    A win is a preference above 1.5, a loss one below, a draw exactly 1.5.
    """

    wins: int
    losses: int
    draws: int
    unjudged: int
    rate: float
    standard_error: float | None

    @property
    def judged(self) -> int:
        """How many judgements the rate is of."""
        return self.wins + self.losses + self.draws

    @property
    def discrete_rate(self) -> float:
        """Percent of wins with draws as half a win, whatever the strength of each preference."""
        return 100 * (self.wins + self.draws / 2) / self.judged


def preference_from_logprobs(
    alternatives: Mapping[str, float] | Sequence[Mapping[str, Any]], *, first: str = "m", second: str = "M"
) -> float | None:
    """2 − P(first) / (P(first) + P(second)), from 1 to 2; None when neither verdict token is there.

    `alternatives` maps tokens to ln p, or is an OpenAI `top_logprobs` list of {"token": …, "logprob": …}. A token that
    is missing has probability 0. Raises DataRefused for a repeated token and for a ln p that is positive, infinite or
    not a number.
    """
    logprobs = _by_token(alternatives)
    if first == second:
        raise DataRefused(f"expected two different verdict tokens, got {first!r} twice")
    if first not in logprobs or second not in logprobs:
        return 1.0 if first in logprobs else 2.0 if second in logprobs else None
    # From the difference alone, so that two tiny probabilities do not vanish.
    odds = math.exp(-abs(logprobs[first] - logprobs[second]))
    likelier = 1 / (1 + odds)
    return 2 - likelier if logprobs[first] >= logprobs[second] else 1 + likelier


def win_rate(preferences: Sequence[float | None]) -> float:
    """100 · mean(preference − 1) in percent over what was judged.

    Raises DataRefused for a preference outside 1 to 2, and when nothing was judged.
    """
    return head_to_head(preferences).rate


def head_to_head(preferences: Sequence[float | None]) -> HeadToHead:
    """Counts, win rate and the standard error of its mean (sample deviation ÷ √n). Raises DataRefused as `win_rate`."""
    shares = [value - 1 for value in checked(preferences) if value is not None]
    if not shares:
        raise DataRefused(f"expected at least one judged preference, got {len(preferences)} and none judged")
    mean = math.fsum(shares) / len(shares)
    return HeadToHead(
        wins=sum(share > DRAW - 1 for share in shares),
        losses=sum(share < DRAW - 1 for share in shares),
        draws=shares.count(DRAW - 1),
        unjudged=len(preferences) - len(shares),
        rate=100 * mean,
        standard_error=_standard_error(shares, mean),
    )


def checked(preferences: Sequence[float | None]) -> list[float | None]:
    """Preferences as floats, with None for what was not judged. Raises DataRefused outside 1 to 2."""
    return [_preference(value, row) for row, value in enumerate(preferences)]


def _preference(value: float | None, row: int) -> float | None:
    if value is None or math.isnan(value):
        return None
    if not 1 <= value <= 2:
        raise DataRefused(f"expected preferences from 1 (baseline) to 2 (model), got {value!r} in row {row}")
    return float(value)


def _standard_error(shares: list[float], mean: float) -> float | None:
    if len(shares) < 2:
        return None
    variance = math.fsum((share - mean) ** 2 for share in shares) / (len(shares) - 1)
    return 100 * math.sqrt(variance / len(shares))


def _by_token(alternatives: Mapping[str, float] | Sequence[Mapping[str, Any]]) -> dict[str, float]:
    try:
        pairs = (
            list(alternatives.items())
            if isinstance(alternatives, Mapping)
            else [(one["token"], one["logprob"]) for one in alternatives]
        )
        logprobs = {token: float(logprob) for token, logprob in pairs}
    except (KeyError, TypeError, ValueError) as error:
        raise DataRefused('expected tokens with ln p, or a list of {"token": …, "logprob": …}') from error
    if len(logprobs) < len(pairs):
        raise DataRefused("expected each token once among the alternatives, got one twice")
    for token, logprob in logprobs.items():
        if not -math.inf < logprob <= 0:
            raise DataRefused(f"expected ln p to be finite and at most 0, got {logprob} for the token {token!r}")
    return logprobs
