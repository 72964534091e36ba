"""Words and figures that the stage and the organiser's desk share."""

from fractions import Fraction

from server.domain.rules import Component
from server.domain.standings import TieRule
from server.web.screens._outcome import in_points

COMPONENT_WORDS = {
    Component.LLM: "LLM judge",
    Component.EXPERTS: "Experts",
    Component.AUDIENCE: "Audience",
}

TIE_WORDS = {
    TieRule.TOTAL: "",
    TieRule.EXPERTS: "tie decided by the experts' marks",
    TieRule.LLM: "tie decided by the LLM judge's marks",
    TieRule.AUDIENCE: "tie decided by the audience",
    TieRule.ROUNDS_WON: "tie decided by rounds won",
    TieRule.LOT: "tie decided by lot, from the published seed",
}


def signed(value: Fraction) -> str:
    """A difference with its sign and two places."""
    return f"{'+' if value >= 0 else '−'}{in_points(abs(value))}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 vote`, `212 votes`, `1,024 votes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ordinal(place: int) -> str:
    """1st, 2nd, 3rd, 4th."""
    return f"{place}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(place, 'th') }"


def bare(url: str) -> str:
    """An address as one reads it aloud: without the scheme and a closing slash."""
    return url.removeprefix("https://").removeprefix("http://").rstrip("/")
