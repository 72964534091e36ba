"""What LLM judges were asked in a round and what they replied, request by request, for the organiser's eyes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.arena.archive import Exchange
from server.domain.errors import NotFound
from server.domain.event import JudgeSeat
from server.domain.state import EventState, Phase, Round
from server.web.screens._judge_sheets import SheetView, sheet
from server.web.screens._organise_judges import FlagRow, flag_rows
from server.web.screens._results_words import utc, whole

ASKED = (Phase.JUDGING, Phase.SEALED, Phase.REVEALED, Phase.VOIDED)


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request. `order`: (lane, name) as the judge saw them. `sent`: (who speaks, words). `settings`: the rest.

    `said`: the reply's words, `raw`: all of it. `error`: why it did not count.
    """

    number: int
    order: tuple[tuple[int, str], ...]
    is_second: bool
    sent: tuple[tuple[str, str], ...]
    settings: str
    said: str
    raw: str
    error: str
    ms: str
    at: str
    sha256: str


@dataclass(frozen=True, slots=True)
class AskedJudge:
    """One judge in one round. `words`: what became of it."""

    sheet: SheetView
    words: str
    requests: tuple[RequestView, ...]

    @property
    def refused(self) -> int:
        """How many replies did not count."""
        return sum(bool(request.error) for request in self.requests)


@dataclass(frozen=True, slots=True)
class JudgingPage:
    """`rounds`: (key, label, is shown)."""

    event: str
    rounds: tuple[tuple[str, str, bool], ...]
    title: str
    question: str
    judges: tuple[AskedJudge, ...]
    flags: tuple[FlagRow, ...]


def round_of(state: EventState, key: str) -> Round | None:
    """The round that is asked for; without a key, the newest that judges were asked about. Raises NotFound."""
    asked = [round_ for round_ in state.rounds if round_.phase in ASKED]
    if not key:
        return asked[-1] if asked else None
    found = next((round_ for round_ in asked if round_.key == key), None)
    if found is None:
        raise NotFound(f"No LLM judge was asked about a round {key[:20]!r}.")
    return found


def judging_page(state: EventState, round_: Round | None, exchanges: Sequence[Exchange]) -> JudgingPage:
    """The page about one round; `exchanges` are those of this round, oldest first."""
    rounds = tuple((r.key, _label(r), r is round_) for r in state.rounds if r.phase in ASKED)
    if round_ is None:
        return JudgingPage(state.event.name, rounds, "Nothing has been judged yet", "", (), ())
    judges = tuple(_judge(state, round_, seat, exchanges) for seat in state.event.judges)
    flags = flag_rows(state, round_)
    return JudgingPage(state.event.name, rounds, _label(round_), round_.question.text, judges, flags)


def _label(round_: Round) -> str:
    return f"Round {round_.number}" + (f", run {round_.run}" if round_.run > 1 else "")


def _judge(state: EventState, round_: Round, seat: JudgeSeat, exchanges: Sequence[Exchange]) -> AskedJudge:
    mine = [exchange for exchange in exchanges if exchange.judge == seat.name]
    requests = tuple(_request(state, number, exchange) for number, exchange in enumerate(mine, 1))
    return AskedJudge(sheet(state, seat), _became(round_, seat), requests)


def _became(round_: Round, seat: JudgeSeat) -> str:
    if seat.name in round_.abstained:
        return f"Abstained: {round_.abstained[seat.name]}"
    marked = sum(verdict.judge == seat.name for verdict in round_.verdicts)
    return f"Marked {marked} of {len(round_.entries)} answers" if marked else "Has not answered yet"


def _request(state: EventState, number: int, exchange: Exchange) -> RequestView:
    lanes = [state.event.lane(f) for f in exchange.order if f in state.event.finalist_ids]
    sent, settings = _sent(exchange.request)
    return RequestView(
        number=number,
        order=tuple((lane, state.event.finalists[lane].name) for lane in lanes),
        is_second=exchange.rejudging,
        sent=sent,
        settings=settings,
        said=whole(_said(exchange.reply)),
        raw=whole(exchange.reply),
        error=whole(exchange.error),
        ms=f"{exchange.ms:,.0f} ms",
        at=utc(exchange.at_ms)[1],
        sha256=exchange.sha256,
    )


def _sent(request: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Who says what in a request, and its settings as text; a request that is no JSON object is shown as it is."""
    body = _parsed(request)
    if not isinstance(body, dict):
        return (("request", whole(request)),), ""
    messages = body.pop("messages", None)
    if isinstance(messages, list) and all(isinstance(one, dict) for one in messages):
        spoken = tuple((str(one.get("role", "")), whole(str(one.get("content", "")))) for one in messages)
        return spoken, _text(body)
    return tuple((name, whole(str(value))) for name, value in body.items()), ""


def _said(reply: str) -> str:
    """The words of a chat completion, indented where they are JSON; any other reply as it is."""
    body = _parsed(reply)
    try:
        content = body["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return _text(body) if isinstance(body, dict | list) else reply
    inner = _parsed(content) if isinstance(content, str) else None
    return _text(inner) if isinstance(inner, dict | list) else str(content)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
