"""The LLM judges on the desk: their marks and reasons, exact checks, instructions found in entries, agreement."""

from dataclasses import dataclass
from fractions import Fraction

from server.arena.agreeing import EVENT
from server.arena.room import Room
from server.domain.event import JudgeSeat
from server.domain.state import EventState, Phase, Round
from server.web.regions import Region
from server.web.screens._agreement_words import agreement_lines
from server.web.screens._outcome import in_points


@dataclass(frozen=True, slots=True)
class VerdictRow:
    lane: int
    name: str
    mark: str
    reason: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgeRow:
    """`weight`: its share of the judges' part, "" where it is the only one. `kin`: of the finalists' family."""

    label: str
    demo: bool
    kin: bool
    weight: str
    state: str
    words: str
    verdicts: tuple[VerdictRow, ...]


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One entry's exact checks, as (passed, what was found)."""

    lane: int
    name: str
    found: tuple[tuple[bool, str], ...]


@dataclass(frozen=True, slots=True)
class FlagRow:
    """Something in an entry that speaks to the judges."""

    lane: int
    name: str
    sentence: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """`round` and `event`: sentences; `address`: where every request can be read."""

    shown: bool
    number: int = 0
    round: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    address: str = ""


def judge_rows(state: EventState, round_: Round) -> tuple[JudgeRow, ...]:
    """Every judge of the event with what it said."""
    whole = sum((seat.weight for seat in state.event.judges), Fraction(0))
    return tuple(_judge(state, round_, seat, whole) for seat in state.event.judges)


def _judge(state: EventState, round_: Round, seat: JudgeSeat, whole: Fraction) -> JudgeRow:
    given = _verdicts(state, round_, seat)
    condition, words = ("ready", "in") if given else ("thinking", "reading")
    if seat.name in round_.abstained:
        condition, words = "failed", f"abstained: {round_.abstained[seat.name]}"
    several = len(state.event.judges) > 1
    weight = f"weighs {float(100 * seat.weight / whole):.0f} %" if several and whole else ""
    return JudgeRow(seat.label, seat.demo, seat.kin, weight, condition, words, given)


def _verdicts(state: EventState, round_: Round, seat: JudgeSeat) -> tuple[VerdictRow, ...]:
    event = state.event
    given = sorted((v for v in round_.verdicts if v.judge == seat.name), key=lambda v: event.lane(v.finalist))
    return tuple(
        VerdictRow(
            event.lane(v.finalist),
            event.finalists[event.lane(v.finalist)].name,
            in_points(v.mark),
            v.reason,
            _notes(v.judged, v.spread),
        )
        for v in given
    )


def _notes(judged: Fraction | None, spread: Fraction | None) -> tuple[str, ...]:
    own = f"{in_points(judged)} before the checks" if judged is not None else ""
    apart = f"{in_points(spread)} between orders" if spread else ""
    return tuple(filter(None, (own, apart)))


def checked_rows(state: EventState, round_: Round) -> tuple[CheckedRow, ...]:
    """How each entry fared in the question's exact checks, in lane order; empty where it has none."""
    return tuple(
        CheckedRow(lane, f.name, tuple((one.passed, one.sentence) for one in round_.counted[f.id]))
        for lane, f in enumerate(state.event.finalists)
        if round_.counted.get(f.id)
    )


def flag_rows(state: EventState, round_: Round) -> tuple[FlagRow, ...]:
    """Every instruction that was found in an entry, in lane order."""
    findings = round_.findings or {}
    return tuple(
        FlagRow(lane, finalist.name, found.sentence, found.excerpt)
        for lane, finalist in enumerate(state.event.finalists)
        for found in findings.get(finalist.id, ())
    )


def agreement(room: Room) -> Region:
    """The region `org-agreement`: after the seal, how far the judges and the panel agree."""
    round_, event = room.state.current, room.state.event
    view = AgreementView(shown=False)
    if round_ is not None and round_.phase in (Phase.SEALED, Phase.REVEALED) and event.judges:
        here = agreement_lines(event, room.agreement.get(round_.key))
        whole = agreement_lines(event, room.agreement.get(EVENT)) if len(room.agreement) > 2 else ()
        view = AgreementView(True, round_.number, here, whole, f"/organise/judging?round={round_.key}")
    return Region("org-agreement", "organise/agreement.html", view)
