"""One candidate's season: its answers judged against the reference's, from files on disk or from lists in memory.

This is the door for whoever wants a win rate: the command line, and training that wants to know how it is doing.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.judging.league.ledger import Ledger
from models.judging.league.outcomes import jobs_of, judged
from models.judging.league.questions import Answers, Question
from models.judging.league.report import JudgeNamed, Result
from models.judging.league.running import Plan, Progress, Run, run
from models.judging.pairs import PairComparer
from models.judging.prompts import digest


@dataclass(frozen=True, slots=True)
class Season:
    """What is played: the same questions for a candidate and the reference. `warnings` go into the result."""

    questions: Sequence[Question]
    candidate: Answers
    reference: Answers
    warnings: tuple[str, ...] = ()


async def play(
    season: Season,
    comparer: PairComparer,
    ledger: Ledger,
    plan: Plan,
    made_at: str,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    stop: asyncio.Event | None = None,
) -> tuple[Run, Result]:
    """Judge what the ledger does not have yet and add everything up. `made_at` is ISO 8601, by the caller's clock."""
    jobs = jobs_of(season.questions, season.candidate, season.reference)
    done = await run(jobs, comparer, ledger, plan, tell=tell, stop=stop)
    return done, result_of(season, comparer, ledger, plan, made_at)


def result_of(season: Season, comparer: PairComparer, ledger: Ledger, plan: Plan, made_at: str) -> Result:
    """The result as the ledger has it now; nothing is asked."""
    jobs = jobs_of(season.questions, season.candidate, season.reference)
    used = ledger.used_for(jobs, comparer)
    cost = plan.prices.of(used) if plan.prices else None
    return Result(
        candidate=season.candidate.model,
        reference=season.reference.model,
        judge=JudgeNamed.of(comparer),
        questions_sha256=digest(*((one.id, one.text, one.facts) for one in season.questions)),
        reference_sha256=digest(*((one.id, season.reference.by_question.get(one.id)) for one in season.questions)),
        rows=judged(season.questions, jobs, comparer, ledger),
        used=used,
        made_at=made_at,
        cost=None if cost is None else f"{cost:.4f}",
        currency=plan.prices.currency if plan.prices else "",
        warnings=season.warnings,
    )


async def win_rate_against(
    questions: Sequence[Question],
    candidate: Answers,
    reference: Answers,
    comparer: PairComparer,
    ledger_file: Path,
    made_at: str,
    *,
    plan: Plan | None = None,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Result:
    """The candidate's result against the reference, kept in `ledger_file` so that no look is made twice.

    `result.score` has the score with its interval; look at `is_ranked` before using it. Raises FileRefused.
    """
    with Ledger(ledger_file) as ledger:
        season = Season(questions, candidate, reference)
        return (await play(season, comparer, ledger, plan or Plan(), made_at, tell=tell))[1]
