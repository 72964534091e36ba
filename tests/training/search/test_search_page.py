"""The page of a search: its pictures, its table, and nothing from outside."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.training.search.scripted import Scripted
from training.search import Means, Outcome, Pruning, search
from training.search.page import search_page
from training.search.pictures import over_time, parallel, slices
from training.search.space_file import space_of
from training.search.tries import best_of
from training.tuning import TuningSettings

SETTINGS = TuningSettings(validation_split_ratio=0.25)
SPACE = {
    "lora_r": [2, 4, 16],
    "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "target_modules": ["attention", ["q_proj", "v_proj"]],
    "warmup_steps": {"low": 0, "high": 9},
}


@pytest.fixture(scope="module")
def outcome(base: Path, rows: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Sixteen tries, some stopped early, one diverged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.search.trying._let_go", lambda: None)
        patch.setattr("training.search.trying.tune", Scripted(outcome=lambda call: "diverged" if call == 2 else ""))
        return search(
            SETTINGS, space_of(SPACE, SETTINGS), Means(rows, (), base=base), trials=16, pruning=Pruning.MEDIAN,
            name="<i>night</i>", out=tmp_path_factory.mktemp("runs") / "s",
        )  # fmt: skip


def test_the_page_names_the_best_and_shows_every_try_with_its_pictures(outcome: Outcome) -> None:
    page = LexborHTMLParser((outcome.folder / "search.html").read_text())
    assert outcome.best is not None
    assert page.css_first("h1").text() == "<i>night</i>"
    assert f"try {outcome.best.number}" in page.css_first(".reason b").text()
    assert len(page.css(".tries tbody tr:not(.why)")) == 16
    assert page.css_first(".tries .winner th").text(strip=True) == str(outcome.best.number)
    assert len(page.css(".plot")) == 1 + len(SPACE)
    assert len(page.css(".bars li")) == len(SPACE)
    assert len(page.css(".parallel path")) == 15
    assert all(len(plot.css(".dot")) == 15 for plot in page.css(".plot"))
    assert "All 16 tries are made." in page.css_first(".reason").text()


def test_the_page_loads_nothing_and_its_links_stay_in_the_folder(outcome: Outcome) -> None:
    text = (outcome.folder / "search.html").read_text()
    page = LexborHTMLParser(text)
    assert not page.css("link, img, iframe, script[src], base")
    assert not re.search(r"@import|url\(", text)
    links = [link.attributes["href"] for link in page.css("a")]
    assert len(links) == 17
    assert all(link and (outcome.folder / link).exists() for link in links)


def test_everything_drawn_lies_within_its_plot(outcome: Outcome) -> None:
    space, tries, best = outcome.plan.space, outcome.tries, outcome.best
    time = over_time(tries, best)
    assert time is not None
    for scatter in (time, *slices(space, tries, best, outcome.importances)):
        assert all(-0.1 <= dot.x <= 100.1 and -0.1 <= dot.y <= 100.1 for dot in scatter.dots)
        assert all(-0.1 <= at <= 100.1 for at, _ in (*scatter.x_ticks, *scatter.y_ticks))
    lines = parallel(space, tries, best)
    assert lines is not None
    assert lines.lines[-1][1] == "best"
    numbers = [float(n) for path, _, _ in lines.lines for n in re.findall(r"-?[\d.]+", path)]
    assert all(-0.1 <= number <= 100.1 for number in numbers)


def test_settings_stand_in_the_order_in_which_they_mattered(outcome: Outcome) -> None:
    found = slices(outcome.plan.space, outcome.tries, outcome.best, {"warmup_steps": 0.7, "lora_r": 0.3})
    assert [scatter.title for scatter in found][:2] == ["warmup_steps", "lora_r"]
    assert found[0].about == "70 % of the differences"


def test_the_line_of_the_best_so_far_only_falls(outcome: Outcome) -> None:
    time = over_time(outcome.tries, outcome.best)
    assert time is not None
    heights = [float(point.split()[1]) for point in time.path[1:].split("L")]
    assert heights == sorted(heights)  # downwards on the page


def test_a_search_that_has_only_begun_has_a_page(outcome: Outcome) -> None:
    first = tuple(replace(one, loss=None) for one in outcome.tries[:1])
    begun = replace(outcome, tries=first, best=best_of(first), importances=None, reason="")
    page = LexborHTMLParser(search_page(begun))
    assert not page.css(".plot")
    assert page.css_first("meta[http-equiv=refresh]") is not None


def test_a_search_without_any_try_has_a_page(outcome: Outcome) -> None:
    empty = replace(outcome, tries=(), best=None, importances=None, reason="There was no time.")
    assert "There was no time." in search_page(empty)
