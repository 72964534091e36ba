"""Numbers and words of the results page. Shown rounded to three places; the exact fraction goes along."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from server.domain.event import Event
from server.domain.rules import Component
from server.domain.standings import TieRule

PLACES = 3
LABELS = {Component.LLM: "LLM judge", Component.EXPERTS: "Experts", Component.AUDIENCE: "Audience"}
SPOKEN = {Component.LLM: "the LLM judge", Component.EXPERTS: "the experts", Component.AUDIENCE: "the audience"}
TIE_BROKEN_BY = {
    TieRule.TOTAL: "",
    TieRule.EXPERTS: "level on points, ahead by the experts’ marks",
    TieRule.LLM: "level on points and with the experts, ahead by the LLM judge’s marks",
    TieRule.AUDIENCE: "level on points, experts and LLM judge, ahead by the audience",
    TieRule.ROUNDS_WON: "level on all marks, ahead by rounds won",
    TieRule.LOT: "level in everything, placed by the lot from the published seed",
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number to show: `text` is rounded, `exact` is the fraction in lowest terms."""

    text: str
    exact: str
    is_rounded: bool


def number(value: Fraction, signed: bool = False) -> Number:
    """Three places, half away from zero; with a sign where a difference is meant."""
    scaled = (abs(value) * 2 * 10**PLACES + 1) // 2
    whole, rest = divmod(scaled, 10**PLACES)
    minus = value < 0 and scaled > 0
    sign = "−" if minus else "+" if signed else ""
    is_rounded = Fraction(scaled, 10**PLACES) != abs(value)
    return Number(f"{sign}{whole}.{rest:0{PLACES}d}", str(value), is_rounded)


def maybe(value: Fraction | None) -> Number | None:
    """The number, or None where the part was absent."""
    return None if value is None else number(value)


def percent(share: float) -> float:
    """A share of one as a per cent with one place, never outside 0 to 100: the length of a bar."""
    return round(100 * min(1.0, max(0.0, share)), 1)


def counted(many: int, one: str, more: str = "") -> str:
    """`1 vote`, `212 votes`, `1,024 votes`."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def ordinal(place: int) -> str:
    """1st, 2nd, 3rd, 4th."""
    return f"{place}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(place, 'th') }"


def listed(names: list[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def seconds(ms: int | None) -> str:
    """Milliseconds as seconds with one place; empty where unknown."""
    return "" if ms is None else f"{ms / 1000:.1f} s"


def whole(text: str) -> str:
    """Half a character, where a stream was cut inside one, becomes a question mark; Markdown cannot read it."""
    return text.encode("utf-8", "replace").decode()


def utc(at_ms: int) -> tuple[str, str]:
    """A moment for the `datetime` attribute and for the eye, both in UTC."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.strftime("%H:%M:%S")


def day(at_ms: int) -> str:
    """The date in UTC: `22 November 2026`."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"


def named(text: str, event: Event) -> str:
    """A journal's words with names for the ids of people."""
    people = {f.id: f.name for f in event.finalists} | {x.id: x.name for x in event.experts}
    words = (re.fullmatch(r"(.*?)(:?)", word, re.DOTALL) for word in text.split(" "))
    return " ".join(people.get(found[1], found[1]) + found[2] for found in words if found)
