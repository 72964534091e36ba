"""Who answers: the base alone, or the adapter of a run, a folder or an archive; each is checked before it is used.

Nothing is loaded here: an adapter that `models` would refuse never reaches torch.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from models.adapters import AdapterLimits, BaseFacts, check_adapter
from models.protocol import BASE
from training.handing_in.finding import Found, base_of, check_same_base, found
from training.tuning.servable import read_base

_HASH_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Voice:
    """One that answers. `adapter` is its folder, None for the base alone; `sha256` is of the weights that answer."""

    name: str
    adapter: Path | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Voices on one base, in the order in which they were named."""

    base: Path
    base_sha256: str
    voices: tuple[Voice, ...]


@contextmanager
def cast(names: Sequence[str], *, base: Path | None = None, limits: AdapterLimits | None = None) -> Iterator[Cast]:
    """The voices that `names` mean, on `base`, or else on the base of the first run among them, or the demo's.

    A name is "base", a run's folder, an adapter's folder or an archive of one; archives are unpacked for as long as the
    context lasts. Raises HandingInRefused, AdapterRefused, TuningRefused, RunBroken, each in one sentence.
    """
    with ExitStack() as open_:
        adapters = [None if name == BASE else open_.enter_context(found(Path(name))) for name in names]
        place = base_of(base, next((one.run for one in adapters if one is not None and one.run is not None), None))
        facts = read_base(place)
        voices = [_voice(one, place, facts, limits or AdapterLimits()) for one in adapters]
        yield Cast(place, facts.sha256, _told_apart(voices))


def _voice(adapter: Found | None, place: Path, base: BaseFacts, limits: AdapterLimits) -> Voice:
    if adapter is None:
        return Voice(BASE, None, base.sha256)
    check_same_base(adapter.run, base.sha256, place)
    facts = check_adapter(adapter.folder, base, limits=limits, inside=adapter.folder.parent)
    return Voice(adapter.name, adapter.folder, facts.sha256)


def _told_apart(voices: list[Voice]) -> tuple[Voice, ...]:
    """The same voices; those of one name get their hash behind it, and a number where even that is the same."""
    by_hash = [f"{one.name} {one.sha256[:_HASH_SHOWN]}" for one in voices]
    names = [one.name for one in voices]
    longer = [long if names.count(name) > 1 else name for name, long in zip(names, by_hash, strict=True)]
    told = [
        f"{name} ({longer[:place].count(name) + 1})" if longer.count(name) > 1 else name
        for place, name in enumerate(longer)
    ]
    return tuple(replace(voice, name=name) for voice, name in zip(voices, told, strict=True))
