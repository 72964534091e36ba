"""One LLM judge as it was frozen with the event: who it is, what it weighs, and every word of what it is asked."""

from dataclasses import dataclass
from fractions import Fraction

from server.domain.event import JudgeSeat
from server.domain.state import EventState
from server.web.screens._results_words import counted


@dataclass(frozen=True, slots=True)
class SheetView:
    """`facts`: (name, words) about the judge. `warning`: why to look twice at its marks. `templates`: its prompts."""

    label: str
    demo: bool
    warning: str
    facts: tuple[tuple[str, str], ...]
    templates: tuple[tuple[str, str], ...]
    sha256: str


def sheets(state: EventState) -> tuple[SheetView, ...]:
    """Every judge of the event."""
    return tuple(sheet(state, seat) for seat in state.event.judges)


def sheet(state: EventState, seat: JudgeSeat) -> SheetView:
    """One judge of the event."""
    facts = [("Model", seat.model), ("Family", seat.family), *_settings(seat), ("Weight", _weight(state, seat))]
    facts.append(("Calibration", _card(seat)))
    warning = "It belongs to the family of the models that it judges; judges tend to prefer their own." * seat.kin
    shown = tuple((name, words) for name, words in facts if words)
    return SheetView(seat.label, seat.demo, warning, shown, tuple(seat.templates.items()), seat.prompt_sha256)


def _settings(seat: JudgeSeat) -> list[tuple[str, str]]:
    known = {"model"}  # said above
    return [(name.capitalize(), words) for name, words in sorted(seat.settings.items()) if name not in known]


def _weight(state: EventState, seat: JudgeSeat) -> str:
    whole = sum((one.weight for one in state.event.judges), Fraction(0))
    if len(state.event.judges) < 2 or not whole:
        return "the only judge"
    share = f"{float(100 * seat.weight / whole):.1f} % of the judges’ part"
    return f"{share} ({_decimal(seat.weight)}{' by its calibration' if seat.card else ''})"


def _decimal(weight: Fraction) -> str:
    return f"{float(weight):.3f}".rstrip("0").rstrip(".")


def _card(seat: JudgeSeat) -> str:
    card = seat.card
    if card is None:
        return ""
    ends = f"{float(100 * card.low):.1f} to {float(100 * card.high):.1f} %"
    found = f"orders {float(100 * card.accuracy):.1f} % of {counted(card.pairs, 'pair')} as people do (95 %: {ends})"
    otherwise = ", measured with other prompts or settings" if seat.is_measured_otherwise else ""
    return f"{found}{otherwise}; card {card.sha256[:12]}"
