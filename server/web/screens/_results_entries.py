"""One finalist's answer in one round, as far as the reader may see it: text, prompt, marks, votes."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from server.domain.components import card_mark
from server.domain.insight import Disagreement
from server.domain.marks import HIGHEST, Correction
from server.domain.rules import AudienceMethod, Component
from server.domain.scoring import RoundScores
from server.domain.state import Attempt, EventState, Round
from server.web.screens._results_judging import CheckView, FindingView, check_views, finding_views
from server.web.screens._results_opinions import Opinion, opinions
from server.web.screens._results_words import (
    LABELS,
    Number,
    counted,
    maybe,
    number,
    ordinal,
    percent,
    seconds,
    whole,
)

ENDED = {
    "stop": "",
    "length": "stopped at its token limit",
    "stopped": "stopped by the finalist",
    "cut": "cut at the end of the grace",
    "failed": "failed",
}
LONG_ANSWER = 900  # characters
NOTEWORTHY_GAP = Fraction(1)


@dataclass(frozen=True, slots=True)
class Generation:
    """One attempt. `ended`: words if it did not end by itself; `counts`: it is the entry."""

    number: int
    system_prompt: str
    settings: tuple[tuple[str, str], ...]
    text: str
    facts: tuple[str, ...]
    ended: str
    automatic: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a score. `mark` None: absent for everyone. `note`: the votes, or what was corrected."""

    key: str
    label: str
    mark: Number | None
    length: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One expert's marks, criterion by criterion; "" where one is missing."""

    expert: str
    marks: tuple[str, ...]
    mark: Number | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Split:
    """How machine and people differ on this answer. `side`: who liked it more."""

    words: str
    gap: Number
    is_wide: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One finalist's round. `generation` is None without an answer, or where it may not be seen."""

    anchor: str
    lane: int
    name: str
    place: str
    score: Number | None
    generation: Generation | None
    attempts: int
    flag: str
    parts: tuple[Part, ...]
    opinions: tuple[Opinion, ...]
    cards: tuple[Card, ...]
    split: Split | None
    checks: tuple[CheckView, ...]
    findings: tuple[FindingView, ...]

    @property
    def is_long(self) -> bool:
        """Whether the answer is folded until somebody wants to read all of it."""
        return self.generation is not None and len(self.generation.text) > LONG_ANSWER


def entry(
    state: EventState, round_: Round, scores: RoundScores, finalist: str, splits: Mapping[str, Disagreement]
) -> Entry:
    """A finalist's entry in a revealed round, marks and all."""
    lane = state.event.lane(finalist)
    attempt = round_.entry(finalist)
    mine = scores.scores[finalist]
    return Entry(
        anchor=f"round-{round_.key.replace('.', '-')}-{lane}",
        lane=lane,
        name=state.event.finalists[lane].name,
        place=ordinal(1 + sum(other.score > mine.score for other in scores.scores.values())),
        score=number(mine.score),
        generation=None if attempt is None else generation(round_, attempt),
        attempts=len(round_.attempts_of(finalist)),
        flag=round_.flags.get(finalist, ""),
        parts=tuple(_part(state, round_, scores, finalist, part) for part in Component),
        opinions=opinions(state, round_, scores, finalist),
        cards=_cards(state, round_, scores, finalist),
        split=_split(splits[finalist], splits) if finalist in splits else None,
        checks=check_views(round_, finalist),
        findings=finding_views(round_, finalist),
    )


def unmarked(state: EventState, round_: Round, finalist: str) -> Entry:
    """A finalist's entry in a round that does not count: the answer without marks."""
    lane = state.event.lane(finalist)
    attempt = round_.entry(finalist)
    made = None if attempt is None else generation(round_, attempt)
    anchor = f"round-{round_.key.replace('.', '-')}-{lane}"
    many, flag = len(round_.attempts_of(finalist)), round_.flags.get(finalist, "")
    name, found = state.event.finalists[lane].name, finding_views(round_, finalist)
    return Entry(anchor, lane, name, "", None, made, many, flag, (), (), (), None, (), found)


def generation(round_: Round, attempt: Attempt) -> Generation:
    """One attempt with its settings and what is known of how it went."""
    took = None if attempt.ended_at is None else attempt.ended_at - attempt.started_at
    facts = [
        counted(attempt.tokens, "token"),
        f"first after {seconds(attempt.ttft_ms)}" if attempt.ttft_ms is not None else "",
        f"done in {seconds(took)}" if took is not None else "",
    ]
    ended = ENDED.get(attempt.finish_reason or "", attempt.finish_reason or "") or ""
    return Generation(
        number=attempt.number,
        system_prompt=attempt.system_prompt,
        settings=_settings(attempt),
        text=whole(attempt.text),
        facts=tuple(filter(None, facts)),
        ended=f"{ended}: {attempt.failure}" if attempt.failure else ended,
        automatic=attempt.automatic,
        counts=round_.entries.get(attempt.finalist) == attempt.id,
    )


def _settings(attempt: Attempt) -> tuple[tuple[str, str], ...]:
    return (
        ("Temperature", f"{attempt.temperature:g}"),
        ("Top-p", f"{attempt.top_p:g}"),
        ("Max tokens", str(attempt.max_tokens)),
        ("Seed", str(attempt.seed)),
    )


def _part(state: EventState, round_: Round, scores: RoundScores, finalist: str, part: Component) -> Part:
    mark = scores.scores[finalist][part]
    votes = _votes(state, round_, finalist) if part is Component.AUDIENCE and part in scores.present else ""
    fixes = tuple(f"corrected to {number(c.after).text}" for c in corrected(round_, finalist, part))
    length = percent(float((mark or Fraction(0)) / HIGHEST))
    return Part(part.value, LABELS[part], maybe(mark), length, tuple(filter(None, (votes, *fixes))))


def corrected(round_: Round, finalist: str, part: Component) -> tuple[Correction, ...]:
    """The organiser's corrections of one component of one finalist, oldest first."""
    return tuple(c for c in round_.corrections if (c.finalist, c.component) == (finalist, part))


def _votes(state: EventState, round_: Round, finalist: str) -> str:
    tally = round_.tally
    if state.event.rules.scoring.audience_method is AudienceMethod.FAVOURITE:
        return f"{tally.favourites.get(finalist, 0):,} of {counted(tally.counted, 'vote')}"
    given = tally.stars.get(finalist, {})
    return " · ".join(f"{stars}★ {given[stars]:,}" for stars in sorted(given, reverse=True) if given[stars])


def _cards(state: EventState, round_: Round, scores: RoundScores, finalist: str) -> tuple[Card, ...]:
    names = {expert.id: expert.name for expert in state.event.experts}
    criteria = state.event.criteria_of(round_.question)
    return tuple(
        Card(
            expert=names.get(card.expert, card.expert),
            marks=tuple(_half_points(card.marks.get(criterion.key)) for criterion in criteria),
            mark=maybe(card_mark(criteria, card)),
            counts=card.expert in scores.experts_complete,
        )
        for card in round_.scorecards
        if card.finalist == finalist
    )


def _half_points(mark: Fraction | None) -> str:
    return "" if mark is None else f"{float(mark):.1f}"


def _split(mine: Disagreement, all_: Mapping[str, Disagreement]) -> Split:
    return Split(
        words=split_words(mine),
        gap=number(mine.gap, signed=True),
        is_wide=abs(mine.gap) >= NOTEWORTHY_GAP and abs(mine.gap) == max(abs(d.gap) for d in all_.values()),
    )


def split_words(row: Disagreement) -> str:
    """Where the LLM and the people placed an answer, in words."""
    if row.llm_place == row.people_place:
        return f"LLM judge and people both placed it {ordinal(row.llm_place)}"
    return f"LLM judge placed it {ordinal(row.llm_place)}, the people {ordinal(row.people_place)}"
