"""What screens say of a finalist's model: what it is called, the beginning of its hash, its rank."""

from dataclasses import dataclass

from server.arena.room import Room
from server.domain.event import Finalist
from server.web.regions import Region

SHOWN = 8


@dataclass(frozen=True, slots=True)
class ModelView:
    """`title`: as its card calls it, else as the engine does; "" for none. `hash`: its first characters."""

    finalist: str
    title: str
    hash: str
    rank: int
    may_replace: bool

    @property
    def words(self) -> str:
        """All of it in one line."""
        parts = (self.title or "no model yet", self.hash, f"rank {self.rank}" if self.rank else "")
        return " · ".join(filter(None, parts))


def model_of(room: Room, finalist: Finalist) -> ModelView:
    """The model that a finalist plays, and whether another may still be handed in."""
    known = (room.models or {}).get(finalist.adapter)
    title = (known.title if known else "") or finalist.adapter.split("@")[0]
    rank = known.rank if known else 0
    may_replace = room.models is not None and not room.state.is_locked
    return ModelView(finalist.id, title, finalist.adapter_sha256[:SHOWN], rank, may_replace)


def own_model(room: Room, finalist: str) -> tuple[Region, ...]:
    """The region `play-model`, in the lobby before the event is locked and nowhere else."""
    view = model_of(room, room.state.event.finalists[room.state.event.lane(finalist)])
    return (Region("play-model", "play/model.html", view),) if view.may_replace else ()
