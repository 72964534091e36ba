"""The organiser's head line, the run of show and what is happening now."""

from dataclasses import dataclass

from server.arena.room import Room
from server.domain.event import Question
from server.domain.state import EventState, Phase, Round
from server.web.regions import Region
from server.web.screens._organise_steps import Step, next_step, side_steps
from server.web.screens._stage_clock import Clock, clock_of
from server.web.screens._stage_words import counted

PHASE_WORDS = {
    Phase.UPCOMING: "Not opened yet",
    Phase.BRIEFING: "Briefing: the question is on all screens, the clock waits",
    Phase.PROMPTING: "Prompting: the clock runs",
    Phase.SETTLING: "Settling: the bell has rung",
    Phase.JUDGING: "Judging",
    Phase.SEALED: "Sealed: only you see the totals",
    Phase.REVEALED: "Revealed",
    Phase.VOIDED: "Voided: this run does not count",
}


@dataclass(frozen=True, slots=True)
class Head:
    event: str
    rehearsal: bool
    round: str
    phase: str
    clock: Clock | None
    present: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One question of the show. `state`: done, now, next or void, as the rail draws it."""

    number: int
    label: str
    state: str
    detail: str
    multiplier: int
    question: str


@dataclass(frozen=True, slots=True)
class Run:
    rows: tuple[RunRow, ...]
    can_open: bool


@dataclass(frozen=True, slots=True)
class Now:
    title: str
    question: str
    news: tuple[str, ...]
    step: Step
    sides: tuple[Step, ...]


def head(room: Room) -> Region:
    """The region `org-head`."""
    state, round_ = room.state, room.state.current
    at = f"Round {round_.number} of {len(state.event.questions)}" if round_ else "Before the first round"
    phase = "Finished" if state.finished_at else PHASE_WORDS[round_.phase].partition(":")[0] if round_ else ""
    people = room.presence
    words = (
        f"{len(people.finalists)} of {len(state.event.finalists)} finalists",
        f"{len(people.experts)} of {len(state.event.experts)} experts",
        counted(people.stages, "stage screen"),
        counted(people.organisers, "organiser"),
    )
    view = Head(state.event.name, state.event.rehearsal, at, phase, clock_of(state), " · ".join(words))
    return Region("org-head", "organise/head.html", view)


def run(state: EventState) -> Region:
    """The region `org-run`: every question and what became of it."""
    is_between = state.current is None or state.current.phase in (Phase.REVEALED, Phase.VOIDED)
    rows = tuple(_run_row(state, number) for number in range(1, len(state.event.questions) + 1))
    can_open = is_between and state.finished_at is None
    return Region("org-run", "organise/run.html", Run(rows, can_open))


def _run_row(state: EventState, number: int) -> RunRow:
    question = state.event.questions[number - 1]
    runs = [r for r in state.rounds if r.number == number]
    last = runs[-1] if runs else None
    detail = [f"{_seconds(state, question)} s"] if last is None else [last.phase.value]
    detail += [f"×{question.multiplier}"] if question.multiplier > 1 else []
    detail += [f"run {last.run}"] if last is not None and last.run > 1 else []
    label = question.theme or f"Question {number}"
    return RunRow(number, label, _mark(state, last), " · ".join(detail), question.multiplier, question.text)


def _seconds(state: EventState, question: Question) -> int:
    return question.seconds or state.event.rules.round_seconds


def _mark(state: EventState, last: Round | None) -> str:
    if last is None:
        return "next"
    if last.phase is Phase.VOIDED:
        return "void"
    return "done" if last.phase is Phase.REVEALED and (last is not state.current or state.finished_at) else "now"


def now(room: Room) -> Region:
    """The region `org-now`: what is happening, the next step, time controls."""
    state, round_ = room.state, room.state.current
    title = PHASE_WORDS[round_.phase] if round_ else "The hall is arriving"
    if state.is_paused and round_ is not None:
        title = f"{title.partition(':')[0]}: the clock stands still"
    if state.finished_at is not None:
        title = "The champion is named"
    view = Now(title, round_.question.text if round_ else "", _news(state, round_), next_step(room), side_steps(state))
    return Region("org-now", "organise/now.html", view)


def _news(state: EventState, round_: Round | None) -> tuple[str, ...]:
    news = []
    if state.outage:
        news.append(f"{state.outage} Attempts under way wait and go on as soon as an engine answers.")
    elif state.paused_by_outage:
        news.append("An engine answers again. The clock stood still meanwhile.")
    if state.is_paused and not state.paused_by_outage:
        news.append(f"Paused. {state.pause_reason}".strip())
    if state.hold is not None:
        news.append(f"A slide is on the stage: “{state.hold or 'We will be right back.'}”")
    if round_ is not None and round_.phase is Phase.VOIDED:
        news.append(f"Reason: {round_.void_reason}")
    if round_ is not None and round_.phase is Phase.PROMPTING:
        news += [_extended(state, round_, f) for f in round_.extra_ms]
    if round_ is not None and round_.phase is Phase.BRIEFING:
        news.append(f"The clock will run {_seconds(state, round_.question)} s.")
    return tuple(news)


def _extended(state: EventState, round_: Round, finalist: str) -> str:
    name = state.event.finalists[state.event.lane(finalist)].name
    return f"{name} has {round_.extra_ms[finalist] // 1000} s more."
