"""The win rate of a voice against a reference, judged in pairs as the league judges: both orders, a ledger, no guesses.

How a pair is judged and what the looks add up to is `models.judging`'s; here answers and judge are brought together.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from models.judging.comparers import Comparing
from models.judging.league.costs import Estimate
from models.judging.league.ledger import Ledger
from models.judging.league.outcomes import jobs_of
from models.judging.league.questions import Answers, Question, read_answers
from models.judging.league.report import Result, write
from models.judging.league.running import Plan, Progress, Run
from models.judging.league.running import estimate as estimated
from models.judging.league.season import Season, play
from models.protocol import EngineError
from training.trying.errors import TryingRefused
from training.trying.prompts import Asked

LEDGER = "judged.jsonl"


def season_of(asked: Sequence[Asked], candidate: Answers, reference: Answers, *warnings: str) -> Season:
    """What is to be judged. The system prompt is shown to the judge too: it is a wish that the answer has to meet."""
    questions = tuple(Question(one.id, _shown(one), one.facts) for one in asked)
    return Season(questions, candidate, reference, warnings)


def spoken(name: str, asked: Sequence[Asked], texts: Sequence[str]) -> Answers:
    """Answers in the order of `asked`, under a name that can be a file's."""
    return Answers(_file_name(name), {one.id: text for one, text in zip(asked, texts, strict=True)})


def written(file: Path, asked: Sequence[Asked]) -> Answers:
    """Answers from lines of {"id" or "question", "answer"}. Raises LinesRefused, TryingRefused if one is missing."""
    answers = read_answers(file, _file_name(file.stem), tuple(Question(one.id, one.prompt.question) for one in asked))
    if missing := [one.id for one in asked if one.id not in answers.by_question]:
        raise TryingRefused(
            f"{file} has no answer to {len(missing)} of {len(asked)} prompts ({', '.join(missing[:3])} …); add them, "
            "or leave those prompts out."
        )
    return answers


def estimate(season: Season, seat: Comparing, folder: Path, plan: Plan) -> Estimate:
    """What judging would still cost, by what the ledger in `folder` holds. Raises FileRefused."""
    jobs = jobs_of(season.questions, season.candidate, season.reference)
    with Ledger(folder / LEDGER) as ledger:
        return estimated(jobs, seat.comparer, ledger, plan)


async def fought(
    season: Season,
    seat: Comparing,
    folder: Path,
    plan: Plan,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    stop: asyncio.Event | None = None,
) -> tuple[Run, Result, Path]:
    """Judge what the ledger in `folder` does not have yet; the run, the result, and the JSON file it is written to.

    An interrupted duel goes on where it was and pays for nothing twice. Raises TryingRefused when nothing could be
    judged at all, FileRefused and other EngineErrors.
    """
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    with _plainly(), Ledger(folder / LEDGER) as ledger:
        run, result = await play(season, seat.comparer, ledger, plan, made_at, tell=tell, stop=stop)
    if not run.progress.done:
        raise TryingRefused(f"The judge {seat.comparer.name} judged nothing: {run.reason or 'it was stopped.'}")
    return run, result, write(result, folder)[0]


@contextmanager
def _plainly() -> Iterator[None]:
    """An engine's error as itself, not in a group as tasks raise them."""
    try:
        yield
    except ExceptionGroup as several:
        engines, others = several.split(EngineError)
        if others is not None or engines is None:
            raise
        raise _first(engines) from several


def _first(group: ExceptionGroup[Exception]) -> Exception:
    one = group.exceptions[0]
    return _first(one) if isinstance(one, ExceptionGroup) else one


def _shown(asked: Asked) -> str:
    system = asked.prompt.system.strip()
    return f"{asked.prompt.question}\n\n(Asked for: {system})" if system else asked.prompt.question


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "voice"
