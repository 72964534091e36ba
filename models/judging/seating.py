"""From judges.toml, or what stands for it, to judges of a finale, with shared addresses, weights, cards and kinship.

Which file is read and who asks the judges is decided elsewhere. A judge that only prefers one of two answers gives no
marks, so it has no seat here.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from models.judging.demo import DemoJudge
from models.judging.families import families_of
from models.judging.judges_file import JudgeKind, JudgesFileRefused, JudgeSpec
from models.judging.listwise import ListwiseJudge
from models.judging.pointwise import PointwiseJudge
from models.openai_address import Address

CARD_FORMAT = "finale-judge-card/1"
MOST_WEIGHT, WEIGHT_STEPS = 1000, 1000
MarkingJudge = ListwiseJudge | PointwiseJudge | DemoJudge


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a calibration card says of a judge: the share of pairs judged as people did, its interval, the weight.

    `sha256`: of the card's file. `prompt_sha256`: of the prompts and settings that were measured.
    """

    accuracy: Fraction
    low: Fraction
    high: Fraction
    pairs: int
    weight: Fraction
    sha256: str
    prompt_sha256: str


@dataclass(frozen=True, slots=True)
class Seat:
    """One judge of a finale. `kin`: of a family of the models it judges. `address` None: it works on the engine."""

    judge: MarkingJudge
    model: str
    families: frozenset[str]
    kin: bool
    weight: Fraction
    card: CardFacts | None
    address: Address | None


def seated(
    specs: Sequence[JudgeSpec],
    *,
    limit_s: float,
    judged: frozenset[str],
    demo: Callable[[JudgeSpec], DemoJudge | None],
) -> tuple[Seat, ...]:
    """A seat for each spec. `judged`: families of the judged models; `demo`: makes the demo judge where there is one.

    Raises JudgesFileRefused with the judge's name and what to do. Nothing is asked of any judge yet.
    """
    addresses: dict[tuple[str, str | None], Address] = {}
    return tuple(_seat(spec, limit_s, judged, demo, addresses) for spec in specs)


def _seat(
    spec: JudgeSpec,
    limit_s: float,
    judged: frozenset[str],
    demo: Callable[[JudgeSpec], DemoJudge | None],
    addresses: dict[tuple[str, str | None], Address],
) -> Seat:
    card = _card(spec.card, spec) if spec.card is not None else None
    weight = spec.weight if spec.weight is not None else card.weight if card is not None else Fraction(1)
    _check_weight(spec, weight)
    if spec.protocol is JudgeKind.DEMO:
        made = demo(spec)
        if made is None:
            raise JudgesFileRefused(
                f"The judge {spec.name} is the demo judge, which needs the engine local and its adapter in the "
                "catalogue; choose another protocol."
            )
        return Seat(made, spec.model or "the demo base with the judge's adapter", judged, True, weight, card, None)
    place = spec.url.rstrip("/"), spec.key_env
    if place not in addresses:
        addresses[place] = Address(spec.url, key_variable=spec.key_env, read_s=limit_s)
    families = families_of(spec.model, spec.family)
    judge = _judge(spec, addresses[place], limit_s)
    return Seat(judge, spec.model, families, bool(families & judged), weight, card, addresses[place])


def _judge(spec: JudgeSpec, address: Address, limit_s: float) -> MarkingJudge:
    if spec.protocol is JudgeKind.LISTWISE:
        return ListwiseJudge(
            address, name=spec.name, model=spec.model, label=spec.label, orders=spec.orders, limit_s=limit_s
        )
    if spec.protocol is JudgeKind.POINTWISE:
        return PointwiseJudge(address, name=spec.name, model=spec.model, label=spec.label, limit_s=limit_s)
    raise JudgesFileRefused(
        f"The judge {spec.name} has the protocol {spec.protocol}, which prefers one of two answers; a finale needs "
        "marks: choose listwise or pointwise."
    )


def _check_weight(spec: JudgeSpec, weight: Fraction) -> None:
    if not 0 <= weight <= MOST_WEIGHT or WEIGHT_STEPS % weight.denominator:
        raise JudgesFileRefused(
            f"The judge {spec.name} has a weight of {float(weight):g}; give a number from 0 to {MOST_WEIGHT} with at "
            "most three places."
        )


def _card(file: Path, spec: JudgeSpec) -> CardFacts:
    """What a card says. Raises JudgesFileRefused when it is none, or another model's."""
    try:
        raw = file.read_bytes()
        data = json.loads(raw, parse_float=Decimal)
        if data["format"] != CARD_FORMAT:
            raise ValueError(f"its format is {str(data['format'])[:40]!r}, not {CARD_FORMAT}")
        found, sha256 = data["accuracy"], hashlib.sha256(raw).hexdigest()
        accuracy, low, high = (Fraction(found[name]) for name in ("value", "low", "high"))
        weight = Fraction(round(Fraction(data["weight"]) * WEIGHT_STEPS), WEIGHT_STEPS)
        if not 0 <= low <= accuracy <= high <= 1 or weight < 0:
            raise ValueError(f"an accuracy of {accuracy} between {low} and {high}, a weight of {weight}")
        card = CardFacts(accuracy, low, high, int(found["pairs"]), weight, sha256, str(data["prompt_sha256"]))
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise JudgesFileRefused(
            f"The judge {spec.name}: {file} is no calibration card ({error}); `finale judge calibrate` writes one."
        ) from error
    measured = str(data.get("model", ""))[:80]
    if spec.model and measured not in ("", spec.model):
        raise JudgesFileRefused(
            f"The judge {spec.name}: the card {file} is of the model {measured}, this judge is {spec.model}."
        )
    return card
