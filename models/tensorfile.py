"""Reading a safetensors file without trusting it and without torch: its header, and whether its numbers are finite.

Format: 8 bytes little-endian header length, a JSON header {name: {dtype, shape, data_offsets}}, then the data
(github.com/huggingface/safetensors, "Format"). What the tensors should be is not known here.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MAX_HEADER_BYTES = 16 * 2**20
BYTES_PER_VALUE = {"F32": 4, "F16": 2, "BF16": 2, "F64": 8, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


class TensorFileBroken(ValueError):
    """The file is not a sound safetensors file; the message says in what way."""


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """One tensor's type, shape and place in the file, in bytes from its beginning."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Header:
    """Every tensor by name, and the file's own remarks."""

    tensors: Mapping[str, TensorPlace]
    metadata: Mapping[str, str]


def read_header(path: Path) -> Header:
    """The header of `path`, checked against the file's size. Raises TensorFileBroken or OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
            raise TensorFileBroken("its header length is impossible")
        entries = _parsed(file.read(length))
    metadata = entries.pop("__metadata__", {})
    tensors = {name: _place(name, entry, 8 + length, size) for name, entry in entries.items()}
    _check_is_filled(tensors, 8 + length, size)
    return Header(tensors, {str(key): str(value) for key, value in dict(metadata).items()})


def has_only_finite_values(path: Path, place: TensorPlace) -> bool:
    """Whether a floating-point tensor holds no NaN and no infinity."""
    kind = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}[place.dtype]
    values = np.fromfile(path, dtype=kind, count=math.prod(place.shape), offset=place.start)
    if place.dtype == "BF16":
        # bfloat16 is float32's upper half: an exponent of all ones means NaN or infinity.
        return bool(((values & 0x7F80) != 0x7F80).all())
    return bool(np.isfinite(values).all())


def _parsed(header: bytes) -> dict[str, Any]:
    try:
        entries = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise TensorFileBroken("its header is not JSON") from error
    if not isinstance(entries, dict) or not isinstance(entries.get("__metadata__", {}), dict):
        raise TensorFileBroken("its header is not a table of tensors")
    return entries


def _place(name: str, entry: Any, data_start: int, size: int) -> TensorPlace:
    try:
        dtype, shape = str(entry["dtype"]), tuple(int(length) for length in entry["shape"])
        start, stop = (data_start + int(offset) for offset in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise TensorFileBroken(f"the entry of {name!r} is incomplete") from error
    if dtype not in BYTES_PER_VALUE:
        raise TensorFileBroken(f"{name!r} has the unknown type {dtype!r}")
    if min(shape, default=1) < 0 or stop - start != math.prod(shape) * BYTES_PER_VALUE[dtype]:
        raise TensorFileBroken(f"the size of {name!r} does not fit its shape")
    if not data_start <= start <= stop <= size:
        raise TensorFileBroken(f"{name!r} lies outside the file")
    return TensorPlace(dtype, shape, start, stop)


def _check_is_filled(tensors: Mapping[str, TensorPlace], data_start: int, size: int) -> None:
    """Every byte belongs to one tensor, as the format asks: nothing can hide between them or after the last."""
    end = data_start
    for name, place in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)):
        if place.start != end:
            raise TensorFileBroken(f"{name!r} overlaps another tensor" if place.start < end else _STRAY)
        end = place.stop
    if end != size:
        raise TensorFileBroken(_STRAY)


_STRAY = "it holds bytes that belong to no tensor"
