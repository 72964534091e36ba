"""The running event's state and journal as the record that the results are written from.

What the file looks like is `domain.bundle`'s; here is only the conversion, shared by the API, the results page
and the command line.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from server.arena.archive import Exchange
from server.domain.bundle import build_bundle
from server.domain.bundle_judging import request_row
from server.domain.chain import JournalEntry
from server.domain.derived import Json
from server.domain.record import ActRecord, AttemptRecord, FinalistRecord, JudgingRecord, RoundRecord, Show
from server.domain.scoreboard import marks_of
from server.domain.state import Act, Attempt, EventState, Round


class HasJournal(Protocol):
    """A store that can give the whole journal of its event."""

    def entries(self) -> Sequence[JournalEntry]: ...


@runtime_checkable
class HasRequests(Protocol):
    """A store that also kept what LLM judges were asked."""

    def exchanges(self) -> Sequence[Exchange]: ...


def bundle_of(archive: HasJournal, state: EventState) -> Json:
    """The results of an event as JSON values, with every request to LLM judges where the store has them.

    Tells everything: see `Show.may_be_published`.
    """
    bundle = build_bundle(show_of(state, archive.entries()))
    if isinstance(archive, HasRequests):
        bundle["judge_requests"] = [_request(one) for one in archive.exchanges()]
    return bundle


def _request(made: Exchange) -> Json:
    return request_row(
        round_=made.round,
        judge=made.judge,
        rejudging=made.rejudging,
        order=made.order,
        request=made.request,
        reply=made.reply,
        digest=made.sha256,
        ms=made.ms,
        error=made.error,
        at_ms=made.at_ms,
    )


def show_of(state: EventState, journal: Sequence[JournalEntry] = ()) -> Show:
    """The record of a show, from the state that its journal folds to."""
    event = state.event
    return Show(
        id=event.id,
        name=event.name,
        seed=event.seed,
        rehearsal=event.rehearsal,
        scoring=event.rules.scoring,
        reveal_order=event.rules.reveal_order,
        finalists=tuple(FinalistRecord(f.id, f.name, f.adapter, f.adapter_sha256) for f in event.finalists),
        rounds=tuple(_round(state, round_) for round_ in state.rounds),
        acts=tuple(_act(act) for act in state.acts),
        judges=event.judges,
        journal=tuple(journal),
    )


def _round(state: EventState, round_: Round) -> RoundRecord:
    return RoundRecord(
        key=round_.key,
        run=round_.run,
        question=round_.question.text,
        status=round_.phase.value,
        marks=marks_of(state, round_),
        attempts=tuple(_attempt(round_, attempt) for attempt in round_.attempts),
        reveal=round_.shown,
        void_reason=round_.void_reason,
        abstained=dict(round_.abstained),
        flags=dict(round_.flags),
        judging=JudgingRecord(round_.question, round_.counted, round_.findings or {}, round_.second_opinions),
    )


def _attempt(round_: Round, attempt: Attempt) -> AttemptRecord:
    return AttemptRecord(
        id=attempt.id,
        finalist=attempt.finalist,
        system_prompt=attempt.system_prompt,
        temperature=attempt.temperature,
        top_p=attempt.top_p,
        max_tokens=attempt.max_tokens,
        seed=attempt.seed,
        text=attempt.text,
        tokens=attempt.tokens,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        ttft_ms=attempt.ttft_ms,
        finish_reason=attempt.finish_reason or "",
        is_entry=round_.entries.get(attempt.finalist) == attempt.id,
        automatic=attempt.automatic,
        adapter_sha256=attempt.adapter_sha256,
        engine=attempt.engine,
        prompt_tokens=attempt.prompt_tokens,
        queue_ms=attempt.queue_ms,
        stream_ms=attempt.stream_ms,
        retries=attempt.retries,
        lost_ms=attempt.lost_ms,
        failure=attempt.failure,
    )


def _act(act: Act) -> ActRecord:
    return ActRecord(at=act.at, kind=act.kind, reason=act.reason, round=act.round, detail=act.detail)
