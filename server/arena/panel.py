"""The LLM judges: asks each one that the state awaits, and brings back verdicts or an abstention."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from server.arena.archive import Exchange
from server.arena.engines import Judge, Judgement
from server.domain.commands import RecordAbstention, RecordVerdicts
from server.domain.duties import JudgeCall
from server.domain.mark_parsing import llm_mark
from server.domain.marks import Verdict
from server.domain.state import EventState, Round

log = structlog.get_logger(__name__)
Answer = RecordVerdicts | RecordAbstention


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
        judge = self._judges.get(call.judge)
        if judge is None:
            reason = "this judge is not configured on this server"
            await self._report(RecordAbstention(call.round, call.judge, reason, call.rejudging))
            return
        try:
            judgement = await self._judge(judge, call, state, round_)
            await self._keep([_exchange(call, made) for made in judgement.requests])
            answer: Answer = _answer(call, judgement, set(round_.entries))
        except Exception as error:  # a judge's fault must end as an abstention, never as a stopped show
            log.warning("judge failed", judge=call.judge, error=str(error))
            answer = RecordAbstention(call.round, call.judge, str(error)[:300], call.rejudging)
        await self._report(answer)

    async def _judge(self, judge: Judge, call: JudgeCall, state: EventState, round_: Round) -> Judgement:
        texts = {f: attempt.text for f in round_.entries if (attempt := round_.entry(f)) is not None}
        criteria = tuple((x.key, x.label) for x in state.event.rules.scoring.criteria)
        return await judge.mark(
            question=round_.question.text,
            criteria=criteria,
            entries=texts,
            reference=round_.question.reference,
            seed=call.seed,
        )


def _exchange(call: JudgeCall, made: Any) -> Exchange:
    return Exchange(call.round, call.judge, call.rejudging, made.prompt, made.reply, made.sha256)


def _answer(call: JudgeCall, judgement: Judgement, entered: set[str]) -> Answer:
    if judgement.verdicts is None:
        reason = judgement.abstained or "the judge gave no verdict"
        return RecordAbstention(call.round, call.judge, reason, call.rejudging)
    if set(judgement.verdicts) != entered:
        return RecordAbstention(call.round, call.judge, "the judge did not mark every answer", call.rejudging)
    verdicts = tuple(
        Verdict(call.judge, finalist, llm_mark(str(given.mark)), given.reason[:600])
        for finalist, given in judgement.verdicts.items()
    )
    return RecordVerdicts(call.round, call.judge, verdicts, call.rejudging)
