"""What the organiser can do now: the one next step, and what stands beside it."""

import math
from dataclasses import dataclass

from server.arena.room import Room
from server.domain.outstanding import is_complete, next_component, waiting
from server.domain.scoreboard import round_scores
from server.domain.state import CLOCKED, LIVE, EventState, Phase, Round
from server.web.screens._stage_words import COMPONENT_WORDS, counted

OWED_REASON = "Time that a fault of the engine took"


@dataclass(frozen=True, slots=True)
class Step:
    """One button. `act`: posted to /organise/act/…, with `fields`; `opens`: a dialog; neither: nothing to press.

    `hint`: what it will do, or what is awaited. `keys`: its shortcut.
    """

    label: str
    act: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    opens: str = ""
    hint: str = ""
    keys: str = ""
    kind: str = "quiet"


def next_step(room: Room) -> Step:
    """The next step of the show, on the large button."""
    state, round_ = room.state, room.state.current
    if state.finished_at is not None:
        return Step("The show is over", hint="The result stands. See it, export it, verify it under Results.")
    if state.is_paused:
        if state.outage:  # no key: nobody shall start the clock against finalists by habit
            return Step("Resume anyway", "resume", hint="No engine answers yet: better wait until one does.")
        return Step("Resume", "resume", keys="Space", hint="Every clock goes on where it stood.")
    if state.hold is not None and round_ is not None and round_.phase in LIVE:
        return Step("Take the slide off", "hide-hold", keys="Space", hint="The stage goes back to the round.")
    if round_ is None or round_.phase not in LIVE:
        return _between(state, round_)
    match round_.phase:
        case Phase.BRIEFING:
            return Step("Start clock", "start-clock", keys="Space", hint=_doubts(room))
        case Phase.PROMPTING:
            return Step("The bell rings by itself", hint="Nothing to do. Pause, give time or end early below.")
        case Phase.SETTLING:
            return Step("Last words", hint="Streams that still run may finish; then judging opens by itself.")
        case Phase.JUDGING:
            return _close(room, round_)
    return _sealed(state, round_)


def _between(state: EventState, round_: Round | None) -> Step:
    revealed = round_ is not None and round_.phase is Phase.REVEALED
    if revealed and not state.standings_shown:
        return Step("Show standings", "show-standings", keys="Space", hint="The ranks glide to their new place.")
    number = state.next_number
    if number is not None:
        question = state.event.questions[number - 1]
        bonus = f" It counts ×{question.multiplier}." if question.multiplier > 1 else ""
        hint = f"The question goes on all screens; the clock waits.{bonus}"
        return Step(f"Open round {number}", "open-round", (("number", str(number)),), keys="Space", hint=hint)
    if state.scored:
        return Step("Name the champion", "finish", keys="Space", hint="Ends the event; nothing can be changed after.")
    return Step("No round counts", hint="Replay a round so that there is a champion to name.")


def _doubts(room: Room) -> str:
    red = sum(check.level == "red" for check in room.checks)
    missing = len(room.state.event.finalists) - len(room.presence.finalists)
    doubts = [f"{counted(red, 'check')} not ready"] if red else []
    doubts += [f"{counted(missing, 'finalist')} not connected"] if missing else []
    return f"Look first: {' and '.join(doubts)}." if doubts else "All lanes are ready."


def _close(room: Room, round_: Round) -> Step:
    if round_.closing:
        return Step("Counting …", hint="The votes and scorecards are being counted.")
    out = still_out(room, round_)
    if not round_.voting_closed and round_.entries:
        hint = f"Still out: {', '.join(out)}. Closes by itself when all are in. Closing now ends the vote."
        return Step("Close judging", "close-judging", hint=hint)
    hint = f"Would be left out: {', '.join(out)}." if out else "Everyone is in."
    return Step("Close judging", "close-judging", keys="Space", hint=hint)


def still_out(room: Room, round_: Round) -> tuple[str, ...]:
    """Who has not marked yet, in words."""
    state = room.state
    experts = len(state.event.experts) - len(round_.experts_in)
    judges = len(waiting(state, round_))
    return (
        *((counted(experts, "expert"),) if experts else ()),
        *((counted(judges, "LLM judge"),) if judges else ()),
        *(() if round_.voting_closed else ("the audience",)),
    )


def _sealed(state: EventState, round_: Round) -> Step:
    if round_.rejudging is not None:
        hint = "Apply or discard it below." if is_complete(state, round_) else "The judges are reading."
        return Step("A second opinion is open", hint=hint)
    if not round_.approved:
        return Step("Approve", "approve", keys="Space", hint="Look at the totals below; nothing is public yet.")
    part = next_component(state, round_)
    if part is None:
        return Step("Reveal totals", "reveal-total", keys="Space", hint="The round counts from here on.")
    absent = round_scores(state, round_).absent.get(part, "")
    hint = f"Absent, for everyone: {absent}." if absent else "Bars grow in every lane."
    label = f"Reveal {_the(COMPONENT_WORDS[part])}"
    return Step(label, "reveal-component", (("component", part.value),), keys="Space", hint=hint)


def _the(words: str) -> str:
    return words if words.startswith("LLM") else words.lower()


def side_steps(state: EventState) -> tuple[Step, ...]:
    """Time controls and rarer acts, in the order in which they are looked for."""
    if state.finished_at is not None:
        return ()
    round_ = state.current
    phase = round_.phase if round_ else Phase.UPCOMING
    return (*_pause(state, phase), *_owed(state, round_), *_time(phase, round_), *_rare(round_, phase), *_slide(state))


def _pause(state: EventState, phase: Phase) -> tuple[Step, ...]:
    if state.is_paused or phase not in CLOCKED:
        return ()
    return (Step("Pause", "pause", keys="P"), Step("Pause with words …", opens="pause-dialog", keys="Shift+P"))


def _owed(state: EventState, round_: Round | None) -> tuple[Step, ...]:
    """Time that faults of the platform took from a finalist, to be given back with one press."""
    if round_ is None or round_.phase is not Phase.PROMPTING:
        return ()
    owed = ((finalist, math.ceil(round_.owed_ms(finalist.id) / 1000)) for finalist in state.event.finalists)
    return tuple(
        Step(
            f"Give {finalist.name} {seconds} s back",
            "extend",
            (("seconds", str(seconds)), ("finalist", finalist.id), ("reason", OWED_REASON)),
        )
        for finalist, seconds in owed
        if seconds
    )


def _time(phase: Phase, round_: Round | None) -> tuple[Step, ...]:
    if phase is Phase.PROMPTING:
        return (
            *(Step(f"+{s} s", "extend", (("seconds", str(s)),), keys=key) for s, key in ((15, "1"), (30, "3"))),
            Step("Time for one …", opens="extend-dialog", keys="T"),
            Step("Ring the bell now …", opens="end-dialog", kind="danger"),
        )
    if phase is Phase.JUDGING and round_ is not None and not round_.closing and round_.entries:
        more = ((15, "1"), (30, "3"))
        return tuple(Step(f"Vote +{s} s", "extend-voting", (("seconds", str(s)),), keys=key) for s, key in more)
    return ()


def _rare(round_: Round | None, phase: Phase) -> tuple[Step, ...]:
    if round_ is None:
        return ()
    again = Step("Ask the judges again …", opens="rejudge-dialog")
    is_open = phase is Phase.SEALED and not round_.shown and round_.rejudging is None
    void = Step(f"Void round {round_.number} …", opens="void-dialog", kind="danger")
    replay = Step(f"Replay round {round_.number} …", opens="replay-dialog", kind="danger")
    return (*((again,) if is_open else ()), *(() if phase is Phase.VOIDED else (void,)), replay)


def _slide(state: EventState) -> tuple[Step, ...]:
    if state.hold is not None:
        return (Step("Take the slide off", "hide-hold", keys="H"),)
    return (Step("Hold slide …", opens="hold-dialog", keys="H"),)
