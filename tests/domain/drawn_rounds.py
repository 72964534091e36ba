"""Rounds drawn by Hypothesis: any marks that an event may bring in, complete or not."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.ballots import Ballot, count
from server.domain.marks import Correction, RoundMarks, Scorecard, Tally, Verdict
from server.domain.rules import AudienceMethod, Component, Criterion, Scoring, Weights
from server.domain.scoring import RoundScores, score_round

NAMES = ("mei-ling", "arjun", "farah", "wei-jie")
CRITERIA = (Criterion("accuracy", "Accuracy"), Criterion("flair", "Flair", Fraction(1, 2)))
METHODS = st.sampled_from(AudienceMethod)
MULTIPLIERS = st.sampled_from([1, 2])
QUORUMS = st.integers(0, 6)

PATIENCE = settings(deadline=None, max_examples=40)

half_points = st.integers(0, 20).map(lambda halves: Fraction(halves, 2))
positive = st.fractions(Fraction(1, 9), 9, max_denominator=9)
weights = st.builds(Weights, *[st.fractions(0, 9, max_denominator=9)] * 3)
positive_weights = st.builds(Weights, positive, positive, positive)


def holds_for(*strategies, **named):
    """The test is a property of everything drawn; no deadline, for the machine may be shared."""
    return lambda test: PATIENCE(given(*strategies, **named)(test))


@st.composite
def scorings(draw, weights=weights, methods=METHODS, quorum=QUORUMS):
    """Any rules for the scores."""
    return Scoring(
        weights=draw(weights),
        audience_method=draw(methods),
        audience_quorum=draw(quorum),
        experts_trimmed=draw(st.booleans()),
        criteria=CRITERIA,
    )


ANY_SCORING = scorings()


@st.composite
def rounds(draw, method, finalists=NAMES, complete=False, multipliers=MULTIPLIERS, number=1):
    """Any round of `finalists`. `complete`: all entered, and every component has complete marks."""
    entered = finalists if complete else draw(st.lists(st.sampled_from(finalists), unique=True))
    few = 1 if complete else 0
    ballots = draw(voters_choices(entered, method, few)) if entered else []
    return RoundMarks(
        number=number,
        multiplier=draw(multipliers),
        finalists=tuple(finalists),
        entered=frozenset(entered),
        verdicts=draw(verdicts(draw(st.integers(few, 3)), entered, complete)),
        scorecards=draw(cards(draw(st.integers(few, 6)), entered, complete)),
        tally=count([Ballot(str(i), choice) for i, choice in enumerate(ballots)], entered, method),
        corrections=() if complete else tuple(draw(st.lists(corrections(finalists), max_size=3))),
    )


def many(least, most=None):
    """A list of small whole numbers, 0 to 255: bytes, for one draw is cheaper than many."""
    return st.binary(min_size=least, max_size=least if most is None else most).map(list)


@st.composite
def verdicts(draw, judges, entered, complete):
    """Verdicts of so many judges; where not `complete`, some leave out the last entry."""
    drawn = iter(draw(many(judges * (2 + 2 * len(entered)))))
    return tuple(
        verdict
        for judge in range(judges)
        for weight, lazy in [(Fraction(1 + next(drawn) % 3, 2), next(drawn) % 4 == 3 and not complete)]
        for verdict in [
            Verdict(f"j{judge}", f, Fraction((256 * next(drawn) + next(drawn)) % 10_001, 1000), weight=weight)
            for f in entered
        ][: len(entered) - lazy]
    )


@st.composite
def cards(draw, experts, entered, complete):
    """Scorecards of so many experts; where not `complete`, some leave out the last entry."""
    drawn = iter(draw(many(experts * (1 + len(CRITERIA) * len(entered)))))
    return tuple(
        card
        for expert in range(experts)
        for lazy in [next(drawn) % 4 == 3 and not complete]
        for card in [
            Scorecard(f"e{expert}", f, {c.key: Fraction(next(drawn) % 21, 2) for c in CRITERIA}) for f in entered
        ][: len(entered) - lazy]
    )


@st.composite
def voters_choices(draw, entered, method, few):
    """What each of up to twelve voters chose."""
    voters = draw(st.integers(few, 12))
    if method is AudienceMethod.FAVOURITE:
        return [entered[n % len(entered)] for n in draw(many(voters))]
    drawn = iter(draw(many(voters * len(entered))))
    return [{finalist: 1 + next(drawn) % 5 for finalist in entered} for _ in range(voters)]


def choices(entered, method):
    """A ballot's choice under `method`."""
    if method is AudienceMethod.FAVOURITE:
        return st.sampled_from(entered)
    return st.fixed_dictionaries({finalist: st.integers(1, 5) for finalist in entered})


def corrections(finalists):
    """An organiser's correction."""
    return st.builds(
        Correction,
        st.sampled_from(finalists),
        st.sampled_from(Component),
        st.none(),
        half_points,
        st.just("heard twice"),
    )


@st.composite
def scored_rounds(draw, complete=False, scorings=ANY_SCORING, **options):
    """(scoring, marks) that fit each other."""
    scoring = draw(scorings)
    return scoring, draw(rounds(scoring.audience_method, complete=complete, **options))


@st.composite
def shows(draw, most=4, least=0, **options):
    """(scoring, marks of several rounds) of one event."""
    scoring = draw(scorings())
    count_ = draw(st.integers(least, most))
    return scoring, [draw(rounds(scoring.audience_method, number=n + 1, **options)) for n in range(count_)]


def scores_of(scoring: Scoring, marks: RoundMarks) -> dict[str, Fraction]:
    """Finalist → round score."""
    return {finalist: score.score for finalist, score in score_round(scoring, marks).scores.items()}


def plain(scores: RoundScores) -> dict[str, object]:
    """What the finalists see of a round, without order."""
    return {"present": scores.present, "weights": dict(scores.weights), "scores": dict(scores.scores)}


def votes(**favourites: int) -> Tally:
    """A tally of favourites."""
    return Tally(counted=sum(favourites.values()), favourites=favourites)
