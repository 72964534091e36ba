"""Judges: marking the entries of a round by LLM, with abstention instead of invention.

Protocol, cleaning, prompts and parsing are shared; `listwise`, `pointwise` and `demo` are the judges; `statistics` is
what their verdicts add up to.
"""

from models.judging.canaries import CanaryReport, CanaryResult, run_canaries
from models.judging.demo import DemoJudge, DemoPrompt, read_prompt
from models.judging.listwise import ListwiseJudge
from models.judging.pointwise import PointwiseJudge
from models.judging.protocol import Judge, Judgement, JudgeRequest, Verdict, VerdictRefused
from models.judging.statistics import (
    bootstrap_mean_interval,
    fit_length_controlled,
    krippendorff_alpha,
    length_controlled_win_rate,
    order_consistency,
    order_spread,
    paired_sign_test,
    pairwise_accuracy,
    preference_from_logprobs,
    weights_from_accuracy,
    wilson_interval,
    win_rate,
)

__all__ = [
    "CanaryReport",
    "CanaryResult",
    "DemoJudge",
    "DemoPrompt",
    "Judge",
    "JudgeRequest",
    "Judgement",
    "ListwiseJudge",
    "PointwiseJudge",
    "Verdict",
    "VerdictRefused",
    "bootstrap_mean_interval",
    "fit_length_controlled",
    "krippendorff_alpha",
    "length_controlled_win_rate",
    "order_consistency",
    "order_spread",
    "paired_sign_test",
    "pairwise_accuracy",
    "preference_from_logprobs",
    "read_prompt",
    "run_canaries",
    "weights_from_accuracy",
    "wilson_interval",
    "win_rate",
]
