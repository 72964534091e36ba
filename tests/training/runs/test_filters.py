"""Conditions on runs, and their order."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.runs.made_up import a_record
from training.runs.errors import RunsRefused
from training.runs.filters import in_order, meets, parse, wanted
from training.runs.log import Logged
from training.runs.record import Best, DataFacts, Status

RUN = Logged(
    Path("runs/one"),
    a_record(
        1,
        name="Night Market",
        entrant="Mei Ling",
        seconds=1500.0,
        best=Best(40, 1.25),
        train=DataFacts("data/mine.jsonl", "ab12" + "0" * 60, 300),
        settings={"lora_r": 16, "packing": True, "target_modules": ["q_proj", "v_proj"]},
    ),
)
BROKEN = Logged(Path("runs/two"), None, "run.json is torn")


@pytest.mark.parametrize(
    "condition",
    [
        "lora_r>=16", "lora_r = 16", "lora_r==16", "lora_r!=8", "lora_r<17", "learning_rate=2e-4",
        "loss<1.3", "loss>1.2", "step=40", "seconds>20m", "seconds<=1500", "seconds<1h", "rows=300",
        "name~market", "name=night market", "entrant=mei ling", "entrant!=Arjun", "status=finished",
        "data=ab12", "data=bbbb", "base=cc", "commit=dddd", "id=20261122",
        "started>=2026-11-01", "started=2026-11-22", "started<2026-11-22T11",
        "packing=true", "target_modules~v_proj", "target_modules=q_proj,v_proj",
        "overfitting=none", "loss!=none", "train~mine",
    ],
)  # fmt: skip
def test_a_run_meets_what_is_true_of_it(condition: str) -> None:
    assert meets(RUN, parse(condition))


@pytest.mark.parametrize(
    "condition",
    [
        "lora_r>16", "lora_r!=16", "loss<1.2", "seconds>30m", "name~day", "name=night", "status=failed", "data=ff",
        "data=0000", "started>2026-11-22", "packing=false", "overfitting>0", "overfitting!=none", "loss=none",
    ],
)  # fmt: skip
def test_a_run_does_not_meet_what_is_false_of_it(condition: str) -> None:
    assert not meets(RUN, parse(condition))


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("lora_r", "not a condition"),
        ("lora_r>=", "not a condition"),
        (">=16", "not a condition"),
        ("", "not a condition"),
        ("lora_r>=many", "'many' is none"),
        ("loss<nan", "'nan' is none"),
        ("seconds>soon", "amount of time"),
        ("name>a", "no order"),
        ("status=done", "running, finished"),
        ("lora_rank=8", "Did you mean lora_r"),
        ("zzz=8", "Columns are"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(condition: str, told: str) -> None:
    with pytest.raises(RunsRefused, match=told):
        wanted([RUN], [parse(condition)])


def test_all_conditions_must_hold() -> None:
    assert wanted([RUN], [parse("lora_r=16"), parse("loss<2")]) == [RUN]
    assert wanted([RUN], [parse("lora_r=16"), parse("loss>2")]) == []


def test_broken_folders_meet_their_status_and_nothing_of_a_record() -> None:
    assert wanted([RUN, BROKEN], [parse("status=broken")]) == [BROKEN]
    assert wanted([RUN, BROKEN], [parse("loss<9")]) == [RUN]
    assert wanted([RUN, BROKEN], [parse("reason~torn")]) == [BROKEN]


def test_runs_without_a_value_come_last_whichever_way_they_are_sorted() -> None:
    without = Logged(Path("c"), a_record(3, best=None))
    better = Logged(Path("d"), a_record(4, best=Best(9, 0.5), status=Status.STOPPED))
    assert in_order([without, RUN, better], "loss") == [better, RUN, without]
    assert in_order([without, BROKEN, RUN, better], "-loss") == [RUN, better, without, BROKEN]


def test_runs_can_be_sorted_by_a_setting_that_some_wrote_as_text() -> None:
    odd = Logged(Path("c"), a_record(3, settings={"lora_r": "auto"}))
    small = Logged(Path("d"), a_record(4, settings={"lora_r": 4}))
    assert in_order([odd, RUN, small], "lora_r") == [small, RUN, odd]


def test_sorting_by_nothing_known_is_refused() -> None:
    with pytest.raises(RunsRefused, match="lora_r"):
        in_order([RUN], "-lora_rr")


@given(st.text())
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    with suppress(RunsRefused):
        assert all(run in (RUN, BROKEN) for run in wanted([RUN, BROKEN], [parse(text)]))
