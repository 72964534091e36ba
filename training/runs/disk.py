"""Writing a page or a table at one stroke, so that a reader never sees half of it."""

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put `text` in place as UTF-8; what was there is replaced, or, if that fails, left as it was. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(text.encode("utf-8", "replace"))
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
