"""How a run goes about its tasks, what the journal has settled of them, what is left to pay. Asking is `running`'s."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.judging.league.costs import Prices
from training.synthetic.budget import Estimate, Limits, estimated
from training.synthetic.checks import Rules, accepted
from training.synthetic.journal import Journal, Kept, asked_for, key_of
from training.synthetic.replies import Draft, ReplyRefused
from training.synthetic.tasks import Task
from training.synthetic.writers import Sampling, usage_expected


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run. `attempts` replies at most are paid for a task; a failed request is sent again `retries` times."""

    sampling: Sampling = field(default_factory=Sampling)
    rules: Rules = field(default_factory=Rules)
    attempts: int = 2
    at_once: int = 8
    limits: Limits = field(default_factory=Limits)
    prices: Prices | None = None
    retries: int = 3
    pause_s: float = 0.5  # before the first retry; doubled for each further one


def settled(task: Task, writer: str, journal: Journal, plan: Plan) -> tuple[Draft | None, int, Kept | None]:
    """What the journal says of a task: the draft of its first good reply with its attempt and reply; or None, the next
    attempt to make (plan.attempts if none is left) and the last reply."""
    last: Kept | None = None
    for attempt in range(plan.attempts):
        kept = journal.kept.get(key_of(writer, asked_for(task, plan.sampling, attempt)))
        if kept is None:
            return None, attempt, last
        last = kept
        try:
            return accepted(task, kept.text, kept.finish, plan.rules), attempt, kept
        except ReplyRefused:
            continue
    return None, plan.attempts, last


def estimate(tasks: Sequence[Task], writer: str, journal: Journal, plan: Plan) -> Estimate:
    """What `run` would still ask, if every reply is good."""
    expected = []
    for task in tasks:
        draft, attempt, _ = settled(task, writer, journal, plan)
        if draft is None and attempt < plan.attempts:
            expected.append(usage_expected(asked_for(task, plan.sampling, attempt)))
    replies = [(one.usage, one.ms) for one in journal.kept.values() if one.model == writer]
    return estimated(expected, replies, plan.at_once, plan.prices)
