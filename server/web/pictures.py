"""Which picture somebody gets, how it is drawn, and what every frame says beside it."""

import json
from collections.abc import Callable, Mapping

from server.arena.room import Room
from server.domain.actors import Actor, Role
from server.domain.orders import phone_order
from server.domain.state import EventState, Phase
from server.web.keys import ExpertKey, FinalistKey, Key, OrganiserKey, PhoneKey, StageKey
from server.web.regions import Region
from server.web.screens import organise, play, score, stage, vote
from server.web.screens._countdown import ends_at

_BUILDERS: dict[Role, Callable[..., Region]] = {
    Role.STAGE: stage.build,
    Role.ORGANISER: organise.build,
    Role.FINALIST: play.build,
    Role.EXPERT: score.build,
    Role.AUDIENCE: vote.build,
}


def key_of(viewer: Actor, state: EventState, choices: Mapping[str, str], lang: str = "en") -> Key:
    """The key of a viewer's picture."""
    match viewer.role:
        case Role.FINALIST:
            return FinalistKey(viewer.id)
        case Role.EXPERT:
            return ExpertKey(viewer.id)
        case Role.AUDIENCE:
            return _phone_key(viewer.id, state, choices, lang)
        case Role.ORGANISER:
            return OrganiserKey()
    return StageKey()


def _phone_key(voter: str, state: EventState, choices: Mapping[str, str], lang: str) -> PhoneKey:
    round_ = state.current
    if round_ is None or round_.phase not in (Phase.JUDGING, Phase.SEALED, Phase.REVEALED):
        return PhoneKey(lang=lang)
    judging = round_.phase is Phase.JUDGING
    order = phone_order(state.event.seed, round_.key, voter, len(round_.entries)) if judging else 0
    return PhoneKey(order, _choice(choices.get(voter, "")), lang)


def _choice(stored: str) -> str | tuple[tuple[str, int], ...]:
    if not stored.startswith("{"):
        return stored
    stars: dict[str, int] = json.loads(stored)
    return tuple(sorted(stars.items()))


def picture(room: Room, key: Key, now: int) -> Region:
    """The screen for a key, as a tree of regions."""
    return _BUILDERS[key.role](room, key, now)


def meta(state: EventState, key: Key, now: int) -> dict[str, object]:
    """What every frame says beside its content: phase, round, clock."""
    round_ = state.current
    at = ends_at(round_, key.finalist if isinstance(key, FinalistKey) else None) if round_ else None
    remaining = None if at is None or state.paused_at is None else max(0, at - state.paused_at)
    return {
        "now": now,
        "phase": round_.phase.value if round_ else Phase.UPCOMING.value,
        "round": round_.key if round_ else "",
        "ends_at": at,
        "paused": state.is_paused,
        "remaining": remaining,
        "revealed": len(round_.shown) + round_.total_shown if round_ else 0,
        "finished": state.finished_at is not None,
    }
