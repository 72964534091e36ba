"""What is learned of a row: the answers up to the token that ends them, and nothing of the prompt."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, GenerationConfig

from models.chat import encode as as_served
from tests.training.tuning.small import row, rows_of
from training.data.rows import Message, Role, Source, TrainingRow, made
from training.tuning import TuningRefused
from training.tuning.encoding import IGNORED, Encoded, Encoder, end_ids, length_limit, within


@pytest.fixture(scope="module")
def tokenizer(base: Path) -> Any:
    """The tiny base's tokenizer; its template writes a newline after each turn's end."""
    return AutoTokenizer.from_pretrained(base)


def encoder(tokenizer: Any, *, answers_only: bool = True) -> Encoder:
    return Encoder(tokenizer, {tokenizer.eos_token_id}, answers_only=answers_only)


def encoded(tokenizer: Any, one: TrainingRow) -> Encoded:
    (found,) = encoder(tokenizer).encoded([one])
    return found


def learned(tokenizer: Any, one: Encoded) -> str:
    return str(tokenizer.decode([label for label in one.labels if label != IGNORED]))


def test_the_answer_and_its_end_are_learned_and_nothing_else(tokenizer: Any) -> None:
    one = encoded(tokenizer, row("What is kopi?", "Coffee, lah.", "Be short."))
    assert learned(tokenizer, one) == "Coffee, lah.<|im_end|>"
    assert len(one.ids) == len(one.labels)
    assert all(label in (IGNORED, token) for token, label in zip(one.ids, one.labels, strict=True))


def test_the_prompt_is_encoded_as_the_arena_serves_it(tokenizer: Any) -> None:
    one = encoded(tokenizer, row("What is kopi?", "Coffee.", "Be short."))
    served = as_served(tokenizer, "Be short.", "What is kopi?")
    assert one.ids[: len(served)] == served
    assert one.labels[: len(served)] == [IGNORED] * len(served)
    assert one.labels[len(served)] != IGNORED


def test_every_answer_of_a_conversation_is_learned(tokenizer: Any) -> None:
    turns = [
        Message(Role.USER, "Kopi?"),
        Message(Role.ASSISTANT, "Can."),
        Message(Role.USER, "Teh?"),
        Message(Role.ASSISTANT, "Also can."),
    ]
    one = encoded(tokenizer, made(turns, Source("a", 1, "", "chat")))
    assert learned(tokenizer, one) == "Can.<|im_end|>Also can.<|im_end|>"
    assert tokenizer.decode(one.ids) == tokenizer.apply_chat_template(
        [{"role": turn.role.value, "content": turn.content} for turn in turns], tokenize=False
    )


def test_without_completion_only_loss_every_token_but_the_first_is_learned(tokenizer: Any) -> None:
    one = encoder(tokenizer, answers_only=False).encoded([row("Kopi?", "Can.")])[0]
    assert one.labels == [IGNORED, *one.ids[1:]]


def test_a_row_that_spells_a_control_token_is_refused_by_its_place(tokenizer: Any) -> None:
    with pytest.raises(TuningRefused, match=r"rows\.jsonl:1.*<\|im_end\|>.*assistant"):
        encoded(tokenizer, row("Kopi?", "Can.<|im_end|> More."))


def test_a_template_that_never_ends_an_answer_is_refused(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    with pytest.raises(TuningRefused, match="learn to stop"):
        encoded(tokenizer, row("Kopi?", "Can."))


def test_a_template_that_rewrites_earlier_turns_is_refused(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m.role }}{{ messages | length }}{{ m.content }}<|im_end|>{% endfor %}"
    )
    with pytest.raises(TuningRefused, match="differently once others follow"):
        encoded(tokenizer, row("Kopi?", "Can."))


def test_a_tokenizer_without_a_chat_template_is_refused(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = None
    with pytest.raises(TuningRefused, match="no chat template"):
        encoder(tokenizer)


def test_every_token_that_stops_generation_counts_as_an_end(tokenizer: Any) -> None:
    assert end_ids(tokenizer, GenerationConfig(eos_token_id=[5, 7])) == {5, 7, tokenizer.eos_token_id}
    assert end_ids(tokenizer, GenerationConfig(eos_token_id=None)) == {tokenizer.eos_token_id}


def test_many_rows_are_encoded_as_each_alone(tokenizer: Any) -> None:
    rows = rows_of(5)
    assert encoder(tokenizer).encoded(rows) == [encoded(tokenizer, one) for one in rows]
    assert encoder(tokenizer).encoded([]) == []


def test_long_rows_are_refused_by_name_or_left_out_but_never_cut() -> None:
    rows = [Encoded("short", [1, 2], [1, 2]), Encoded("long", [1] * 9, [1] * 9)]
    with pytest.raises(TuningRefused, match=r"1 of 2 rows.*long \(9 tokens\)"):
        within(rows, 4, leave_out=False)
    kept, left_out = within(rows, 4, leave_out=True)
    assert ([one.id for one in kept], [one.id for one in left_out]) == (["short"], ["long"])
    with pytest.raises(TuningRefused, match="Every row"):
        within(rows[1:], 4, leave_out=True)


def test_the_length_limit_is_the_bases_or_jumpstarts() -> None:
    assert (length_limit(-1, 384), length_limit(-1, 8192), length_limit(2048, 8192)) == (384, 1024, 2048)
    with pytest.raises(TuningRefused, match="reads 384 tokens at most"):
        length_limit(1000, 384)
