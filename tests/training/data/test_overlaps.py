"""Questions of the finale in the training data: found in every disguise, told with both texts, removed on demand."""

import json
from pathlib import Path

import pytest

from tests.training.data.made_up import numbered, row
from training.data import DataError
from training.data.overlaps import Limits, Overlap, Sign, overlaps, without
from training.data.questions import Question, read_questions

ASKED = "Somebody born after 2000 says that dinner comes by app. Win this person over to the hawker centre."
QUESTIONS = [Question(ASKED, "question 1"), Question("什么是小贩中心？", "question 2"), Question("Why?", "question 3")]


def found(question: str, response: str = "It is so.", limits: Limits = Limits()) -> list[tuple[str, Sign]]:  # noqa: B008
    rows = [*numbered(5), row(question, response), *numbered(3)]
    return [(one.question.label, one.sign) for one in overlaps(rows, QUESTIONS, limits)]


@pytest.mark.parametrize(
    ("question", "response", "sign"),
    [
        (ASKED, "So.", ("question 1", Sign.EXACT)),
        (f"Please answer: {ASKED} Thank you.", "So.", ("question 1", Sign.EXACT)),
        ("Anything.", f"The examiner asked: {ASKED}", ("question 1", Sign.EXACT)),
        (ASKED.upper().replace(".", " !"), "So.", ("question 1", Sign.NORMALISED)),
        (" ".join(ASKED.split()[:12]), "So.", ("question 1", Sign.RUNS)),
        (ASKED.replace("hawker", "food").replace("2000", "1999"), "So.", ("question 1", Sign.RUNS)),
        ("请问，什么是小贩中心？谢谢。", "So.", ("question 2", Sign.EXACT)),
        ("why", "So.", ("question 3", Sign.NORMALISED)),
    ],
)
def test_a_question_is_found_in_every_disguise(question: str, response: str, sign: tuple[str, Sign]) -> None:
    assert found(question, response) == [sign]


def test_similar_words_in_another_cut_are_found() -> None:
    asked = "Somebody born after 2000 says dinner comes by app. Win this person to the hawker centre."
    assert found(asked, limits=Limits(runs=1.0, similar=0.4)) == [("question 1", Sign.SIMILAR)]


@pytest.mark.parametrize(
    "question", ["How do hawkers live?", "Is dinner by app any good?", "Write a poem.", "为什么？"]
)
def test_other_questions_on_the_same_topic_are_no_overlap(question: str) -> None:
    assert found(question) == []


def test_both_texts_are_in_the_report() -> None:
    (one,) = overlaps([row(ASKED, "So.", line=7)], QUESTIONS)
    told = json.loads(json.dumps(one.as_json()))
    assert (told["question"], told["row_question"], told["row_response"], told["line"]) == (ASKED, ASKED, "So.", 7)


def test_rows_go_only_when_told_and_the_step_remembers_the_questions() -> None:
    rows = [*numbered(3), row(ASKED, "So.", line=9), *numbered(2)]
    there: list[Overlap] = overlaps(rows, QUESTIONS)
    assert len(rows) == 6
    left = without(rows, there, Limits(), "ab" * 32)
    assert [one.row.source.line for one in left.removed] == [9]
    assert left.removed[0].reason == "holds question 1 word for word (100%)"
    assert left.rows[0].source.steps[0].settings["questions_sha256"] == "ab" * 32


@pytest.mark.parametrize("limits", [Limits(runs=0), Limits(similar=1.5), Limits(runs=float("nan"))])
def test_limits_out_of_range_are_refused(limits: Limits) -> None:
    with pytest.raises(DataError, match="above 0 and at most at 1"):
        overlaps([], QUESTIONS, limits)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("# comment\nWhy?\n\nWho?\n", ["line 2", "line 4"]),
        ('["Why?", {"text": "Who?"}]', ["question 1", "question 2"]),
        ('{"question": "Why?"}\n\n{"prompt": "Who?"}\n', ["line 1", "line 3"]),
        (
            '{"id": "x", "questions": [{"text": "Why?", "reference": "So."}, {"text": "Who?", "reference": null}]}',
            ["question 1", "question 1, reference", "question 2"],
        ),
    ],
)
def test_questions_come_from_an_event_from_json_and_from_plain_text(
    tmp_path: Path, text: str, labels: list[str]
) -> None:
    (tmp_path / "q").write_text(text)
    asked = read_questions(tmp_path / "q")
    assert [one.label for one in asked] == labels
    assert asked[0].text == "Why?"
    assert asked[-1].text == "Who?"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no question"),
        ("# only a comment", "holds no question"),
        ("[]", "holds no question"),
        ('{"questions": "Why?"}', "should be a list"),
        ('{"a": 1}', "question 1 is no question"),
        ('[{"text": ""}]', "question 1 is no question"),
        ('{"question": "Why?"}\nWho?', "line 2, is not JSON"),
    ],
)
def test_a_list_that_holds_no_questions_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "q").write_text(text)
    with pytest.raises(DataError, match=complaint):
        read_questions(tmp_path / "q")


def test_the_questions_of_an_event_in_toml(tmp_path: Path) -> None:
    (tmp_path / "event.toml").write_text('id = "x"\n[[questions]]\ntext = "Why?"\n[[questions]]\ntext = "Who?"\n')
    assert [one.text for one in read_questions(tmp_path / "event.toml")] == ["Why?", "Who?"]
    (tmp_path / "broken.toml").write_text("[[questions]]\ntext = ")
    with pytest.raises(DataError, match="is not TOML"):
        read_questions(tmp_path / "broken.toml")


def test_the_demo_events_own_form_is_read(tmp_path: Path) -> None:
    from server.demo import QUESTIONS, demo_event
    from server.store.codec import encode_event

    (tmp_path / "event.json").write_text(encode_event(demo_event({}, (), "seed")))
    assert [one.text for one in read_questions(tmp_path / "event.json")] == [one.text for one in QUESTIONS]
