"""The corpus: hand-written topics, and a generator that is seeded and grants wishes."""

import random
import re
from dataclasses import replace

import pytest

from training.corpus import acronyms, compose, generate, questions, read, slots, wishes
from training.corpus.pairs import pairs
from training.rows import fingerprint

WORDS_PER_ROW = 190


def test_the_same_seed_gives_the_same_rows_and_another_seed_other_rows() -> None:
    one = fingerprint(generate.rows(200, 7))
    assert fingerprint(generate.rows(200, 7)) == one
    assert fingerprint(generate.rows(200, 8)) != one


def test_a_row_more_leaves_the_rows_before_it_as_they_were() -> None:
    assert generate.rows(21, 3)[:20] == generate.rows(20, 3)


@pytest.mark.parametrize("topic", read.topics(), ids=lambda topic: topic.id)
def test_every_topic_has_enough_of_every_register(topic: read.Topic) -> None:
    assert len(topic.lines("facts")) >= 10
    for section in ("points", "memoir", "funny", "singlish"):
        assert len(topic.lines(section)) >= 5, section
    assert len(topic.lines("closers")) >= 3
    assert all(" | " in line for line in topic.lines("points"))


def test_no_hand_written_sentence_stands_in_two_places() -> None:
    lines = [line for topic in read.topics() for section in topic.sections.values() for line in section]
    assert len(lines) >= 900
    assert sorted({line for line in lines if lines.count(line) > 1}) == []


def test_no_slot_and_no_overlong_text_is_left_in_any_row() -> None:
    for row in generate.rows(1500, 11):
        assert not re.search(r"[{}]", row.answer + row.question + row.system), row
        assert row.answer == row.answer.strip()
        assert 3 < len(row.answer.split()) < WORDS_PER_ROW


def test_points_come_in_the_number_asked_for() -> None:
    rng = random.Random(1)
    for topic in read.topics():
        for count in (3, 4, 5):
            text = compose.answer(topic, wishes.Wish("plain", "points", points=count), rng)
            assert re.findall(r"^(\d+)\. ", text, re.M) == [str(n) for n in range(1, count + 1)]


def test_prose_has_no_list_and_a_title_only_when_asked_for() -> None:
    rng, topic = random.Random(2), read.topics()[0]
    plain = compose.answer(topic, wishes.Wish(), rng)
    titled = compose.answer(topic, wishes.Wish(titled=True), rng)
    assert "1. " not in plain
    assert not plain.startswith("**")
    assert titled.split("\n")[0].strip("*") in topic.titles


def test_an_acronym_spells_the_word_that_was_asked_for() -> None:
    rng = random.Random(3)
    for word in acronyms.WORDS:
        text = acronyms.answer(replace(wishes.Wish(), word=word), rng)
        assert "".join(re.findall(r"^\*\*(\w)\*\* is for", text, re.M)) == word


def test_every_letter_of_every_word_has_a_value() -> None:
    assert {letter for word in acronyms.WORDS for letter in word} <= set(acronyms.letters())


def test_a_topic_file_with_a_stray_line_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"x\.txt:2: expected a field"):
        read.parse("id: a\nnonsense here\n", "x.txt")


def test_an_unknown_slot_is_an_error_and_never_shown() -> None:
    with pytest.raises(KeyError):
        slots.fill("a {nowhere} b", random.Random(0))


def test_every_topic_has_words_of_its_own_to_be_asked_about() -> None:
    own = questions.own_words()
    assert min(len(words) for words in own.values()) >= 8
    everywhere = [word for words in own.values() for word in words]
    assert len(everywhere) == len(set(everywhere))


def test_questions_come_in_many_wordings_and_without_slots() -> None:
    rng = random.Random(4)
    asked = [questions.ask(topic, rng) for topic in read.topics() for _ in range(40)]
    assert len(set(asked)) > 0.6 * len(asked)
    assert all(question and not re.search(r"[{}]", question) for question in asked)


def test_no_row_asks_a_held_out_question() -> None:
    held_out = {one.question for one in questions.held_out()}
    assert not [row for row in generate.base_rows(20_000, 1965) if row.question in held_out]


def test_no_hand_written_question_says_a_held_out_one_in_nearly_the_same_words() -> None:
    written = [ask for topic in read.topics() for ask in topic.lines("asks")] + [pair.instruction for pair in pairs()]
    near = [(one.question, ask) for one in questions.held_out() for ask in written if overlap(one.question, ask) > 0.6]
    assert near == []


def overlap(one: str, other: str) -> float:
    """Shared words over all words of two questions."""
    said, asked = (set(re.findall(r"[\w']+", text.lower())) for text in (one, other))
    return len(said & asked) / len(said | asked)
