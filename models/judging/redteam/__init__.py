"""The red team: attacks on a judge, of our own writing, and a runner that tells which of them work.

It ships with the arena, so that an organiser can try a real judge before the show.
"""

from models.judging.redteam.attacks import Attack, AttackClass, Guess, read_attacks
from models.judging.redteam.marks import run_redteam
from models.judging.redteam.pairs import run_redteam_on_pairs
from models.judging.redteam.report import AttackResult, ClassResult, RedTeamReport

__all__ = [
    "Attack",
    "AttackClass",
    "AttackResult",
    "ClassResult",
    "Guess",
    "RedTeamReport",
    "read_attacks",
    "run_redteam",
    "run_redteam_on_pairs",
]
