"""Writing so that a crash or a full disk leaves the last good thing: whole files, flushed, put in place by a rename."""

import errno
import os
from pathlib import Path

from safetensors import SafetensorError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WRITERS = ("PytorchStreamWriter", "file write failed", "unexpected pos", "No space left", "File too large")


def replace_with(path: Path, data: bytes, part: Path) -> None:
    """Make `path` hold `data` at one stroke, by way of `part` on the same disk. Raises OSError."""
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def flush(folder: Path) -> None:
    """Have every file under `folder` on the disk."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_about_writing(error: BaseException) -> bool:
    """Whether an error came from writing a file: PyTorch and safetensors have no class of their own for that."""
    return isinstance(error, OSError | SafetensorError) or any(word in str(error) for word in _WRITERS)


def in_words(error: BaseException) -> str:
    """What went wrong with the disk."""
    full = isinstance(error, OSError) and error.errno in _FULL
    if full or any(word in str(error) for word in _WRITERS):
        return "the disk is full, or a file grew over its limit"
    return str(error) or type(error).__name__
