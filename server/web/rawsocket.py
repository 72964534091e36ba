"""A private seam of uvicorn, kept in this one file: writing one encoded frame to many sockets.

uvicorn's ASGI `send` for a websocket is a method of its protocol object, which holds the transport. Writing the
same bytes to every transport is four times as fast as `await send` for each. Where the seam is missing (another
server, a test client), `seam` gives None and the caller sends the ordinary way.
"""

import asyncio
from typing import Any

TEXT_FRAME = 0x81
_SHORT, _MEDIUM = 126, 1 << 16


def encode_frame(payload: bytes) -> bytes:
    """An unmasked, final text frame (RFC 6455, section 5.2) around UTF-8 `payload`."""
    size = len(payload)
    if size < _SHORT:
        return bytes((TEXT_FRAME, size)) + payload
    if size < _MEDIUM:
        return bytes((TEXT_FRAME, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT_FRAME, 127)) + size.to_bytes(8, "big") + payload


def payload_of(frame: bytes) -> bytes:
    """What `encode_frame` was given."""
    header = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[header:]


class Seam:
    """The transport behind one websocket. `write` is the transport's own: it never waits."""

    __slots__ = ("_transport", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write = transport.write

    @property
    def waiting_bytes(self) -> int:
        """How much the client has yet to take."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()


def seam(send: Any) -> Seam | None:
    """The seam behind an ASGI `send`, or None. Compressed connections have none: their frames differ."""
    protocol = getattr(send, "__self__", None)
    transport: Any = getattr(protocol, "transport", None)
    if not hasattr(transport, "get_write_buffer_size") or not hasattr(transport, "abort"):
        return None
    if not hasattr(protocol, "handshake_complete"):  # another server's protocol, whose frames may differ
        return None
    if getattr(getattr(protocol, "config", None), "ws_per_message_deflate", False):
        return None
    return Seam(transport)
