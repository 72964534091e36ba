"""What each adapter answered to the probe on each engine: the hash of its text, recorded once."""

from sqlalchemy import delete, select

from server.store.tables import ProbeRow
from server.store.upsert import upsert
from server.store.writer import Writer

_table = ProbeRow.__table__  # type: ignore[attr-defined]


class ProbeBook:
    """Implements `server.arena.proof.Book` on the database. Adapter names carry the hash of their weights."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def recorded(self, engine: str) -> dict[str, str]:
        """Adapter → SHA-256 of its recorded text, on this engine."""
        query = select(_table.c.adapter, _table.c.text_sha256).where(_table.c.engine == engine)
        return dict(await self._writer.do(lambda connection: [tuple(row) for row in connection.execute(query)]))

    async def record(self, engine: str, adapter: str, text_sha256: str, at_ms: int) -> None:
        """Record, or record anew."""
        row = {"engine": engine, "adapter": adapter, "text_sha256": text_sha256, "at_ms": at_ms}
        await self._writer.do(lambda connection: upsert(connection, ProbeRow, [row]))

    async def forget(self, engine: str) -> None:
        """Forget what was recorded on this engine: the next probe of each adapter is recorded anew."""
        await self._writer.do(lambda connection: connection.execute(delete(_table).where(_table.c.engine == engine)))
