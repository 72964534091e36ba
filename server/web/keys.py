"""Which picture of the room a connection gets. Connections with equal keys share one encoded frame."""

from dataclasses import dataclass

from server.domain.actors import Role


@dataclass(frozen=True, slots=True)
class StageKey:
    role = Role.STAGE


@dataclass(frozen=True, slots=True)
class OrganiserKey:
    role = Role.ORGANISER


@dataclass(frozen=True, slots=True)
class FinalistKey:
    finalist: str
    role = Role.FINALIST


@dataclass(frozen=True, slots=True)
class ExpertKey:
    expert: str
    role = Role.EXPERT


@dataclass(frozen=True, slots=True)
class PhoneKey:
    """`order`: one of the shared orders of the round; `choice`: the finalist voted for, or the stars given."""

    order: int = 0
    choice: str | tuple[tuple[str, int], ...] = ""
    lang: str = "en"
    role = Role.AUDIENCE


Key = StageKey | OrganiserKey | FinalistKey | ExpertKey | PhoneKey
