"""Whether an adapter may be served: the checks that run before any engine sees a file (and before torch does).

`describe_base` reads what the base expects, `check_adapter` holds a folder against it and raises AdapterRefused with
one sentence. Unpacking uploads and keeping a catalogue are not done here.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.adapter_settings import AdapterRefused, Settings, read_settings
from models.tensorfile import Header, TensorFileBroken, has_only_finite_values, read_header

__all__ = [
    "AdapterFacts",
    "AdapterLimits",
    "AdapterRefused",
    "BaseFacts",
    "check_adapter",
    "describe_base",
    "engine_name",
]

WEIGHTS, SETTINGS = "adapter_model.safetensors", "adapter_config.json"
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})
DTYPES = ("F32", "F16", "BF16")
BASE_HASH_KEY = "base_sha256"
"""Where an adapter's safetensors metadata may name the base it was trained on."""

_KEY = re.compile(r"base_model\.model\.(?P<module>[A-Za-z0-9_.]+)\.lora_(?P<side>[AB])\.weight")


@dataclass(frozen=True, slots=True)
class AdapterLimits:
    """What the engine was started for: highest rank, and bytes of one adapter's weights."""

    max_rank: int = 64
    max_bytes: int = 2 * 2**30


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """A base model's identity and its linear layers: module path to (out, in)."""

    sha256: str
    linear: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class AdapterFacts:
    """What a checked adapter is: SHA-256 of its weights file, rank, module names it adapts, bytes."""

    sha256: str
    rank: int
    target_modules: tuple[str, ...]
    bytes: int


def engine_name(adapter_id: str, sha256: str) -> str:
    """The name an engine serves an adapter under: unique per upload, so that no cache keyed by name goes stale."""
    return f"{adapter_id}@{sha256[:12]}"


def describe_base(folder: Path) -> BaseFacts:
    """Read the base's safetensors headers. Raises AdapterRefused when the folder holds no sound base model."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise AdapterRefused(f"There is no safetensors base model in {folder}; check the catalogue's base path.")
    stats = [(file, file.stat()) for file in files]
    return _described(tuple((file, stat.st_size, stat.st_mtime_ns) for file, stat in stats))


@lru_cache(maxsize=4)
def _described(files: tuple[tuple[Path, int, int], ...]) -> BaseFacts:
    """By file, size and time of change: hashing sixteen gigabytes twice at a start is ten seconds more of waiting."""
    shapes = {name: place.shape for file, _, _ in files for name, place in _header(file).tensors.items()}
    linear = {name.removesuffix(".weight"): shape for name, shape in shapes.items() if _is_linear(name, shape)}
    return BaseFacts(_joint_hash([file for file, _, _ in files]), {name: (s[0], s[1]) for name, s in linear.items()})


def check_adapter(folder: Path, base: BaseFacts, *, limits: AdapterLimits, inside: Path) -> AdapterFacts:
    """Check the adapter in `folder`, which must lie inside the folder `inside`. Raises AdapterRefused."""
    _check_place(folder, inside)
    weights = folder / WEIGHTS
    if (size := weights.stat().st_size) > limits.max_bytes:
        raise AdapterRefused(
            f"The weights take {size:,} bytes, above the limit of {limits.max_bytes:,}; lower the rank."
        )
    settings = read_settings(folder / SETTINGS)
    _check_rank(settings, limits)
    header = _header(weights)
    _check_base(header, base)
    _check_tensors(header, settings, base)
    _check_values(weights, header)
    return AdapterFacts(_hash(weights), settings.rank, tuple(sorted(settings.target_modules)), size)


def _check_place(folder: Path, inside: Path) -> None:
    if not folder.resolve().is_relative_to(inside.resolve()) or folder.is_symlink():
        raise AdapterRefused(f"The path {folder.name!r} leads out of the adapters' folder; hand in a plain folder.")
    if not folder.is_dir():
        raise AdapterRefused(f"There is no adapter folder {folder.name!r}; check the catalogue's path.")
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink():
            raise AdapterRefused(f"{entry.name!r} is a symbolic link; hand in the file itself.")
        if not entry.is_file():
            raise AdapterRefused(f"{entry.name!r} is not a plain file; hand in the adapter's files alone.")
        if entry.suffix.lower() in PICKLES:
            raise AdapterRefused(f"{entry.name!r} is a pickle, which could run code; export as safetensors.")
    for name in (SETTINGS, WEIGHTS):
        if not (folder / name).is_file():
            raise AdapterRefused(f"{name} is missing; hand in the folder that PEFT's save_pretrained wrote.")


def _check_rank(settings: Settings, limits: AdapterLimits) -> None:
    if settings.rank > limits.max_rank:
        raise AdapterRefused(f"The rank is {settings.rank}, above the limit of {limits.max_rank}; train a lower rank.")


def _header(weights: Path) -> Header:
    try:
        return read_header(weights)
    except TensorFileBroken as error:
        raise AdapterRefused(f"{weights.name} is not a sound safetensors file: {error}; export it again.") from error


def _check_base(header: Header, base: BaseFacts) -> None:
    claimed = header.metadata.get(BASE_HASH_KEY)
    if claimed is not None and claimed != base.sha256:
        raise AdapterRefused("The adapter was trained on another base model; train it on the event's base.")


def _check_tensors(header: Header, settings: Settings, base: BaseFacts) -> None:
    modules = dict(_sides(header))
    if not modules:
        raise AdapterRefused("The weights hold no LoRA tensors; export the adapter again with PEFT.")
    for module, sides in modules.items():
        _check_module(module, sides, settings, base)
    for target in sorted(settings.target_modules):
        if not any(_is_named(module, target) for module in modules):
            raise AdapterRefused(f"target_modules names {target!r}, but the weights adapt no such layer; export again.")


def _sides(header: Header) -> Iterator[tuple[str, dict[str, tuple[int, ...]]]]:
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, place in header.tensors.items():
        if (match := _KEY.fullmatch(key)) is None:
            raise AdapterRefused(f"The weights hold the tensor {key[:120]!r}, which plain LoRA has not; export again.")
        if place.dtype not in DTYPES:
            raise AdapterRefused(f"{key} has type {place.dtype}; use one of {', '.join(DTYPES)}.")
        found.setdefault(match["module"], {})[match["side"]] = place.shape
    yield from found.items()


def _check_module(module: str, sides: Mapping[str, tuple[int, ...]], settings: Settings, base: BaseFacts) -> None:
    if module not in base.linear:
        raise AdapterRefused(f"The base has no linear layer {module!r}; train the adapter on the event's base.")
    if not any(_is_named(module, target) for target in settings.target_modules):
        raise AdapterRefused(f"The weights adapt {module!r}, which target_modules does not name; export again.")
    out, into = base.linear[module]
    wanted = {"A": (settings.rank, into), "B": (out, settings.rank)}
    for side, shape in wanted.items():
        if sides.get(side) != shape:
            given = sides.get(side, "missing")
            raise AdapterRefused(
                f"lora_{side} of {module} is {given}, but this base expects {shape}; train on this base."
            )


def _check_values(weights: Path, header: Header) -> None:
    for name, place in header.tensors.items():
        if not has_only_finite_values(weights, place):
            raise AdapterRefused(f"{name} holds NaN or infinite values; train again with a lower learning rate.")


def _is_named(module: str, target: str) -> bool:
    return module == target or module.endswith(f".{target}")


def _is_linear(name: str, shape: tuple[int, ...]) -> bool:
    return name.endswith(".weight") and ".layers." in name and len(shape) == 2


def _joint_hash(files: list[Path]) -> str:
    """The SHA-256 of one file, or of the files' hashes in order of name when the base is sharded."""
    hashes = [_hash(file) for file in files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
