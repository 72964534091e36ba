"""What the shelf knows of an adapter that it accepted: one small JSON file beside the weights."""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from models.adapters import AdapterRefused, engine_name

RECORD = "accepted.json"


@dataclass(frozen=True, slots=True)
class Record:
    """`sha256`: of the weights. `bytes`: of the weights. `received_ms`: when it was handed in last, epoch ms.

    `file_name`: as it was handed in. `title`: what its card calls it, "" without one.
    """

    finalist: str
    sha256: str
    rank: int
    bytes: int
    base_sha256: str
    received_ms: int
    file_name: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        """The name it is served under: finalist and content hash."""
        return engine_name(self.finalist, self.sha256)


def write_record(folder: Path, record: Record) -> None:
    """Write the record at one stroke, on the disk when this returns."""
    part = folder / f".{RECORD}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(asdict(record), file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / RECORD)


def read_record(folder: Path) -> Record:
    """The record in `folder`. Raises AdapterRefused if there is none that can be read."""
    try:
        data = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        known = {field.name: field.type for field in fields(Record)}
        record = Record(**{name: known[name](data[name]) for name in known if name in data})  # type: ignore[operator]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise AdapterRefused(f"The record of {folder.name} on the shelf cannot be read; hand it in again.") from error
    if record.name != folder.name:
        raise AdapterRefused(f"The record in {folder.name} on the shelf speaks of {record.name}; hand it in again.")
    return record
