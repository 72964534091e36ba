"""How much a judge's marks depend on the order in which it saw the entries.

Agreement between judges and with people is measured elsewhere.
"""

from collections.abc import Mapping
from decimal import Decimal

from models.judging.protocol import Judgement


def order_spread(judgement: Judgement) -> Mapping[str, Decimal]:
    """Highest minus lowest mark between the orders, per finalist, 0 to 10; empty when fewer than two orders were
    asked."""
    if len(judgement.by_order) < 2:
        return {}
    finalists = judgement.by_order[0]
    return {one: _spread([order[one] for order in judgement.by_order]) for one in finalists}


def _spread(marks: list[Decimal]) -> Decimal:
    return max(marks) - min(marks)
