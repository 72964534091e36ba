"""Where two JSON trees first differ, by path, in words that a reader of the file understands."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from server.domain.bundle_text import parse_fraction
from server.domain.mark_parsing import shown

_MISSING = object()
_WHO = ("judge", "expert", "finalist")
_LABELS = ("key", "id", "number")
_MOST_CHARACTERS = 200


def first_difference(claimed: object, recomputed: object, path: str) -> str | None:
    """The first place where the file does not say what was recomputed; None when it says all of it.

    The file may have more fields than were recomputed. Fractions are compared by value.
    """
    return next(_differences(claimed, recomputed, path), None)


def _differences(claimed: object, recomputed: object, path: str) -> Iterator[str]:
    if isinstance(recomputed, Mapping):
        members = claimed if isinstance(claimed, Mapping) else {}
        if claimed is not members:
            yield _says(path, claimed, recomputed)
            return
        for key, value in recomputed.items():
            yield from _differences(members.get(key, _MISSING), value, f"{path}.{key}" if path else str(key))
    elif isinstance(recomputed, list):
        yield from _list_differences(claimed, recomputed, path)
    elif not _same(claimed, recomputed):
        yield _says(path, claimed, recomputed)


def _list_differences(claimed: object, recomputed: Sequence[object], path: str) -> Iterator[str]:
    if not isinstance(claimed, list):
        yield _says(path, claimed, recomputed)
        return
    for index, (mine, theirs) in enumerate(zip_longest(claimed, recomputed, fillvalue=_MISSING)):
        place = f"{path}[{_label(theirs if theirs is not _MISSING else mine, index)}]"
        if mine is _MISSING or theirs is _MISSING:
            yield _says(place, mine, theirs)
        else:
            yield from _differences(mine, theirs, place)


def _label(item: object, index: int) -> object:
    """Rows about people are named by them, others by their own name or their place."""
    if not isinstance(item, Mapping):
        return index
    people = ", ".join(shown(item[key]).strip("'") for key in _WHO if key in item)
    return people or next((shown(item[key]).strip("'") for key in _LABELS if key in item), index)


def _same(claimed: object, recomputed: object) -> bool:
    if type(claimed) is type(recomputed) and claimed == recomputed:
        return True
    if not isinstance(claimed, str) or not isinstance(recomputed, str):
        return False
    value = parse_fraction(recomputed)
    return value is not None and parse_fraction(claimed) == value


def _says(path: str, claimed: object, recomputed: object) -> str:
    return f"{path}: file says {_in_words(claimed)}, recomputed {_in_words(recomputed)}"


def _in_words(value: object) -> str:
    if value is _MISSING:
        return "nothing"
    if value is None:
        return "null (absent)"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return value[:_MOST_CHARACTERS] if isinstance(value, str) else shown(value)
