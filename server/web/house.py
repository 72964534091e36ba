"""What the pages need, in one place: built by `server.app`, found at `app.state.house`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from server.arena.arena import Arena
from server.arena.readiness import Readiness
from server.intake import Intake
from server.settings import Settings
from server.store.archive import EventArchive
from server.store.writer import Writer
from server.web.hub import Hub
from server.web.links import Links
from server.web.painter import Painter
from server.web.sessions import Keys


@dataclass(slots=True)
class House:
    """One running event with everything around it."""

    settings: Settings
    arena: Arena
    archive: EventArchive
    writer: Writer
    hub: Hub
    painter: Painter
    keys: Keys
    links: Links
    readiness: Readiness
    probe_soon: Callable[[], None] = field(default=lambda: None)
    probe_again: Callable[[tuple[str, ...]], None] = field(default=lambda kinds: None)
    intake: Intake | None = None
    forget_probes: Callable[[], Awaitable[None]] = field(default=lambda: _nothing())
    set_bots: Callable[[dict[str, int]], Awaitable[None]] = field(default=lambda wanted: _no_bots(wanted))


async def _nothing() -> None:
    return


async def _no_bots(wanted: dict[str, int]) -> None:
    raise RuntimeError("autopilot was not wired up")


def house(connection: HTTPConnection) -> House:
    """The house of a request."""
    found: House = connection.app.state.house
    return found
