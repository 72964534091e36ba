"""What a finalist's screen says in plain words: how an attempt ended, what counts, what the bell sends."""

from dataclasses import dataclass

from server.domain.state import Attempt, Phase, Round

_ENDINGS = {
    "stop": "complete",
    "length": "stopped at max tokens",
    "stopped": "stopped by you",
    "cut": "cut when the grace was over",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """`now`: what counts; `at_bell`: what is sent if nothing more happens, shown in the last ten seconds.

    The `_empty` pair, where it is filled, stands in while the editor is empty (the page knows first).
    `tone`: good (something counts), warn (nothing does), calm (the clock is not running).
    `can_unpin`: the finalist chose an attempt and may leave the choice to the clock again.
    """

    lane: int
    tone: str
    now: str
    at_bell: str
    now_empty: str
    at_bell_empty: str
    grace: str
    can_unpin: bool


def word_count(text: str) -> int:
    return len(text.split())


def counted(number: int, one: str, many: str) -> str:
    """ "1 word", "214 words"."""
    return f"{number:,} {one if number == 1 else many}"


def ending(attempt: Attempt) -> str:
    """ "214 words · stopped at max tokens"."""
    how = "stopped by the next attempt" if attempt.superseded else _ENDINGS.get(attempt.finish_reason or "", "")
    by_itself = " · made from your draft at the bell" if attempt.automatic else ""
    return f"{counted(word_count(attempt.text), 'word', 'words')} · {how}{by_itself}"


def in_words(attempt: Attempt) -> str:
    """Why an attempt failed and what to do; what it had written is kept."""
    why = attempt.failure.rstrip(".") or "the model stopped answering"
    kept = "What it had written is kept." if attempt.has_text else "It has no text and does not count."
    return f"Attempt {attempt.number} failed: {why}. {kept} Generate again."


def next_at_bell(round_: Round, finalist: str, lane: int, grace: int) -> Statement:
    """The statement for a finalist at their desk."""
    if round_.phase is Phase.BRIEFING:
        words = "You can write already. Generate opens when the clock starts."
        return Statement(lane, "calm", words, "", "", "", "", False)
    running, counting = round_.running(finalist), round_.counting(finalist)
    pinned = counting is not None and round_.pins.get(finalist) == counting.id
    if round_.phase is Phase.SETTLING:
        return _settling(lane, counting, running, pinned)
    nothing = counting is None and running is None
    return Statement(
        lane=lane,
        tone="good" if counting or running else "warn",
        now=_now(counting, running, pinned),
        at_bell=_at_bell(counting, running, pinned),
        now_empty="Nothing counts yet. Write a prompt, then generate." if nothing else "",
        at_bell_empty="If you do nothing more, nothing is sent, and the round counts 0 for you." if nothing else "",
        grace=_grace(grace),
        can_unpin=pinned,
    )


def _settling(lane: int, counting: Attempt | None, running: Attempt | None, pinned: bool) -> Statement:
    sent = counting if pinned or running is None else running
    if sent is None:
        return Statement(lane, "warn", "The bell has rung and nothing was in.", "", "", "", "", False)
    words = f"The bell has rung. Attempt {sent.number} is sent"
    ending_words = f"{words} with what it has when the grace ends." if sent.is_running else f"{words}."
    return Statement(lane, "good", ending_words, "", "", "", "", False)


def _now(counting: Attempt | None, running: Attempt | None, pinned: bool) -> str:
    if counting is not None and pinned:
        return f"Attempt {counting.number} counts, because you chose it."
    if running is not None:
        kept = f" Until it has text, attempt {counting.number} counts." if counting else ""
        return f"Attempt {running.number} is writing and will count.{kept}"
    if counting is not None:
        return f"Attempt {counting.number} counts: the last one with text."
    return "Nothing counts yet. Press Generate."


def _at_bell(counting: Attempt | None, running: Attempt | None, pinned: bool) -> str:
    if counting is not None and (pinned or running is None):
        words = "" if counting.is_running else f" ({counted(word_count(counting.text), 'word', 'words')})"
        return f"If you do nothing more, attempt {counting.number} is sent{words}."
    if running is not None:
        return f"If you do nothing more, attempt {running.number} is sent with what it has written."
    return "If you do nothing more, your draft is generated once by itself at the bell, and that is sent."


def _grace(seconds: int) -> str:
    if not seconds:
        return "What is still writing at the bell is cut there."
    return f"Still writing at the bell? It has {counted(seconds, 'second', 'seconds')} more to finish."
