"""Whether an event can be played as it is made up, in words that say what to mend."""

import re

from server.domain.counting import label
from server.domain.errors import Refused
from server.domain.event import LETTERS, Event, JudgeSeat, Question
from server.domain.exact_checks import problems as problems_of_check
from server.domain.rules import Component, Criterion, Rules

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,29}")
LONGEST_QUESTION_CHARS = 600
LONGEST_FACT_CHARS, MOST_FACTS = 600, 30
LONGEST_REFERENCE_CHARS = 7_000  # with the facts: a judge is shown no more
LONGEST_MEANING_CHARS, MOST_CRITERIA = 300, 10
MOST_CHECKS = 10


def check_event(event: Event) -> None:
    """Raises Refused with everything that is wrong, one sentence each."""
    problems = [*_people(event), *_questions(event), *_rules(event.rules), *_judges(event.judges)]
    if problems:
        raise Refused(" ".join(problems))


def _people(event: Event) -> list[str]:
    problems = []
    if not 1 <= len(event.finalists) <= len(LETTERS):
        problems.append(f"An event has 1 to {len(LETTERS)} finalists, not {len(event.finalists)}.")
    for what, ids in (("finalist", event.finalist_ids), ("expert", tuple(x.id for x in event.experts))):
        if len(set(ids)) < len(ids):
            problems.append(f"Two {what}s have the same id.")
        problems += [f"{i!r} is no id: use small letters, digits and hyphens." for i in ids if not _ID.fullmatch(i)]
    names = [*(f.name for f in event.finalists), *(x.name for x in event.experts)]
    if any(not 1 <= len(name.strip()) <= 60 for name in names):
        problems.append("Every name has 1 to 60 characters.")
    return problems


def _questions(event: Event) -> list[str]:
    problems = [] if event.questions else ["The event has no question."]
    for number, question in enumerate(event.questions, 1):
        if not 1 <= len(question.text.strip()) <= LONGEST_QUESTION_CHARS:
            problems.append(f"Question {number} needs 1 to {LONGEST_QUESTION_CHARS} characters.")
        if question.multiplier not in (1, 2, 3):
            problems.append(f"Question {number} counts once, twice or three times, not {question.multiplier}.")
        if question.seconds is not None and not 5 <= question.seconds <= 3600:
            problems.append(f"Question {number} runs 5 to 3600 seconds, not {question.seconds}.")
        problems += [f"Question {number}: {problem}" for problem in _judging(question)]
    return problems


def _judging(question: Question) -> list[str]:
    """What is wrong with how the answers to one question are to be judged."""
    problems = _criteria(question.criteria) if question.criteria else []
    if sum(map(len, (question.reference or "", *question.facts))) > LONGEST_REFERENCE_CHARS:
        problems.append(f"the reference answer and the facts have at most {LONGEST_REFERENCE_CHARS:,} characters.")
    if len(question.facts) > MOST_FACTS or any(not 1 <= len(f.strip()) <= LONGEST_FACT_CHARS for f in question.facts):
        problems.append(f"give at most {MOST_FACTS} facts of 1 to {LONGEST_FACT_CHARS} characters.")
    return problems + _checks(question)


def _criteria(criteria: tuple[Criterion, ...]) -> list[str]:
    keys = [criterion.key for criterion in criteria]
    problems = [f"{key!r} is no key of a criterion: use small letters." for key in keys if not _KEY.fullmatch(key)]
    if len(set(keys)) < len(keys) or len(keys) > MOST_CRITERIA:
        problems.append(f"give at most {MOST_CRITERIA} criteria, each key once.")
    if any(criterion.weight < 0 for criterion in criteria) or not sum(c.weight for c in criteria) > 0:
        problems.append("weights of criteria are not negative and at least one is above zero.")
    if any(len(criterion.meaning) > LONGEST_MEANING_CHARS or len(criterion.label) > 60 for criterion in criteria):
        problems.append(f"a criterion's label has at most 60 characters, its meaning {LONGEST_MEANING_CHARS}.")
    return problems


def _checks(question: Question) -> list[str]:
    numbered = enumerate(question.checks, 1)
    problems = [f"check {number}: {what}" for number, check in numbered for what in problems_of_check(check)]
    if len(question.checks) > MOST_CHECKS:
        problems.append(f"at most {MOST_CHECKS} checks, not {len(question.checks)}.")
    if not 0 <= question.checks_share <= 1:
        problems.append(f"checks_share is from 0 to 1, not {question.checks_share}.")
    if not problems and len({label(check) for check in question.checks}) < len(question.checks):
        problems.append("two checks have the same name; give one of them another.")
    return problems


def _judges(judges: tuple[JudgeSeat, ...]) -> list[str]:
    names = [seat.name for seat in judges]
    problems = ["Two LLM judges have the same name."] if len(set(names)) < len(names) else []
    if judges and (any(seat.weight < 0 for seat in judges) or not sum(seat.weight for seat in judges) > 0):
        problems.append("Weights of LLM judges are not negative and at least one is above zero.")
    return problems


def _rules(rules: Rules) -> list[str]:
    problems = []
    weights = [rules.scoring.weights[part] for part in Component]
    if any(weight < 0 for weight in weights) or not sum(weights) > 0:
        problems.append("Weights are not negative and at least one is above zero.")
    if not rules.scoring.criteria:
        problems.append("Experts need at least one criterion with a weight above zero.")
    problems += [f"The event's criteria: {problem}" for problem in _criteria(rules.scoring.criteria)[:5]]
    if rules.scoring.audience_quorum < 0:
        problems.append("The audience's quorum is not negative.")
    for name, value, low, high in (
        ("The round", rules.round_seconds, 5, 3600),
        ("The grace", rules.grace_seconds, 0, 60),
        ("The vote", rules.voting_seconds, 5, 3600),
        ("The judges' time", rules.judge_seconds, 1, 3600),
    ):
        if not low <= value <= high:
            problems.append(f"{name} lasts {low} to {high} seconds, not {value}.")
    if rules.prompt_tokens_limit < 1:
        problems.append("A prompt may have at least 1 token.")
    if not 1 <= rules.attempts_at_once <= 1000 or not 0 <= rules.seconds_per_attempt <= 600:
        problems.append("1 to 1000 attempts may be started at once, and further ones every 0 to 600 seconds.")
    if not 1 <= rules.max_tokens_limit <= 32_768:
        problems.append("Max tokens lies between 1 and 32,768.")
    return problems
