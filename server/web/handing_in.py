"""Handing in a model, step by step: the one way for the organiser's page, the finalist's and the API."""

from starlette.requests import Request

from server.domain.actors import ORGANISER
from server.domain.commands import Configure
from server.domain.errors import NotFound, Refused, TooLate
from server.domain.event import Finalist
from server.domain.state import EventState
from server.intake import HandedIn, Intake, with_model
from server.web.house import House, house
from server.web.uploads import uploaded


def intake_of(place: House) -> Intake:
    """The server's intake. Raises Refused where models cannot be handed in."""
    if place.intake is None:
        raise Refused("This server takes no models in; start it with `finale serve`.")
    return place.intake


async def hand_in(request: Request, finalist: str) -> tuple[HandedIn, str]:
    """Take the request's file as the model of `finalist`; gives it, and "" or why it is not served yet.

    Raises NotFound, TooLate once the event is locked, Refused with one sentence; then the finalist plays what they
    played before.
    """
    place = house(request)
    intake = intake_of(place)
    _open_for(place.arena.state, finalist)
    with intake.quarantine(_declared(request, intake.most_bytes)) as folder:
        upload = await uploaded(request, folder, intake.most_bytes)
        entry = await intake.receive(finalist, upload.path, upload.name, place.arena.clock.now())
    waiting = await intake.serve(entry.name)
    await _play(place, intake, entry)
    return entry, waiting


def _open_for(state: EventState, finalist: str) -> Finalist:
    found = next((one for one in state.event.finalists if one.id == finalist), None)
    if found is None:
        raise NotFound(f"This event has no finalist {finalist!r}.")
    if state.is_locked:
        plays = found.adapter or "no model"
        raise TooLate(f"The event is locked: its first round was opened. {found.name} plays {plays} to the end.")
    return found


def _declared(request: Request, most: int) -> int:
    """How many bytes to make room for."""
    size = request.headers.get("content-length", "")
    return min(int(size), most) if size.isdigit() else most


async def _play(place: House, intake: Intake, entry: HandedIn) -> None:
    """Name the new model in the event; one change at a time, so that two finalists do not undo each other's."""
    async with intake.changing:
        try:
            before = _open_for(place.arena.state, entry.finalist)
        except TooLate as error:
            raise TooLate(f"{error} The new one is kept on the shelf as {entry.name}.") from error
        event = with_model(place.arena.state.event, entry)
        await place.arena.submit(Configure(event), ORGANISER)
        if before.adapter and before.adapter not in {one.adapter for one in event.finalists}:
            await intake.withdraw(before.adapter)
    if intake.engines_are_up:  # else everything is tried once they are
        place.probe_again((f"adapter-{entry.finalist}", "shelf"))
