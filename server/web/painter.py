"""Draws the screens when something moved: each picture once, as often as its role needs, and only what changed."""

import asyncio
import json
from collections.abc import Callable

from server.arena.arena import Arena
from server.arena.room import Change
from server.domain.actors import Role
from server.web.feeds import Feed, Frame
from server.web.hub import Hub
from server.web.keys import Key
from server.web.pictures import key_of, meta, picture
from server.web.regions import Region, changes, partials
from server.web.templating import draw

# Seconds between two frames of a role: 12 a second where text streams, two a second on phones.
INTERVALS = {
    Role.STAGE: 0.08,
    Role.FINALIST: 0.08,
    Role.ORGANISER: 0.2,
    Role.EXPERT: 0.2,
    Role.AUDIENCE: 0.5,
}
CONCERNS = {
    Change.STATE: tuple(INTERVALS),
    Change.TEXT: (Role.STAGE, Role.FINALIST, Role.ORGANISER),
    Change.VOTES: (Role.STAGE, Role.ORGANISER),
    Change.DESKS: (Role.EXPERT, Role.FINALIST, Role.ORGANISER, Role.STAGE),
    Change.PRESENCE: (Role.STAGE, Role.ORGANISER),
    Change.CHECKS: (Role.ORGANISER,),
}
HEARTBEAT_SECONDS = 10.0
CATCH_UP_SECONDS = 0.25
PRESENCE_SECONDS = 0.1


class Painter:
    """Turns changes of the room into frames."""

    def __init__(self, arena: Arena, hub: Hub) -> None:
        self._arena, self._hub = arena, hub
        self._trees: dict[Key, Region] = {}
        self._snapshots: dict[Key, Frame] = {}
        self._pending: dict[Role, asyncio.TimerHandle] = {}
        self._painted_at: dict[Role, float] = {}
        self._counting: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._seq = 0
        arena.on_change = self.wake
        hub.on_presence = self._people_moved

    def start(self) -> None:
        """Begin heartbeats and catching up."""
        self._tasks = [
            asyncio.create_task(self._every(HEARTBEAT_SECONDS, self._heartbeat)),
            asyncio.create_task(self._every(CATCH_UP_SECONDS, self._catch_up)),
        ]

    async def close(self) -> None:
        """Stop drawing."""
        for handle in (*self._pending.values(), *filter(None, [self._counting])):
            handle.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(seconds)
            work()

    def wake(self, change: Change) -> None:
        """Something moved: paint the roles it concerns, each no more often than its interval."""
        loop = asyncio.get_running_loop()
        for role in CONCERNS[change]:
            if role not in self._pending and self._hub.has(role):
                wait = self._painted_at.get(role, 0.0) + INTERVALS[role] - loop.time()
                self._pending[role] = loop.call_later(max(0.0, wait), self._paint, role)

    def _people_moved(self) -> None:
        if self._counting is None:
            self._counting = asyncio.get_running_loop().call_later(PRESENCE_SECONDS, self._count)

    def _count(self) -> None:
        self._counting = None
        presence = self._hub.presence()
        if presence != self._arena.presence:
            self._arena.presence = presence
            self.wake(Change.PRESENCE)

    def _paint(self, role: Role) -> None:
        self._pending.pop(role, None)
        self._painted_at[role] = asyncio.get_running_loop().time()
        if role is Role.AUDIENCE:
            self._rekey()
        for key in self._hub.keys(role):
            self._repaint(key)
        self._forget(role)

    def _repaint(self, key: Key) -> None:
        now = self._arena.clock.now()
        tree = picture(self._arena.room, key, now)
        before, self._trees[key] = self._trees.get(key), tree
        content = partials(changes(before, tree), draw)
        if content:
            self._snapshots.pop(key, None)
            self._hub.publish(key, self._frame(key, content, now, snapshot=False))

    def _frame(self, key: Key, content: str, now: int, *, snapshot: bool) -> Frame:
        self._seq += 1
        says = {"seq": self._seq, "snapshot": snapshot, **meta(self._arena.state, key, now), "content": content}
        return Frame(json.dumps(says, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))

    def snapshot(self, key: Key) -> Frame:
        """The whole screen, as those who look at it already see it."""
        if key not in self._trees:
            self._trees[key] = picture(self._arena.room, key, self._arena.clock.now())
            self._snapshots.pop(key, None)
        frame = self._snapshots.get(key)
        if frame is None:
            content = partials(iter((self._trees[key],)), draw)
            frame = self._frame(key, content, self._arena.clock.now(), snapshot=True)
            self._snapshots[key] = frame
        return frame

    def subscribe(self, feed: Feed) -> None:
        """A new connection: its snapshot first, then its place in the hub."""
        if not self._hub.keys(feed.key.role) or feed.key not in self._hub.keys(feed.key.role):
            self._trees.pop(feed.key, None)  # nobody looks at it: draw it as things are now
            self._snapshots.pop(feed.key, None)
        feed.offer(self.snapshot(feed.key))
        feed.offer(self.heartbeat())
        self._hub.add(feed)

    def voted(self, voter: str) -> None:
        """A phone's ballot is in: every tab of that phone gets the picture with its vote."""
        for feed in self._hub.phones(voter):
            self._turn(feed)

    def _rekey(self) -> None:
        for feed in list(self._hub.feeds(Role.AUDIENCE)):
            self._turn(feed)

    def _turn(self, feed: Feed) -> None:
        key = key_of(feed.viewer, self._arena.state, self._arena.ballots.choices, feed.lang)
        if key == feed.key:
            return
        self._hub.move(feed, key)
        feed.offer(self.snapshot(key))

    def _catch_up(self) -> None:
        for feed in self._hub.caught_up():
            feed.offer(self.snapshot(feed.key))

    def _forget(self, role: Role) -> None:
        watched = set(self._hub.keys(role))
        for key in [key for key in self._trees if key.role is role and key not in watched]:
            del self._trees[key]
            self._snapshots.pop(key, None)

    def heartbeat(self) -> Frame:
        """A frame without content: the server's time, and that it is there."""
        return Frame(json.dumps({"now": self._arena.clock.now()}).encode())

    def _heartbeat(self) -> None:
        frame = self.heartbeat()
        for role in INTERVALS:
            for key in self._hub.keys(role):
                self._hub.publish(key, frame)
