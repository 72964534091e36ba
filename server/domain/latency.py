"""How fast the models answered: per attempt, per lane, and how alike the lanes were served. From the state alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from server.domain.state import Attempt, EventState, Round


@dataclass(frozen=True, slots=True)
class LaneTimes:
    """One finalist over several rounds; times in milliseconds, None where nothing was measured.

    `served`: attempts that gave text. `rate`: median of tokens per second. `owed_ms`: lost and not given back.
    """

    finalist: str
    attempts: int
    served: int
    failed: int
    retries: int
    queue_ms: float | None
    ttft_ms: float | None
    ttft_worst_ms: int | None
    rate: float | None
    rate_worst: float | None
    lost_ms: int
    owed_ms: int


def lane_times(state: EventState, rounds: Sequence[Round]) -> tuple[LaneTimes, ...]:
    """One for each finalist, in lane order, over `rounds`."""
    return tuple(_lane(finalist, rounds) for finalist in state.event.finalist_ids)


def _lane(finalist: str, rounds: Sequence[Round]) -> LaneTimes:
    attempts = [attempt for round_ in rounds for attempt in round_.attempts_of(finalist)]
    queued = [a.queue_ms for a in attempts if a.queue_ms is not None]
    first = [a.ttft_ms for a in attempts if a.ttft_ms is not None]
    rates = [a.tokens_per_second for a in attempts if a.tokens_per_second is not None]
    return LaneTimes(
        finalist=finalist,
        attempts=len(attempts),
        served=sum(a.has_text for a in attempts),
        failed=sum(a.finish_reason == "failed" for a in attempts),
        retries=sum(a.retries for a in attempts),
        queue_ms=median(queued) if queued else None,
        ttft_ms=median(first) if first else None,
        ttft_worst_ms=max(first, default=None),
        rate=median(rates) if rates else None,
        rate_worst=min(rates, default=None),
        lost_ms=sum(a.lost_ms for a in attempts),
        owed_ms=sum(round_.owed_ms(finalist) for round_ in rounds),
    )


def rate_spread(lanes: Sequence[LaneTimes]) -> float | None:
    """Tokens per second of the slowest lane over those of the fastest, 0 to 1; None with fewer than two lanes."""
    rates = [lane.rate for lane in lanes if lane.rate]
    return min(rates) / max(rates) if len(rates) > 1 else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile: the least value that at least `share` of all do not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * 1000) * len(ordered) // 1000) - 1)] if ordered else None


def ended(rounds: Sequence[Round]) -> tuple[tuple[Round, Attempt], ...]:
    """Every attempt that has ended, with its round, in the order they were started."""
    return tuple((round_, a) for round_ in rounds for a in round_.attempts if not a.is_running)
