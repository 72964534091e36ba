"""Calibrating: a judge asked about every labelled pair in both orders, and judges compared with each other."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from itertools import combinations

from models.judging.calibration.card import Measured
from models.judging.calibration.data import LabelledPairs
from models.judging.calibration.figures import figures, jobs_of
from models.judging.comparers import Comparing
from models.judging.league.comparing import SIGNIFICANT
from models.judging.league.ledger import Ledger
from models.judging.league.running import Plan, Progress, Run, run


async def calibrated(
    data: LabelledPairs,
    seat: Comparing,
    ledger: Ledger,
    plan: Plan,
    made_at: str,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    stop: asyncio.Event | None = None,
) -> tuple[Run, Measured]:
    """Ask what the ledger does not have yet and measure. A run that ended early leaves pairs unjudged, and no card."""
    done = await run(jobs_of(data), seat.comparer, ledger, plan, tell=tell, stop=stop)
    found = figures(data, seat.comparer, ledger)
    return done, Measured(seat.comparer, data, found, made_at, seat.model, seat.family, seat.variant, seat.prices)


def differences(measured: Sequence[Measured]) -> list[str]:
    """For every two judges (or prompts) on the same data, whether one is right more often: a paired exact sign test."""
    from models.judging.statistics.comparing import paired_sign_test

    sentences = []
    for one, other in combinations(measured, 2):
        test = paired_sign_test(_by_pair(one), _by_pair(other))
        counts = f"{test.a_better} pairs to {test.b_better}, p = {test.p:.3g}"
        if test.p < SIGNIFICANT:
            better, worse = (one, other) if test.a_better > test.b_better else (other, one)
            sentences.append(f"{better.name} is right more often than {worse.name} ({counts}).")
        else:
            sentences.append(f"Between {one.name} and {other.name} nothing can be said ({counts}).")
    return sentences


def _by_pair(measured: Measured) -> dict[Hashable, float | None]:
    return {pair: verdict for pair, verdict in measured.figures.verdicts.items()}  # noqa: C416 (widens the types)
