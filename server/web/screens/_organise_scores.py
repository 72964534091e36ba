"""The sealed round: totals, effective weights, disagreement, and the second opinion in preview."""

from dataclasses import dataclass, replace

from server.arena.room import Room
from server.domain.insight import disagreements, effective_weights
from server.domain.outstanding import is_complete
from server.domain.rules import Component
from server.domain.scoreboard import final_standings, round_scores
from server.domain.scoring import RoundScores
from server.domain.standings import winners
from server.domain.state import EventState, Phase, Round
from server.web.regions import Region
from server.web.screens import _stage_board as board
from server.web.screens._outcome import in_points
from server.web.screens._stage_words import COMPONENT_WORDS, signed

MOST_DISAGREEMENTS = 3


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """`marks`: as the components stand in `Scores.parts`."""

    finalist: str
    lane: int
    name: str
    marks: tuple[str, ...]
    score: str
    wins: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A component: its nominal weight and what it really moved, in per cent; `absent`: why it does not count."""

    key: str
    label: str
    weight: str
    moved: int
    absent: str


@dataclass(frozen=True, slots=True)
class Gap:
    lane: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Scores:
    """`correctable`: the first component that can be corrected, "" where none can."""

    shown: bool
    title: str = ""
    correctable: str = ""
    parts: tuple[Part, ...] = ()
    rows: tuple[ScoreRow, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewRow:
    lane: int
    name: str
    before: str
    after: str
    change: str
    score_before: str
    score_after: str


@dataclass(frozen=True, slots=True)
class Preview:
    shown: bool
    reason: str = ""
    complete: bool = False
    news: str = ""
    rows: tuple[PreviewRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Standings:
    rows: tuple[board.Row, ...]
    moved: tuple[Part, ...]


def scores(state: EventState) -> Region:
    """The region `org-scores`: empty until the round is sealed."""
    round_ = state.current
    view = Scores(shown=False)
    if round_ is not None and round_.phase in (Phase.SEALED, Phase.REVEALED):
        view = _scores(state, round_)
    return Region("org-scores", "organise/scores.html", view)


def _scores(state: EventState, round_: Round) -> Scores:
    scored = round_scores(state, round_)
    rows = [_row(state, round_, scored, finalist) for finalist in state.event.finalist_ids]
    title = "Totals, seen by you alone" if round_.phase is Phase.SEALED else "Totals"
    correctable = scored.present[0].value if scored.present and state.finished_at is None else ""
    return Scores(True, title, correctable, _parts(scored), tuple(rows), _gaps(state, round_, scored))


def _row(state: EventState, round_: Round, scored: RoundScores, finalist: str) -> ScoreRow:
    score, lane = scored.scores[finalist], state.event.lane(finalist)
    notes = [] if finalist in round_.entries else ["no entry"]
    notes += [
        f"{COMPONENT_WORDS[c.component]} {in_points(c.before)} → {in_points(c.after)}: {c.reason}"
        for c in round_.corrections
        if c.finalist == finalist
    ]
    marks = tuple(in_points(score[part]) for part in Component)
    name = state.event.finalists[lane].name
    return ScoreRow(finalist, lane, name, marks, in_points(score.score), finalist in winners(scored), tuple(notes))


def _parts(scored: RoundScores) -> tuple[Part, ...]:
    moved = effective_weights([scored])
    return tuple(
        Part(
            part.value,
            COMPONENT_WORDS[part],
            f"{round(100 * scored.weights[part])} %" if part in scored.weights else "absent",
            round(100 * moved[part]),
            scored.absent.get(part, ""),
        )
        for part in Component
    )


def _gaps(state: EventState, round_: Round, scored: RoundScores) -> tuple[Gap, ...]:
    widest = disagreements(scored, round_.entries)[:MOST_DISAGREEMENTS]
    return tuple(
        Gap(
            state.event.lane(row.finalist),
            state.event.finalists[state.event.lane(row.finalist)].name,
            f"LLM {in_points(row.llm)}, people {in_points(row.people)}: {signed(row.gap)} against the round's mean",
        )
        for row in widest
    )


def preview(state: EventState) -> Region:
    """The region `org-preview`: before → after of a re-judging, until it is applied or discarded."""
    round_ = state.current
    view = Preview(shown=False)
    if round_ is not None and round_.rejudging is not None:
        view = _preview(state, round_)
    return Region("org-preview", "organise/preview.html", view)


def _preview(state: EventState, round_: Round) -> Preview:
    opinion = round_.rejudging
    assert opinion is not None
    complete = is_complete(state, round_)
    heard = len({v.judge for v in opinion.verdicts} | set(opinion.abstained))
    news = f"{heard} of {len(state.event.judges)} judges have answered"
    labels = {seat.name: seat.label for seat in state.event.judges}
    news += "".join(f"; {labels.get(judge, judge)} abstained: {why}" for judge, why in opinion.abstained.items())
    if not complete:
        return Preview(True, opinion.reason, False, news)
    before = round_scores(state, round_)
    applied = replace(round_, verdicts=opinion.verdicts, abstained=opinion.abstained)
    after = round_scores(state, applied)
    rows = tuple(_preview_row(state, before, after, f) for f in state.event.finalist_ids)
    return Preview(True, opinion.reason, True, news, rows)


def _preview_row(state: EventState, before: RoundScores, after: RoundScores, finalist: str) -> PreviewRow:
    lane, old, new = state.event.lane(finalist), before.scores[finalist], after.scores[finalist]
    change = signed(new.llm - old.llm) if old.llm is not None and new.llm is not None else "–"
    return PreviewRow(
        lane,
        state.event.finalists[lane].name,
        in_points(old.llm),
        in_points(new.llm),
        change,
        in_points(old.score),
        in_points(new.score),
    )


def standings(room: Room) -> Region:
    """The region `org-standings`: over all revealed rounds, the frozen one too."""
    state = room.state
    rows = board.rows_of(state, final_standings(state)) if state.scored else ()
    moved = effective_weights([round_scores(state, r) for r in state.scored])
    weights = state.event.rules.scoring.weights
    whole = sum(weights[part] for part in Component)
    parts = tuple(
        Part(p.value, COMPONENT_WORDS[p], f"{round(100 * weights[p] / whole)} %", round(100 * moved[p]), "")
        for p in Component
    )
    return Region("org-standings", "organise/standings.html", Standings(rows, parts if state.scored else ()))
