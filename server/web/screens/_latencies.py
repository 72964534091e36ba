"""The organiser's page of how fast the models answered: by lane, by engine, and every attempt."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.latency import LaneTimes, ended, lane_times, percentile, rate_spread
from server.domain.state import Attempt, EventState, Round
from server.web.screens._stage_words import counted

DASH = "–"
REASONS = {
    "stop": "ended",
    "length": "reached its length",
    "stopped": "stopped by the finalist",
    "cut": "cut at the bell",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class LaneLine:
    """One finalist. `dots`: places of first-token times in percent of the longest, for the strip."""

    lane: int
    name: str
    attempts: str
    queue: str
    ttft: str
    worst: str
    rate: str
    lost: str
    dots: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt. `weights`: the first digits of its adapter's hash."""

    round: str
    lane: int
    name: str
    number: int
    engine: str
    weights: str
    queue: str
    ttft: str
    rate: str
    tokens: str
    reason: str
    trouble: str


@dataclass(frozen=True, slots=True)
class LatenciesPage:
    """`rounds`: (key, label, whether it is shown); the key "" stands for all."""

    event: str
    title: str
    summary: tuple[str, ...]
    rounds: tuple[tuple[str, str, bool], ...]
    longest: str
    lanes: tuple[LaneLine, ...]
    attempts: tuple[AttemptLine, ...]


def latencies_page(state: EventState, key: str) -> LatenciesPage:
    """The page for the round of this key, or for all rounds where there is none."""
    chosen = tuple(r for r in state.rounds if r.key == key)
    rounds = chosen or state.rounds
    lanes = lane_times(state, rounds)
    first = [a.ttft_ms for _, a in ended(rounds) if a.ttft_ms is not None]
    longest = max(first, default=0)
    names = [("", "All rounds", not chosen), *((r.key, _name(r), r in chosen) for r in state.rounds)]
    return LatenciesPage(
        event=state.event.name,
        title=f"How fast the models answered: {_name(chosen[0])}" if chosen else "How fast the models answered",
        summary=_summary(lanes, first),
        rounds=tuple(names) if state.rounds else (),
        longest=_ms(longest) if first else "",
        lanes=tuple(_lane(state, lane, times, rounds, longest) for lane, times in enumerate(lanes)),
        attempts=tuple(_attempt(state, r, a) for r, a in reversed(ended(rounds))),
    )


def _name(round_: Round) -> str:
    return f"Round {round_.number}" + (f", run {round_.run}" if round_.run > 1 else "")


def _summary(lanes: Sequence[LaneTimes], first: Sequence[int]) -> tuple[str, ...]:
    if not first:
        return ("No attempt has ended yet. Times appear here as soon as one does.",)
    spread, lost = rate_spread(lanes), sum(lane.owed_ms for lane in lanes)
    words = [
        f"Half of the first tokens came within {_ms(percentile(first, 0.5))}, "
        f"99 in 100 within {_ms(percentile(first, 0.99))}."
    ]
    if spread is not None:
        words.append(f"The slowest lane ran at {spread:.0%} of the fastest one’s tokens per second.")
    if lost:
        words.append(f"Faults took {lost / 1000:.1f} s that were not given back.")
    return tuple(words)


def _lane(state: EventState, lane: int, times: LaneTimes, rounds: Sequence[Round], longest: int) -> LaneLine:
    mine = (a for r in rounds for a in r.attempts_of(times.finalist))
    dots = tuple(round(100 * a.ttft_ms / longest, 2) for a in mine if a.ttft_ms is not None and longest)
    trouble = [f"{times.failed} failed"] if times.failed else []
    trouble += [f"{times.retries} tried again"] if times.retries else []
    return LaneLine(
        lane=lane,
        name=state.event.finalists[lane].name,
        attempts=" · ".join([counted(times.attempts, "attempt"), *trouble]),
        queue=_ms(times.queue_ms),
        ttft=_ms(times.ttft_ms),
        worst=_ms(times.ttft_worst_ms),
        rate=_rate(times.rate),
        lost=f"{times.lost_ms / 1000:.1f} s" if times.lost_ms else DASH,
        dots=dots,
    )


def _attempt(state: EventState, round_: Round, attempt: Attempt) -> AttemptLine:
    lane = state.event.lane(attempt.finalist)
    trouble = [attempt.failure] if attempt.failure else []
    trouble += [f"tried {counted(attempt.retries, 'time')} more"] if attempt.retries else []
    return AttemptLine(
        round=_name(round_),
        lane=lane,
        name=state.event.finalists[lane].name,
        number=attempt.number,
        engine=attempt.engine or DASH,
        weights=attempt.adapter_sha256[:8] or DASH,
        queue=_ms(attempt.queue_ms),
        ttft=_ms(attempt.ttft_ms),
        rate=_rate(attempt.tokens_per_second),
        tokens=f"{attempt.tokens:,}",
        reason=REASONS.get(attempt.finish_reason or "", attempt.finish_reason or ""),
        trouble=" · ".join(trouble),
    )


def _ms(value: float | None) -> str:
    if value is None:
        return DASH
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms"


def _rate(value: float | None) -> str:
    return DASH if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"
