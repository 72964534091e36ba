"""The results page as one value: what a reader may see of an event, from its state."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.arena.agreeing import EVENT
from server.domain.agreement import Agreement
from server.domain.derived import Json
from server.domain.scoreboard import round_scores
from server.domain.state import EventState, Phase, Round
from server.domain.visibility import Thing, may_see
from server.web.results_access import PUBLIC, Reader
from server.web.screens._agreement_words import agreement_lines
from server.web.screens._judge_sheets import SheetView, sheets
from server.web.screens._results_acts import ActView, act_views
from server.web.screens._results_final import Champion, FinalRow, Progress, champion, final_rows, progress
from server.web.screens._results_rounds import RoundView, Weight, WideSplit, round_view, weights, widest
from server.web.screens._results_words import day


@dataclass(frozen=True, slots=True)
class Seal:
    """What to compare: the journal's last hash and how many entries it closes."""

    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class Results:
    """Everything on the page, in its order."""

    event: str
    rehearsal: bool
    is_early: bool
    played_on: str
    questions: int
    champion: Champion | None
    progress: Progress | None
    rows: tuple[FinalRow, ...]
    weights: tuple[Weight, ...]
    splits: tuple[WideSplit, ...]
    rounds: tuple[RoundView, ...]
    judges: tuple[SheetView, ...]
    agreement: tuple[str, ...]
    has_demo_judge: bool
    acts: tuple[ActView, ...]
    seed: str
    seal: Seal


@dataclass(frozen=True, slots=True)
class Step:
    """One round on the page that says 'not yet'."""

    label: str
    state: str


def results(
    state: EventState, reader: Reader, journal: Json, agreement: Mapping[str, Agreement] | None = None
) -> Results:
    """The page for `reader`. `journal`: the part of that name in the bundle; `agreement`: as `agreeing.measured`."""
    role, found = reader.role, agreement or {}
    shown = tuple(r for r in state.rounds if r.phase in (Phase.REVEALED, Phase.VOIDED))
    played = [(r, round_scores(state, r)) for r in shown if _counts(state, r, reader)]
    scored = [scores for _, scores in played]
    by_key = {r.key: scores for r, scores in played}
    rows = final_rows(state, scored) if scored else ()
    return Results(
        event=state.event.name,
        rehearsal=state.event.rehearsal,
        is_early=reader.is_early,
        played_on=day(state.rounds[0].opened_at) if state.rounds else "",
        questions=len(state.event.questions),
        champion=champion(state, scored, rows),
        progress=progress(state, scored),
        rows=rows,
        weights=weights(state, scored) if scored else (),
        splits=widest(state, played),
        rounds=tuple(round_view(state, r, by_key.get(r.key), role, found.get(r.key)) for r in shown),
        judges=sheets(state),
        agreement=agreement_lines(state.event, found.get(EVENT)) if len(found) > 2 else (),
        has_demo_judge=any(judge.demo for judge in state.event.judges),
        acts=act_views(state),
        seed=state.event.seed,
        seal=Seal(journal["entries"], journal["head"]),
    )


def _counts(state: EventState, round_: Round, reader: Reader) -> bool:
    return round_.phase is Phase.REVEALED and may_see(reader.role, Thing.MARKS, state, round_)


def steps(state: EventState) -> tuple[Step, ...]:
    """How far the show has come, as anyone may know it: no question, no mark."""
    return tuple(Step(f"Round {number}", _step(state, number)) for number in range(1, len(state.event.questions) + 1))


def _step(state: EventState, number: int) -> str:
    runs = [r for r in state.rounds if r.number == number]
    if not runs:
        return "next"
    if runs[-1].phase is Phase.VOIDED:
        return "void"
    return "done" if may_see(PUBLIC.role, Thing.TOTAL, state, runs[-1]) else "now"
