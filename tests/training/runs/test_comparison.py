"""Runs side by side."""

from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from tests.training.runs.made_up import a_record, a_run
from training.runs.comparison import Compared, compare
from training.runs.comparison_page import compared, comparison_page
from training.runs.record import BaseFacts, Best, DataFacts, RunRecord
from training.runs.results import results


def of(record: RunRecord) -> Compared:
    return Compared(record, results(record, []), [])


def test_what_differs_comes_apart_from_what_is_the_same() -> None:
    found = compare([of(a_record(1, settings={"lora_r": 4})), of(a_record(2, settings={"lora_r": 16}))])
    assert found.differing == (("lora_r", ("4", "16")),)
    assert "learning_rate" in [name for name, _ in found.same]
    assert not {name for name, _ in found.differing} & {name for name, _ in found.same}


def test_another_data_set_is_a_difference() -> None:
    found = compare([of(a_record(1)), of(a_record(2, train=DataFacts("x", "f" * 64, 400)))])
    assert [name for name, _ in found.differing] == ["training rows"]


def test_the_lowest_loss_is_the_best() -> None:
    found = compare([of(a_record(n, best=Best(1, loss))) for n, loss in enumerate((1.5, 1.2, 1.9))])
    assert found.best == 1


def test_runs_without_a_loss_are_never_the_best() -> None:
    assert compare([of(a_record(1, best=None)), of(a_record(2, best=Best(3, 1.0)))]).best is None
    assert compare([of(a_record(n, best=Best(3, None))) for n in (1, 2)]).best is None


def test_losses_that_cannot_be_compared_are_not() -> None:
    one = a_record(1)
    for other in (
        a_record(2, validation=DataFacts("x", "f" * 64, 40)),
        a_record(2, validation=None),
        a_record(2, settings={"instruction_tuned": False}),
        a_record(2, base=BaseFacts("other", "f" * 64)),
    ):
        found = compare([of(one), of(other)])
        assert found.warnings
        assert found.best is None


def test_runs_of_one_name_are_told_apart_by_their_ids() -> None:
    found = compare([of(a_record(1)), of(a_record(2))])
    assert found.titles == ("first try (000001)", "first try (000002)")


def test_the_page_lays_the_curves_over_each_other(tmp_path: Path) -> None:
    runs = []
    for number in range(3):
        record = a_record(number, name=f"<b>{number}", settings={"lora_r": 2**number}, best=Best(30, 1.5 - number / 10))
        runs.append(compared(record, a_run(tmp_path / str(number), record)))
    page = LexborHTMLParser(comparison_page(runs))
    assert [len(chart.css("svg > path")) - 0 for chart in page.css(".plot")] == [3, 3, 3]
    assert [item.text(strip=True) for item in page.css_first(".legend").css("li")] == ["<b>0", "<b>1", "<b>2"]
    assert page.css_first(".winner").text() == "1.3000"
    assert page.css_first(".band th").text() == "What differs"
