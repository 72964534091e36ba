"""Reads back from a results file what its scores were computed from. Raises Malformed, and nothing else."""

from dataclasses import dataclass
from fractions import Fraction

from server.domain.chain import JournalEntry
from server.domain.json_field import Field, Malformed
from server.domain.mark_parsing import expert_mark, llm_mark, refusal
from server.domain.marks import Correction, RoundMarks, Scorecard, Tally, Verdict
from server.domain.record import REVEALED
from server.domain.rules import AudienceMethod, Component, Criterion, Scoring, Weights

HIGHEST_MULTIPLIER = 100
MOST_ROUNDS = 500
MOST_FINALISTS = 100
MOST_VERDICTS = 1_000  # of one round
MOST_ENTRIES = 1_000_000


@dataclass(frozen=True, slots=True)
class GivenRound:
    """The marks of one round, and whether it counts. `label` names it in paths: "3", or "3.2" for a replay."""

    label: str
    counts: bool
    marks: RoundMarks


@dataclass(frozen=True, slots=True)
class Given:
    """Everything the scores follow from."""

    scoring: Scoring
    seed: str
    finalists: tuple[str, ...]
    rounds: tuple[GivenRound, ...]


@dataclass(frozen=True, slots=True)
class GivenJournal:
    """The journal as the file has it: how many entries it says there are, its head, and the entries."""

    entries: int
    head: str
    log: tuple[JournalEntry, ...]


def read_given(root: Field) -> Given:
    """The rules, the finalists and every round's marks."""
    finalists = tuple(item.of("id").text() for item in root.of("finalists").items())
    if len(set(finalists)) != len(finalists) or len(finalists) > MOST_FINALISTS:
        raise Malformed(f"finalists: expected at most {MOST_FINALISTS}, each id once")
    rounds = tuple(_round(item, finalists) for item in root.of("rounds").items())
    counting = [given.marks.number for given in rounds if given.counts]
    if len(set(counting)) != len(counting) or len(rounds) > MOST_ROUNDS:
        raise Malformed(f"rounds: expected at most {MOST_ROUNDS}, each number revealed once")
    event = root.of("event")
    return Given(_scoring(event), event.of("seed").text(), finalists, rounds)


def read_journal(journal: Field) -> GivenJournal:
    """The journal's claims and its entries."""
    log = tuple(
        JournalEntry(
            number=entry.of("number").whole(),
            at_ms=entry.of("at_ms").whole(),
            kind=entry.of("kind").text(),
            payload=entry.of("payload").text(),
            hash=entry.of("hash").text(),
        )
        for entry in journal.of("log").items(MOST_ENTRIES)
    )
    return GivenJournal(journal.of("entries").whole(), journal.of("head").text(), log)


def _scoring(event: Field) -> Scoring:
    weights = event.of("weights")
    return Scoring(
        weights=Weights(**{component.value: weights.of(component.value).fraction() for component in Component}),
        audience_method=event.of("audience_method").one_of(AudienceMethod),
        audience_quorum=event.of("audience_quorum").whole(),
        experts_trimmed=event.of("experts_trimmed").flag(),
        criteria=_criteria(event.of("criteria")),
    )


def _criteria(criteria: Field) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(c.of("key").text(), c.of("label").text(), c.of("weight").fraction()) for c in criteria.items()
    )


def _round(item: Field, finalists: tuple[str, ...]) -> GivenRound:
    number, run = item.of("number").whole(), item.of_or("run", 1).whole()
    label = str(number) if run == 1 else f"{number}.{run}"
    round_ = Field(item.value, f"rounds[{label}]")
    marks = RoundMarks(
        number=number,
        multiplier=round_.of("multiplier").whole(1, HIGHEST_MULTIPLIER),
        finalists=finalists,
        entered=_entered(round_, finalists),
        verdicts=tuple(read_verdict(v, finalists) for v in round_.of("verdicts").items(MOST_VERDICTS)),
        scorecards=tuple(_scorecard(c, finalists) for c in round_.of("scorecards").items()),
        tally=_tally(round_.of("ballots"), finalists),
        corrections=tuple(_correction(c, finalists) for c in round_.of("corrections").items()),
        criteria=_criteria(round_.of_or("criteria", [])),
    )
    return GivenRound(label, round_.of("status").text() == REVEALED, marks)


def _entered(round_: Field, finalists: tuple[str, ...]) -> frozenset[str]:
    """Finalists whose attempt counts: at most one each, and it has text."""
    entered: set[str] = set()
    for attempt in round_.of("attempts").items():
        finalist, text = _finalist(attempt, finalists), attempt.of("text").text()
        for setting in ("temperature", "top_p"):
            attempt.of(setting).number()
        if not attempt.of("entry").flag():
            continue
        if finalist in entered or not text.strip():
            raise Malformed(f"{attempt.path}.entry: expected one entry with text for {finalist}")
        entered.add(finalist)
    return frozenset(entered)


def _finalist(item: Field, finalists: tuple[str, ...]) -> str:
    return _known(item.of("finalist"), item.of("finalist").text(), finalists)


def _known(where: Field, finalist: str, finalists: tuple[str, ...]) -> str:
    if finalist not in finalists:
        raise where.not_a("the id of a finalist")
    return finalist


def read_verdict(item: Field, finalists: tuple[str, ...]) -> Verdict:
    """One judge's mark, as it was counted."""
    return Verdict(
        judge=item.of("judge").text(),
        finalist=_finalist(item, finalists),
        mark=item.of("mark").mark(read_llm_mark),
        weight=item.of_or("weight", "1").fraction(),
    )


def read_llm_mark(value: object) -> Fraction:
    """As `llm_mark`, but what the file says is what was used: nothing is rounded again."""
    mark = llm_mark(value)
    if isinstance(value, str) and Fraction(value.strip()) != mark:
        raise refusal("A judge's mark", "a number with three places", value)
    return mark


def _scorecard(item: Field, finalists: tuple[str, ...]) -> Scorecard:
    marks: dict[str, Fraction] = {key: mark.mark(expert_mark) for key, mark in item.of("marks").members()}
    return Scorecard(item.of("expert").text(), _finalist(item, finalists), marks)


def _tally(ballots: Field, finalists: tuple[str, ...]) -> Tally:
    favourites = ballots.of("favourites").members()
    stars = ballots.of("stars").members()
    return Tally(
        counted=ballots.of("counted").whole(),
        discarded=ballots.of("discarded").whole(),
        favourites={_known(votes, f, finalists): votes.whole() for f, votes in favourites},
        stars={
            _known(given, f, finalists): {_star(star, count): count.whole() for star, count in given.members()}
            for f, given in stars
        },
    )


def _star(text: str, where: Field) -> int:
    if text not in ("1", "2", "3", "4", "5"):
        raise Malformed(f"{where.path}: expected 1 to 5 stars")
    return int(text)


def _correction(item: Field, finalists: tuple[str, ...]) -> Correction:
    return Correction(
        finalist=_finalist(item, finalists),
        component=item.of("component").one_of(Component),
        before=None,
        after=item.of("to").fraction(),
        reason=item.of("reason").text(),
    )
