"""The LLM judges: asks each one that the state awaits, and brings back verdicts or an abstention."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import structlog

from server.arena.archive import Exchange
from server.arena.engines import Judge, JudgeExchangeMade, Judgement
from server.domain.commands import RecordAbstention, RecordVerdicts
from server.domain.duties import JudgeCall
from server.domain.event import Question
from server.domain.mark_parsing import llm_mark
from server.domain.marks import Verdict
from server.domain.state import EventState, Round

log = structlog.get_logger(__name__)
Answer = RecordVerdicts | RecordAbstention
LONGEST_REASON, LONGEST_FAULT = 600, 300


class Panel:
    """Runs the judges' calls. Each call is made once; an answer that is no longer awaited is ignored by the rules."""

    def __init__(
        self,
        judges: Sequence[Judge],
        report: Callable[[Answer], Coroutine[Any, Any, None]],
        keep: Callable[[Sequence[Exchange]], Coroutine[Any, Any, None]],
    ) -> None:
        self._judges: Mapping[str, Judge] = {judge.name: judge for judge in judges}
        self._report, self._keep = report, keep
        self._calls: dict[JudgeCall, asyncio.Task[None]] = {}

    def reconcile(self, wanted: Sequence[JudgeCall], state: EventState) -> None:
        """Start the calls that are wanted and not under way; drop those that are not wanted any more."""
        for call in wanted:
            round_ = state.round(call.round)
            if call not in self._calls and round_ is not None:
                self._calls[call] = asyncio.create_task(self._ask(call, state, round_), name=f"judge {call}")
        for call in [call for call in self._calls if call not in wanted]:
            task = self._calls.pop(call)
            if task is not asyncio.current_task():
                task.cancel()

    async def close(self) -> None:
        """Drop every call."""
        tasks = list(self._calls.values())
        self._calls.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, call: JudgeCall, state: EventState, round_: Round) -> None:
        try:
            answer = await self._answer(call, state, round_)
        except Exception as error:  # a judge's fault must end as an abstention, never as a stopped show
            log.warning("judge failed", judge=call.judge, error=repr(error))
            answer = RecordAbstention(call.round, call.judge, _in_words(error), call.rejudging)
        await self._report(answer)

    async def _answer(self, call: JudgeCall, state: EventState, round_: Round) -> Answer:
        judge, seat = self._judges.get(call.judge), state.event.seat(call.judge)
        if is_code_alone(round_.question):
            verdicts = tuple(Verdict(call.judge, finalist, Fraction(0)) for finalist in round_.entries)
            return RecordVerdicts(call.round, call.judge, verdicts, call.rejudging)
        if judge is None:
            return RecordAbstention(
                call.round, call.judge, "this judge is not configured on this server", call.rejudging
            )
        if seat is not None and seat.prompt_sha256 and judge.prompt_sha256 not in ("", seat.prompt_sha256):
            reason = "its prompt or settings are not those frozen with the event"
            return RecordAbstention(call.round, call.judge, reason, call.rejudging)
        judgement = await _judged(judge, call, state, round_)
        await self._keep([_exchange(call, made) for made in judgement.requests])
        return _recorded(call, judgement, set(round_.entries))


def _in_words(error: BaseException) -> str:
    """What went wrong; of several faults at once, the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error) or type(error).__name__)[:LONGEST_FAULT]


def is_code_alone(question: Question) -> bool:
    """Whether checks by code are the whole mark, so that no judge needs to be asked."""
    return bool(question.checks) and question.checks_share == 1


async def _judged(judge: Judge, call: JudgeCall, state: EventState, round_: Round) -> Judgement:
    texts = {f: attempt.text for f in round_.entries if (attempt := round_.entry(f)) is not None}
    asked = state.event.criteria_of(round_.question)
    is_even = len({criterion.weight for criterion in asked}) == 1
    # A judge that knows no weights can still be asked where all are the same.
    weights: dict[str, Any] = {} if is_even else {"weights": {one.key: one.weight for one in asked}}
    return await judge.mark(
        question=round_.question.text,
        criteria=tuple((one.key, one.meaning or one.title) for one in asked),
        entries=texts,
        reference=reference_of(round_.question),
        seed=call.seed,
        **weights,
    )


def reference_of(question: Question) -> str | None:
    """What the organiser vouches for, as the judges read it: a good answer, then the facts; None without either."""
    answer = [f"A good answer: {question.reference}"] if question.reference else []
    return "\n".join([*answer, *(f"- {fact}" for fact in question.facts)]) or None


def _exchange(call: JudgeCall, made: JudgeExchangeMade) -> Exchange:
    return Exchange(
        call.round,
        call.judge,
        call.rejudging,
        made.prompt,
        made.reply,
        made.sha256,
        tuple(made.order),
        made.ms,
        made.error or "",
    )


def _recorded(call: JudgeCall, judgement: Judgement, entered: set[str]) -> Answer:
    hashes = tuple(made.sha256 for made in judgement.requests)
    if judgement.verdicts is None:
        reason = judgement.abstained or "the judge gave no verdict"
        return RecordAbstention(call.round, call.judge, reason, call.rejudging, hashes)
    if set(judgement.verdicts) != entered:
        reason = "the judge did not mark every answer"
        return RecordAbstention(call.round, call.judge, reason, call.rejudging, hashes)
    spreads = _spreads(getattr(judgement, "by_order", ()))  # a judge need not know orders
    verdicts = tuple(
        Verdict(
            call.judge,
            finalist,
            llm_mark(str(given.mark)),
            given.reason[:LONGEST_REASON],
            spread=spreads.get(finalist),
        )
        for finalist, given in judgement.verdicts.items()
    )
    return RecordVerdicts(call.round, call.judge, verdicts, call.rejudging, hashes)


def _spreads(by_order: Sequence[Mapping[str, Decimal]]) -> dict[str, Fraction]:
    """Highest minus lowest mark between orders, per finalist; empty where fewer than two orders were asked."""
    if len(by_order) < 2:
        return {}
    marks = {finalist: [order[finalist] for order in by_order if finalist in order] for finalist in by_order[0]}
    return {finalist: llm_mark(str(max(given) - min(given))) for finalist, given in marks.items()}
