"""A show that was played: three rounds, one voided, with a correction, as the results get it."""

from dataclasses import replace
from fractions import Fraction

from server.domain.chain import GENESIS, JournalEntry, canonical, entry_hash
from server.domain.marks import Correction, RoundMarks, Scorecard, Tally, Verdict
from server.domain.record import ActRecord, AttemptRecord, FinalistRecord, RoundRecord, Show
from server.domain.rules import Component, Criterion, Scoring

NAMES = ("mei-ling", "arjun", "farah")
F = Fraction
START = 1_795_348_800_000  # 2026-11-22T12:00:00Z


def attempt(finalist, number=1, is_entry=True, text="Kopi, lah."):
    """One generation of a finalist."""
    return AttemptRecord(
        id=f"{finalist}-{number}",
        finalist=finalist,
        system_prompt="You are a hawker.",
        temperature=0.7,
        top_p=0.9,
        max_tokens=400,
        seed=17,
        text=text,
        tokens=5,
        started_at=START,
        ended_at=START + 1_234,
        ttft_ms=120,
        finish_reason="stop",
        is_entry=is_entry,
    )


def journal(*kinds):
    """A journal of so many entries."""
    entries, previous = [], GENESIS
    for number, kind in enumerate(kinds, start=1):
        payload = canonical({"kind": kind, "temperature": 1.0})
        previous = entry_hash(previous, number, START + number, kind, payload)
        entries.append(JournalEntry(number, START + number, kind, payload, previous))
    return tuple(entries)


def record(marks, key, status="revealed", **fields):
    """A round with one attempt that counts for everyone who entered."""
    attempts = tuple(attempt(finalist) for finalist in marks.finalists if finalist in marks.entered)
    return RoundRecord(key=key, question="What is kopi?", status=status, marks=marks, attempts=attempts, **fields)


MARKS = RoundMarks(
    number=1,
    multiplier=1,
    finalists=NAMES,
    entered=frozenset(NAMES),
    verdicts=tuple(Verdict("judge", f, F(m), "Clear.") for f, m in zip(NAMES, ("7.25", "5", "6"), strict=True)),
    scorecards=tuple(
        Scorecard("tan", f, {"accuracy": F(m), "flair": F("8.5")})
        for f, m in zip(NAMES, ("8.5", "6", "3"), strict=True)
    ),
    tally=Tally(counted=212, discarded=3, favourites=dict(zip(NAMES, (60, 100, 52), strict=True))),
)
CORRECTED = replace(
    MARKS,
    number=2,
    multiplier=2,
    entered=frozenset(NAMES[:2]),
    corrections=(Correction("mei-ling", Component.LLM, F(29, 4), F(7), "The judge misread the question."),),
    tally=Tally(counted=12, favourites={"mei-ling": 4, "arjun": 8}),
)
SHOW = Show(
    id="final-2026",
    name="Grand Finale",
    seed="merlion",
    finalists=tuple(FinalistRecord(f, f.title(), f"{f}-lora", "ab" * 32) for f in NAMES),
    rounds=(
        record(MARKS, "1.1", reveal=(Component.AUDIENCE, Component.EXPERTS, Component.LLM)),
        record(CORRECTED, "2.1", status="voided", void_reason="The hall was dark."),
        record(CORRECTED, "2.2", run=2, abstained={"second": "prose"}, flags={"arjun": "carries the question"}),
    ),
    scoring=Scoring(criteria=(Criterion("accuracy", "Accuracy"), Criterion("flair", "Flair"))),
    reveal_order=(Component.AUDIENCE, Component.EXPERTS, Component.LLM),
    acts=(ActRecord(START + 5, "voided", "The hall was dark.", "2.1"),),
    journal=journal("event.configured", "round.opened", "round.voided"),
)
