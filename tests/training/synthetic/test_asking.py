"""What is asked: subjects with their lines, prompts with their hashes, tasks that are the same every time."""

from pathlib import Path

import pytest

from tests.training.data.made_up import row
from tests.training.synthetic.writing import subjects, tasks
from training.synthetic.errors import SynthesisRefused
from training.synthetic.journal import asked_for, key_of
from training.synthetic.prompts import Form, Kind, prompt_of
from training.synthetic.subjects import read_texts, read_topics
from training.synthetic.tasks import Wishes, tasks_on, tasks_to_refine
from training.synthetic.writers import Sampling


def test_topics_come_with_their_lines_and_notes(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text('# list\n\nHawker centres\n{"topic": "Singlish", "notes": "its grammar"}\n')
    found = read_topics(tmp_path / "t.txt")
    assert [(one.text, one.source.line) for one in found] == [("Hawker centres", 3), ("Singlish\nits grammar", 4)]
    assert len(found[0].source.sha256) == 64


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no topic"),
        ("# only this", "holds no topic"),
        ('{"topic": ', "t.txt, line 1 is not JSON"),
        ('a\n{"notes": "x"}', 'line 2 should be {"topic"'),
        ('{"topic": 3}', 'line 1 should be {"topic"'),
    ],
)
def test_a_list_without_topics_is_refused_by_line(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(SynthesisRefused, match=complaint):
        read_topics(tmp_path / "t.txt")


def test_texts_are_cut_at_blank_lines_into_passages_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one.md").write_text("# Title\n\nfive words are in here\r\n\n\nand five more in here\n\nlast\n")
    (tmp_path / "b" / "two.txt").write_text("short")
    (tmp_path / "b" / "picture.png").write_bytes(b"\x89PNG")
    found = read_texts([tmp_path / "b"], most_words=8)
    assert [(one.source.file, one.source.line, one.text) for one in found] == [
        ("one.md", 1, "# Title\n\nfive words are in here"),
        ("one.md", 6, "and five more in here\n\nlast"),
        ("two.txt", 1, "short"),
    ]


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SynthesisRefused, match="no text is there"):
        read_texts([tmp_path])


def test_every_example_of_a_subject_is_asked_for_differently() -> None:
    asked = [asked_for(task, Sampling(), 0) for task in tasks(3, each=7)]
    assert len({(one.user, one.sampling.seed) for one in asked}) == 21
    assert len({key_of("m", one) for one in asked}) == 21
    assert "This is example 2 on it" in asked[1].user
    fewer = [asked_for(task, Sampling(), 0) for task in tasks(3, each=2)]
    assert fewer[:2] == asked[:2], "asking for more rows later pays for the new ones only"
    assert "laksa in Bedok" in asked[0].user


def test_the_same_wishes_make_the_same_requests_and_each_attempt_another() -> None:
    first, again = tasks(2)[0], tasks(2)[0]
    keys = [key_of("m", asked_for(task, Sampling(seed=3), 0)) for task in (first, again)]
    assert keys[0] == keys[1]
    others = [
        key_of("m", asked_for(first, Sampling(seed=3), 1)),
        key_of("m", asked_for(first, Sampling(seed=4), 0)),
        key_of("m", asked_for(first, Sampling(seed=3, temperature=0.1), 0)),
        key_of("n", asked_for(first, Sampling(seed=3), 0)),
    ]
    assert len({keys[0], *others}) == 5


def test_text_from_outside_is_not_filled_in_twice() -> None:
    (task,) = tasks_to_refine([row("What is {response}?", "It is {subject} and {most_words}.")], Form.SECTIONS, 99)
    assert "What is {response}?" in task.user
    assert "It is {subject} and {most_words}." in task.user
    assert "At most 99 words" in task.user


def test_to_refine_a_row_everything_said_before_is_shown() -> None:
    (task,) = tasks_to_refine([row("Why?", "So.", system="Be kind.")], Form.PLAIN, 50)
    assert "System: Be kind.\n\nUser: Why?" in task.user
    assert task.label == "made-up.jsonl, line 1"


def test_a_plain_topic_is_the_instruction_itself() -> None:
    task = tasks_on(subjects(1), Kind.TOPIC, Wishes(Form.PLAIN, styles=("short",)))[0]
    assert (task.system, task.user, task.instruction) == (
        "The answer is short.",
        subjects(1)[0].text,
        subjects(1)[0].text,
    )


def test_a_plain_reply_on_a_passage_is_refused_for_it_has_no_instruction() -> None:
    with pytest.raises(SynthesisRefused, match="need the form sections or json"):
        tasks_on(subjects(1), Kind.TEXT, Wishes(Form.PLAIN))


@pytest.mark.parametrize("wishes", [Wishes(per_subject=0), Wishes(most_words=0), Wishes(styles=())])
def test_wishes_that_make_no_sense_are_refused(wishes: Wishes) -> None:
    with pytest.raises(SynthesisRefused, match="1 example or more"):
        tasks_on(subjects(1), Kind.TOPIC, wishes)


def test_every_prompt_has_a_hash_of_its_own() -> None:
    pairs = [(kind, form) for kind in Kind for form in Form if (kind, form) != (Kind.TEXT, Form.PLAIN)]
    assert len({prompt_of(*pair).sha256 for pair in pairs}) == len(pairs)
