"""Server-sent events from bytes, strictly: UTF-8 or an error, whole events only, bounded lines.

Format: html.spec.whatwg.org, "Server-sent events". What the data means is the reader's business.
"""

import codecs
from collections.abc import Iterator

MAX_EVENT_CHARACTERS = 2**20


class SseBroken(ValueError):
    """The bytes are not a sound event stream; the message says in what way."""


class SseReader:
    """Feed chunks as they come; each call yields the data of the events that became complete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._rest = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield complete events' data. Raises SseBroken for broken UTF-8 or an endless event."""
        try:
            self._rest += self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise SseBroken("it holds bytes that are not UTF-8") from error
        if len(self._rest) > MAX_EVENT_CHARACTERS or sum(map(len, self._data)) > MAX_EVENT_CHARACTERS:
            raise SseBroken(f"one event is longer than {MAX_EVENT_CHARACTERS:,} characters")
        yield from self._events()

    def _events(self) -> Iterator[str]:
        # A carriage return at the very end may be half of a line end, so it waits for the next chunk.
        held = "\r" if self._rest.endswith("\r") else ""
        *lines, rest = self._rest.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = rest + held
        for line in lines:
            if line == "" and self._data:
                yield "\n".join(self._data)
                self._data = []
            elif line.startswith("data:"):
                self._data.append(line.removeprefix("data:").removeprefix(" "))
