"""An address that answers beside the tests, for commands that run an event loop of their own."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.models.fake_address import Answer, FakeAddress, fake_address

Serve = Callable[[Answer], FakeAddress]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Gives a running address for a script; all end with the test."""
    loop, ends = asyncio.new_event_loop(), []
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def start(answer: Answer) -> FakeAddress:
        context = fake_address(answer)
        ends.append(context)
        return asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result()

    yield start
    for context in ends:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result()
    asyncio.run_coroutine_threadsafe(_cancel_others(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
