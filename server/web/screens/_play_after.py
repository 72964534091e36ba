"""A finalist's screen when there is nothing to do: before the first round, after the bell, after the reveal."""

from dataclasses import dataclass

from server.domain.actors import Role
from server.domain.rules import LeakPolicy
from server.domain.scoreboard import final_standings, public_standings
from server.domain.state import Attempt, EventState, Phase, Round
from server.web.regions import Region
from server.web.screens._outcome import OutcomeRow, in_points, outcome
from server.web.screens._play_words import counted, ending, word_count


@dataclass(frozen=True, slots=True)
class Waiting:
    title: str
    words: str
    next: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One part of the own score; `value` in points as text, "" while it is not shown."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Result:
    """From the bell to the next round. `title`: "In. 214 words, attempt 2"."""

    lane: int
    title: str
    words: str
    note: str
    text: str
    facts: str
    marks: tuple[Mark, ...]
    score: str
    place: str
    standing: str


def waiting(state: EventState, finalist: str) -> Region:
    """The lobby: before the first round, after a voided one, at the end."""
    return Region("play-waiting", "play/waiting.html", _waiting(state, finalist))


def _waiting(state: EventState, finalist: str) -> Waiting:
    name = state.event.finalists[state.event.lane(finalist)].name
    if state.finished_at is not None:
        mine = next(s for s in final_standings(state) if s.finalist == finalist)
        title = f"Champion: {name}" if mine.rank == 1 else "Thank you for playing"
        words = f"Place {mine.rank} with {in_points(mine.total)} points."
        return Waiting(title, words, "Every mark is in the results.")
    round_ = state.current
    if round_ is not None and round_.phase is Phase.VOIDED:
        why = f" The organiser's reason: {round_.void_reason}" if round_.void_reason else ""
        words = f"It was voided for everyone.{why}"
        return Waiting(f"Round {round_.number} does not count", words, "The next round comes.")
    words = "Put the prompts you want at hand on your shelf below."
    return Waiting(f"You are in, {name}", words, "The question appears here.")


def result(state: EventState, round_: Round, finalist: str) -> Region:
    """The calm screen after the bell, with the own marks as they are revealed."""
    entry = round_.entry(finalist)
    rows = outcome(state, round_, Role.FINALIST)
    mine = next((row for row in rows if row.finalist == finalist), None)
    context = Result(
        lane=state.event.lane(finalist),
        title=_in(entry),
        words=_now(round_, entry),
        note=_note(state, round_, finalist),
        text=entry.text if entry else "",
        facts=ending(entry) if entry else "",
        marks=_marks(mine),
        score=mine.score if mine else "",
        place=_place(mine, len(rows)),
        standing=_standing(state, round_, finalist) if mine and mine.place else "",
    )
    return Region("play-result", "play/result.html", context)


def _in(entry: Attempt | None) -> str:
    if entry is None:
        return "Nothing is in for this round"
    return f"In. {counted(word_count(entry.text), 'word', 'words')}, attempt {entry.number}"


def _now(round_: Round, entry: Attempt | None) -> str:
    if entry is None:
        return "No attempt had text when the time was over, so the round counts 0 for you."
    return {
        Phase.JUDGING: "The experts, the audience and the LLM judge are marking it now.",
        Phase.SEALED: "All marks are in. The reveal is on the stage.",
    }.get(round_.phase, "")


def _note(state: EventState, round_: Round, finalist: str) -> str:
    flag = round_.flags.get(finalist)
    if not flag:
        return ""
    if state.event.rules.leak_policy is LeakPolicy.FORBID:
        return f"An attempt was left out, because its prompt already carried the answer: {flag}"
    return f"Flagged for the organiser: {flag}"


def _marks(mine: OutcomeRow | None) -> tuple[Mark, ...]:
    if mine is None:
        return ()
    parts = (("LLM judge", mine.llm), ("Experts", mine.experts), ("Audience", mine.audience))
    return tuple(Mark(label, value) for label, value in parts)


def _place(mine: OutcomeRow | None, of: int) -> str:
    return f"Place {mine.place} of {of} in this round" if mine and mine.place else ""


def _standing(state: EventState, round_: Round, finalist: str) -> str:
    mine = next(s for s in public_standings(state) if s.finalist == finalist)
    return f"In all: {in_points(mine.total)} points, place {mine.display_rank}" if round_ in state.scored else ""
