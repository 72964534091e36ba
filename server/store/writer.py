"""The one thread that writes. Jobs run one after the other, each in a transaction of its own.

SQLite takes one writer at a time anyway; a queue in front of it means no job ever meets a lock.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from server.store.errors import StoreError, StoreFull

T = TypeVar("T")


class Writer:
    """Runs jobs on the database off the event loop, in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-writer")

    async def do(self, job: Callable[[Connection], T]) -> T:
        """The job's result, after its commit. Raises StoreFull or StoreError; then nothing was written."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.do_now, job)

    def do_now(self, job: Callable[[Connection], T]) -> T:
        """The same on the calling thread, for start-up and the command line."""
        try:
            with self._engine.begin() as connection:
                return job(connection)
        except OperationalError as error:
            raise _explained(error) from error

    def close(self) -> None:
        """Wait for what was handed in, then stop."""
        self._thread.shutdown(wait=True)


def _explained(error: OperationalError) -> StoreError:
    text = str(error.orig)
    if "full" in text or "disk I/O" in text:
        return StoreFull("The disk is full: nothing was written. Free some space; then send it again.")
    return StoreError(f"The database refused the write: {text}. Nothing was written; send it again.")
