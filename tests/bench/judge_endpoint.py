"""The stand-in for a judge model's address: every post is answered after 50 ms with the log-probabilities of m and M.

A process of its own, written close to the wire, so that it is not what is measured.
"""

import asyncio
import json
from typing import cast

import uvloop

DELAY_S = 0.05
_TOPS = [{"token": "m", "logprob": -0.1}, {"token": "M", "logprob": -2.4}, {"token": " The", "logprob": -7.0}]
_CHOICE = {
    "index": 0,
    "message": {"role": "assistant", "content": "m"},
    "finish_reason": "length",
    "logprobs": {"content": [{"token": "m", "logprob": -0.1, "top_logprobs": _TOPS}]},
}
_BODY = json.dumps({"choices": [_CHOICE], "usage": {"prompt_tokens": 300, "completion_tokens": 1}}).encode()
_REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(_BODY), _BODY)


class Endpoint(asyncio.Protocol):
    """One kept connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._come = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self._come += data
        head, gap, body = self._come.partition(b"\r\n\r\n")
        if gap and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            self._come = b""
            asyncio.get_running_loop().call_later(DELAY_S, self._transport.write, _REPLY)


async def main() -> None:
    """Serve until the process is ended; the first line printed is the port."""
    server = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", 0, backlog=1024)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
