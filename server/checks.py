"""What the readiness board checks, put together from the parts of a running server."""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from server.arena.engines import Engine, Health
from server.arena.proof import Proof
from server.arena.readiness import Result, Task
from server.domain.event import Event, JudgeSeat
from server.settings import Settings

LEAST_FREE_MB = 500


Canaries = Callable[[str], Awaitable[tuple[bool, str]]]


def checks(
    event: Event,
    engines: Sequence[Engine],
    judges: Sequence[JudgeSeat],
    canaries: Canaries,
    settings: Settings,
    proof: Proof,
) -> list[Task]:
    """One task per row of the board. `engines`: the serving one, then the spares. `judges`: as this server has them
    now; `canaries`: of a judge, by its name.
    """
    serving, *spares = engines
    tasks = [Task("engine", f"Engine ({serving.name})", lambda: _engine(serving, proof))]
    tasks += [_adapter(event, number, serving, proof) for number in range(len(event.finalists))]
    tasks += [_spare(event, number, spare, proof) for number, spare in enumerate(spares, 1)]
    here = {seat.name: seat for seat in judges}
    tasks += [
        Task(f"judge-{seat.name}", f"LLM judge: {seat.label}", _judge(seat, here.get(seat.name), canaries))
        for seat in event.judges
    ]
    tasks.append(Task("address", "Public address", lambda: _address(settings)))
    tasks.append(Task("disk", "Disk", _disk))
    return tasks


async def _engine(engine: Engine, proof: Proof) -> Result:
    health = await engine.health()
    if not health.ok:
        return Result("red", health.message, "Restart the engine, then probe again.")
    await proof.look_at_base(engine)
    return _standing(health)


def _standing(health: Health) -> Result:
    """Of an engine that can answer."""
    if health.whole:
        return Result("green", health.message)
    return Result("amber", health.message, "The show goes on with what is left. Bring back what is named here.")


def _adapter(event: Event, number: int, engine: Engine, proof: Proof) -> Task:
    finalist = event.finalists[number]
    return Task(
        f"adapter-{finalist.id}",
        f"Model of {finalist.name}",
        lambda: proof.look_at(engine, finalist, event.finalists),
    )


def _spare(event: Event, number: int, engine: Engine, proof: Proof) -> Task:
    """A spare is ready when it answers with the first finalist's adapter."""

    async def run() -> Result:
        health = await engine.health()
        if not health.ok or not event.finalists:
            return _standing(health) if health.ok else Result("amber", health.message, "Restart the spare.")
        found = await proof.look_at(engine, event.finalists[0], ())
        return found if health.whole or found.level != "green" else _standing(health)

    return Task(f"engine-spare-{number}", f"Spare engine {number} ({engine.name})", run)


def _judge(frozen: JudgeSeat, here: JudgeSeat | None, canaries: Canaries) -> Callable[[], Awaitable[Result]]:
    async def run() -> Result:
        if here is None:
            remedy = "Set FINALE_JUDGES or FINALE_JUDGE as when the event was made, or make the event again."
            return Result("red", "not on this server: it would abstain in every round", remedy)
        if differs(frozen, here):
            remedy = "Set its model, protocol and orders back, or make the event again."
            words = f"its prompt or settings are not those frozen with the event ({_versions(frozen, here)})"
            return Result("red", words, remedy)
        ok, message = await canaries(frozen.name)
        if not ok:
            return Result("amber", message, "Use another judge, or let its weight be 0.")
        return _warned(frozen, message)

    return run


def differs(frozen: JudgeSeat, here: JudgeSeat) -> bool:
    """Whether a server's judge is not the one that was frozen with the event."""
    return bool(frozen.prompt_sha256 and here.prompt_sha256) and frozen.prompt_sha256 != here.prompt_sha256


def _versions(frozen: JudgeSeat, here: JudgeSeat) -> str:
    return f"{here.prompt_sha256[:8]}, not {frozen.prompt_sha256[:8]}"


def _warned(seat: JudgeSeat, message: str) -> Result:
    """Green, or amber with what an organiser should think twice about."""
    words, remedies = [message], []
    if seat.kin:
        family = f"the family {seat.family}" if seat.family else "the family"
        words.append(f"It belongs to {family} of the models that it judges.")
        remedies.append("Judges prefer their own family: add a judge of another, or give this one a small weight.")
    if seat.is_measured_otherwise:
        words.append("Its calibration card is of other prompts or settings.")
        remedies.append("Calibrate it again as it is used now: `finale judge calibrate`.")
    return Result("amber" if remedies else "green", " ".join(words), " ".join(remedies))


async def _address(settings: Settings) -> Result:
    host = urlsplit(settings.base_url).hostname or ""
    if host in ("127.0.0.1", "localhost", "::1"):
        remedy = (
            "Phones in the hall cannot reach it: start with --host 0.0.0.0 and --public-url http://THIS-MACHINE:PORT."
        )
        return Result("amber", f"{settings.base_url} works on this machine only", remedy)
    return Result("green", f"{settings.base_url}: try the QR code with one phone")


async def _disk() -> Result:
    free_mb = shutil.disk_usage(Path.cwd()).free // 2**20
    if free_mb < LEAST_FREE_MB:
        return Result("red", f"{free_mb} MB free", "Free some space: a full disk stops votes from being saved.")
    return Result("green", f"{free_mb / 1024:.0f} GB free")
