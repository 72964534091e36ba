"""The page of engines: the order in which they step in, and what each wrote last."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.arena.room import Room

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class EngineCard:
    """`state`: good, warn or bad, as readiness lines are drawn. `log`: its last lines, oldest first."""

    name: str
    state: str
    words: str
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnginesPage:
    event: str
    engines: tuple[EngineCard, ...]


def engines_page(room: Room, logs: Sequence[Sequence[str]]) -> EnginesPage:
    """`logs`: of the engines of `room`, in their order."""
    serving = next((number for number, engine in enumerate(room.engines) if not engine.resting), None)
    cards = []
    for number, (engine, lines) in enumerate(zip(room.engines, logs, strict=True)):
        state, words = ("good", "serves now") if number == serving else ("good", "stands by")
        if engine.resting:
            state, words = ("bad" if serving is None else "warn"), f"rests: {engine.why}"
        cards.append(EngineCard(engine.name, state, words, tuple(lines)[-MOST_LINES:]))
    return EnginesPage(room.state.event.name, tuple(cards))
