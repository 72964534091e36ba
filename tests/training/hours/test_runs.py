"""Runs and the ledger: refused when nothing is left, stopped in time, returned, refunded (about 15 s)."""

import errno
import functools
import itertools
import os
import signal
from pathlib import Path

import pytest

from models.adapters import AdapterLimits, check_adapter, describe_base
from tests.training.tuning import children, processes
from tests.training.tuning.conftest import base, rows
from tests.training.tuning.small import changed
from training.data.rows import TrainingRow
from training.hours import EntrantHours, HoursRefused, Kind, Ledger
from training.runs.record import Status, read_record
from training.tuning import TuningRefused, attempt, tune
from training.tuning.limit import TimeLimit, check_fits
from training.tuning.pace import Pace
from training.tuning.watching import Estimate

__all__ = ["base", "rows"]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger in which mei has ten minutes."""
    ledger = Ledger(tmp_path / "hours.db")
    ledger.grant("mei", 600)
    return ledger


def slow(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let every look at the clock of a run take so many seconds."""
    ticks = itertools.count(0, seconds)
    monkeypatch.setattr(attempt, "Pace", functools.partial(Pace, clock=lambda: next(ticks)))


def test_a_run_is_charged_what_it_took_and_the_rest_is_returned(
    ledger: Ledger, base: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    done = tune(changed(epoch=1), rows, base=base, out=tmp_path / "run", hours=EntrantHours(ledger, "mei"))
    balance = ledger.balance("mei")
    assert balance.reserved == 0
    assert balance.used == pytest.approx(1000 * done.record.seconds, abs=200)
    assert [entry.kind for entry in ledger.entries("mei")][1:] == [Kind.RESERVED, Kind.USED, Kind.RETURNED]
    assert {entry.run for entry in ledger.entries("mei")[1:]} == {done.record.id}
    assert done.record.entrant == "mei"


def test_with_nothing_left_nothing_is_even_loaded(
    ledger: Ledger, rows: list[TrainingRow], base: Path, tmp_path: Path
) -> None:
    ledger.grant("mei", -600)
    ledger.grant("arjun", 10)
    for name, reason in (("mei", "granted no training time"), ("farah", "granted no training time")):
        with pytest.raises(HoursRefused, match=reason):
            tune(changed(), rows, base=base, out=tmp_path / "run", hours=EntrantHours(ledger, name))
    assert not (tmp_path / "run").exists()


def test_a_run_that_will_not_fit_is_refused_with_what_to_change(
    ledger: Ledger, base: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    estimate = Estimate(1200, 2, 0, 0, 4, seconds_available=600)
    with pytest.raises(
        TuningRefused, match=r"about 20 min, but 10 min are left.*epoch=0\.9 or max_train_samples=45.*--partial"
    ):
        check_fits(changed(epoch=2), estimate, 100, partial=False)
    assert "stop in time" in check_fits(changed(epoch=2), estimate, 100, partial=True)
    with pytest.raises(TuningRefused, match="max_steps=45"):
        check_fits(changed(max_steps=100), estimate, 100, partial=False)
    with pytest.raises(TuningRefused, match="too little for any training"):
        check_fits(changed(), Estimate(1200, 2, 0, 0, 4, seconds_available=3), 100, partial=True)
    assert check_fits(changed(), Estimate(599, 2, 0, 0, 4, seconds_available=600), 100, partial=False) == ""
    with pytest.raises(TuningRefused, match="too little for any training"):
        tune(changed(epoch=1000), rows, base=base, out=tmp_path / "run", budget=1.0)
    assert not (tmp_path / "run").exists()


def test_a_budget_above_the_hours_is_refused(ledger: Ledger) -> None:
    with pytest.raises(TuningRefused, match="budget is 20 min, but mei has 10 min left"):
        TimeLimit(1200, EntrantHours(ledger, "mei")).available()


def test_a_run_stops_by_itself_in_time_with_an_adapter_that_can_be_handed_in(
    ledger: Ledger, base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.grant("mei", -560)
    slow(monkeypatch, 0.1)
    hours = EntrantHours(ledger, "mei")
    settings = changed(epoch=50, eval_steps=20)
    done = tune(settings, rows, base=base, out=tmp_path / "run", hours=hours, partial=True)
    record = done.record
    assert record.status is Status.STOPPED
    assert "The time was nearly used up: saved at step" in record.reason
    assert 25 < record.seconds <= 40, "neither too early nor too late"
    assert done.facts is not None
    assert ledger.balance("mei").used == pytest.approx(1000 * record.seconds, abs=5000)
    ledger.grant("mei", 20)
    again = tune(settings, rows, base=base, out=tmp_path / "run", hours=hours, resume=True, partial=True)
    assert again.record.seconds > record.seconds


def test_a_budget_stops_a_run_without_any_ledger(
    base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(monkeypatch, 0.1)
    done = tune(changed(epoch=50, eval_steps=20), rows, base=base, out=tmp_path / "run", budget=30, partial=True)
    assert (done.record.status, done.facts is not None) == (Status.STOPPED, True)
    assert 15 < done.record.seconds <= 30


def test_a_full_disk_is_refunded_and_resuming_costs_what_was_kept(
    ledger: Ledger, base: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    message = processes.ask(children.on_a_small_disk, base, out, ledger.path, 100_000)
    assert "could not be written: the disk is full" in message
    assert "The checkpoint of step 2 is kept" in message
    record = read_record(out)
    assert (record.status, ledger.balance("mei").available) == (Status.FAILED, 600_000)
    assert ledger.entries("mei")[-1].kind is Kind.REFUNDED
    check_adapter(out / "adapter", describe_base(base), limits=AdapterLimits(), inside=out)
    done = tune(children.SETTINGS, rows, base=base, out=out, resume=True, hours=EntrantHours(ledger, "mei"))
    assert done.record.status is Status.FINISHED
    assert ledger.balance("mei").used == pytest.approx(1000 * done.record.seconds, abs=500)
    assert any(entry.note == "saved work taken over" for entry in ledger.entries("mei"))


def test_a_disk_so_full_that_not_even_the_record_fits_is_no_lie(ledger: Ledger, base: Path, tmp_path: Path) -> None:
    message = processes.ask(children.on_a_small_disk, base, tmp_path / "run", ledger.path, 1000)
    assert "the disk is full" in message
    assert read_record(tmp_path / "run").status is Status.INTERRUPTED
    assert ledger.balance("mei").available == 600_000


def test_the_platforms_end_is_refunded(ledger: Ledger, base: Path, tmp_path: Path) -> None:
    assert processes.ask(children.until_ended_politely, base, tmp_path / "run", ledger.path) == ""
    record = read_record(tmp_path / "run")
    assert record.status is Status.INTERRUPTED
    assert "The platform ended the process" in record.reason
    assert ledger.balance("mei").available == 600_000


def test_a_killed_runs_hold_is_given_back_at_the_next_look(ledger: Ledger, base: Path, tmp_path: Path) -> None:
    child = processes.start(children.waiting, base, tmp_path / "run", ledger.path)
    processes.wait_for(lambda: (tmp_path / "run/progress.jsonl").exists(), child)
    assert ledger.balance("mei").reserved > 0
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert (ledger.balance("mei").reserved, ledger.balance("mei").available) == (0, 600_000)
    assert read_record(tmp_path / "run").status is Status.INTERRUPTED


def test_the_pace_leaves_time_for_what_is_due() -> None:
    pace = Pace(limit=100, clock=iter([0, 80, 80, 80]).__next__)
    pace.steps.extend([4, 6])
    pace.validation, pace.sampling, pace.saving = 5, 1, 2
    pace.begin()
    assert pace.has_time_for_another(validates=False)  # 1.3 * (6 + 2) + 0.5 = 11.4 of 20
    assert pace.has_time_for_another(validates=True)  # 19.2
    pace.steps.append(8)
    assert not pace.has_time_for_another(validates=True)  # 21.8
    assert pace.seconds_left(10, 2, 3) == 10 * 6 + 2 * 6 + 3 * 2


def test_a_run_that_cannot_even_begin_holds_nothing(
    ledger: Ledger, base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("training.runs.record.write_record", full)
    with pytest.raises(OSError, match="No space left"):
        tune(changed(), rows, base=base, out=tmp_path / "run", hours=EntrantHours(ledger, "mei"))
    assert (ledger.balance("mei").reserved, ledger.balance("mei").available) == (0, 600_000)
    assert not (tmp_path / "run").exists()
