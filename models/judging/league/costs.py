"""What judging costs: tokens used, prices per million, an estimate before, and a budget that stops a run.

Whose prices they are is told by whoever starts the run; none are built in.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from models.judging.pairs import Order, Pair, PairComparer
from models.judging.protocol import JudgeRequest
from models.protocol import EngineError

CHARACTERS_PER_TOKEN = 4
FRAME_TOKENS = 12
"""What a chat template adds around two messages, roughly."""
ASSUMED_SECONDS = 1.5
"""One request's time before any was measured."""
CURRENCY = "USD"
_MILLION = 1_000_000
TokenCounter = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens sent and received; `is_counted` tells the address's own count from an estimate by length."""

    tokens_in: int = 0
    tokens_out: int = 0
    is_counted: bool = True

    def __add__(self, other: "Usage") -> "Usage":
        counted = self.is_counted and other.is_counted
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, counted)


@dataclass(frozen=True, slots=True)
class Prices:
    """Money per million tokens."""

    per_million_in: Decimal
    per_million_out: Decimal
    currency: str = CURRENCY

    def of(self, usage: Usage) -> Decimal:
        """What `usage` costs."""
        return (usage.tokens_in * self.per_million_in + usage.tokens_out * self.per_million_out) / _MILLION


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to be done. `cost` is None without prices; `is_measured` says whether `seconds` comes from looks of
    this judge, `is_tokenized` whether tokens were counted by a tokenizer and not taken as four characters each."""

    looks: int
    usage: Usage
    cost: Decimal | None
    seconds: float
    is_measured: bool
    is_tokenized: bool

    def in_words(self, currency: str = "") -> str:
        """The estimate in a sentence that says what it rests on."""
        if not self.looks:
            return "nothing left to ask."
        counted = "by the tokenizer" if self.is_tokenized else "at four characters each"
        money = "" if self.cost is None else f", about {self.cost:.2f} {currency}"
        pace = "at the pace so far" if self.is_measured else f"if a request takes {ASSUMED_SECONDS} s"
        tokens = f"about {self.usage.tokens_in:,} tokens in and {self.usage.tokens_out:,} out ({counted})"
        return f"{self.looks:,} looks to make: {tokens}{money}, about {duration(self.seconds)} ({pace})."


def duration(seconds: float) -> str:
    """As "40 s", "12 min" or "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def by_length(text: str) -> int:
    """Tokens in `text`, taken as four characters each, rounded up."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def usage_of(requests: Iterable[JudgeRequest]) -> Usage:
    """What the requests used: as the address counted, else by length. Requests without a reply are free."""
    return sum((_usage(request) for request in requests if request.reply), Usage())


def expected(comparer: PairComparer, pair: Pair, order: Order, count: TokenCounter = by_length) -> Usage:
    """What one look will use; nothing when it needs no judge."""
    text = comparer.prompt_text(pair, order)
    return Usage(count(text) + FRAME_TOKENS, comparer.reply_tokens, False) if text else Usage()


def estimated(
    looks: Sequence[Usage], at_once: int, prices: Prices | None, measured_ms: Sequence[float], *, is_tokenized: bool
) -> Estimate:
    """The whole of `looks` (one Usage each), `at_once` at a time, each taking the mean of `measured_ms`."""
    total = sum(looks, Usage())
    asked = sum(1 for usage in looks if usage.tokens_in)
    each_s = sum(measured_ms) / len(measured_ms) / 1000 if measured_ms else ASSUMED_SECONDS
    cost = prices.of(total) if prices else None
    return Estimate(len(looks), total, cost, each_s * asked / at_once, bool(measured_ms), is_tokenized)


def token_counter(file: Path | None) -> TokenCounter:
    """Counts tokens with a tokenizer.json; without one, by length. Raises EngineError for a file that is none."""
    if file is None:
        return by_length
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing more precise
        raise EngineError(f"{file} is no tokenizer.json ({error}); give another, or none.") from error
    return lambda text: len(tokenizer.encode(text).ids)


class Budget:
    """Money that a run may spend, what was spent before included. Without prices, everything is free and allowed.

    What is on its way is set aside by estimate, raised by how far looks so far cost more than estimated. A retry is not
    foreseen: the last few looks before the end may exceed the limit by theirs.
    """

    def __init__(self, prices: Prices | None, limit: Decimal | None, spent: Usage) -> None:
        """Raises ValueError for a limit without prices."""
        if limit is not None and prices is None:
            raise ValueError("A budget needs prices: say what a million tokens cost, in and out.")
        self._prices, self._limit = prices, limit
        self.spent, self._reserved = spent, Decimal(0)
        self._foreseen, self._settled = Decimal(0), Decimal(0)

    @property
    def cost(self) -> Decimal | None:
        """What has been spent; None without prices."""
        return self._prices.of(self.spent) if self._prices else None

    def reserve(self, usage: Usage) -> Decimal | None:
        """Set aside what a look will use; None when it no longer fits beside what is spent and on its way."""
        if self._prices is None:
            return Decimal(0)
        wanted = self._prices.of(usage)
        after = self._prices.of(self.spent) + (self._reserved + wanted) * self._dearer
        if self._limit is not None and wanted and after > self._limit:
            return None
        self._reserved += wanted
        return wanted

    def settle(self, reserved: Decimal, usage: Usage) -> None:
        """Replace what was set aside by what was used."""
        self._reserved -= reserved
        self.spent += usage
        if self._prices is not None:
            self._foreseen += reserved
            self._settled += self._prices.of(usage)

    @property
    def _dearer(self) -> Decimal:
        return max(Decimal(1), self._settled / self._foreseen) if self._foreseen else Decimal(1)


def _usage(request: JudgeRequest) -> Usage:
    try:
        counted = json.loads(request.reply)["usage"]
        return Usage(int(counted["prompt_tokens"]), int(counted["completion_tokens"]))
    except (ValueError, KeyError, TypeError):
        return Usage(by_length(request.prompt), by_length(request.reply), False)
