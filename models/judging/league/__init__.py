"""The league: candidates' answers judged in pairs against a reference, by the thousand.

Both orders, soft preferences, wins with their interval; resumable and never paid twice (see `ledger`).
"""

from models.judging.league.comparing import Comparison, compared
from models.judging.league.costs import Estimate, Prices, Usage
from models.judging.league.ledger import Job, Ledger
from models.judging.league.outcomes import Judged, Outcome, Score, jobs_of, judged, score
from models.judging.league.questions import Answers, Question, Sheet, read_answers, read_questions
from models.judging.league.report import Result, as_json, as_markdown
from models.judging.league.running import Ending, Plan, Progress, Run, estimate, run
from models.judging.league.season import Season, play, win_rate_against

__all__ = [
    "Answers",
    "Comparison",
    "Ending",
    "Estimate",
    "Job",
    "Judged",
    "Ledger",
    "Outcome",
    "Plan",
    "Prices",
    "Progress",
    "Question",
    "Result",
    "Run",
    "Score",
    "Season",
    "Sheet",
    "Usage",
    "as_json",
    "as_markdown",
    "compared",
    "estimate",
    "jobs_of",
    "judged",
    "play",
    "read_answers",
    "read_questions",
    "run",
    "score",
    "win_rate_against",
]
