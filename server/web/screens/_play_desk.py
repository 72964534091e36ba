"""The parts of a finalist's desk while they work: editor, buttons, answer, attempts, statement, shelf."""

from dataclasses import dataclass, field

from server.arena.room import LiveText, Room
from server.domain.commands import Draft
from server.domain.errors import NotFound
from server.domain.rules import HOTTEST
from server.domain.state import Attempt, EventState, Phase, Round
from server.web.regions import Region
from server.web.screens._play_words import Statement, ending, in_words, next_at_bell, word_count

NO_ANSWER = "Your answer appears here, word by word. The question is added to your prompt by itself."


@dataclass(frozen=True, slots=True)
class Editor:
    """What the fields are filled with on load; never compared, so typing is never answered by a frame."""

    round: str
    prompt_chars: int
    hottest: float
    most_tokens: int
    system_prompt: str = field(default="", compare=False)
    temperature: float = field(default=0.7, compare=False)
    top_p: float = field(default=0.9, compare=False)
    max_tokens: int = field(default=200, compare=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """`locked`: nothing can be changed now, for the reason in `why`."""

    locked: bool
    why: str
    editor: Editor


@dataclass(frozen=True, slots=True)
class Buttons:
    can_generate: bool
    is_running: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The text being read: the stream, else the answer that counts, else a reason why there is none."""

    lane: int
    title: str
    text: str
    is_running: bool
    facts: str
    trouble: str
    empty: str


@dataclass(frozen=True, slots=True)
class AttemptCard:
    id: str
    number: int
    text: str
    facts: str
    settings: str
    trouble: str
    counts: bool
    pinned: bool
    may_use: bool


@dataclass(frozen=True, slots=True)
class Attempts:
    lane: int
    round: str
    open: bool
    cards: tuple[AttemptCard, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The prompts on the shelf, as on load (see Editor), and the attempt whose prompt was sent last round."""

    open: bool
    last_attempt: str
    last_round: int
    prompts: tuple[str, ...] = field(default=(), compare=False)


def is_open(state: EventState, round_: Round, finalist: str, now: int) -> bool:
    """Whether this finalist may still write and generate."""
    bell = round_.bell_for(finalist)
    return round_.phase is Phase.PROMPTING and not state.is_paused and bell is not None and now < bell


def desk(room: Room, round_: Round, finalist: str, now: int) -> Region:
    """The editor, filled from the draft kept on the server."""
    may_write = is_open(room.state, round_, finalist, now)
    ahead = round_.phase is Phase.BRIEFING and not room.state.is_paused
    why = "Paused. Your draft is kept." if room.state.is_paused else "The bell has rung. Your prompt is locked."
    draft = room.drafts.get(finalist, Draft())
    context = Desk(not (may_write or ahead), "" if may_write or ahead else why, _editor(room.state, round_, draft))
    return Region("play-desk", "play/desk.html", context)


def restored(room: Room, finalist: str, attempt_id: str) -> Editor:
    """The editor filled from one of the finalist's own attempts. Raises NotFound for any other."""
    for round_ in room.state.rounds:
        attempt = round_.attempt(attempt_id)
        if attempt is not None and attempt.finalist == finalist:
            return _editor(room.state, round_, attempt)
    raise NotFound("That attempt is not one of yours.")


def _editor(state: EventState, round_: Round, source: Draft | Attempt) -> Editor:
    rules = state.event.rules
    return Editor(
        round=round_.key,
        prompt_chars=rules.prompt_chars_limit,
        hottest=HOTTEST,
        most_tokens=rules.max_tokens_limit,
        system_prompt=source.system_prompt,
        temperature=source.temperature,
        top_p=source.top_p,
        max_tokens=min(source.max_tokens, rules.max_tokens_limit),
    )


def buttons(room: Room, round_: Round, finalist: str, now: int) -> Region:
    """Generate and Stop."""
    running = round_.running(finalist)
    left = room.state.event.rules.attempts_limit - len(round_.attempts_of(finalist))
    hint = "The clock has not started." if round_.phase is Phase.BRIEFING else ""
    if left <= 5:
        hint = f"{max(0, left)} attempts left in this round." if left != 1 else "One attempt left in this round."
    may = is_open(room.state, round_, finalist, now) and left > 0
    return Region("play-buttons", "play/buttons.html", Buttons(may, running is not None, hint))


def answer(room: Room, round_: Round, finalist: str, now: int) -> Region:
    """The answer pane: the one region that changes with every few tokens."""
    shown = round_.running(finalist) or round_.counting(finalist)
    last = round_.attempts_of(finalist)[-1:]
    failed = last[0] if last and last[0].finish_reason == "failed" else None
    lane = room.state.event.lane(finalist)
    if shown is None:
        empty = "" if failed else NO_ANSWER
        title = f"Attempt {failed.number}" if failed else "No answer yet"
        return _answer(Answer(lane, title, "", False, "", in_words(failed) if failed else "", empty))
    live = room.live.get(shown.id, LiveText(shown.text, shown.tokens))
    trouble = in_words(failed) if failed and failed is not shown else ""
    if shown.is_running:
        context = _streaming(lane, shown, live)
    else:
        title = f"Attempt {shown.number}"
        context = Answer(lane, title, shown.text, False, ending(shown), trouble, "")
    return _answer(context)


def _streaming(lane: int, attempt: Attempt, live: LiveText) -> Answer:
    words = word_count(live.text)
    speed = f" · {live.tokens_per_second:.0f} tokens a second" if live.tokens_per_second else ""
    facts = f"writing · {words} words{speed}" if live.text else "thinking …"
    stalled = "No text is coming from the model. It is being asked again; your clock runs on." if live.stalled else ""
    return Answer(lane, f"Attempt {attempt.number}", live.text, True, facts, live.note or stalled, "")


def _answer(context: Answer) -> Region:
    return Region("play-answer", "play/answer.html", context)


def attempts(room: Room, round_: Round, finalist: str, now: int) -> Region:
    """The strip of attempts, newest first."""
    counting, pinned = round_.counting(finalist), round_.pins.get(finalist)
    cards = tuple(
        AttemptCard(
            id=a.id,
            number=a.number,
            text=a.text,
            facts="writing …" if a.is_running else ending(a),
            settings=f"Temperature {a.temperature:g} · top-p {a.top_p:g} · max {a.max_tokens} tokens",
            trouble=in_words(a) if a.finish_reason == "failed" else "",
            counts=a is counting,
            pinned=a.id == pinned,
            may_use=a.has_text and a.id != pinned,
        )
        for a in reversed(round_.attempts_of(finalist))
    )
    may_choose = is_open(room.state, round_, finalist, now)
    lane = room.state.event.lane(finalist)
    return Region("play-attempts", "play/attempts.html", Attempts(lane, round_.key, may_choose, cards))


def statement(room: Room, round_: Round, finalist: str, now: int) -> Region:
    """What counts now, and what the bell would send."""
    grace = room.state.event.rules.grace_seconds
    context: Statement = next_at_bell(round_, finalist, room.state.event.lane(finalist), grace)
    return Region("play-statement", "play/statement.html", context)


def shelf(room: Room, finalist: str) -> Region:
    """The finalist's own prompts, prepared before the show."""
    state = room.state
    before = [r for r in state.rounds if r is not state.current or r.phase in (Phase.REVEALED, Phase.VOIDED)]
    sent = next(((r, a) for r in reversed(before) if (a := r.entry(finalist) or r.counting(finalist))), None)
    working = state.current is not None and state.current.phase in (Phase.BRIEFING, Phase.PROMPTING, Phase.SETTLING)
    last_attempt, last_round = (sent[1].id, sent[0].number) if sent else ("", 0)
    context = Shelf(not working, last_attempt, last_round, room.shelves.get(finalist, ()))
    return Region("play-shelf", "play/shelf.html", context)
