"""From a [[judge]] of judges.toml to something that compares pairs, whatever its protocol.

Marks for the finale are given by judges built elsewhere; here they only learn to compare.
"""

from dataclasses import dataclass

from models.judging.judges_file import JudgeKind, JudgesFileRefused, JudgeSpec
from models.judging.league.costs import CURRENCY, Prices
from models.judging.listwise import ListwiseJudge
from models.judging.pairs import PairComparer
from models.judging.pairwise import PairJudge
from models.judging.pairwise_marks import MarkedPairs
from models.judging.pointwise import PointwiseJudge
from models.judging.prompts_pairs import CAREFUL, VARIANTS
from models.judging.protocol import Judge
from models.openai_address import Address

ALL = "all"
IN_PAIRS = frozenset({JudgeKind.PAIRS, JudgeKind.PAIRS_WRITTEN})


@dataclass(frozen=True, slots=True)
class Comparing:
    """A judge that compares, with what a card and a bill say of it. `variant` is "" where there is only one prompt."""

    comparer: PairComparer
    model: str
    family: str
    variant: str
    prices: Prices | None


def variants_of(spec: JudgeSpec, wanted: str = ALL) -> tuple[str, ...]:
    """The names of the prompts to give this judge; "" alone for one that has no choice. Raises JudgesFileRefused."""
    if spec.protocol not in IN_PAIRS:
        return ("",)
    if wanted != ALL and wanted not in VARIANTS:
        raise JudgesFileRefused(
            f"There is no prompt {wanted!r} for {spec.name}; choose {', '.join(VARIANTS)} or {ALL}."
        )
    return tuple(VARIANTS) if wanted == ALL else (wanted,)


def comparing(spec: JudgeSpec, address: Address, variant: str = "", prices: Prices | None = None) -> Comparing:
    """A judge over HTTP; `prices` are for one that has none of its own, and name the currency.

    Raises JudgesFileRefused for the demo judge, which needs an engine, and for an unknown variant.
    """
    if variant:
        variants_of(spec, variant)
    is_paired = spec.protocol in IN_PAIRS
    comparer = _paired(spec, address, variant or CAREFUL.name) if is_paired else _marking(spec, address)
    if spec.price_in is not None and spec.price_out is not None:
        prices = Prices(spec.price_in, spec.price_out, prices.currency if prices else CURRENCY)
    return Comparing(comparer, spec.model, spec.family, (variant or CAREFUL.name) if is_paired else "", prices)


def demo_comparing(judge: Judge, spec: JudgeSpec) -> Comparing:
    """The demo judge, or any other judge that marks one entry at a time."""
    comparer = MarkedPairs(judge, protocol=JudgeKind.DEMO.value, together=False)
    return Comparing(comparer, spec.model, spec.family, "", None)


def _paired(spec: JudgeSpec, address: Address, variant: str) -> PairComparer:
    return PairJudge(
        address,
        name=spec.name,
        model=spec.model,
        label=spec.label,
        prompt=VARIANTS[variant],
        written=spec.protocol is JudgeKind.PAIRS_WRITTEN,
    )


def _marking(spec: JudgeSpec, address: Address) -> PairComparer:
    name, model, label = spec.name, spec.model, spec.label
    if spec.protocol is JudgeKind.POINTWISE:
        alone = PointwiseJudge(address, name=name, model=model, label=label)
        return MarkedPairs(alone, protocol=spec.protocol.value, together=False)
    if spec.protocol is not JudgeKind.LISTWISE:
        raise JudgesFileRefused(f"The judge {spec.name} ({spec.protocol}) has no address; it runs on an engine here.")
    # Each order of a pair is one request, so it is asked with one order, but goes by the hash of the judge that marks
    # in the finale: the card is that judge's.
    configured = ListwiseJudge(address, name=name, model=model, label=label, orders=spec.orders)
    one = ListwiseJudge(address, name=name, model=model, label=label, orders=1)
    return MarkedPairs(one, protocol=spec.protocol.value, together=True, finale=configured)
