"""Where the command line touches the judges: judges.toml and settings become judges that compare, and who answers here.

One of the joints between `server` and `models`.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from models.judging.comparers import ALL, Comparing, comparing, demo_comparing, variants_of
from models.judging.judges_file import JudgeKind, JudgeSpec, read_judges
from models.judging.league import Ledger, estimate, read_answers, read_questions
from models.judging.league import jobs_of as pairs_of
from models.judging.league import report as results
from models.judging.league.answers import Sampling, answered
from models.judging.league.costs import Prices, token_counter
from models.judging.league.kin import kin_warning
from models.judging.league.questions import Answers, Question
from models.judging.league.running import Plan, Progress
from models.judging.league.season import Season, play
from models.judging.league.sources import House, elsewhere, read_sources
from models.judging.pairs import Fate
from models.judging.pairwise_marks import MarkedPairs
from models.judging.redteam import ClassResult, run_redteam, run_redteam_on_pairs
from models.openai_address import Address
from models.protocol import EngineError
from server.cli import _judge_shown as shown
from server.cli._judge_options import Asking
from server.cli._judge_progress import Told, bar, stoppable
from server.cli._models import models_of
from server.domain.errors import Refused
from server.engine_choice import catalogue_of
from server.engines import Models
from server.settings import Settings

INCOMPLETE = 1
LEDGER, ANSWERS = "ledger.jsonl", "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Order:
    """What `league run` was asked for; the first of `models` is the reference."""

    questions: Path
    models: tuple[str, ...]
    families: tuple[str, ...]
    prompt: str
    sampling: Sampling
    out: Path
    key_env: str | None


class InWords(TyperGroup):
    """A group of commands; whatever the models refuse is told in their own sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except EngineError as error:
            raise Refused(str(error)) from error


def specs_of(asking: Asking, settings: Settings, kind: JudgeKind) -> tuple[JudgeSpec, ...]:
    """The judges to ask: of the file, or this server's own (`kind` says how one over HTTP is asked). Raises Refused."""
    file = asking.judges or (Path(settings.judges) if settings.judges else None)
    specs = _own(settings, kind) if file is None else read_judges(file)
    known = [spec.name for spec in specs]
    if unknown := [name for name in asking.names if name not in known]:
        raise Refused(f"There is no judge {unknown[0]!r}. There is: {', '.join(known)}.")
    return tuple(spec for spec in specs if not asking.names or spec.name in asking.names)


@asynccontextmanager
async def seats(
    specs: Sequence[JudgeSpec], asking: Asking, settings: Settings, prompt: str
) -> AsyncIterator[list[Comparing]]:
    """The judges, each with every prompt asked for; engines and connections are closed at the end. Raises Refused."""
    given = Prices(*asking.prices, asking.currency) if asking.prices else None
    async with AsyncExitStack() as open_:
        found: list[Comparing] = []
        for spec in specs:
            if spec.protocol is JudgeKind.DEMO:
                demo = models_of(settings.model_copy(update={"judge": "demo", "judges": "", "engine": "local"}))
                found.append(_demo(await open_.enter_async_context(started(demo)), spec))
                continue
            address = Address(spec.url, key_variable=spec.key_env, read_s=60.0, connections=asking.at_once)
            open_.push_async_callback(address.close)
            found += [comparing(spec, address, name, given) for name in variants_of(spec, prompt)]
        yield found


@asynccontextmanager
async def house(settings: Settings, *, is_started: bool) -> AsyncIterator[House]:
    """The models that can answer here. Raises Refused."""
    models = models_of(settings)
    async with started(models) if is_started else nullcontext():
        # What tells this base from any other: the hash of its weights, or the address that serves it.
        is_ours = settings.engine != "openai"
        base = catalogue_of(settings).base_sha256 if is_ours else settings.engine_url
        yield House(models.engine, {id_: name for id_, (name, _) in models.adapters.items()}, base)


@asynccontextmanager
async def started(models: Models) -> AsyncIterator[Models]:
    """The models with their engine running."""
    await models.engine.start()
    try:
        yield models
    finally:
        await models.close()


def plan_of(asking: Asking, seat: Comparing) -> Plan:
    """How to run this judge. Raises Refused for a budget without prices."""
    if asking.budget is not None and seat.prices is None:
        raise Refused("A budget needs prices: --price-in and --price-out, or price_in and price_out in judges.toml.")
    count = token_counter(asking.tokenizer)
    return Plan(asking.at_once, seat.prices, asking.budget, asking.repeat_failed, count)


def telling(told: Told) -> Callable[[Progress], None]:
    """Draws a run's progress."""
    return lambda now: told.tell(now.done, now.total, now.made[Fate.FAILED], now.made[Fate.UNANSWERED], now.cost)


def now() -> str:
    """The wall clock, as cards and results carry it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


async def played(order: Order, asking: Asking, settings: Settings) -> None:
    """Play a league as ordered and tell of it; exits with 1 when a candidate is not ranked. Raises Refused."""
    sheet = read_questions(order.questions)
    shown.warn(f"Nothing reads {', '.join(sheet.ignored)}." if sheet.ignored else "")
    specs = specs_of(asking, settings, JudgeKind.PAIRS)
    if len(specs) != 1 or order.prompt == ALL:
        names = ", ".join(spec.name for spec in specs)
        raise Refused(f"A league has one judge with one prompt; choose with --judge (of {names}) and --prompt.")
    reference, *candidates = await _answers(order, sheet.questions, asking, settings)
    standings = []
    async with seats(specs, asking, settings, order.prompt) as (seat,):
        with Ledger(order.out / LEDGER) as ledger, stoppable() as stop:
            shown.warn(ledger.note)
            warning = kin_warning(seat.comparer.label, seat.model, seat.family, order.families)
            for candidate in candidates:
                season = Season(sheet.questions, candidate, reference, (warning,) if warning else ())
                plan = plan_of(asking, seat)
                left = estimate(pairs_of(sheet.questions, candidate, reference), seat.comparer, ledger, plan)
                shown.say(f"{candidate.model}: {left.in_words(asking.currency)}")
                if asking.estimate_only:
                    continue
                with bar(candidate.model, asking.currency) as told:
                    tell = telling(told)
                    done, result = await play(season, seat.comparer, ledger, plan, now(), tell=tell, stop=stop)
                shown.figures(f"{candidate.model} against {reference.model}", results.figures(result))
                shown.warn(done.in_words(order.out / LEDGER))
                shown.say(f"Result: {results.write(result, order.out)[0]}")
                standings.append(result.score.is_ranked)
            shown.warn(warning or "")
    if not all(standings):
        raise typer.Exit(INCOMPLETE)


async def _answers(order: Order, questions: tuple[Question, ...], asking: Asking, settings: Settings) -> list[Answers]:
    """The answers of every model, in the order given; for an estimate, only those that are there. Raises Refused."""
    sources, found, only_kept = read_sources(order.models), list[Answers](), asking.estimate_only
    async with AsyncExitStack() as open_:
        here = None
        if any(source.is_here for source in sources):
            here = await open_.enter_async_context(house(settings, is_started=not only_kept))
        for source in sources:
            if source.file is not None:
                found.append(read_answers(source.file, source.name, questions))
                continue
            if here is not None and source.is_here:
                author = here.author(source.name)
            else:
                author = await open_.enter_async_context(elsewhere(source, order.key_env))
            with bar(f"{source.name} answers") as told:
                kept = order.out / ANSWERS
                tell = told.count
                found.append(await answered(author, questions, order.sampling, kept, only_kept=only_kept, tell=tell))
    for answers in found:
        _tell_of(answers, len(questions))
    return found


def _tell_of(answers: Answers, questions: int) -> None:
    unknown, left = ", ".join(answers.unknown[:5]), questions - len(answers.by_question)
    shown.warn(
        f"{answers.model} answers {len(answers.unknown)} questions that are not asked: {unknown}." * bool(unknown)
    )
    shown.warn(f"{answers.model} has no answer to {left} of {questions} questions." * bool(left))
    shown.warn(f"{answers.cut} answers of {answers.model} were cut off at the limit of tokens." * bool(answers.cut))


async def attacked(asking: Asking, settings: Settings, prompt: str) -> None:
    """Try the red team's attacks on every judge and tell of it; exits with 1 when one worked. Raises Refused."""
    is_safe = True
    specs = specs_of(asking, settings, JudgeKind(settings.judge_protocol))
    async with seats(specs, asking, settings, prompt) as found:
        for seat in found:
            judge = seat.comparer
            with bar(judge.name) as told:
                tell = told.count
                if isinstance(judge, MarkedPairs):
                    report = await run_redteam(judge.judge, at_once=asking.at_once, progress=tell)
                else:
                    report = await run_redteam_on_pairs(judge, at_once=asking.at_once, progress=tell)
            by_class = [[str(kind), *map(str, astuple(counts))] for kind, counts in report.by_class.items()]
            shown.grid(["class", *(field.name for field in fields(ClassResult))], by_class)
            shown.say(report.message)
            is_safe = is_safe and report.ok
    if not is_safe:
        raise typer.Exit(INCOMPLETE)


def _own(settings: Settings, kind: JudgeKind) -> tuple[JudgeSpec, ...]:
    if settings.judge == "demo":
        return (JudgeSpec("demo-judge", JudgeKind.DEMO),)
    names = [name.strip() for name in settings.judge_model.split(",") if name.strip()]
    if settings.judge != "openai" or not settings.judge_url or not names:
        raise Refused("This server has no judge; name some with --judges judges.toml, or set FINALE_JUDGE.")
    key, url = settings.judge_key_env or None, settings.judge_url
    orders = settings.judge_orders
    return tuple(JudgeSpec(name, kind, url=url, model=name, key_env=key, orders=orders) for name in names)


def _demo(models: Models, spec: JudgeSpec) -> Comparing:
    if not models.judges:
        raise Refused("There is no demo judge among this server's models; make them again (`make demo-models`).")
    return demo_comparing(models.judges[0], replace(spec, name=models.judges[0].name))
