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


class Seam:
    """The transport behind one websocket."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: Any, transport: asyncio.Transport) -> None:
        self._protocol, self._transport = protocol, transport

    @property
    def is_open(self) -> bool:
        """Whether a frame may be written: after the handshake, before any close."""
        p = self._protocol
        return p.handshake_complete and not p.close_sent and not p.disconnected and not self._transport.is_closing()

    @property
    def waiting_bytes(self) -> int:
        """How much the client has yet to take."""
        return self._transport.get_write_buffer_size()

    def write(self, frame: bytes) -> None:
        """Hand an encoded frame to the transport; never waits."""
        self._transport.write(frame)

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()


def seam(send: Any) -> Seam | None:
    """The seam behind an ASGI `send`, or None. Compressed connections have none: their frames differ."""
    protocol = getattr(send, "__self__", None)
    transport: Any = getattr(protocol, "transport", None)
    known = all(hasattr(protocol, name) for name in ("handshake_complete", "close_sent", "disconnected"))
    if not known or not hasattr(transport, "get_write_buffer_size") or not hasattr(transport, "abort"):
        return None
    if getattr(getattr(protocol, "config", None), "ws_per_message_deflate", False):
        return None
    return Seam(protocol, transport)
