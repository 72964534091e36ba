"""Who is connected, grouped by the picture they get, and the frames that go to each group."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from server.arena.room import Presence
from server.domain.actors import Role
from server.web.feeds import Feed, Frame
from server.web.keys import Key
from server.web.viewers import MINIATURE

GIVE_UP_SECONDS = 30.0


class Hub:
    """The connections of one event."""

    def __init__(self) -> None:
        self._groups: dict[Key, set[Feed]] = defaultdict(set)
        self._phones: dict[str, set[Feed]] = defaultdict(set)
        self._behind: dict[Feed, float] = {}
        self.on_presence: Callable[[], None] = lambda: None

    def add(self, feed: Feed) -> None:
        """A connection that has its snapshot."""
        self._groups[feed.key].add(feed)
        if feed.viewer.role is Role.AUDIENCE:
            self._phones[feed.viewer.id].add(feed)
        self.on_presence()

    def remove(self, feed: Feed) -> None:
        """A connection that is gone."""
        self._drop(self._groups, feed.key, feed)
        if feed.viewer.role is Role.AUDIENCE:
            self._drop(self._phones, feed.viewer.id, feed)
        self._behind.pop(feed, None)
        feed.close()
        self.on_presence()

    @staticmethod
    def _drop(groups: "dict[Key, set[Feed]] | dict[str, set[Feed]]", key: object, feed: Feed) -> None:
        members = groups.get(key)  # type: ignore[call-overload]
        if members is not None:
            members.discard(feed)
            if not members:
                del groups[key]  # type: ignore[arg-type]

    def move(self, feed: Feed, key: Key) -> None:
        """A connection whose picture is another one from now on."""
        self._drop(self._groups, feed.key, feed)
        feed.key = key
        self._groups[key].add(feed)

    def keys(self, role: Role) -> list[Key]:
        """The pictures that somebody in this role looks at."""
        return [key for key in self._groups if key.role is role]

    def feeds(self, role: Role) -> Iterator[Feed]:
        """Every connection in a role."""
        for key in self.keys(role):
            yield from list(self._groups[key])

    def phones(self, voter: str) -> Iterable[Feed]:
        """The connections of one phone."""
        return tuple(self._phones.get(voter, ()))

    def has(self, role: Role) -> bool:
        """Whether anyone in this role is connected."""
        return any(key.role is role for key in self._groups)

    def publish(self, key: Key, frame: Frame) -> None:
        """One frame to everyone who gets this picture."""
        wire = frame.wire
        for feed in self._groups.get(key, ()):
            if not feed.is_behind:
                feed.put(wire)

    def caught_up(self) -> list[Feed]:
        """Connections that were behind and can take a snapshot now; those that never will are dropped."""
        self._notice_lag()
        ready = [feed for feed in self._behind if feed.has_caught_up()]
        for feed in ready:
            feed.is_behind = False
            del self._behind[feed]
        for feed, since in list(self._behind.items()):
            if time.monotonic() - since > GIVE_UP_SECONDS:
                feed.abort()
        return ready

    def _notice_lag(self) -> None:
        for feeds in self._groups.values():
            for feed in feeds:
                feed.notice_lag()
                if feed.is_behind:
                    self._behind.setdefault(feed, time.monotonic())

    def presence(self) -> Presence:
        """Who is in the room."""
        people: dict[Role, set[str]] = {role: {f.viewer.id for f in self.feeds(role)} for role in Role}
        return Presence(
            finalists=frozenset(people[Role.FINALIST]),
            experts=frozenset(people[Role.EXPERT]),
            stages=sum(feed.viewer != MINIATURE for feed in self.feeds(Role.STAGE)),
            organisers=sum(1 for _ in self.feeds(Role.ORGANISER)),
            phones=len(self._phones),
        )
