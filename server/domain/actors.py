"""Who is acting or asking: a role, and which one of them."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Everybody in the room, and the system itself (clock, engine, judges)."""

    ORGANISER = "organiser"
    FINALIST = "finalist"
    EXPERT = "expert"
    AUDIENCE = "audience"
    STAGE = "stage"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """One person or screen; `id` is the finalist's, expert's, voter's or link's own key."""

    role: Role
    id: str = ""


SYSTEM = Actor(Role.SYSTEM)
ORGANISER = Actor(Role.ORGANISER, "organiser")
