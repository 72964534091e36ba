"""What tests of fleets ask, and a way to wait for what they expect."""

import asyncio
from collections.abc import Callable
from typing import Any

from models.protocol import Engine, Piece

MEI = "mei@1"
ASK: dict[str, Any] = {
    "adapter": MEI,
    "system_prompt": "Be kind.",
    "question": "Why?",
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 20,
    "seed": 4,
}


async def pieces_of(engine: Engine, **changes: Any) -> list[Piece]:
    return [piece async for piece in engine.stream(**ASK | changes)]


async def text_of(engine: Engine, **changes: Any) -> str:
    return "".join(piece.text for piece in await pieces_of(engine, **changes))


async def until(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 (what is waited for happens elsewhere and has no event)
            await asyncio.sleep(0.005)
