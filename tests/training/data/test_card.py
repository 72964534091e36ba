"""The data card: everything counted, nothing invented, the same bytes for the same rows."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.training.data.made_up import numbered, row
from training.data import DataError, Step, fingerprint
from training.data.card import About, make_card
from training.data.card_files import page, write_card
from training.data.curate import longest, split
from training.data.tokens import Tokens

ABOUT = About("Hawker | stories", "CC-BY-4.0", "Told by hand.")


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens()


def card(rows: list[Any], tokens: Tokens, about: About = ABOUT) -> dict[str, Any]:
    return make_card(rows, about, tokens, lambda text: ("en", 1.0)).data


def test_everything_is_counted(tokens: Tokens) -> None:
    rows = [*numbered(9), row("Why?", "So.", system="Be kind."), row("Why?", "So.", system="Be kind.")]
    told = card(rows, tokens)
    assert (told["rows"], told["identical_rows"], told["with_system_prompt"]) == (11, 1, 2)
    assert told["fingerprint"] == fingerprint(rows)
    assert told["tokens"]["response"]["sum"] == sum(tokens.of_responses(rows))
    assert told["tokens"]["row"]["most"] == max(tokens.of_rows(rows))
    assert told["languages"]["counts"] == {"en": 11}
    assert told["licence"] == "CC-BY-4.0"


def test_examples_show_the_shortest_and_the_longest(tokens: Tokens) -> None:
    rows = [*numbered(20), row("Short?", "S."), row("Long?", "long " * 300)]
    asked = [messages[-2]["content"] for messages in card(rows, tokens)["examples"]]
    assert {"Short?", "Long?"} <= set(asked)
    assert len(asked) == len(set(asked)) == 5


def test_steps_are_told_in_their_order_with_the_rows_that_took_them(tokens: Tokens) -> None:
    chosen = split(longest(numbered(20), 10, tokens).rows, 0.2, 1)
    rows = [*chosen.training, row("Why?", "So.").with_step(Step("refine", {"model": "m"}))]
    steps = card(rows, tokens)["steps"]
    assert [(one["name"], one["rows"]) for one in steps] == [("longest", 8), ("refine", 1), ("split", 8)]


def test_a_large_set_is_sampled_for_languages_and_the_card_says_so(tokens: Tokens) -> None:
    told = card(numbered(2100, words=1), tokens)["languages"]
    assert told["responses_looked_at"] == sum(told["counts"].values()) == 2000


@pytest.mark.parametrize(
    ("about", "complaint"), [(About("x", " "), "needs the licence"), (About("", "MIT"), "needs a name")]
)
def test_a_name_and_a_licence_are_asked_for_and_never_invented(about: About, complaint: str, tokens: Tokens) -> None:
    with pytest.raises(DataError, match=complaint):
        card(numbered(2), tokens, about)


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, tokens: Tokens) -> None:
    for name in ("a", "b"):
        write_card(tmp_path / name, make_card(numbered(30), ABOUT, tokens))
    for name in ("card.json", "README.md", "tokens.svg"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a/card.json").read_text())["format"] == "finale-data-card/1"


def test_the_picture_is_svg_with_readable_words(tmp_path: Path, tokens: Tokens) -> None:
    write_card(tmp_path, make_card(numbered(30), ABOUT, tokens))
    words = " ".join(ET.parse(tmp_path / "tokens.svg").getroot().itertext())
    assert "tokens of the response" in words
    assert "median" in words


def test_rows_of_one_length_have_a_picture_too(tmp_path: Path, tokens: Tokens) -> None:
    write_card(tmp_path, make_card([row("Why?", "So.")], ABOUT, tokens))
    assert (tmp_path / "tokens.svg").stat().st_size > 1000


def test_text_of_rows_cannot_break_the_page(tokens: Tokens) -> None:
    text = page(card([row("Why?", "```\n# not a heading\n````\n| a | b |")], tokens))
    assert "`````text\n```\n# not a heading\n````\n| a | b |\n`````" in text
    assert "Hawker | stories" in text.splitlines()[0]
    assert "| licence | CC-BY-4.0 |" in text
