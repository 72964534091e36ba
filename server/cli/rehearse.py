"""`finale rehearse`."""

import asyncio
import json
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from server.cli import _rehearsal_server, verify
from server.cli._options import Base, Engine, Server, Token, settings_of
from server.cli._rehearsal_server import Plan
from server.cli._rehearsal_table import latencies, rounds
from server.cli._rehearsal_told import telling
from server.domain.errors import Refused
from server.domain.verify import verify as recompute
from server.players.backstage import Denied
from server.players.explained import lanes, told
from server.players.phone import CAREFUL, CLUMSY
from server.players.rehearsal import Cast, Outcome
from server.players.rehearsal import rehearse as play
from server.retelling import retold
from server.settings import Settings

LOSSES = 1
_console = Console(soft_wrap=True, highlight=False)

Phones = Annotated[int, typer.Option(min=0, max=5000, help="Phones in the audience.")]
Experts = Annotated[int, typer.Option(min=0, max=30, help="Experts on the panel.")]
Seed = Annotated[int, typer.Option(help="The same seed plays the same show.")]
RoundSeconds = Annotated[int, typer.Option(min=5, max=3600, help="Length of a round.")]
VotingSeconds = Annotated[int, typer.Option(min=5, max=3600, help="Length of a vote.")]
Rounds = Annotated[int, typer.Option("--rounds", min=1, max=7, help="How many questions; the bonus is the last.")]
ServerLog = Annotated[Path | None, typer.Option(help="Keep the log of the rehearsal's own server here.")]
ExportFile = Annotated[Path | None, typer.Option("--export", help="Keep the results file here.")]


class Fault(StrEnum):
    """What may go wrong on purpose, for real: processes are killed or halted, streams held back or cut."""

    ENGINE_DIES = "engine-dies"
    ENGINE_STALLS = "engine-stalls"
    ENGINE_SLOW = "engine-slow"
    NETWORK_DROP = "network-drop"


FaultOption = Annotated[
    Fault | None, typer.Option("--fault", help="Let this go wrong in the first round; every lane must be explained.")
]
Careful = Annotated[bool, typer.Option("--careful", help="Phones make no mistakes: no drops, double taps, late votes.")]


def rehearse(
    phones: Phones = 100,
    experts: Experts = 5,
    seed: Seed = 1,
    round_seconds: RoundSeconds = 20,
    voting_seconds: VotingSeconds = 12,
    rounds_: Rounds = 3,
    export: ExportFile = None,
    server: Server = None,
    token: Token = None,
    careful: Careful = False,
    server_log: ServerLog = None,
    engine: Engine = None,
    base: Base = None,
    fault: FaultOption = None,
) -> None:
    """Play a whole show through the pages and sockets that people use, and count whether anything got lost.

    Starts a server of its own with the demo models and a temporary database; with --server and --token it plays the
    rehearsal event that runs there. Finalists prompt, experts mark, phones vote: some drop out of the Wi-Fi, tap twice,
    change their mind or come too late. Exit code 0 when every receipt was counted and the result verifies, 1 otherwise.

    With --fault the engine dies, stalls or slows down while finalists generate, or its network drops: the show must go
    on, and at the end every finalist has an entry or a stated reason.
    """
    settings = settings_of(engine=engine, base=base, fault=fault.value if fault else None)
    if fault is not None and server is not None:
        raise Refused("A fault is brought about in a server of the rehearsal's own: leave --server out.")
    plan = Plan(experts, seed, round_seconds, voting_seconds, rounds_)
    cast = Cast(phones, experts, seed, None if server is None else rounds_, CAREFUL if careful else CLUMSY)
    try:
        with _place(server, token, plan, settings, server_log) as (base, key), telling(_console) as tell:
            outcome = asyncio.run(play(base, key, cast, tell))
    except Denied as error:
        raise Refused(f"The server refused: {error}") from error
    explained = fault is None or _explained(outcome)
    if not _told(outcome, export) or not explained:
        raise typer.Exit(LOSSES)


def _place(
    server: str | None, token: str | None, plan: Plan, settings: Settings, server_log: Path | None
) -> AbstractContextManager[tuple[str, str]]:
    if server is None:
        return _rehearsal_server.started(plan, settings, _console, server_log)
    if token is None:
        raise Refused("Give the organiser's token of that server with --token: the end of the organiser's link.")
    _rehearsal_server.prepare(server, token, plan)
    return nullcontext((server.rstrip("/"), token))


def _explained(outcome: Outcome) -> bool:
    """Say what the fault did; whether every finalist has an entry or a stated reason."""
    _console.print("[bold]What the journal tells[/]")
    for words in told(outcome.bundle):
        _console.print(f"  {escape(words)}")
    everyone = lanes(outcome.bundle)
    for lane in everyone:
        if not lane.has_entry:
            _console.print(f"  no entry of {lane.finalist} in round {lane.round}: {escape(lane.reason or 'no reason')}")
    entries, lost = sum(lane.has_entry for lane in everyone), sum(lane.lost_ms for lane in everyone)
    _console.print(f"{entries} entries in {len(everyone)} lanes; faults took {lost / 1000:.1f} s of finalists' time.")
    return bool(told(outcome.bundle)) and all(lane.is_explained for lane in everyone)


def _told(outcome: Outcome, export: Path | None) -> bool:
    """Say what happened; whether all is well."""
    _console.print(rounds(outcome))
    _console.print(latencies(outcome))
    for complaint in outcome.seen.complaints:
        _console.print(f"[yellow]! {escape(complaint)}[/]")
    if export is not None:
        export.parent.mkdir(parents=True, exist_ok=True)
        export.write_text(json.dumps(outcome.bundle, indent=1) + "\n", encoding="utf-8")
        _console.print(f"Results: {export}")
    report = recompute(json.loads(json.dumps(outcome.bundle)), retold)
    verify.show(_console, report)
    is_well = not outcome.losses and report.ok and not outcome.seen.counts["complaints"]
    colour, verdict = ("green", "Nothing was lost") if is_well else ("red", "Not clean")
    _console.print(f"[bold {colour}]{verdict}[/]: {outcome.losses} losses, {outcome.seconds:.0f} s.")
    return is_well
