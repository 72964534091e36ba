"""The page of a run: everything on it, nothing from outside, nothing that a run says executed."""

import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.training.runs.made_up import a_record, a_run, a_step, a_validation
from training.runs.record import (
    LOCK,
    PROGRESS,
    SAMPLES,
    RunBroken,
    Status,
    append_progress,
    append_sample,
    held,
    write_record,
)
from training.runs.report_watcher import EVERY_SECONDS, ReportWatcher
from training.runs.run_page import run_page, write_run_page
from training.tuning.watching import Plan, Stepped

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def page_of(folder: Path) -> LexborHTMLParser:
    return LexborHTMLParser(run_page(folder))


def test_the_page_has_curves_figures_settings_data_and_samples(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", a_record(settings={"lora_r": 32}, overfitting_since=30, reason="Stopped early."))
    page = page_of(folder)
    assert page.css_first("h1").text() == "first try"
    assert page.css_first(".pill").text(strip=True).endswith("finished")
    assert [title.text() for title in page.css(".chart h3")] == [
        "Loss", "Learning rate", "Tokens per second", "Memory, peak so far", "Gradient norm",
    ]  # fmt: skip
    assert all(chart.css("path") for chart in page.css(".chart"))
    assert "1.5000" in page.css_first(".tile").text()
    assert "32" in page.css_first(".changed td").text()
    assert {"a" * 64, "b" * 64, "c" * 64, "d" * 40, "e" * 64} <= {code.text() for code in page.css("code.hash")}
    assert [one.text(deep=False, strip=True) for one in page.css(".answer h4")] == ["before", "after"]
    assert "condensed milk" in page.css(".answer p")[-1].text()
    assert "Overfitting since step 30" in page.css_first(".notice").text()
    assert "best 1.5000 · step 30" in page.css_first(".word.best").text()
    assert page.css_first(".stretch.overfitting") is not None
    assert "Stopped early." in page.css_first(".reason").text()


def test_the_page_loads_nothing_and_lets_no_script_run_but_its_own(tmp_path: Path) -> None:
    text = run_page(a_run(tmp_path / "run"))
    page = LexborHTMLParser(text)
    assert not page.css("link, img, iframe, object, script[src], [onload], [onerror], base")
    assert not re.search(r"@import|url\(", page.css_first("style").text())
    policy = page.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"] or ""
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy


def test_what_a_run_says_is_shown_and_never_becomes_part_of_the_page(tmp_path: Path) -> None:
    record = a_record(name=EVIL, entrant=EVIL, reason=EVIL, settings={EVIL: EVIL}, git_commit=EVIL)
    folder = a_run(tmp_path / "run", record)
    append_sample(folder, 40, EVIL, EVIL)
    append_progress(folder, {"event": EVIL, "step": 3, "message": EVIL})
    page = page_of(folder)
    own = [script for script in page.css("script") if script.attributes.get("type") != "application/json"]
    assert len(own) == 1
    assert not page.css("img")
    assert page.css_first("h1").text() == EVIL


def test_a_running_run_refreshes_itself_and_says_how_long_it_will_take(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", a_record(status=Status.RUNNING, ended_at="", seconds=0.0), steps=0)
    for step in range(1, 21):
        append_progress(folder, a_step(step))
    with held(folder):
        page = page_of(folder)
    assert page.css_first("meta[http-equiv=refresh]") is not None
    assert "50 %" in page.css_first(".left").text()
    assert "now" in page.css("dd small")[1].text()


def test_a_run_that_has_only_begun_has_a_page(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", a_record(best=None, validation=None, adapter_sha256="", git_commit=""), steps=0)
    page = page_of(folder)
    assert len(page.css(".empty")) == 5
    assert not page.css(".asked")


def test_settings_of_another_version_are_shown_as_they_are(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", a_record(settings={"lora_shine": "high"}), steps=3)
    assert "lora_shine" in page_of(folder).css_first(".changed").text()


@pytest.mark.parametrize(
    ("file", "line"),
    [(PROGRESS, '{"event": "resumed"}'), (SAMPLES, '{"step": 1}'), (SAMPLES, '{"step": [1], "prompt": 2, "text": 3}')],
)
def test_a_damaged_file_is_named(tmp_path: Path, file: str, line: str) -> None:
    folder = a_run(tmp_path / "run", steps=3)
    with (folder / file).open("a") as out:
        out.write(line + "\n" + line + "\n")
    with pytest.raises(RunBroken, match=f"{file} is damaged"):
        run_page(folder)


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", steps=3)
    with (folder / PROGRESS).open("a") as out:
        out.write('{"step": 4, "loss": 1.')
    assert "3" in page_of(folder).css(".tile dd")[2].text(deep=False)


def test_the_page_of_a_broken_run_says_what_is_broken(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()
    with pytest.raises(RunBroken, match="left before"):
        run_page(tmp_path)


def test_many_samples_are_thinned_to_both_ends_and_the_kept_one(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", steps=0)
    for step in range(0, 101, 10):
        append_sample(folder, step, "Why?", f"Because {step}.")
    page = page_of(folder)
    shown = [answer.css_first("h4 span").text(strip=True) for answer in page.css(".asked > .answers .answer")]
    assert shown[0] == "step 0"
    assert shown[-1] == "step 100"
    assert "step 30 · kept" in shown
    assert len(shown) == 4
    assert len(page.css("details .answer")) == 7


def test_the_watcher_writes_at_the_start_and_end_and_seldom_between(tmp_path: Path) -> None:
    now = [100.0]
    folder = a_run(tmp_path / "run", a_record(status=Status.RUNNING), steps=0)
    watcher = ReportWatcher(folder, clock=lambda: now[0])
    with held(folder):
        watcher.started(a_record(), Plan(40, 0, 1, 1, "cpu", 1))
        first = watcher.page.read_text()
        append_progress(folder, a_validation(10))
        watcher.stepped(a_stepped())
        assert watcher.page.read_text() == first
        now[0] += EVERY_SECONDS
        watcher.stepped(a_stepped())
        assert watcher.page.read_text() != first
    write_record(folder, a_record())
    watcher.ended(a_record())
    assert 'http-equiv="refresh"' not in watcher.page.read_text()
    assert not list(folder.glob(".report*"))


def test_a_page_that_cannot_be_written_does_not_stop_the_run(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", steps=1)
    (folder / "report.html").mkdir()
    watcher = ReportWatcher(folder)
    watcher.ended(a_record())
    assert watcher.problem
    assert not list(folder.glob(".report*"))


def test_a_page_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", steps=1)
    place = write_run_page(folder, tmp_path / "deep" / "page.html")
    inode = place.stat().st_ino
    write_run_page(folder, place)
    assert place.stat().st_ino != inode


def a_stepped() -> Stepped:
    return Stepped(1, 0.1, 2.0, 1e-4, 1.0, 10, 10.0, 100, 1.0, 1.0)
