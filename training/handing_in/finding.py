"""Where the adapter is that somebody names: a run's folder, its own folder, or an archive. Nothing in it is checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from models.adapters import WEIGHTS
from models.intake.unpacking import is_archive, unpacked
from training.handing_in.errors import HandingInRefused
from training.places import DEMO_BASE
from training.runs.record import RECORD, RunRecord, read_record

ADAPTER = "adapter"
"""Where a run keeps the adapter it would hand in."""


@dataclass(frozen=True, slots=True)
class Found:
    """An adapter's folder, a short name for it, and the run that made it where that is known."""

    name: str
    folder: Path
    run: RunRecord | None


@contextmanager
def found(place: Path) -> Iterator[Found]:
    """The adapter at `place`; an archive is unpacked for as long as the context lasts.

    Raises HandingInRefused, AdapterRefused, RunBroken.
    """
    if not place.exists():
        raise HandingInRefused(f"There is no {place}; give a run's folder, an adapter's folder or an archive of one.")
    if is_archive(place):
        with TemporaryDirectory(prefix="finale-") as folder:
            yield Found(place.name.split(".")[0], unpacked(place, Path(folder)), None)
    elif (place / RECORD).exists() and not (place / WEIGHTS).exists():  # a demo adapter has its record beside it
        yield of_run(place)
    else:
        resolved = place.resolve()
        yield Found((resolved.parent if resolved.name == ADAPTER else resolved).name, place, None)


def of_run(run: Path) -> Found:
    """The adapter that a run has kept so far. Raises HandingInRefused when there is none, RunBroken."""
    record = read_record(run)
    if not (run / ADAPTER).is_dir():
        why = f" ({record.reason})" if record.reason else ""
        raise HandingInRefused(f"The run in {run} is {record.status}{why} and has kept no adapter; train it first.")
    return Found(record.name, run / ADAPTER, record)


def base_of(given: Path | None, run: RunRecord | None) -> Path:
    """The folder of the base: as given, else as the run knows it, else the demo's. Raises HandingInRefused."""
    if given is not None or run is None:
        return given or DEMO_BASE
    place = Path(run.base.path)
    if not place.is_dir():
        raise HandingInRefused(
            f"The run {run.name} was trained on the base in {place}, which is not there; give its folder with --base."
        )
    return place


def check_same_base(run: RunRecord | None, sha256: str, base: Path) -> None:
    """Raise HandingInRefused if the run was trained on another base than the one whose hash is given."""
    if run is not None and run.base.sha256 != sha256:
        raise HandingInRefused(
            f"The run {run.name} was trained on another base than the one in {base}; give that one with --base, or "
            "train again."
        )
