"""The statistics of judging: preferences, win rates, intervals, comparisons, order, agreement, weights.

Pure functions of numbers; no judge is asked and no file is read here.
"""

from models.judging.statistics.agreement import ExpertOrder, PairwiseAccuracy, pairwise_accuracy
from models.judging.statistics.alpha import Alpha, Level, krippendorff_alpha
from models.judging.statistics.comparing import SignTest, paired_sign_test
from models.judging.statistics.errors import DataRefused
from models.judging.statistics.intervals import Interval, bootstrap_mean_interval, wilson_interval
from models.judging.statistics.length_control import (
    LengthCoefficients,
    LengthControlled,
    fit_length_controlled,
    length_controlled_win_rate,
)
from models.judging.statistics.order import OrderConsistency, order_consistency, order_spread
from models.judging.statistics.preferences import HeadToHead, head_to_head, preference_from_logprobs, win_rate
from models.judging.statistics.weights import weights_from_accuracy

__all__ = [
    "Alpha",
    "DataRefused",
    "ExpertOrder",
    "HeadToHead",
    "Interval",
    "LengthCoefficients",
    "LengthControlled",
    "Level",
    "OrderConsistency",
    "PairwiseAccuracy",
    "SignTest",
    "bootstrap_mean_interval",
    "fit_length_controlled",
    "head_to_head",
    "krippendorff_alpha",
    "length_controlled_win_rate",
    "order_consistency",
    "order_spread",
    "paired_sign_test",
    "pairwise_accuracy",
    "preference_from_logprobs",
    "weights_from_accuracy",
    "wilson_interval",
    "win_rate",
]
