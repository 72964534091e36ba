"""The organiser's right side: readiness, people and their links, the way in for phones, bots, the log of acts."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from server.arena.room import Check, Room
from server.domain.event import LETTERS
from server.domain.state import EventState
from server.web.regions import Region
from server.web.screens._models import ModelView, model_of
from server.web.screens._results_acts import ActView, act_views
from server.web.screens._stage_shell import Join, join_of
from server.web.screens._stage_words import counted

SEVERITY = ("red", "amber", "grey", "green")
STATES = {"red": "bad", "amber": "warn", "grey": "unknown", "green": "good"}
MOST_ACTS = 60


@dataclass(frozen=True, slots=True)
class CheckRow:
    """`state`: good, warn, bad or unknown, as the readiness line draws it."""

    key: str
    label: str
    state: str
    words: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Board:
    """`differs`: some adapter does not answer as recorded, which the organiser may have caused on purpose."""

    title: str
    problems: tuple[CheckRow, ...]
    fine: tuple[CheckRow, ...]
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """`lane`: -1 for people without one. `role` and `who`: as a fresh link is asked for. `model`: a finalist's."""

    role: str
    who: str
    name: str
    lane: int
    connected: bool
    words: str
    model: ModelView | None = None


@dataclass(frozen=True, slots=True)
class People:
    finalists: tuple[Person, ...]
    experts: tuple[Person, ...]
    screens: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Phones:
    words: str


@dataclass(frozen=True, slots=True)
class Bots:
    words: str
    finalists: int
    experts: int
    phones: int
    organiser: bool
    most_finalists: int
    most_experts: int


@dataclass(frozen=True, slots=True)
class Acts:
    """`at` of a row is the organiser's own time of day, not UTC as in the results."""

    rows: tuple[ActView, ...]


def readiness(room: Room) -> Region:
    """The region `org-ready`: problems first, each with its remedy."""
    checks = sorted((*_service(room), *_presence(room), *room.checks), key=lambda check: SEVERITY.index(check.level))
    rows = tuple(CheckRow(c.key, c.label, STATES[c.level], c.detail, c.remedy) for c in checks)
    problems = tuple(row for row in rows if row.state in ("bad", "warn"))
    fine = tuple(row for row in rows if row.state not in ("bad", "warn"))
    bad = sum(row.state == "bad" for row in problems)
    words = [counted(bad, "problem")] if bad else []
    words += [f"{len(problems) - bad} to look at"] if len(problems) > bad else []
    differs = any(check.may_record for check in checks)
    return Region("org-ready", "organise/ready.html", Board(" · ".join(words) or "All ready", problems, fine, differs))


def _service(room: Room) -> tuple[Check, ...]:
    """Which engine serves now; nothing to say while the first one does."""
    resting = [engine for engine in room.engines if engine.resting]
    if not resting:
        return ()
    words = "; ".join(f"{engine.name} rests: {engine.why}" for engine in resting)
    serving = next((engine.name for engine in room.engines if not engine.resting), None)
    if serving is None:
        remedy = "Nothing to press: attempts wait, and go on as soon as an engine answers. Restart it if it does not."
        return (Check("service", "No engine answers", "red", words, remedy),)
    remedy = "It comes back by itself when a probe goes well. Its log says more."
    return (Check("service", f"{serving} serves instead", "amber", words, remedy),)


def _presence(room: Room) -> tuple[Check, ...]:
    event, here = room.state.event, room.presence
    lanes = {f.id: f"{LETTERS[i]} {f.name}" for i, f in enumerate(event.finalists)}
    experts = {x.id: x.name for x in event.experts}
    return (
        _seats("finalists", "Finalists", lanes, here.finalists),
        _seats("experts", "Experts", experts, here.experts),
        Check("stages", "Stage screen", "green", counted(here.stages, "screen"))
        if here.stages
        else Check("stages", "Stage screen", "red", "not connected", "Open the stage link on the projector's machine."),
    )


def _seats(key: str, label: str, seats: dict[str, str], here: frozenset[str]) -> Check:
    missing = [name for who, name in seats.items() if who not in here]
    words = f"{len(seats) - len(missing)} of {len(seats)} connected"
    if not missing:
        return Check(key, label, "green", words)
    return Check(key, label, "amber", words, f"Missing: {', '.join(missing)}. Hand out a fresh link, or seat a bot.")


def people(room: Room) -> Region:
    """The region `org-people`."""
    event, here = room.state.event, room.presence
    finalists = tuple(
        replace(_person("finalist", f.id, f.name, lane, f.id in here.finalists), model=model_of(room, f))
        for lane, f in enumerate(event.finalists)
    )
    experts = tuple(_person("expert", x.id, x.name, -1, x.id in here.experts) for x in event.experts)
    screens = (
        Person("stage", "stage", "Stage screen", -1, here.stages > 0, f"{here.stages} connected"),
        Person("organiser", "organiser", "Organiser", -1, here.organisers > 0, f"{here.organisers} connected"),
    )
    return Region("org-people", "organise/people.html", People(finalists, experts, screens))


def _person(role: str, who: str, name: str, lane: int, connected: bool) -> Person:
    return Person(role, who, name, lane, connected, "connected" if connected else "not connected")


def join(room: Room) -> Region:
    """The region `org-join` with the leaf `org-phones`."""
    view: Join = join_of(room)
    words = f"{counted(room.presence.phones, 'phone')} in"
    return Region("org-join", "organise/join.html", view, (Region("org-phones", "stage/phones.html", Phones(words)),))


def bots(room: Room) -> Region:
    """The region `org-bots`: autopilot for empty seats."""
    seated = {kind: number for kind, number in room.bots.items() if number and kind != "organiser"}
    words = ", ".join(counted(number, kind.rstrip("s")) for kind, number in seated.items())
    view = Bots(
        words=f"Bots play {words}." if words else "No bots. They take empty seats only.",
        finalists=room.bots.get("finalists", 0),
        experts=room.bots.get("experts", 0),
        phones=room.bots.get("phones", 0),
        organiser=bool(room.bots.get("organiser", 0)),
        most_finalists=len(room.state.event.finalists),
        most_experts=len(room.state.event.experts),
    )
    return Region("org-bots", "organise/bots.html", view)


def acts(state: EventState) -> Region:
    """The region `org-acts`: every act with its reason, the newest first."""
    newest = zip(state.acts[::-1], act_views(state)[::-1], strict=True)
    rows = tuple(replace(view, at=_local(act.at)) for act, view in islice(newest, MOST_ACTS))
    return Region("org-acts", "organise/acts.html", Acts(rows))


def _local(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).strftime("%H:%M:%S")
