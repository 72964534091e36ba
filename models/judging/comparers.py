"""From a [[judge]] of judges.toml to something that compares pairs, whatever its protocol.

Marks for the finale are given by judges built elsewhere; here they only learn to compare.
"""

from dataclasses import dataclass

from models.judging.judges_file import JudgeKind, JudgeSpec
from models.judging.league.costs import Prices
from models.judging.listwise import ListwiseJudge
from models.judging.pairs import PairComparer
from models.judging.pairwise import PairJudge
from models.judging.pairwise_marks import MarkedPairs
from models.judging.pointwise import PointwiseJudge
from models.judging.prompts_pairs import CAREFUL, VARIANTS
from models.judging.protocol import Judge
from models.openai_address import Address

IN_PAIRS = frozenset({JudgeKind.PAIRS, JudgeKind.PAIRS_WRITTEN})


@dataclass(frozen=True, slots=True)
class Seated:
    """A judge that compares, with what a card and a bill say of it. `variant` is "" where there is only one prompt."""

    comparer: PairComparer
    model: str
    family: str
    variant: str
    prices: Prices | None


def variants_of(spec: JudgeSpec) -> tuple[str, ...]:
    """The names of the prompts that this judge can be given."""
    return tuple(VARIANTS) if spec.protocol in IN_PAIRS else ("",)


def seated(spec: JudgeSpec, address: Address, variant: str = "") -> Seated:
    """A judge over HTTP. Raises ValueError for the demo judge, which needs an engine, and for an unknown variant."""
    if variant and variant not in variants_of(spec):
        raise ValueError(f"expected one of {', '.join(variants_of(spec))} as prompt of {spec.name}, got {variant!r}")
    is_paired = spec.protocol in IN_PAIRS
    comparer = _paired(spec, address, variant or CAREFUL.name) if is_paired else _marking(spec, address)
    prices = None
    if spec.price_in is not None and spec.price_out is not None:
        prices = Prices(spec.price_in, spec.price_out)
    return Seated(comparer, spec.model, spec.family, (variant or CAREFUL.name) if is_paired else "", prices)


def demo_seated(judge: Judge, spec: JudgeSpec) -> Seated:
    """The demo judge, or any other judge that marks one entry at a time."""
    comparer = MarkedPairs(judge, protocol=JudgeKind.DEMO.value, together=False)
    return Seated(comparer, spec.model, spec.family, "", None)


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
        raise ValueError(f"the judge {spec.name} ({spec.protocol}) has no address; it is built from an engine")
    # Each order of a pair is one request, so it is asked with one order, but goes by the hash of the judge that marks
    # in the finale: the card is that judge's.
    configured = ListwiseJudge(address, name=name, model=model, label=label, orders=spec.orders)
    one = ListwiseJudge(address, name=name, model=model, label=label, orders=1)
    return MarkedPairs(one, protocol=spec.protocol.value, together=True, prompt_sha256=configured.prompt_sha256)
