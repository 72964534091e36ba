"""Filters: by length in tokens, by language."""

from collections.abc import Sequence

from training.data.choices import Measured
from training.data.curate.outcome import Outcome, kept
from training.data.errors import DataError
from training.data.languages import Identify, check_codes, identify
from training.data.rows import Scalar, TrainingRow
from training.data.tokens import Counting

LEAST_CONFIDENCE = 0.2  # a short sound sentence reaches 0.4, a text without words stays under 0.05


def by_length(
    rows: Sequence[TrainingRow],
    tokens: Counting,
    least: int = 1,
    most: int | None = None,
    measured: Measured = Measured.RESPONSE,
) -> Outcome:
    """Rows of `least` to `most` tokens, both included. Raises DataError."""
    if least < 1 or (most is not None and most < least):
        raise DataError(f"A length filter goes from 1 token or more up to as many or more, not from {least} to {most}.")
    counts = tokens.of_responses(rows) if measured is Measured.RESPONSE else tokens.of_rows(rows)
    reasons = {}
    for place, count in enumerate(counts):
        if count < least:
            reasons[place] = f"{count:,} tokens, fewer than {least:,}"
        elif most is not None and count > most:
            reasons[place] = f"{count:,} tokens, more than {most:,}"
    settings: dict[str, Scalar] = {"least": least, "most": most, "measured": measured.value}
    return kept(rows, reasons, "length", {**settings, "tokenizer": tokens.name, "tokenizer_sha256": tokens.sha256})


def by_language(
    rows: Sequence[TrainingRow],
    languages: frozenset[str],
    least_confidence: float = LEAST_CONFIDENCE,
    identified: Identify = identify,
) -> Outcome:
    """Rows whose response is in one of the languages (ISO 639-1 codes), as sure as `least_confidence`. DataError."""
    check_codes(languages)
    if not 0 <= least_confidence <= 1:
        raise DataError(f"A confidence lies between 0 and 1, not at {least_confidence}.")
    reasons = {}
    for place, row in enumerate(rows):
        language, confidence = identified(row.response)
        if language not in languages:
            reasons[place] = f"in {language} ({confidence:.0%} sure)"
        elif confidence < least_confidence:
            reasons[place] = f"perhaps in {language}, but only {confidence:.0%} sure"
    settings: dict[str, Scalar] = {"languages": ",".join(sorted(languages)), "least_confidence": least_confidence}
    return kept(rows, reasons, "language", settings)
