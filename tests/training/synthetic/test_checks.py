"""Replies: what is read out of them, and every reason for which one makes no row."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.data.made_up import row
from tests.training.synthetic.writing import good, sections, tasks
from training.synthetic.checks import Rules, accepted
from training.synthetic.prompts import Form
from training.synthetic.replies import Draft, Reason, ReplyRefused, read
from training.synthetic.tasks import Task, tasks_to_refine

TASK = tasks(1)[0]
JSON_TASK = tasks(1, Form.JSON)[0]
PLAIN_TASK = tasks(1, Form.PLAIN)[0]
ANSWER = "The stall opens before dawn, and the queue is already there, patient and hungry."
REFINED = tasks_to_refine([row("Why is there a queue before dawn?", ANSWER)], Form.SECTIONS, 100)[0]


def reason(task: Task, text: str, rules: Rules = Rules(), finish: str = "stop") -> Reason:  # noqa: B008
    with pytest.raises(ReplyRefused) as refused:
        accepted(task, text, finish, rules)
    assert str(refused.value)
    return refused.value.reason


@pytest.mark.parametrize(
    ("task", "text", "draft"),
    [
        (TASK, sections("Why?", ANSWER), Draft("Why?", "", ANSWER)),
        (TASK, sections("Why?", ANSWER, "A note."), Draft("Why?", "A note.", ANSWER)),
        (TASK, f"**Instruction:**\nWhy?\n**Response:**\n{ANSWER}\n\nMore.", Draft("Why?", "", f"{ANSWER}\n\nMore.")),
        (TASK, f"Sure!\n## instruction\nWhy?\n## RESPONSE\n{ANSWER}", Draft("Why?", "", ANSWER)),
        (JSON_TASK, json.dumps({"instruction": "Why?", "context": "", "response": ANSWER}), Draft("Why?", "", ANSWER)),
        (JSON_TASK, f'```json\n{{"instruction": "Why?", "response": "{ANSWER}"}}\n```', Draft("Why?", "", ANSWER)),
        (PLAIN_TASK, f"  {ANSWER}\n", Draft(PLAIN_TASK.instruction, "", ANSWER)),
        (REFINED, f"### Response\n{ANSWER} It moves fast.", Draft("", "", f"{ANSWER} It moves fast.")),
    ],
)
def test_the_parts_of_a_reply_are_read_in_every_form(task: Task, text: str, draft: Draft) -> None:
    assert accepted(task, text, "stop", Rules()) == draft


@pytest.mark.parametrize(
    ("task", "text"),
    [
        (TASK, ANSWER),
        (TASK, f"### Response\n{ANSWER}"),
        (TASK, sections("Why?", f"{ANSWER}\n### Response\n{ANSWER}")),
        (JSON_TASK, ANSWER),
        (JSON_TASK, "[]"),
        (JSON_TASK, '{"response": "x"}'),
        (JSON_TASK, '{"instruction": "Why?", "response": 3}'),
        (JSON_TASK, '{"instruction": "Why?", "response": "x", "mark": 10}'),
        (JSON_TASK, "[" * 100_000),
        (REFINED, sections("Why?", ANSWER)),
        (TASK, sections("Why?", f"{ANSWER} \ud83d")),
        (TASK, sections("Why?", f"{ANSWER} \0")),
    ],
)
def test_a_reply_in_another_form_is_refused(task: Task, text: str) -> None:
    assert reason(task, text) is Reason.FORM


@pytest.mark.parametrize(
    ("task", "text", "why"),
    [
        (TASK, sections("", ANSWER), Reason.EMPTY),
        (TASK, sections("Why?", ""), Reason.EMPTY),
        (PLAIN_TASK, "  ", Reason.EMPTY),
        (TASK, sections("Why?", "So it is."), Reason.SHORT),
        (TASK, sections("Why?", "I'm sorry, but I can't help with that request at all."), Reason.REFUSAL),
        (TASK, sections("Why?", "As an AI, I have no opinion on the matter of food."), Reason.REFUSAL),
        (TASK, sections("Why?", "I cannot provide this, for it is against my rules."), Reason.REFUSAL),
        (TASK, sections("Why?", "很抱歉，我无法回答这个问题，请换一个。"), Reason.REFUSAL),
        (PLAIN_TASK, f"Sure, here it is:\n{ANSWER}", Reason.TALK),
        (PLAIN_TASK, f"Here is the improved response:\n\n{ANSWER}", Reason.TALK),
        (TASK, sections("Why?", "这里从早到晚都有很多人排队吃饭，大家都很喜欢。"), Reason.LANGUAGE),
        (REFINED, "### Response\n这里从早到晚都有很多人排队吃饭，大家都很喜欢。", Reason.LANGUAGE),
        (TASK, sections(ANSWER, f"{ANSWER}!"), Reason.COPY),
        (TASK, sections("Why?", TASK.user.split("###")[0]), Reason.COPY),
    ],
)
def test_a_reply_that_is_no_good_answer_is_refused_with_the_reason(task: Task, text: str, why: Reason) -> None:
    assert reason(task, text) is why


@pytest.mark.parametrize(
    "response",
    [
        "I cannot forget the smell of the bakery, and I will not try to.",
        "Sorry seems to be the hardest word in any language of this island.",
        "Sure footed goats would struggle with these stairs, but grandmother never did.",
        "Here is a country where lunch is a public holiday of the mind, every day.",
        "Lah, this queue damn long, but the laksa confirm worth it one.",
    ],
)
def test_words_that_only_look_like_a_refusal_are_kept(response: str) -> None:
    assert accepted(TASK, sections("Why?", response), "stop", Rules()).response == response


def test_length_is_counted_in_words_of_every_script() -> None:
    zh = replace(TASK, language="zh")
    assert accepted(zh, sections("为什么?", "这里从早到晚都有很多人排队。"), "stop", Rules(most_words=14))
    assert reason(zh, sections("为什么?", "这里从早到晚都有很多人排队。"), Rules(most_words=10)) is Reason.LONG


def test_a_reply_that_was_cut_off_is_refused_whatever_it_says() -> None:
    assert reason(TASK, good("x"), finish="length") is Reason.CUT


def test_malay_and_indonesian_count_as_one() -> None:
    malay = replace(TASK, language="ms")
    said = "Pusat penjaja ialah tempat semua orang makan bersama-sama setiap hari tanpa mengira pendapatan."
    assert accepted(malay, sections("Mengapa?", said), "stop", Rules())


def test_a_refined_response_may_stay_as_it_was() -> None:
    assert accepted(REFINED, f"### Response\n{ANSWER}", "stop", Rules()).response == ANSWER


@given(st.text(max_size=200), st.sampled_from([TASK, JSON_TASK, PLAIN_TASK, REFINED]))
def test_any_text_is_read_or_refused(text: str, task: Task) -> None:
    try:
        draft = read(task, text)
    except ReplyRefused as refused:
        told = str(refused)
    else:
        told = draft.response
    assert isinstance(told, str)
