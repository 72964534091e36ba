"""Writing an audit to a folder: audit.json for machines, audit.md for people, pictures for both."""

import json
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from models.judging.audit.auditing import Audit
from models.judging.audit.pictures import pictures
from models.judging.audit.told import told
from models.judging.statistics.agreement import PairwiseAccuracy
from models.judging.statistics.intervals import Interval

FORMAT = "finale-judge-audit/1"
_DIGITS = 6


def write_audit(audit: Audit, folder: Path) -> tuple[Path, ...]:
    """Write audit.json, audit.md and the pictures into `folder`, made if need be; the paths written.

    The same audit gives the same bytes. Texts of entries are not written. Raises OSError as the folder does.
    """
    drawn = pictures(audit)
    plain = json.dumps({"format": FORMAT} | _plain(audit), ensure_ascii=False, indent=1, allow_nan=False)
    files = {"audit.json": f"{plain}\n".encode(), "audit.md": told(audit, list(drawn)).encode()} | drawn
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in files)


def _plain(value: Any) -> Any:
    """Dataclasses as objects, intervals as {low, high}, fractions as numbers, all rounded to six digits."""
    if isinstance(value, PairwiseAccuracy):
        return {"accuracy": _plain(value.accuracy), "pairs": value.pairs, "same": value.same, "tied": value.tied}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Interval):
        return {"low": _plain(value.low), "high": _plain(value.high)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float | Fraction):
        return round(float(value), _DIGITS)
    return value
