"""One connection's outgoing frames: bounded, never waited for.

A client that falls behind gets nothing more until it has caught up, and then one fresh snapshot.
"""

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from server.domain.actors import Actor
from server.web.keys import Key
from server.web.rawsocket import Seam, encode_frame

BEHIND_BYTES = 256_000
CAUGHT_UP_BYTES = 16_000
QUEUE_FRAMES = 32


class Feed:
    """Frames to one client. `key` says which picture it gets; `is_behind` that it has missed some."""

    def __init__(self, websocket: WebSocket, viewer: Actor, key: Key, seam: Seam | None, lang: str = "en") -> None:
        self.viewer, self.key, self.lang = viewer, key, lang
        self.is_behind = False
        self._websocket, self._seam = websocket, seam
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_FRAMES)
        self._sender: asyncio.Task[None] | None = None
        if seam is None:
            self._sender = asyncio.create_task(self._send_on())

    def offer(self, frame: "Frame") -> None:
        """Send a frame if the client keeps up; otherwise note that it needs a snapshot."""
        if self.is_behind:
            return
        if self._is_full():
            self.is_behind = True
            return
        if self._seam is None:
            self._queue.put_nowait(frame.text)
        elif self._seam.is_open:
            self._seam.write(frame.wire)

    def _is_full(self) -> bool:
        return self._queue.full() if self._seam is None else self._seam.waiting_bytes > BEHIND_BYTES

    def has_caught_up(self) -> bool:
        """Whether a client that was behind can take a snapshot now."""
        return self._queue.empty() if self._seam is None else self._seam.waiting_bytes < CAUGHT_UP_BYTES

    def abort(self) -> None:
        """Drop a client that does not take anything."""
        if self._seam is not None:
            self._seam.abort()

    async def _send_on(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await self._websocket.send_text((await self._queue.get()).decode())

    def close(self) -> None:
        """The connection is gone."""
        if self._sender is not None:
            self._sender.cancel()


class Frame:
    """One frame, encoded once. `text`: the JSON as UTF-8; `wire`: with its websocket header."""

    __slots__ = ("text", "wire")

    def __init__(self, text: bytes) -> None:
        self.text, self.wire = text, encode_frame(text)
