"""Scores, results and comparisons: against published figures, and from files that people write by hand."""

import csv
import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from models.judging.league import Judged, Outcome, Usage, as_json, as_markdown, compared, score
from models.judging.league.comparing import SIGNIFICANT
from models.judging.league.outcomes import outcome_of
from models.judging.league.report import JudgeNamed, ReportRefused, Result, read, write

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "alpaca_eval"
JUDGE = JudgeNamed("j", "A judge", "pairs", "ab" * 32, False)


def row(number: int, preference: float | None, *, unjudged: bool = False, long: int = 100, short: int = 80) -> Judged:
    outcome = Outcome.UNJUDGED if unjudged else Outcome.FAILED if preference is None else outcome_of(preference)
    return Judged(f"q{number}", outcome, preference, preference, preference, False, long, short)


def result(name: str, *rows: Judged) -> Result:
    return Result(name, "reference", JUDGE, "q" * 64, "r" * 64, rows, Usage(100, 10), "2026-01-01T00:00:00Z")


def published() -> list[str]:
    return sorted(file.name.removesuffix(".jsonl.gz") for file in PUBLISHED.glob("*.jsonl.gz"))


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published judgements are not beside this checkout")
@pytest.mark.parametrize("model", published() or ["none"])
def test_published_judgements_add_up_to_the_published_win_rates(model: str) -> None:
    with gzip.open(PUBLISHED / f"{model}.jsonl.gz", "rt", encoding="utf-8") as lines:
        judgements = [json.loads(line) for line in lines]
    with (PUBLISHED / "leaderboard.csv").open(encoding="utf-8") as table:
        board = {line[""]: line for line in csv.DictReader(table)}[model]
    difficulty = json.loads((PUBLISHED / "difficulty.json").read_text())
    rows = [_published(one, difficulty) for one in judgements]
    found = score(rows)
    assert found.soft_win_rate is not None
    assert 100 * found.soft_win_rate == pytest.approx(float(board["win_rate"]), abs=1e-9)
    wins, losses, draws = (found.counts[o] for o in (Outcome.WIN, Outcome.LOSS, Outcome.TIE))
    assert (wins, losses, draws) == tuple(int(board[name]) for name in ("n_wins", "n_wins_base", "n_draws"))
    assert found.counts[Outcome.FAILED] == len(judgements) - int(board["n_total"])
    assert found.length_controlled is not None
    assert abs(100 * found.length_controlled.value - float(board["length_controlled_winrate"])) < 3


def _published(one: dict[str, object], difficulty: list[float]) -> Judged:
    given = one["preference"]
    ours = row(
        one["question"],  # type: ignore[arg-type]
        None if given is None else float(given) - 1,  # type: ignore[arg-type]
        long=len(str(one["model_output"])),
        short=len(str(one["baseline_output"])),
    )
    return replace(ours, difficulty=difficulty[one["question"]])  # type: ignore[index]


def test_ties_and_failures_are_no_wins() -> None:
    found = score([row(1, 0.9), row(2, 0.5), row(3, 0.2), row(4, None)])
    assert found.wins.value == 0.25
    assert found.soft_win_rate == pytest.approx((0.9 + 0.5 + 0.2) / 3)
    assert found.standing == "ranked"


def test_a_preference_of_a_hair_above_one_half_is_a_win() -> None:
    assert [outcome_of(p) for p in (0.5000000001, 0.5, 0.4999999999)] == [Outcome.WIN, Outcome.TIE, Outcome.LOSS]


def test_without_differences_in_length_there_is_a_reason_or_a_rate_but_no_guess() -> None:
    found = score([row(n, 0.9) for n in range(3)])
    assert found.length_controlled is None
    assert found.length_note.startswith("No length-controlled rate: ")


def test_unjudged_questions_keep_a_candidate_out_of_the_ranking() -> None:
    assert score([row(1, 0.9), row(2, None, unjudged=True)]).standing == "not ranked: 1 question unjudged"


def test_a_result_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    ours = result("mei", row(1, 0.9), row(2, None), row(3, None, unjudged=True))
    file, page = write(ours, tmp_path)
    assert read(file) == ours
    data = json.loads(file.read_text())
    assert (data["format"], data["ranked"], data["score"]["value"]) == ("finale-league/1", False, pytest.approx(1 / 3))
    text = page.read_text()
    assert "# mei against reference" in text
    assert "33.3 % (6.1 to 79.2 %)" in text
    assert "not ranked: 1 question unjudged" in text
    assert "- q2: failed" in text
    assert as_json(ours)["counts"] == {"win": 1, "tie": 0, "loss": 0, "failed": 1, "unjudged": 1}


def test_warnings_stand_above_the_figures() -> None:
    ours = replace(result("mei", row(1, 0.9)), warnings=("The judge is of the candidate's family.",))
    assert as_markdown(ours).index("> The judge is of") < as_markdown(ours).index("| score")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "other/1"}', '{"format": "finale-league/1"}'])
def test_a_file_that_is_no_result_is_told_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ReportRefused, match="no league result"):
        read(tmp_path / "x.json")


def test_beats_is_said_only_when_the_sign_test_says_so() -> None:
    ours = result("a", *(row(n, 0.9) for n in range(6)))
    theirs = result("b", *(row(n, 0.1) for n in range(6)))
    found = compared(ours, theirs)
    assert (found.only_a, found.only_b, found.p, found.winner) == (6, 0, pytest.approx(0.03125), "a")
    assert found.sentence.startswith("a beats b (a alone won 6 of 6 questions, b alone 0, p = 0.0312")
    assert compared(theirs, ours).winner == "a"
    assert "beats" not in compared(result("a", *ours.rows[:5]), result("b", *theirs.rows[:5])).sentence


def test_five_to_none_is_not_enough() -> None:
    found = compared(result("a", *(row(n, 0.9) for n in range(5))), result("b", *(row(n, 0.1) for n in range(5))))
    assert found.p == 0.0625 > SIGNIFICANT
    assert found.winner is None


def test_only_common_questions_count_and_failures_are_no_wins() -> None:
    ours = result("a", row(1, 0.9), row(2, None), row(3, None, unjudged=True), row(4, 0.9))
    theirs = result("b", row(1, 0.9), row(2, 0.9), row(3, 0.9), row(5, 0.1))
    found = compared(ours, theirs)
    assert (found.questions, found.left_out, found.only_a, found.only_b) == (2, 3, 0, 1)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"judge": replace(JUDGE, prompt_sha256="cd" * 32)}, "judge"),
        ({"questions_sha256": "x" * 64}, "set of questions"),
        ({"reference_sha256": "x" * 64}, "reference"),
    ],
)
def test_results_of_different_leagues_are_not_compared(change: dict[str, object], what: str) -> None:
    other = replace(result("b", row(1, 0.9)), **change)  # type: ignore[arg-type]
    with pytest.raises(ReportRefused, match=f"the same {what}"):
        compared(result("a", row(1, 0.9)), other)


def test_a_false_beats_is_said_in_fewer_than_one_in_twenty_leagues() -> None:
    rng = random.Random(7)
    said = 0
    for _ in range(400):
        one, other = ([row(n, rng.choice((0.1, 0.9))) for n in range(60)] for _ in range(2))
        said += compared(result("a", *one), result("b", *other)).winner is not None
    assert said < 400 * SIGNIFICANT
