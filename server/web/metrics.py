"""The running event as Prometheus metrics, made from the room at each scrape: nothing is counted twice or lost.

Names follow prometheus.io, "Metric and label naming": base units, counters end in `_total`. No metric tells for whom
anybody voted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from server.arena.room import Room
from server.domain.latency import ended
from server.domain.state import Attempt

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0)
RATES = (1.0, 3.0, 10.0, 20.0, 40.0, 80.0, 160.0)


def exposition(room: Room) -> bytes:
    """The metrics of `room` in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Reading(room))
    return generate_latest(registry)


class _Reading(Collector):
    def __init__(self, room: Room) -> None:
        self._room = room

    def collect(self) -> Iterator[Metric]:
        """Everything, family by family."""
        attempts = [attempt for _, attempt in ended(self._room.state.rounds)]
        yield from _outcomes(attempts)
        yield from _times(attempts)
        yield from _engines(self._room)
        yield from _hall(self._room)


def _outcomes(attempts: Sequence[Attempt]) -> Iterator[Metric]:
    names = ["finalist", "engine", "reason"]
    many = CounterMetricFamily("finale_attempts", "Attempts that have ended.", labels=names)
    for labels, number in Counter((a.finalist, a.engine, a.finish_reason or "") for a in attempts).items():
        many.add_metric(labels, number)
    yield many
    tokens, retries, lost = Counter[str](), Counter[str](), Counter[str]()
    for attempt in attempts:
        tokens[attempt.finalist] += attempt.tokens
        retries[attempt.finalist] += attempt.retries
        lost[attempt.finalist] += attempt.lost_ms
    yield _by_finalist("finale_tokens", "Tokens that were generated.", tokens)
    yield _by_finalist("finale_retries", "Streams that were tried once more.", retries)
    yield _by_finalist("finale_lost_seconds", "Time that faults took.", lost, 1000)


def _by_finalist(name: str, words: str, values: "Counter[str]", per: int = 1) -> Metric:
    family = CounterMetricFamily(name, words, labels=["finalist"])
    for finalist, value in values.items():
        family.add_metric([finalist], value / per)
    return family


def _times(attempts: Sequence[Attempt]) -> Iterator[Metric]:
    queue = {a.id: a.queue_ms / 1000 for a in attempts if a.queue_ms is not None}
    first = {a.id: a.ttft_ms / 1000 for a in attempts if a.ttft_ms is not None}
    rates = {a.id: a.tokens_per_second for a in attempts if a.tokens_per_second is not None}
    for name, words, values, bounds in (
        ("finale_queue_seconds", "From the start of an attempt until an engine took it up.", queue, SECONDS),
        ("finale_first_token_seconds", "From the start of an attempt to its first token.", first, SECONDS),
        ("finale_tokens_per_second", "Of a stream, after its first token.", rates, RATES),
    ):
        family = HistogramMetricFamily(name, words, labels=["finalist"])
        for finalist in sorted({a.finalist for a in attempts}):
            mine = [values[a.id] for a in attempts if a.finalist == finalist and a.id in values]
            family.add_metric([finalist], _buckets(mine, bounds), sum(mine))
        yield family


def _buckets(values: Sequence[float], bounds: Sequence[float]) -> list[tuple[str, float]]:
    below = [(str(bound), float(sum(value <= bound for value in values))) for bound in bounds]
    return [*below, ("+Inf", float(len(values)))]


def _engines(room: Room) -> Iterator[Metric]:
    up = GaugeMetricFamily("finale_engine_in_service", "1 in service, 0 while it rests.", labels=["engine"])
    for engine in room.engines:
        up.add_metric([engine.name], 0.0 if engine.resting else 1.0)
    yield up
    yield _gauge("finale_outage", "1 while no engine answers.", bool(room.state.outage))
    yield _gauge("finale_streams", "Attempts that stream now.", len(room.live))
    checks = GaugeMetricFamily("finale_readiness", "Rows of the readiness board by level.", labels=["level"])
    for level, number in Counter(check.level for check in room.checks).items():
        checks.add_metric([level], number)
    yield checks


def _hall(room: Room) -> Iterator[Metric]:
    here = room.presence
    people = GaugeMetricFamily("finale_connected", "Who is connected.", labels=["role"])
    for role, number in (
        ("finalist", len(here.finalists)),
        ("expert", len(here.experts)),
        ("stage", here.stages),
        ("organiser", here.organisers),
        ("phone", here.phones),
    ):
        people.add_metric([role], number)
    yield people
    yield _gauge("finale_ballots", "Ballots of the current round.", room.votes)
    yield _gauge("finale_rounds_revealed", "Rounds that count.", len(room.state.scored))
    yield _gauge("finale_paused", "1 while the clock stands still.", room.state.is_paused)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))
