"""The search: what is tried, what is stopped early, when it ends, and that no interruption changes its outcome.

The runs are scripted: they write what a run writes, and train nothing. Real runs: test_real_search.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.training.search.scripted import SECONDS, Killed, Scripted, best_loss
from training.hours import EntrantHours, HoursRefused, Ledger
from training.runs.log import scan
from training.runs.record import Status
from training.search import Means, Outcome, Pruning, Sampling, SearchRefused, resume, search
from training.search.plan import PLAN, read_plan
from training.search.space_file import space_of
from training.search.study import JOURNAL, LOCK
from training.search.tries import used_seconds
from training.tuning import TuningRefused, TuningSettings, load_settings

SETTINGS = TuningSettings(validation_split_ratio=0.25)
GRID = {"lora_r": [2, 4, 8, 16], "learning_rate": [1e-4, 1e-3]}
RANGES = {"lora_r": [2, 4, 8, 16], "learning_rate": {"low": 1e-5, "high": 1e-1, "log": True}}


def searched(means: Means, out: Path, data: dict[str, Any] | None = None, **more: Any) -> Outcome:
    more = {"pruning": Pruning.NONE, "trials": 6, **more}
    return search(SETTINGS, space_of(data or RANGES, SETTINGS), means, out=out, **more)


def told(outcome: Outcome) -> list[tuple[Any, ...]]:
    """What came of each try, without what a clock decides."""
    return [(one.number, one.status, dict(one.changes), one.loss) for one in outcome.tries]


def test_a_grid_tries_every_combination_once(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    outcome = searched(means, tmp_path / "s", GRID, sampling=Sampling.GRID, trials=None)
    tried = [(settings.lora_r, settings.learning_rate) for settings in scripted.calls]
    assert sorted(tried) == [(r, rate) for r in (2, 4, 8, 16) for rate in (1e-4, 1e-3)]
    assert outcome.is_over
    assert outcome.reason == "All 8 tries are made."
    assert outcome.best is not None
    assert dict(outcome.best.changes) == {"lora_r": 16, "learning_rate": 1e-3}


def test_a_random_search_over_values_repeats_nothing_and_ends_when_all_are_tried(
    means: Means, scripted: Scripted, tmp_path: Path
) -> None:
    outcome = searched(means, tmp_path / "s", GRID, trials=100)
    assert len({str(dict(one.changes)) for one in outcome.tries}) == len(outcome.tries) == 8
    assert "Every combination was tried: 8" in outcome.reason


def test_the_seed_alone_decides_what_is_tried(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    first, again = searched(means, tmp_path / "a", seed=3), searched(means, tmp_path / "b", seed=3)
    other = searched(means, tmp_path / "c", seed=4)
    assert told(first) == told(again)
    assert told(first) != told(other)


def test_every_try_is_an_ordinary_run_in_the_log(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    searched(means, tmp_path / "runs" / "s", name="sweep", entrant="Mei", trials=3)
    runs = scan(tmp_path / "runs")
    assert [run.broken for run in runs] == [""] * 3
    assert {run.name for run in runs} == {"sweep 000", "sweep 001", "sweep 002"}
    assert all((run.folder / "report.html").exists() for run in runs)


def test_the_best_settings_can_be_given_to_a_run(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    outcome = searched(means, tmp_path / "s")
    assert outcome.best is not None
    found = load_settings(tmp_path / "s" / "best.toml")
    assert found == SETTINGS.changed(outcome.best.changes)
    assert best_loss(found) == outcome.best.loss == min(one.loss for one in outcome.tries if one.loss is not None)


@pytest.mark.parametrize("pruning", [Pruning.MEDIAN, Pruning.HALVING])
def test_hopeless_tries_are_stopped_early_and_never_the_best(
    means: Means, scripted: Scripted, tmp_path: Path, pruning: Pruning
) -> None:
    whole = searched(means, tmp_path / "whole", trials=14)
    outcome = searched(means, tmp_path / "s", trials=14, pruning=pruning)
    stopped = [one for one in outcome.tries if one.status is Status.STOPPED]
    assert 3 <= len(stopped) <= 10
    assert all("Stopped by the search after" in one.reason and one.saved > 0 for one in stopped)
    assert used_seconds(outcome.tries) < used_seconds(whole.tries)
    assert outcome.best is not None
    assert whole.best is not None
    assert outcome.best.changes == whole.best.changes


def test_the_first_tries_are_never_stopped_against_the_median(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    outcome = searched(means, tmp_path / "s", trials=4, pruning=Pruning.MEDIAN)
    assert {one.status for one in outcome.tries} == {Status.FINISHED}


def test_the_budget_ends_the_search_and_each_try_gets_what_is_left(
    means: Means, scripted: Scripted, tmp_path: Path
) -> None:
    outcome = searched(means, tmp_path / "s", trials=50, budget=3.5 * SECONDS)
    assert len(outcome.tries) == 3
    assert scripted.budgets == [35.0, 25.0, 15.0]
    assert "5.0 s" not in outcome.reason
    assert "less than the shortest try took" in outcome.reason
    assert outcome.is_over


def test_hours_are_charged_and_end_the_search_in_order(
    base: Path, rows: list[Any], scripted: Scripted, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "hours.db")
    ledger.grant("Mei", 3 * SECONDS)
    means = Means(rows, (), base=base, hours=EntrantHours(ledger, "Mei"))
    outcome = searched(means, tmp_path / "s", trials=50)
    assert ledger.balance("Mei").used == 3000 * SECONDS
    assert len(outcome.tries) == 3
    assert "Mei has" in outcome.reason
    assert outcome.plan.entrant == "Mei"
    ledger.grant("Mei", SECONDS)
    assert len(resume(tmp_path / "s", means).tries) == 4


def test_nothing_is_begun_without_hours(base: Path, rows: list[Any], scripted: Scripted, tmp_path: Path) -> None:
    means = Means(rows, (), base=base, hours=EntrantHours(Ledger(tmp_path / "hours.db"), "Mei"))
    with pytest.raises(HoursRefused, match="granted"):
        searched(means, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_try_that_fails_is_one_of_many(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    scripted.outcome = lambda call: {1: "diverged", 3: "refused"}.get(call, "")
    outcome = searched(means, tmp_path / "s")
    assert [one.status for one in outcome.tries].count(Status.FAILED) == 2
    assert outcome.tries[1].reason == "The loss became NaN."
    assert outcome.tries[3].reason == "It does not fit."
    assert outcome.reason == "All 6 tries are made."


def test_a_full_disk_stops_the_search_and_the_same_try_goes_on_later(
    means: Means, scripted: Scripted, tmp_path: Path
) -> None:
    whole = searched(means, tmp_path / "whole", trials=4)
    scripted.outcome = lambda call: "full" if call == 6 else ""
    outcome = searched(means, tmp_path / "s", trials=4)
    assert (outcome.reason, outcome.is_over) == ("The disk is full.", False)
    assert told(resume(tmp_path / "s", means)) == told(whole)
    assert scripted.resumed[-2:] == [True, False]


def test_three_tries_in_a_row_that_come_to_nothing_end_the_search(
    means: Means, scripted: Scripted, tmp_path: Path
) -> None:
    scripted.outcome = lambda call: "" if call < 2 else "diverged"
    outcome = searched(means, tmp_path / "s", trials=40)
    assert len(outcome.tries) == 5
    assert "3 tries in a row came to nothing. The last: The loss became NaN." in outcome.reason


def test_a_first_try_that_is_refused_leaves_nothing_behind(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    scripted.outcome = lambda call: "refused"
    with pytest.raises(TuningRefused, match="does not fit"):
        searched(means, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_an_interrupted_search_goes_on_with_the_same_try(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    whole = searched(means, tmp_path / "whole", trials=4)
    scripted.outcome = lambda call: "interrupted" if call == 6 else ""
    outcome = searched(means, tmp_path / "s", trials=4)
    assert not outcome.is_over
    assert outcome.tries[-1].status is Status.INTERRUPTED
    assert "Interrupted" in outcome.reason
    assert told(resume(tmp_path / "s", means)) == told(whole)
    assert scripted.resumed[-2:] == [True, False]


POINTS = ["nothing", "folder", "step 2", "step 4", "step 8", "finished"]


@pytest.mark.parametrize("data", [GRID, RANGES], ids=["values", "ranges"])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_of_a_try_changes_nothing_of_the_outcome(
    means: Means, scripted: Scripted, tmp_path: Path, point: str, data: dict[str, Any]
) -> None:
    whole = searched(means, tmp_path / "whole", data, pruning=Pruning.MEDIAN, trials=7)
    scripted.kill = {(len(scripted.calls) + 5, point)}
    with pytest.raises(Killed):
        searched(means, tmp_path / "s", data, pruning=Pruning.MEDIAN, trials=7)
    assert told(resume(tmp_path / "s", means)) == told(whole)


def test_a_journal_cut_anywhere_in_its_last_lines_loses_no_try(
    means: Means, scripted: Scripted, tmp_path: Path
) -> None:
    whole = searched(means, tmp_path / "whole", trials=4)
    for cut in (1, 40, 140, 300, 560):
        folder = tmp_path / f"cut-{cut}"
        searched(means, folder, trials=3)
        journal = folder / JOURNAL
        journal.write_bytes(journal.read_bytes()[:-cut])
        assert told(resume(folder, means, trials=4)) == told(whole), cut


def test_a_journal_damaged_in_the_middle_is_told(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    searched(means, tmp_path / "s", trials=2)
    lines = (tmp_path / "s" / JOURNAL).read_bytes().splitlines(keepends=True)
    (tmp_path / "s" / JOURNAL).write_bytes(b"".join([*lines[:2], b"{broken\n", *lines[3:]]))
    with pytest.raises(SearchRefused, match="is damaged"):
        resume(tmp_path / "s", means)


def test_more_tries_and_more_time_can_be_given_later(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    first = searched(means, tmp_path / "s", trials=2, budget=100.0)
    outcome = resume(tmp_path / "s", means, trials=5, budget=60.0)
    assert len(outcome.tries) == 5
    assert (read_plan(tmp_path / "s").trials, read_plan(tmp_path / "s").budget) == (5, 60.0)
    assert told(outcome)[:2] == told(first)


def test_a_finished_search_has_nothing_to_go_on_with(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    first = searched(means, tmp_path / "s", trials=2)
    assert told(resume(tmp_path / "s", means)) == told(first)
    assert len(scripted.calls) == 2


def test_two_processes_cannot_work_on_one_search(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    import fcntl

    searched(means, tmp_path / "s", trials=1)
    with (tmp_path / "s" / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(SearchRefused, match="Another process"):
            resume(tmp_path / "s", means)


def test_a_search_goes_on_only_with_its_own_rows_and_base(
    base: Path, rows: list[Any], scripted: Scripted, tmp_path: Path
) -> None:
    searched(Means(rows[6:], rows[:6], base=base), tmp_path / "s", trials=1)
    other = Path(shutil.copytree(base, tmp_path / "base"))
    weights = (other / "model.safetensors").read_bytes()
    (other / "model.safetensors").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    for means, told_ in (
        (Means(rows[7:], rows[:6], base=base), "training rows are not"),
        (Means(rows[6:], rows[:5], base=base), "validation rows are not"),
        (Means(rows[6:], rows[:6], base=other), "another base"),
    ):
        with pytest.raises(SearchRefused, match=told_):
            resume(tmp_path / "s", means)


@pytest.mark.parametrize(
    ("more", "told_"),
    [
        ({"trials": None}, "--trials"),
        ({"trials": 0}, "1 to 10,000"),
        ({"trials": 10_001}, "1 to 10,000"),
        ({"sampling": Sampling.GRID}, "learning_rate is a range"),
    ],
)
def test_a_search_without_an_end_or_with_a_grid_of_ranges_is_refused(
    means: Means, tmp_path: Path, more: dict[str, Any], told_: str
) -> None:
    with pytest.raises(SearchRefused, match=told_):
        searched(means, tmp_path / "s", **more)
    assert not (tmp_path / "s").exists()


def test_a_search_needs_validation_rows(means: Means, tmp_path: Path) -> None:
    settings = TuningSettings(validation_split_ratio=0)
    with pytest.raises(SearchRefused, match="validation rows"):
        search(settings, space_of(GRID, settings), means, out=tmp_path / "s", trials=2)


def test_a_folder_with_something_in_it_is_not_overwritten(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").touch()
    with pytest.raises(SearchRefused, match="not empty"):
        searched(means, tmp_path / "full")
    searched(means, tmp_path / "s", trials=1)
    with pytest.raises(SearchRefused, match="--resume"):
        searched(means, tmp_path / "s", trials=1)


@pytest.mark.parametrize(
    ("spoilt", "told_"),
    [("", "not valid JSON"), ("[]", "format None"), ('{"format": "finale-search/1"}', "incomplete")],
)
def test_a_damaged_plan_is_told(means: Means, tmp_path: Path, spoilt: str, told_: str) -> None:
    (tmp_path / PLAN).write_text(spoilt)
    with pytest.raises(SearchRefused, match=told_):
        resume(tmp_path, means)
    with pytest.raises(SearchRefused, match="no search"):
        resume(tmp_path / "nowhere", means)


def test_the_plan_is_kept_as_json(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    outcome = searched(means, tmp_path / "s", trials=1)
    assert json.loads((tmp_path / "s" / PLAN).read_text())["format"] == "finale-search/1"
    assert read_plan(tmp_path / "s") == outcome.plan


def test_what_mattered_is_told_from_five_finished_tries_on(means: Means, scripted: Scripted, tmp_path: Path) -> None:
    data = {**GRID, "seed": [1, 2, 3]}
    assert searched(means, tmp_path / "few", data, trials=4).importances is None
    shares = searched(means, tmp_path / "many", data, trials=16).importances
    assert shares is not None
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["seed"] < 0.1 < shares["lora_r"]
