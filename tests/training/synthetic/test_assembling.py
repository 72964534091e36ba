"""From replies to rows: provenance, near-duplicates, reasons, what refining changed, in the order of the tasks."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.judging.league.costs import Prices, Usage
from tests.training.data.made_up import row
from tests.training.synthetic.writing import ScriptedWriter, good, sections, tasks
from training.data import TrainingRow, read_rows
from training.synthetic.assembling import Assembled, assemble
from training.synthetic.journal import Journal
from training.synthetic.plan import Plan
from training.synthetic.prompts import Form
from training.synthetic.replies import Reason
from training.synthetic.report import Paid, page, write
from training.synthetic.running import run
from training.synthetic.tasks import Task, tasks_to_refine
from training.synthetic.writers import Asked

PLAN = Plan(attempts=1, pause_s=0.0)
LONG = "The hawker rises at four, and the broth has been on the fire since midnight, as her mother taught her to do."


async def made(folder: Path, wanted: list[Task], script: Any, **options: Any) -> Assembled:
    writer = ScriptedWriter(script)
    with Journal(folder / "journal.jsonl") as journal:
        await run(wanted, writer, journal, PLAN)
        return assemble(wanted, writer.identity, journal, PLAN, **options)


async def test_rows_come_in_the_order_of_the_tasks_with_their_provenance(tmp_path: Path) -> None:
    found = await made(tmp_path, tasks(12), lambda asked: good(asked.user))
    assert [one.source.line for one in found.rows] == list(range(1, 13))
    (step,) = found.rows[0].source.steps
    assert step.name == "synthesize"
    assert (step.settings["model"], step.settings["kind"], step.settings["temperature"]) == ("scripted", "topic", 0.8)
    assert step.settings["prompt_sha256"] == tasks(1)[0].prompt_sha256
    assert isinstance(step.settings["seed"], int)
    assert found.rows[0].source.shape == "synthetic"


async def test_the_context_stands_behind_the_instruction(tmp_path: Path) -> None:
    found = await made(tmp_path, tasks(1), lambda asked: sections("Why so early?", LONG, "A note about hawkers."))
    assert found.rows[0].question == "Why so early?\n\nA note about hawkers."


async def test_a_near_duplicate_of_an_earlier_row_is_refused_with_what_it_is_like(tmp_path: Path) -> None:
    wanted = tasks(3)
    found = await made(tmp_path, wanted, lambda asked: sections("Why so early?", LONG))
    assert (len(found.rows), [one.reason for one in found.refused]) == (1, [Reason.NEAR, Reason.NEAR])
    assert found.refused[0].message == f"100% like the row {found.rows[0].id} from topics.txt, line 1"


async def test_a_near_duplicate_of_rows_that_are_there_already_is_refused(tmp_path: Path) -> None:
    earlier = [row("Why so early?", LONG, line=77)]
    found = await made(tmp_path, tasks(1), lambda asked: sections("Why so early?", LONG), earlier=earlier)
    assert not found.rows
    assert "made-up.jsonl, line 77" in found.refused[0].message


def better(asked: Asked) -> str:
    """Refines the first row, leaves the second, refuses the third."""
    if "Third?" in asked.user:
        return "### Response\nI'm sorry, but I cannot help with that, whatever you say."
    if "Second?" in asked.user:
        return f"### Response\n{LONG}"
    return f"### Response\n{LONG} Her daughter will learn it, too."


ROWS = [row("First?", LONG, line=1, system="Be kind."), row("Second?", LONG, line=2), row("Third?", LONG, line=3)]


async def test_refining_keeps_the_instruction_and_a_refused_row_stays_as_it_was(tmp_path: Path) -> None:
    found = await made(tmp_path, tasks_to_refine(ROWS, Form.SECTIONS, 300), better)
    assert [one.question for one in found.rows] == ["First?", "Second?", "Third?"]
    assert found.rows[0].response.endswith("Her daughter will learn it, too.")
    assert found.rows[0].system == "Be kind."
    assert found.rows[0].source.steps[-1].settings["before"] == ROWS[0].id
    assert found.rows[2] == ROWS[2]
    assert (len(found.refined), found.unchanged, [one.reason for one in found.refused]) == (1, 1, [Reason.REFUSAL])


async def test_tasks_that_were_not_asked_are_open_and_rows_to_refine_are_not_lost(tmp_path: Path) -> None:
    wanted = tasks_to_refine(ROWS, Form.SECTIONS, 300)
    with Journal(tmp_path / "journal.jsonl") as journal:
        await run(wanted[:1], ScriptedWriter(better), journal, PLAN)
        found = assemble(wanted, "scripted", journal, PLAN)
    assert (len(found.rows), found.open) == (3, 2)
    assert found.rows[1:] == ROWS[1:]


async def test_the_report_says_what_changed_what_was_refused_and_what_it_cost(tmp_path: Path) -> None:
    found = await made(tmp_path, tasks_to_refine(ROWS, Form.SECTIONS, 300), better)
    paid = Paid(Usage(1_000_000, 500_000), Prices(Decimal("0.15"), Decimal("0.60")))
    write(tmp_path, found, paid, "scripted", "refine")
    told = json.loads((tmp_path / "report.json").read_text())
    assert (told["rows"], told["refused"], told["reasons"]) == (3, 1, {"a refusal": 1})
    assert told["paid"]["money"] == "0.4500"
    (changed,) = told["refined"]["rows"]
    assert (changed["words_before"], changed["words_after"], changed["words_kept"]) == (22, 28, 1.0)
    assert told["refused_replies"][0]["reply"].startswith("### Response\nI'm sorry")
    text = (tmp_path / "report.md").read_text()
    assert "1 responses changed, 1 stayed as they were. A changed response had 22 words and has 28" in text
    assert "0.4500 USD" in text
    assert read_rows(tmp_path / "rows.jsonl") == found.rows
    assert page(told | {"paid": told["paid"] | {"counted": False}}).count("partly estimated by length") == 1


async def test_the_same_journal_gives_the_same_rows(tmp_path: Path) -> None:
    wanted = tasks(6)
    found = await made(tmp_path, wanted, lambda asked: good(asked.user))
    with Journal(tmp_path / "journal.jsonl") as journal:
        journal.kept = dict(reversed(journal.kept.items()))
        again = assemble(wanted, "scripted", journal, PLAN)
    assert again == found


@pytest.mark.parametrize("count", [0, 1])
async def test_rows_that_were_written_are_rows_to_train_on(tmp_path: Path, count: int) -> None:
    found = await made(tmp_path, tasks(count), lambda asked: good(asked.user))
    write(tmp_path, found, Paid(Usage(), None), "scripted", "topics")
    rows: list[TrainingRow] = read_rows(tmp_path / "rows.jsonl") if count else []
    assert len(rows) == count
