"""`finale judge`: calibrate, audit, redteam; league run, compare, report. How a judge is asked is in `_judging`."""

import asyncio
from pathlib import Path

import typer

from models.judging.calibration import Measured, calibrated, differences, jobs_of, read_labelled, write_card
from models.judging.calibration.card import table as card_table
from models.judging.judges_file import JudgeKind
from models.judging.league import Ledger, compared, estimate
from models.judging.league import report as results
from models.judging.league.answers import Sampling
from models.judging.league.table import HEAD, NOTE, as_markdown, table
from models.judging.rereading import marks_in
from server.cli import _judge_options as o
from server.cli import _judge_shown as shown
from server.cli import _judging
from server.cli._judge_audit import judged_in
from server.cli._judge_progress import bar, stoppable
from server.cli._options import Database, Engine, EventId, Force, OutFile, settings_of
from server.cli._store import event_of, opened
from server.domain.errors import Refused
from server.store.archive import EventArchive

app = typer.Typer(
    cls=_judging.InWords,
    no_args_is_help=True,
    help="Measure the LLM judge before you trust it, and let it judge a league.",
)
league = typer.Typer(no_args_is_help=True, help="Models' answers judged in pairs against a reference, by the thousand.")
app.add_typer(league, name="league")


@app.command()
def calibrate(
    data: o.Data,
    judges: o.JudgesFile = None,
    judge: o.JudgeNames = [],  # noqa: B006 (typer reads the default, nobody changes it)
    prompt: o.Prompt = "careful",
    out: o.Cards = Path("cards"),
    at_once: o.AtOnce = 16,
    price_in: o.PriceIn = None,
    price_out: o.PriceOut = None,
    currency: o.Currency = "USD",
    budget: o.Budget = None,
    tokenizer: o.Tokenizer = None,
    repeat_failed: o.Repeat = False,
    estimate_only: o.EstimateOnly = False,
) -> None:
    """How often is the judge right, by people's labels? Writes a card for each judge, which an event can refer to.

    A label 1 says that answer_a is better, -1 that answer_b is. LLMBar's and AlpacaEval's files are read as they are.
    Every pair is asked in both orders and kept in the ledger: an interrupted run goes on where it was, and pays nothing
    twice. Exit code 1 when pairs are left unjudged; then there is no card.
    """
    payment = o.prices(price_in, price_out), currency, o.money("--budget", budget)
    asking = o.Asking(judges, tuple(judge), at_once, *payment, tokenizer, repeat_failed, estimate_only)
    asyncio.run(_calibrate(data, asking, prompt, out))


@app.command("audit")
def audit_(event: EventId, out: o.AuditFolder = None, force: Force = False, database: Database = None) -> None:
    """What moved the marks in an event: length, place, Markdown, language; and how far judges and experts agree.

    Writes audit.md, audit.json and pictures to EVENT-audit unless --out says otherwise. A server may be running.
    """
    from models.judging.audit import AuditRecord, ExpertMark, audit, told, write_audit  # slow to load

    with opened(settings_of(database=database)) as writer:
        stored = event_of(writer, event)
        archive = EventArchive(writer, stored.event.id)
        found = judged_in(archive.load()[0], archive.exchanges(), marks_in)
    if not found.marks:
        raise Refused(f"No judge has marked anything in {stored.event.id} yet; audit it after a round.")
    folder = out or Path(f"{stored.event.id}-audit")
    if folder.exists() and not force:
        raise Refused(f"{folder} exists already. Choose another folder with --out, or overwrite it with --force.")
    done = audit([AuditRecord(*mark) for mark in found.marks], [ExpertMark(*mark) for mark in found.experts])
    files = write_audit(done, folder)
    shown.page(told(done, ()).split("## How to read this")[0])
    places = ", ".join(found.without_orders)
    shown.warn(f"Only final marks are left of {places}: place is not audited there." if places else "")
    shown.say(f"{folder}: {', '.join(file.name for file in files)}.")


@app.command()
def redteam(
    judges: o.JudgesFile = None,
    judge: o.JudgeNames = [],  # noqa: B006
    prompt: o.Prompt = "careful",
    at_once: o.AtOnce = 4,
) -> None:
    """Attack the judges as a finalist might: instructions, fake verdicts, closed templates, hidden text and the rest.

    Each attack is tried in a round of sound answers, beside the same round with a harmless answer in its place. Exit
    code 1 when one moved a mark, forged a verdict, drew out a secret or silenced the judge.
    """
    asking = o.Asking(judges, tuple(judge), at_once, None, "", None, None, False, False)
    asyncio.run(_judging.attacked(asking, settings_of(), prompt))


@league.command()
def run(
    questions: o.Questions,
    candidate: o.Candidates,
    reference: o.Reference = "base",
    out: o.LeagueFolder = Path("league"),
    judges: o.JudgesFile = None,
    judge: o.JudgeNames = [],  # noqa: B006
    prompt: o.Prompt = "careful",
    family: o.Families = [],  # noqa: B006
    at_once: o.AtOnce = 16,
    price_in: o.PriceIn = None,
    price_out: o.PriceOut = None,
    currency: o.Currency = "USD",
    budget: o.Budget = None,
    tokenizer: o.Tokenizer = None,
    repeat_failed: o.Repeat = False,
    estimate_only: o.EstimateOnly = False,
    system_prompt: o.System = "",
    temperature: o.Temperature = 0.7,
    top_p: o.TopP = 0.9,
    max_tokens: o.MaxTokens = 512,
    seed: o.Seed = 0,
    key_env: o.KeyEnv = None,
    engine: Engine = None,
) -> None:
    """Judge candidates' answers against the reference's, in both orders, and write a result for each.

    A question is won where the mean preference over both orders is above one half. Looks are kept in the ledger: an
    interrupted run goes on where it was, and pays nothing twice. Exit code 1 when a candidate is not ranked.
    """
    payment = o.prices(price_in, price_out), currency, o.money("--budget", budget)
    asking = o.Asking(judges, tuple(judge), at_once, *payment, tokenizer, repeat_failed, estimate_only)
    sampling = Sampling(system_prompt, temperature, top_p, max_tokens, seed)
    order = _judging.Order(questions, (reference, *candidate), tuple(family), prompt, sampling, out, key_env)
    asyncio.run(_judging.played(order, asking, settings_of(engine=engine)))


@league.command()
def compare(a: o.Result, b: o.Result) -> None:
    """Does A beat B? Said only where a paired exact sign test over their common questions gives p below 0.05."""
    found = compared(results.read(a), results.read(b))
    shown.say(found.sentence)
    shown.warn(f"{found.left_out} questions are left out: not judged for both." if found.left_out else "")


@league.command()
def report(folder: o.Folder, out: OutFile = None) -> None:
    """The table of a league: places by score, and under "beats" what is more than chance."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise Refused(f"{folder} has no results; `finale judge league run` writes them.")
    lines = table([results.read(file) for file in files])
    if out is None or str(out) == "-":
        shown.grid(HEAD, [line.cells for line in lines], NOTE)
        return
    out.write_text(as_markdown(lines), encoding="utf-8")
    shown.say(f"The table is in {out}.")


async def _calibrate(file: Path, asking: o.Asking, prompt: str, out: Path) -> None:
    settings, data, measured = settings_of(), read_labelled(file), list[Measured]()
    counts = ", ".join(f"{count} {label}" for label, count in data.counts.items())
    shown.say(f"{file}: {data.rows} lines, {len(data.pairs)} pairs ({counts}).")
    shown.warn(f"Nothing reads {', '.join(data.ignored)}." if data.ignored else "")
    specs = _judging.specs_of(asking, settings, JudgeKind(settings.judge_protocol))
    async with _judging.seats(specs, asking, settings, prompt) as seats:
        with Ledger(out / _judging.LEDGER) as ledger, stoppable() as stop:
            shown.warn(ledger.note)
            for seat in seats:
                plan = _judging.plan_of(asking, seat)
                left = estimate(jobs_of(data), seat.comparer, ledger, plan)
                shown.say(f"{seat.comparer.name} {seat.variant}".strip() + f": {left.in_words(asking.currency)}")
                if asking.estimate_only:
                    continue
                with bar(seat.comparer.name, asking.currency) as told_:
                    tell = _judging.telling(told_)
                    done, one = await calibrated(data, seat, ledger, plan, _judging.now(), tell=tell, stop=stop)
                shown.figures(seat.comparer.label, card_table(one))
                shown.warn(done.in_words(out / _judging.LEDGER))
                if one.figures.unjudged:
                    raise typer.Exit(_judging.INCOMPLETE)
                shown.say(f"Card: {write_card(one, out)[0]}")
                measured.append(one)
    for sentence in differences(measured):
        shown.say(sentence)
