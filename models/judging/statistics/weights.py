"""Weights of several judges from how often each was right in calibration."""

import math
from collections.abc import Mapping
from fractions import Fraction

from models.judging.statistics.errors import DataRefused
from models.judging.statistics.intervals import normal_quantile

CHANCE = 0.5
_STEPS = 1000


def weights_from_accuracy(
    calibrations: Mapping[str, tuple[float, int]], confidence: float = 0.95
) -> dict[str, Fraction]:
    """Judge to relative weight, in steps of 1/1000, from judge to (right answers, pairs); a tie counts half an answer.

    The weight is the log-odds of being right: optimal for the majority of independent judges (Nitzan & Paroush 1982).
    The accuracy is first drawn towards chance, to the centre of its Wilson interval: few pairs earn little weight.
    At chance or below the weight is 0: such a judge is left out, never counted backwards. Only ratios matter.
    Raises DataRefused for more right answers than pairs.
    """
    z = normal_quantile(confidence)
    return {judge: _weight(right, pairs, z, judge) for judge, (right, pairs) in calibrations.items()}


def _weight(right: float, pairs: int, z: float, judge: str) -> Fraction:
    if not 0 <= right <= pairs:
        raise DataRefused(f"expected right answers from 0 to the number of pairs for {judge}, got {right} of {pairs}")
    accuracy = (right + z * z / 2) / (pairs + z * z)
    if accuracy <= CHANCE:
        return Fraction(0)
    return Fraction(round(_STEPS * math.log(accuracy / (1 - accuracy))), _STEPS)
