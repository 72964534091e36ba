"""One connection's outgoing frames: bounded, never waited for.

A client that falls behind gets nothing more until it has caught up, and then one fresh snapshot.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from server.domain.actors import Actor
from server.web.keys import Key
from server.web.rawsocket import Seam, encode_frame, payload_of

BEHIND_BYTES = 256_000
CAUGHT_UP_BYTES = 16_000
QUEUE_FRAMES = 32


class Frame:
    """One frame, encoded once. `wire`: the JSON as UTF-8 with its websocket header."""

    __slots__ = ("wire",)

    def __init__(self, text: bytes) -> None:
        self.wire = encode_frame(text)


class Feed:
    """Frames to one client. `key` says which picture it gets; `is_behind` that it has missed some.

    `write` takes a frame's bytes and never waits. It is called in the hub's loop over everybody, so it is the
    transport's own method where there is a seam; who lags is found by `notice_lag`, a few times a second.
    """

    __slots__ = ("_queue", "_seam", "_sender", "_websocket", "is_behind", "key", "lang", "viewer", "write")

    def __init__(self, websocket: WebSocket, viewer: Actor, key: Key, seam: Seam | None, lang: str = "en") -> None:
        self.viewer, self.key, self.lang = viewer, key, lang
        self.is_behind = False
        self._websocket, self._seam = websocket, seam
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_FRAMES)
        self._sender = asyncio.create_task(self._send_on()) if seam is None else None
        self.write: Callable[[bytes], None] = self._enqueue if seam is None else seam.write

    def offer(self, frame: Frame) -> None:
        """Send a frame if the client keeps up; otherwise note that it needs a snapshot."""
        self.notice_lag()
        if not self.is_behind:
            self.put(frame.wire)

    def put(self, wire: bytes) -> None:
        """Write, whatever the client has yet to take. A connection that is gone counts as behind."""
        try:
            self.write(wire)
        except RuntimeError:  # the transport closed a moment ago; its handler is about to say so
            self.is_behind = True

    def notice_lag(self) -> None:
        """Mark the client as behind if too much waits for it."""
        full = self._queue.full() if self._seam is None else self._seam.waiting_bytes > BEHIND_BYTES
        self.is_behind = self.is_behind or full

    def has_caught_up(self) -> bool:
        """Whether a client that was behind can take a snapshot now."""
        return self._queue.empty() if self._seam is None else self._seam.waiting_bytes < CAUGHT_UP_BYTES

    def abort(self) -> None:
        """Drop a client that does not take anything."""
        if self._seam is not None:
            self._seam.abort()

    def _enqueue(self, wire: bytes) -> None:
        if self._queue.full():
            self.is_behind = True
        else:
            self._queue.put_nowait(wire)

    async def _send_on(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await self._websocket.send_text(payload_of(await self._queue.get()).decode())

    def close(self) -> None:
        """The connection is gone."""
        if self._sender is not None:
            self._sender.cancel()
