"""Everybody's links: who gets one, the address, and fresh ones that end the old."""

from dataclasses import dataclass

from server.domain.actors import Role
from server.domain.errors import Refused
from server.domain.event import Event
from server.store import people
from server.store.writer import Writer
from server.web.sessions import Keys


@dataclass(frozen=True, slots=True)
class Link:
    """One person's or screen's link."""

    role: Role
    who: str
    name: str
    url: str


class Generations:
    """(role, who) → the generation that works, in memory and in the store."""

    def __init__(self, writer: Writer, event: str) -> None:
        self._writer, self._event = writer, event
        self._known = writer.do_now(lambda connection: people.generations(connection, event))

    def __call__(self, role: str, who: str) -> int:
        """The generation that works; 1 until the first fresh link."""
        return self._known.get((role, who), 1)

    async def renew(self, role: str, who: str, at_ms: int) -> None:
        """Let older links and sessions of this person stop working."""
        generation = self(role, who) + 1
        await self._writer.do(lambda c: people.put_generation(c, self._event, role, who, generation, at_ms))
        self._known[role, who] = generation


class Links:
    """The links of one event."""

    def __init__(self, keys: Keys, generations: Generations, base_url: str, code: str) -> None:
        self._keys, self._generations = keys, generations
        self.base_url, self.code = base_url, code

    def all(self, event: Event) -> tuple[Link, ...]:
        """Every link, organiser first."""
        seats = [(Role.ORGANISER, "organiser", "Organiser"), (Role.STAGE, "stage", "Stage screen")]
        seats += [(Role.FINALIST, finalist.id, finalist.name) for finalist in event.finalists]
        seats += [(Role.EXPERT, expert.id, expert.name) for expert in event.experts]
        return tuple(Link(role, who, name, self.url(role, who)) for role, who, name in seats)

    def url(self, role: Role, who: str) -> str:
        """The address of one link."""
        return f"{self.base_url}/enter/{self.token(role, who)}"

    def token(self, role: Role, who: str) -> str:
        """The token alone, as the API takes it from an organiser."""
        return self._keys.link_token(role, who)

    @property
    def audience_url(self) -> str:
        """The address behind the audience's QR code."""
        return f"{self.base_url}/vote?c={self.code}"

    async def renew(self, event: Event, role: str, who: str, at_ms: int) -> Link:
        """A fresh link; the old one and its sessions end. Raises Refused for somebody who is not there."""
        known = next((x for x in self.all(event) if (x.role.value, x.who) == (role, who)), None)
        if known is None:
            raise Refused(f"This event has no {role} called {who!r}.")
        await self._generations.renew(role, who, at_ms)
        return Link(known.role, who, known.name, self.url(known.role, who))
