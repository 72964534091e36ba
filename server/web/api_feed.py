"""`/feed`: the journal as server-sent events, resumable by number."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Header, Query
from fastapi.responses import StreamingResponse

from server.domain.chain import JournalEntry
from server.web._api import READ, Place, answers, part
from server.web.house import House

router = part("feed")
LOOK_SECONDS = 0.1
COMMENT_SECONDS = 10.0
EXAMPLE = 'id: 17\nevent: ClockStarted\ndata: {"number": 17, "kind": "ClockStarted", "payload": {}}\n\n'
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"example": EXAMPLE}}, "description": "One event per journal entry."}
}


@router.get("/feed", responses=answers(*READ) | STREAM, response_class=StreamingResponse)
async def feed(
    place: Place,
    after: Annotated[int, Query(ge=0, le=2**53, description="Send entries with a number above this one.")] = 0,
    follow: Annotated[bool, Query(description="Keep the stream open for what comes.")] = True,
    last_event_id: Annotated[str, Header(description="What a browser sends when it connects again.")] = "",
) -> StreamingResponse:
    """Every journal entry as it is written. The id of an event is the entry's number, so a stream that broke off
    is taken up with `Last-Event-ID` (or `?after=`) where it ended.
    """
    start = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else after
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_entries(place, start, follow), media_type="text/event-stream", headers=headers)


async def _entries(place: House, after: int, follow: bool) -> AsyncIterator[str]:
    version, quiet = -1, 0.0
    while True:
        if version != place.arena.version:
            version, quiet = place.arena.version, 0.0
            for entry in await asyncio.to_thread(place.archive.entries, after):
                yield _event(entry)
                after = entry.number
        if not follow:
            return
        await asyncio.sleep(LOOK_SECONDS)
        quiet += LOOK_SECONDS
        if quiet >= COMMENT_SECONDS:
            quiet = 0.0
            yield ": here\n\n"


def _event(entry: JournalEntry) -> str:
    told = {
        "number": entry.number,
        "at_ms": entry.at_ms,
        "kind": entry.kind,
        "payload": json.loads(entry.payload),
        "hash": entry.hash,
    }
    return f"id: {entry.number}\nevent: {entry.kind}\ndata: {json.dumps(told)}\n\n"
