"""The results file: its shape, its spelling of numbers, and its tables."""

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePath

import pytest
from hypothesis import strategies as st

from server.domain.bundle import build_bundle
from server.domain.bundle_csv import cell, decimal_text, tables
from server.domain.bundle_text import fraction_text, half_points_text, parse_fraction, thousandths_text, time_text
from server.domain.chain import GENESIS
from server.domain.marks import Correction
from server.domain.record import FinalistRecord, Show
from server.domain.rules import Component
from server.domain.scoring import score_round
from server.domain.standings import standings
from server.domain.verify import verify
from tests.domain import drawn_rounds as drawn
from tests.domain.drawn_rounds import holds_for
from tests.domain.played_show import SHOW, START, journal, record

F = Fraction
BUNDLE = build_bundle(SHOW)
FIRST, VOIDED, REPLAYED = BUNDLE["rounds"]

# ARCHITECTURE section 10: the fields that a reader may count on.
PROMISED = {
    "": "format event finalists rounds standings journal",
    "event": "name rehearsal weights audience_method audience_quorum experts_trimmed seed",
    "finalists/0": "id name adapter adapter_sha256",
    "rounds/0": "number question multiplier status attempts verdicts scorecards ballots corrections scores",
    "rounds/0/attempts/0": "id finalist system_prompt temperature top_p max_tokens seed text tokens ttft_ms "
    "started_at ended_at finish_reason entry",
    "rounds/0/verdicts/0": "judge finalist mark reason",
    "rounds/0/scorecards/0": "expert finalist marks mark",
    "rounds/0/ballots": "counted discarded favourites stars",
    "rounds/2/corrections/0": "finalist component from to reason",
    "rounds/0/scores/0": "finalist llm experts audience score",
    "standings/0": "finalist rank total decided_by",
    "journal": "entries head",
}


def at(path):
    found = BUNDLE
    for step in PurePath(path).parts:
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


@st.composite
def shows(draw):
    """Any show, as the results get it."""
    scoring, rounds = draw(drawn.shows(most=3))
    return Show(
        id="drawn",
        name="Any",
        seed=draw(st.text(max_size=6)),
        finalists=tuple(FinalistRecord(f, f) for f in drawn.NAMES),
        rounds=tuple(
            record(marks, f"{marks.number}.1", draw(st.sampled_from(["revealed", "revealed", "voided", "sealed"])))
            for marks in rounds
        ),
        scoring=scoring,
        journal=journal("a", "b"),
    )


@pytest.mark.parametrize(("path", "fields"), PROMISED.items())
def test_every_promised_field_is_there(path, fields):
    assert set(fields.split()) <= at(path).keys()


def test_the_first_round_reads_as_in_the_architecture():
    assert FIRST["verdicts"][0]["mark"] == "7.250"
    assert FIRST["scorecards"][0]["marks"] == {"accuracy": "8.5", "flair": "8.5"}
    assert FIRST["scorecards"][0]["mark"] == "17/2"
    assert FIRST["scores"][0] == {
        "finalist": "mei-ling",
        "llm": "29/4",
        "experts": "17/2",
        "audience": "150/53",
        "score": fraction_text(F(2, 5) * F(29, 4) + F(2, 5) * F(17, 2) + F(1, 5) * F(150, 53)),
    }


def test_a_correction_shows_what_it_replaced_and_what_counts():
    assert REPLAYED["corrections"] == [
        {
            "finalist": "mei-ling",
            "component": "llm",
            "from": "29/4",
            "to": "7",
            "reason": "The judge misread the question.",
        }
    ]
    assert REPLAYED["scores"][0]["llm"] == "7"


def test_a_second_correction_replaces_the_first():
    again = Correction("mei-ling", Component.LLM, F(7), F(6), "Heard again.")
    replayed = SHOW.rounds[2]
    marks = replace(replayed.marks, corrections=(*replayed.marks.corrections, again))
    rows = build_bundle(replace(SHOW, rounds=(replace(replayed, marks=marks),)))["rounds"][0]["corrections"]
    assert [(row["from"], row["to"]) for row in rows] == [("29/4", "7"), ("7", "6")]


def test_below_the_quorum_the_audience_is_null_and_the_reason_named():
    assert [row["audience"] for row in REPLAYED["scores"]] == [None, None, None]
    assert REPLAYED["absent"] == {"llm": None, "experts": None, "audience": "below the quorum"}
    assert REPLAYED["weights"] == {"llm": "1/2", "experts": "1/2", "audience": None}


def test_a_voided_round_keeps_its_marks_and_reason_but_has_no_scores():
    assert (VOIDED["status"], VOIDED["void_reason"], VOIDED["scores"]) == ("voided", "The hall was dark.", [])
    assert VOIDED["verdicts"] == REPLAYED["verdicts"]


def test_the_journal_is_whole_and_its_head_is_the_last_hash():
    assert BUNDLE["journal"]["entries"] == 3
    assert BUNDLE["journal"]["head"] == BUNDLE["journal"]["log"][-1]["hash"]
    assert build_bundle(replace(SHOW, journal=()))["journal"]["head"] == GENESIS


def test_no_ballot_can_be_traced_to_a_voter():
    assert set(FIRST["ballots"]) == {"counted", "discarded", "favourites", "stars"}


def test_times_are_iso_8601_in_utc_with_milliseconds():
    assert FIRST["attempts"][0]["started_at"] == "2026-11-22T12:00:00.000Z"
    assert FIRST["attempts"][0]["ended_at"] == "2026-11-22T12:00:01.234Z"
    assert time_text(START + 7).endswith(".007Z")
    assert time_text(None) is None


def test_a_show_with_an_open_round_is_not_for_the_public():
    assert SHOW.may_be_published
    assert not replace(SHOW, rounds=(*SHOW.rounds, replace(SHOW.rounds[0], status="sealed"))).may_be_published


def test_marks_and_attempts_that_disagree_about_the_entries_are_refused():
    lost = replace(SHOW.rounds[0], attempts=SHOW.rounds[0].attempts[:2])
    with pytest.raises(ValueError, match=r"Round 1\.1: the marks know entries of arjun, farah, mei-ling"):
        build_bundle(replace(SHOW, rounds=(lost,)))


@holds_for(st.fractions())
def test_fractions_survive_the_file(value):
    assert parse_fraction(fraction_text(value)) == value


@pytest.mark.parametrize("text", ["", "1/0", "1/-2", "1.5", "1e5", "٣", "1/2/3", " 1", "1\n", "9" * 2000, "--1"])
def test_other_texts_are_no_fractions(text):
    assert parse_fraction(text) is None


@pytest.mark.parametrize(("mark", "text"), [("0", "0.000"), ("10", "10.000"), ("7.25", "7.250"), ("0.007", "0.007")])
def test_judges_marks_have_three_places(mark, text):
    assert thousandths_text(F(mark)) == text


def test_experts_marks_have_one_place():
    assert [half_points_text(F(m)) for m in ("0", "8.5", "10")] == ["0.0", "8.5", "10.0"]


@holds_for(shows())
def test_any_show_written_read_and_recomputed_gives_bit_identical_totals(show):
    bundle = build_bundle(show)
    text = json.dumps(bundle, allow_nan=False)
    report = verify(json.loads(text), fold=lambda log: show)
    assert report.ok, report.first_difference
    scored = [score_round(show.scoring, r.marks) for r in show.rounds if r.status == "revealed"]
    totals = {s.finalist: fraction_text(s.total) for s in standings(scored, drawn.NAMES, show.seed)}
    assert {row["finalist"]: row["total"] for row in json.loads(text)["standings"]} == totals
    assert json.dumps(build_bundle(show)) == json.dumps(bundle)


def rows(name, bundle=BUNDLE):
    return list(csv.DictReader(io.StringIO(tables(bundle)[name])))


def test_every_table_has_its_rows():
    assert {name: len(rows(name)) for name in tables(BUNDLE)} == {
        "scores.csv": 6,
        "attempts.csv": 7,
        "verdicts.csv": 9,
        "scorecards.csv": 9,
        "standings.csv": 3,
    }


def test_tables_show_decimals_that_no_spreadsheet_takes_for_a_date():
    first = rows("scores.csv")[0]
    assert (first["round"], first["llm"], first["audience"]) == ("1.1", "7.25", "2.830189")
    assert rows("scorecards.csv")[0]["mark_accuracy"] == "8.5"
    assert not any("/" in value for row in rows("standings.csv") for value in row.values())


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "-", "+65 8123", "-1/2", "-٣"],
)
def test_a_cell_that_would_run_is_disarmed(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-1.5", -1.5, 0, "kopi", "1-2", "", "7.250", -1e-9])
def test_plain_numbers_and_plain_text_stay_as_they_are(value):
    assert cell(value) == str(value)


def test_a_prompt_that_is_a_formula_is_disarmed_in_the_file():
    wicked = replace(SHOW.rounds[0], attempts=tuple(replace(a, text="=1+1") for a in SHOW.rounds[0].attempts))
    assert {row["text"] for row in rows("attempts.csv", build_bundle(replace(SHOW, rounds=(wicked,))))} == {"'=1+1"}


@pytest.mark.parametrize(("value", "text"), [("29/4", "7.25"), ("0", "0"), ("-1/3", "-0.333333"), ("100", "100")])
def test_decimals_have_six_places_at_most(value, text):
    assert decimal_text(F(value)) == text
