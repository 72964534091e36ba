"""Where the command line touches the judges: judges.toml and settings become judges that compare, and who answers here.

One of the joints between `server` and `models`.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from models.catalogue import load_catalogue
from models.judging.comparers import ALL, Comparing, comparing, demo_comparing, variants_of
from models.judging.judges_file import JudgeKind, JudgeSpec, read_judges
from models.judging.league import Ledger, estimate, read_answers, read_questions
from models.judging.league import jobs_of as pairs_of
from models.judging.league import report as results
from models.judging.league.answers import House, Sampling, answered
from models.judging.league.costs import Prices, token_counter
from models.judging.league.kin import kin_warning
from models.judging.league.questions import Answers, Question
from models.judging.league.running import Plan, Progress
from models.judging.league.season import Season, play
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
from server.engines import Models
from server.settings import Settings

INCOMPLETE = 1
LEDGER, ANSWERS = "ledger.jsonl", "answers.jsonl"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Order:
    """What `league run` was asked for; the first of `models` is the reference."""

    questions: Path
    models: tuple[str, ...]
    families: tuple[str, ...]
    prompt: str
    sampling: Sampling
    out: Path


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
async def house(settings: Settings) -> AsyncIterator[House]:
    """The models that can answer here, started. Raises Refused."""
    async with started(models_of(settings)) as models:
        # What tells this base from any other: the hash of its weights, or the address that serves it.
        is_ours = settings.engine != "openai"
        base = load_catalogue(settings.models_dir / "catalogue.json").base_sha256 if is_ours else settings.engine_url
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
    reference, *candidates = await _answers(order, sheet.questions, settings)
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


async def _answers(order: Order, questions: tuple[Question, ...], settings: Settings) -> list[Answers]:
    """The answers of every model, from its file or from this engine, in the order given. Raises Refused."""
    names = [text.partition("=")[0] for text in order.models]
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise Refused(f"A model's name has letters, digits, dots and hyphens, and names its files; not {wrong[0]!r}.")
    if len(set(names)) < len(names):
        raise Refused("Give each candidate and the reference a name of its own.")
    async with AsyncExitStack() as open_:
        is_written = not all("=" in text for text in order.models)
        here = await open_.enter_async_context(house(settings)) if is_written else None
        return [await _answers_of(text, questions, here, order) for text in order.models]


async def _answers_of(text: str, questions: tuple[Question, ...], here: House | None, order: Order) -> Answers:
    name, is_file, file = text.partition("=")
    if is_file or here is None:
        answers = read_answers(Path(file), name, questions)
        unknown = ", ".join(answers.unknown[:5])
        shown.warn(f"{file} answers {len(answers.unknown)} questions that are not asked: {unknown}." if unknown else "")
        return answers
    with bar(f"{name} answers") as told:
        return await answered(
            here.author(name),
            questions,
            order.sampling,
            order.out / ANSWERS,
            tell=lambda done, total: told.tell(done, total, 0, 0, None),
        )


async def attacked(asking: Asking, settings: Settings, prompt: str) -> None:
    """Try the red team's attacks on every judge and tell of it; exits with 1 when one worked. Raises Refused."""
    is_safe = True
    specs = specs_of(asking, settings, JudgeKind(settings.judge_protocol))
    async with seats(specs, asking, settings, prompt) as found:
        for seat in found:
            judge = seat.comparer
            with bar(judge.name) as told:

                def tell(done: int, of: int, told: Told = told) -> None:
                    told.tell(done, of, 0, 0, None)

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
