"""What a run may cost in money, tokens and time: an estimate before, a meter that stops it. No price is built in."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.judging.league.costs import Prices, Usage, duration
from training.synthetic.errors import SynthesisRefused

ASSUMED_TOKENS_PER_SECOND = 40.0
ASSUMED_SHARE_OUT = 0.5  # of the most tokens of a reply, before any reply was measured


@dataclass(frozen=True, slots=True)
class Limits:
    """Where to stop; None is no limit. Money and tokens count what the journal holds, too; seconds this run alone."""

    money: Decimal | None = None
    tokens: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to be asked. `likely` and `most` are tokens; `measured` says whether replies of this model are the
    base of it."""

    requests: int
    likely: Usage
    most: Usage
    seconds: float
    measured: bool
    prices: Prices | None

    def in_words(self) -> str:
        """The estimate in sentences that say what it rests on."""
        if not self.requests:
            return "Nothing left to ask: every reply is in the journal."
        basis = "as replies so far" if self.measured else "if a reply takes half of the tokens it may"
        pace = "at the pace so far" if self.measured else f"at {ASSUMED_TOKENS_PER_SECOND:g} tokens a second each"
        return (
            f"{self.requests:,} requests: about {self.likely.tokens_in:,} tokens in (taken by length) and "
            f"{self.likely.tokens_out:,} out ({basis}), at most {self.most.tokens_out:,} out; {self._money()}; about "
            f"{duration(self.seconds)} ({pace}). Replies that are refused are asked for again and cost more."
        )

    def _money(self) -> str:
        if self.prices is None:
            return "cost unknown, for no prices were given"
        likely, most = self.prices.of(self.likely), self.prices.of(self.most)
        return f"about {likely:.2f} {self.prices.currency}, at most {most:.2f}"


def estimated(
    expected: Sequence[Usage], replies: Sequence[tuple[Usage, float]], at_once: int, prices: Prices | None
) -> Estimate:
    """The estimate for requests that use `expected` at most each; `replies` are (usage, ms) of this model so far."""
    most = sum(expected, Usage())
    if replies:
        out = sum(usage.tokens_out for usage, _ in replies) / len(replies)
        seconds = sum(ms for _, ms in replies) / len(replies) / 1000
    else:
        out = ASSUMED_SHARE_OUT * most.tokens_out / max(1, len(expected))
        seconds = out / ASSUMED_TOKENS_PER_SECOND
    likely = Usage(most.tokens_in, round(out * len(expected)), False)
    return Estimate(len(expected), likely, most, seconds * len(expected) / at_once, bool(replies), prices)


def check(limits: Limits, prices: Prices | None) -> None:
    """Raise SynthesisRefused for a limit of money without prices."""
    if limits.money is not None and prices is None:
        raise SynthesisRefused("A budget in money needs prices: give --prices IN/OUT, such as 0.15/0.60.")


class Meter:
    """Counts what is spent and on its way. A request on its way counts with all it may use until its reply is in."""

    def __init__(
        self, limits: Limits, prices: Prices | None, spent: Usage, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`spent` is what the journal holds. Raises SynthesisRefused for a limit of money without prices."""
        check(limits, prices)
        self._limits, self._prices, self._clock = limits, prices, clock
        self._began, self.spent, self.away = clock(), spent, Usage()

    def spent_limit(self, wanted: Usage) -> str:
        """Which limit a further request would break, in words; empty if none."""
        after = self.spent + self.away + wanted
        if self._limits.seconds is not None and self._clock() - self._began >= self._limits.seconds:
            return f"the time of {duration(self._limits.seconds)} is over"
        if self._limits.tokens is not None and after.tokens_in + after.tokens_out > self._limits.tokens:
            return f"the budget of {self._limits.tokens:,} tokens would be exceeded"
        if self._limits.money is not None and self._prices and self._prices.of(after) > self._limits.money:
            return f"the budget of {self._limits.money:.2f} {self._prices.currency} would be exceeded"
        return ""

    def send(self, wanted: Usage) -> None:
        """A request is on its way."""
        self.away += wanted

    def settle(self, wanted: Usage, used: Usage) -> None:
        """Its reply is in, or it failed and cost nothing."""
        self.away = Usage(self.away.tokens_in - wanted.tokens_in, self.away.tokens_out - wanted.tokens_out, False)
        self.spent += used
