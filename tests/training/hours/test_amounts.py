"""Amounts of time, read and told: tables."""

import pytest

from training.hours import HoursRefused, in_words, parse_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3h", 10800), ("30m", 1800), ("1h30m", 5400), ("90s", 90), ("0.5 h", 1800), ("2 H 15 min", 8100)],
)
def test_amounts_are_read(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "h", "-1h", "1d", "1h later", "0s", "999999999h", "nan h"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(HoursRefused, match=r"write it like 3h|more than nothing"):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3599, "1 h"),
        (5400, "1 h 30 min"),
        (-90, "-90 s"),
        (36000, "10 h"),
    ],
)
def test_amounts_are_told(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
