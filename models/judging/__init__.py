"""Judges: marking the entries of a round by LLM, with abstention instead of invention.

Protocol, cleaning, prompts and parsing are shared; `listwise`, `pointwise` and `demo` are the judges.
"""

from models.judging.agreement import order_spread
from models.judging.canaries import CanaryReport, CanaryResult, run_canaries
from models.judging.demo import DemoJudge, DemoPrompt, read_prompt
from models.judging.listwise import ListwiseJudge
from models.judging.pointwise import PointwiseJudge
from models.judging.protocol import Judge, Judgement, JudgeRequest, Verdict, VerdictRefused

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
    "order_spread",
    "read_prompt",
    "run_canaries",
]
