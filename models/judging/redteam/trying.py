"""Running many attacks, so many at a time, with word of the progress."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from models.judging.redteam.attacks import Attack
from models.judging.redteam.report import AttackResult

AT_ONCE = 4
Progress = Callable[[int, int], None]
"""Called with how many attacks are done, of how many."""


def silent(done: int, of: int) -> None:
    """Progress that nobody wants to see."""


async def try_all(
    one: Callable[[Attack], Awaitable[AttackResult]], attacks: Sequence[Attack], at_once: int, progress: Progress
) -> tuple[AttackResult, ...]:
    """The results of `one` for every attack, in their order, at most `at_once` under way."""
    gate, done = asyncio.Semaphore(at_once), 0

    async def guarded(attack: Attack) -> AttackResult:
        nonlocal done
        async with gate:
            result = await one(attack)
        done += 1
        progress(done, len(attacks))
        return result

    return tuple(await asyncio.gather(*map(guarded, attacks)))
