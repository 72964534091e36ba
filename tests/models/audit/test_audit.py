"""The audit as a whole: agreement, records that are refused, what is written."""

import json
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from models.judging.audit import AuditRecord, ExpertMark, audit, write_audit
from models.judging.audit.records import BEYOND, EXPERTS
from models.judging.statistics import DataRefused
from tests.models.audit.shows import Show, played

SHOW = Show(rounds=7, judges=2, length=0.3, bold=0.8, malay=-0.8)
ONE = AuditRecord("round 1", "finalist-1", "A text.", "judge-0", 7.5, 0, 1)


def as_experts(one: AuditRecord, mark: float) -> ExpertMark:
    return ExpertMark(one.round, one.entry, "expert-0", mark)


def test_a_judge_that_marks_as_the_experts_do_agrees_fully_and_its_opposite_never() -> None:
    records, _ = played(Show(rounds=6, orders=1, experts=0))
    same = audit(records, [as_experts(one, float(one.mark)) for one in records])
    assert same.event.by_judge[0].pairwise.accuracy == 1
    assert same.event.by_judge[0].alpha.value == pytest.approx(1)
    opposite = audit(records, [as_experts(one, 10 - float(one.mark)) for one in records])
    assert opposite.event.by_judge[0].pairwise.accuracy == 0
    interval = same.event.by_judge[0].interval
    assert interval is not None
    assert interval == (1, 1)


def test_agreement_is_told_per_round_and_for_the_event() -> None:
    found = audit(*played(SHOW))
    assert [one.round for one in found.rounds] == [f"round {number}" for number in range(7)]
    for at, judge in enumerate(found.judges):
        of_rounds = [one.by_judge[at].pairwise for one in found.rounds]
        assert [one.by_judge[at].judge for one in found.rounds] == [judge] * 7
        assert sum(one.pairs for one in of_rounds) == found.event.by_judge[at].pairwise.pairs
        assert sum(one.same for one in of_rounds) == found.event.by_judge[at].pairwise.same
    assert found.event.experts.value is not None
    assert found.event.judges.value is not None
    assert found.event.judges.units == 35


def test_without_experts_judges_stand_alone_and_alpha_says_why() -> None:
    records, _ = played(SHOW)
    found = audit(records)
    assert found.experts == 0
    assert {one.effect.rater for one in found.length} == {"judge-0", "judge-1"}
    assert found.event.experts.value is None
    assert found.event.by_judge[0].pairwise.accuracy is None
    assert "No expert marked" in write_text(found)


def test_the_order_of_records_changes_nothing() -> None:
    records, experts = played(SHOW)
    rng = random.Random(1)
    found, mixed = audit(records, experts), audit(rng.sample(records, len(records)), rng.sample(experts, len(experts)))
    assert replace(mixed, rounds=tuple(sorted(mixed.rounds, key=lambda one: one.round or ""))) == found


def test_no_record_is_no_audit_and_no_picture(tmp_path: Path) -> None:
    written = write_audit(audit([]), tmp_path)
    assert [path.name for path in written] == ["audit.json", "audit.md"]
    assert "nothing to audit" in (tmp_path / "audit.md").read_text()


def test_decimals_and_fractions_are_marks_too() -> None:
    assert audit([replace(ONE, mark=Fraction(15, 2))]) == audit([ONE])


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([replace(ONE, mark=10.5)], "from 0 to 10"),
        ([replace(ONE, mark=-0.1)], "from 0 to 10"),
        ([replace(ONE, mark=float("nan"))], "from 0 to 10"),
        ([replace(ONE, mark=True)], "from 0 to 10"),
        ([replace(ONE, round="")], "names"),
        ([replace(ONE, order=None)], "together"),
        ([replace(ONE, position=None)], "together"),
        ([replace(ONE, position=0)], "from 1"),
        ([replace(ONE, judge=EXPERTS)], "experts' lines"),
        ([replace(ONE, judge=f"judge-0{BEYOND}")], "experts' lines"),
        ([ONE, ONE], "two marks"),
        ([ONE, replace(ONE, entry="finalist-2")], "two marks"),
        ([ONE, replace(ONE, order=1, text="Another text.")], "two texts"),
    ],
)
def test_records_that_contradict_each_other_are_refused(records: list[AuditRecord], message: str) -> None:
    with pytest.raises(DataRefused, match=message):
        audit(records)


@pytest.mark.parametrize("marks", [[11.0], [float("inf")], [5.0, 5.0]])
def test_experts_marks_off_the_scale_or_given_twice_are_refused(marks: list[float]) -> None:
    with pytest.raises(DataRefused):
        audit([ONE], [as_experts(ONE, mark) for mark in marks])


def write_text(found: Any) -> str:
    from models.judging.audit import told

    return told(found, [])


def test_the_same_audit_is_written_in_the_same_bytes_with_pictures_that_stand_alone(tmp_path: Path) -> None:
    found = audit(*played(SHOW))
    first, second = (
        {path.name: path.read_bytes() for path in write_audit(found, tmp_path / name)} for name in ("a", "b")
    )
    assert first == second
    pictures = {name: content for name, content in first.items() if name.endswith(".svg")}
    assert set(pictures) == {"length.svg", "position.svg", "markdown.svg", "language.svg", "agreement.svg"}
    for name, content in pictures.items():
        root = ET.fromstring(content)
        hrefs = [value for node in root.iter() for key, value in node.attrib.items() if key.endswith("href")]
        assert all(href.startswith("#") for href in hrefs), name
        assert not [node for node in root.iter() if node.tag.endswith(("script", "image", "date"))], name
        assert f"]({name})" in first["audit.md"].decode()


def test_the_json_holds_the_figures_and_no_text_of_an_entry(tmp_path: Path) -> None:
    records, experts = played(SHOW)
    secret = [replace(one, text=f"{one.text} UNSEEN") for one in records]
    write_audit(audit(secret, experts), tmp_path)
    for path in tmp_path.iterdir():
        assert b"UNSEEN" not in path.read_bytes()
    plain = json.loads((tmp_path / "audit.json").read_text(), parse_constant=lambda name: pytest.fail(name))
    assert plain["format"] == "finale-judge-audit/1"
    assert plain["length"][0]["effect"]["rater"] == "judge-0"
    assert plain["length"][0]["effect"]["estimate"]["interval"].keys() == {"low", "high"}
    assert 0 <= plain["event"]["by_judge"][0]["pairwise"]["accuracy"] <= 1


def test_names_from_outside_break_neither_table_nor_picture(tmp_path: Path) -> None:
    name = "<script>alert(1)</script> | $x_{1$ `a` 评委 நடுவர்"
    records, experts = played(replace(SHOW, judges=1))
    write_audit(audit([replace(one, judge=name, round=f"{one.round} |$&<") for one in records], []), tmp_path)
    text = (tmp_path / "audit.md").read_text()
    assert "<script>" not in re.sub(r"\\.", "", text)
    tables = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} <= {4, 7, 9}
    for picture in tmp_path.glob("*.svg"):
        root = ET.parse(picture).getroot()
        assert not [node for node in root.iter() if node.tag.endswith("script")]
    legend = (tmp_path / "length.svg").read_text()
    assert "评委" in legend
    assert "&lt;script&gt;" in legend
    assert experts


def test_every_finding_is_told_in_words() -> None:
    text = write_text(audit(*played(SHOW)))
    assert re.search(r"\*\*judge-0\*\*: a longer entry gets 0\.\d\d marks more per 100 characters", text)
    assert "not enough data: 3 rounds" not in text
    short = write_text(audit(*played(replace(SHOW, rounds=3))))
    assert "not enough data: 3 rounds with entries of different lengths; 5 are needed" in short
    assert "Not enough data for some or all raters: length, place" in short
