"""What a live socket says, read as far as a player needs it: where the round is, and the fields of the forms."""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_PARTIAL = re.compile(r'<hx-partial hx-target="#([^"]+)"[^>]*>(.*?)</hx-partial>', re.DOTALL)
_CONTROL = re.compile(r"<(?:input|button|textarea|select)\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'([\w-]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\'|([^\s"\'>]+))')
_TAG = re.compile(r"<[^>]+>")
_ENTRY = re.compile(r'<section\b[^>]*\bdata-entry="([^"]+)"[^>]*>(.*?)</section>', re.DOTALL)
SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a live socket. Times are epoch milliseconds of the server; `regions`: (element id, HTML)."""

    snapshot: bool = False
    now: int = 0
    phase: str = "upcoming"
    round: str = ""
    ends_at: int | None = None
    paused: bool = False
    regions: tuple[tuple[str, str], ...] = ()

    def is_in(self, phase: str) -> bool:
        """Whether a round is in `phase` and its clock runs."""
        return self.phase == phase and not self.paused

    @property
    def is_voting(self) -> bool:
        """Whether the vote is open: its clock runs."""
        return self.is_in("judging") and self.ends_at is not None


@lru_cache(maxsize=256)
def read(message: str | bytes) -> Frame | None:
    """The frame of a message; None for a heartbeat. Screens with equal messages share the work."""
    told = json.loads(message)
    if not isinstance(told, dict) or "phase" not in told:
        return None
    return Frame(
        snapshot=bool(told.get("snapshot")),
        now=int(told.get("now") or 0),
        phase=str(told["phase"]),
        round=str(told.get("round") or ""),
        ends_at=told.get("ends_at"),
        paused=bool(told.get("paused")),
        regions=tuple(_PARTIAL.findall(told.get("content") or "")),
    )


@lru_cache(maxsize=256)
def controls(markup: str) -> tuple[tuple[str, str], ...]:
    """(name, value) of every form control, in the order of the page."""
    found = []
    for attributes in _CONTROL.findall(markup):
        told = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(attributes)}
        name = told.get("name") or told.get("data-name")  # a slider gets its name when it is touched
        if name:
            found.append((name, told.get("value", "")))
    return tuple(found)


def values(pages: Iterable[str], name: str) -> tuple[str, ...]:
    """The values offered under a control's name, each once, from the first of `pages` that offers any."""
    for page in pages:
        offered = dict.fromkeys(value for found, value in controls(page) if found == name and value)
        if offered:
            return tuple(offered)
    return ()


def names(pages: Iterable[str], prefix: str) -> tuple[str, ...]:
    """What follows `prefix` in the names of controls, each once, from the first of `pages` that has any."""
    for page in pages:
        offered = dict.fromkeys(found.removeprefix(prefix) for found, _ in controls(page) if found.startswith(prefix))
        if offered:
            return tuple(offered)
    return ()


def entries(pages: Iterable[str]) -> dict[str, str]:
    """Finalist → HTML of the answer and its controls, in the order of the first of `pages` that shows any."""
    for page in pages:
        found = dict(_ENTRY.findall(page))
        if found:
            return found
    return {}


def words(markup: str) -> str:
    """The text of some HTML, without its tags."""
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())
