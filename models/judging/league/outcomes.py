"""What the looks at a candidate's answers add up to: an outcome per question, and the candidate's score.

Score = wins ÷ questions. A tie or a failure is no win; a candidate with unjudged questions is not ranked.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.judging.league.ledger import Job, Ledger
from models.judging.league.questions import Answers, Question
from models.judging.pairs import EVEN, Fate, Look, Order, Pair, PairComparer, is_inconsistent, mean_preference

PERCENT = 100


class Outcome(StrEnum):
    """One question's outcome for the candidate."""

    WIN = "win"
    TIE = "tie"
    LOSS = "loss"
    FAILED = "failed"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class Judged:
    """One question. Preferences are for the candidate, 0 to 1: each order's and their mean. Lengths in characters."""

    question: str
    outcome: Outcome
    preference: float | None
    candidate_first: float | None
    reference_first: float | None
    inconsistent: bool
    characters: int
    reference_characters: int
    difficulty: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, 0 to 1, with its 95 % interval: Wilson's for wins, the fit's own for a length-controlled rate."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Score:
    """A candidate against the reference. Soft and length-controlled rates are over questions with a preference.

    `length_note` says why there is no length-controlled rate, or how it was fitted.
    """

    counts: dict[Outcome, int]
    inconsistent: int
    wins: Rate
    soft_win_rate: float | None
    length_controlled: Rate | None
    length_note: str

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return sum(self.counts.values())

    @property
    def is_ranked(self) -> bool:
        """Whether every question was judged."""
        return not self.counts[Outcome.UNJUDGED]

    @property
    def standing(self) -> str:
        """Why it is not ranked, or "ranked"."""
        left = self.counts[Outcome.UNJUDGED]
        return f"not ranked: {left} question{'s' if left != 1 else ''} unjudged" if left else "ranked"


def jobs_of(questions: Sequence[Question], candidate: Answers, reference: Answers) -> list[Job]:
    """The pairs that can be judged: questions that both have answered. The candidate is a, the reference b."""
    return [
        Job(one.id, Pair(one.text, candidate.by_question[one.id], reference.by_question[one.id], one.facts))
        for one in questions
        if one.id in candidate.by_question and one.id in reference.by_question
    ]


def judged(
    questions: Sequence[Question], jobs: Sequence[Job], comparer: PairComparer, ledger: Ledger
) -> tuple[Judged, ...]:
    """Every question's outcome by what the ledger holds, in the order of `questions`."""
    by_id = {job.id: job for job in jobs}
    return tuple(_judged(question, by_id.get(question.id), comparer, ledger) for question in questions)


def score(rows: Sequence[Judged]) -> Score:
    """Add the outcomes up. Raises ValueError without any question."""
    from models.judging.statistics.intervals import wilson_interval
    from models.judging.statistics.preferences import win_rate

    found = Counter(row.outcome for row in rows)
    counts = {outcome: found[outcome] for outcome in Outcome}
    interval = wilson_interval(counts[Outcome.WIN], len(rows))
    wins = Rate(counts[Outcome.WIN] / len(rows), interval.low, interval.high)
    preferences = [None if row.preference is None else 1 + row.preference for row in rows]
    soft = win_rate(preferences) / PERCENT if any(value is not None for value in preferences) else None
    controlled, note = _length_controlled(rows)
    return Score(counts, sum(row.inconsistent for row in rows), wins, soft, controlled, note)


def outcome_of(preference: float) -> Outcome:
    """A win above one half, a loss below, a tie at exactly one half."""
    return Outcome.WIN if preference > EVEN else Outcome.LOSS if preference < EVEN else Outcome.TIE


def _judged(question: Question, job: Job | None, comparer: PairComparer, ledger: Ledger) -> Judged:
    if job is None:
        reason = "An answer is missing."
        return Judged(question.id, Outcome.UNJUDGED, None, None, None, False, 0, 0, question.difficulty, reason)
    looks = [entry.look for entry in ledger.looks_at(job, comparer)]
    by_order = {look.order: look.preference for look in looks}
    mean = mean_preference(looks)
    return Judged(
        question=question.id,
        outcome=_outcome(looks) if mean is None else outcome_of(mean),
        preference=mean,
        candidate_first=by_order.get(Order.A_FIRST),
        reference_first=by_order.get(Order.B_FIRST),
        inconsistent=is_inconsistent(looks),
        characters=len(job.pair.a),
        reference_characters=len(job.pair.b),
        difficulty=question.difficulty,
        reason=next((look.reason for look in looks if look.fate is not Fate.JUDGED), ""),
    )


def _outcome(looks: Sequence[Look]) -> Outcome:
    fates = {look.fate for look in looks}
    complete = len(looks) == len(Order) and Fate.UNANSWERED not in fates
    return Outcome.FAILED if complete else Outcome.UNJUDGED


def _length_controlled(rows: Sequence[Judged]) -> tuple[Rate | None, str]:
    from models.judging.statistics.errors import DataRefused
    from models.judging.statistics.length_control import fit_length_controlled

    known = [row for row in rows if row.preference is not None]
    harder = [row.difficulty for row in known if row.difficulty is not None]
    try:
        fit = fit_length_controlled(
            [1 + row.preference for row in known if row.preference is not None],
            [row.characters for row in known],
            [row.reference_characters for row in known],
            harder if len(harder) == len(known) else None,
        )
    except DataRefused as error:
        return None, f"No length-controlled rate: {error}."
    note = "Fitted with" + ("" if fit.has_difficulty else "out") + " difficulties of the questions."
    return Rate(fit.win_rate / PERCENT, fit.interval.low / PERCENT, fit.interval.high / PERCENT), note
