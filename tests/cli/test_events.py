"""`finale event`, `finale links`, `finale seats`, `finale check`."""

import json
import time
from pathlib import Path

import pytest

from server.store.database import open_database
from server.store.people import seats
from tests.cli.conftest import Finale, failed

NEW = ("event", "new", "--name", "Small Finale", "--finalist", "Mei Ling", "--finalist", "Bob=arjun")


def test_an_event_from_names_gets_its_adapters_from_the_catalogue(finale: Finale, url: str) -> None:
    result = finale(*NEW, "--expert", "Dr Lim", "--question", "Why?", "--bonus", "An acronym?")
    assert result.exit_code == 0, result.output
    assert "finale serve --event small-finale" in result.stdout
    shown = finale("event", "show", "small-finale").stdout
    assert "A  Mei Ling" in shown
    assert "arjun@" in shown
    assert "2. (×2) An acronym?" in shown
    assert "judges:  Demo judge" in shown


def test_an_event_without_a_question_is_refused(finale: Finale, url: str) -> None:
    assert "no question" in failed(finale(*NEW))


def test_a_finalist_without_a_model_is_pointed_out(finale: Finale, url: str) -> None:
    result = finale("event", "new", "--finalist", "Zoe", "--question", "Why?")
    assert result.exit_code == 0
    assert "Zoe has no adapter" in result.stderr


def test_the_template_is_an_event_that_can_be_made(finale: Finale, url: str) -> None:
    Path("mine.json").write_text(finale("event", "template").stdout)
    assert finale("event", "new", "mine.json").exit_code == 0
    assert "finale-2026" in finale("event", "list").stdout
    again = json.loads(finale("event", "show", "finale-2026", "--json").stdout)
    assert again["finalists"][0]["adapter"].startswith("mei-ling@")


def test_a_wrong_field_in_the_file_is_named(finale: Finale, url: str) -> None:
    Path("mine.json").write_text('{"id": "x", "name": "X", "seed": "s", "finalists": [{"id": 7}]}')
    told = failed(finale("event", "new", "mine.json"))
    assert "finalists.0.name" in told
    assert "finale event template" in told


def test_an_empty_database_says_what_to_do(finale: Finale, url: str) -> None:
    assert "finale demo" in finale("event", "list").stdout
    assert "finale demo" in failed(finale("links"))


def test_everybody_has_a_link_in_one_line_and_the_audience_a_code(finale: Finale, waiting: str) -> None:
    lines = finale("links", "demo").stdout.splitlines()
    assert sum("/enter/" in line for line in lines) == 12
    assert any("code 4821" in line and line.endswith("/vote?c=4821") for line in lines)
    assert any("▄" in line for line in lines)


def test_a_fresh_link_replaces_the_old_one(finale: Finale, waiting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)  # a link says in which second it was made
    before = finale("links", "demo").stdout
    fresh = finale("links", "demo", "--fresh", "finalist", "arjun")
    assert fresh.stdout.strip() not in before
    assert fresh.stdout.strip() in finale("links", "demo").stdout
    assert "no finalist called 'bob'" in failed(finale("links", "demo", "--fresh", "finalist", "bob"))


def test_qr_codes_are_written_to_be_printed(finale: Finale, waiting: str) -> None:
    assert "13 QR codes" in finale("links", "demo", "--qr-dir", "codes").stdout
    assert Path("codes/audience.svg").read_text().startswith("<?xml")


def test_seat_codes_are_new_each_time_and_in_the_store(finale: Finale, waiting: str) -> None:
    finale("seats", "demo", "--count", "10", "--out", "seats.txt")
    printed = finale("seats", "demo", "--count", "7").stdout.split()
    assert len(set(printed) | set(Path("seats.txt").read_text().split())) == 17
    with open_database(waiting).connect() as connection:
        assert {code for code, used in seats(connection, "demo") if not used} >= set(printed)


def test_a_check_without_a_server_loads_the_models_and_ends_well(finale: Finale, waiting: str) -> None:
    result = finale("check")
    assert result.exit_code in (0, 1), result.output
    assert "Model of Mei Ling" in result.stdout
    assert "● ok" in result.stdout


def test_a_check_of_a_server_that_is_not_there_says_so(finale: Finale) -> None:
    assert "no server at http://127.0.0.1:1" in failed(
        finale("check", "--server", "http://127.0.0.1:1", "--token", "x")
    )


def test_the_toml_template_is_an_event_whose_checks_and_criteria_are_told(finale: Finale, url: str) -> None:
    Path("mine.toml").write_text(finale("event", "template", "--toml").stdout)
    assert finale("event", "new", "mine.toml").exit_code == 0
    shown = finale("event", "show", "finale-2026").stdout
    assert "marked by Accuracy (weight 2), Humour (weight 1)" in shown
    assert "the judges are told a good answer and 1 fact" in shown
    assert "counted by code, 50 % of each judge's mark: counts the letter r in “strawberry rojak”" in shown
    assert "counted by code, 25 % of each judge's mark: spells an acronym" in shown


def test_what_show_prints_as_json_can_be_made_again(finale: Finale, url: str) -> None:
    Path("mine.toml").write_text(finale("event", "template", "--toml").stdout)
    finale("event", "new", "mine.toml")
    told = finale("event", "show", "finale-2026", "--json").stdout
    checks = json.loads(told)["questions"][1]["checks"]
    assert checks == [{"kind": "count_letter", "name": "", "letter": "r", "text": "strawberry rojak", "which": "last"}]
    Path("again.json").write_text(told.replace("finale-2026", "finale-2027"))
    assert finale("event", "new", "again.json").exit_code == 0
    again = finale("event", "show", "finale-2027", "--json").stdout
    assert json.loads(again)["questions"] == json.loads(told)["questions"]


def made_from(finale: Finale, change: tuple[str, str]) -> str:
    text = finale("event", "template", "--toml").stdout
    assert change[0] in text
    Path("mine.toml").write_text(text.replace(*change, 1))
    return failed(finale("event", "new", "mine.toml"))


def test_what_is_wrong_with_a_check_is_said_in_a_sentence(finale: Finale, url: str) -> None:
    assert "questions.1.checks.0.kind: Input should be 'says_number'" in made_from(
        finale, ('kind = "count_letter"', 'kind = "count_letters"')
    )
    assert "Question 2: check 1: A letter is one letter, not 'rr'." in made_from(
        finale, ('letter = "r"', 'letter = "rr"')
    )
    assert "Question 2: checks_share is from 0 to 1, not 3/2." in made_from(
        finale, ('checks_share = "1/2"', "checks_share = 1.5")
    )
    assert "Question 2: check 1: count_letter needs letter." in made_from(finale, ('letter = "r"\n', ""))


def test_a_field_that_no_event_has_is_refused_not_dropped(finale: Finale, url: str) -> None:
    assert "fields that no event has: questions.1.checks.0.leter" in made_from(
        finale, ('letter = "r"', 'letter = "r"\nleter = "r"')
    )
    assert "rules.round_secs" in made_from(finale, ("round_seconds = 60", "round_secs = 60"))
    assert "cannot be read" in made_from(finale, ("[rules]", "[rules"))
