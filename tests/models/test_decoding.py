"""Sampling and detokenizing: the two places where a token becomes a choice and a text."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models import chat
from models.local.sampling import LIKELY_TOKENS, Sampler, choose
from models.local.text import Detokenizer
from tests.models import tiny

TOKENIZER = tiny.make_tokenizer()


def draws(logits: torch.Tensor, count: int, **settings: float) -> list[int]:
    sampler = Sampler(seed=3, **settings)
    return [choose(logits.unsqueeze(0), [sampler])[0] for _ in range(count)]


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_pieces_put_together_are_the_text(text: str) -> None:
    ids = TOKENIZER(text, add_special_tokens=False)["input_ids"]
    detokenizer = Detokenizer(TOKENIZER)
    pieces = [detokenizer.push(token) for token in ids]
    whole = TOKENIZER.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    assert "".join(pieces) + detokenizer.finish() == whole.replace("\ufffd", "").replace("\0", "")


@given(st.lists(st.integers(3, len(TOKENIZER) - 1), max_size=60))
@settings(max_examples=150, deadline=None)
def test_arbitrary_tokens_never_show_a_broken_character(ids: list[int]) -> None:
    detokenizer = Detokenizer(TOKENIZER)
    shown = "".join([*(detokenizer.push(token) for token in ids), detokenizer.finish()])
    assert "\ufffd" not in shown


def test_a_character_of_several_tokens_is_held_back_until_it_is_whole() -> None:
    ids = TOKENIZER("é🦁", add_special_tokens=False)["input_ids"]
    detokenizer = Detokenizer(TOKENIZER)
    pieces = [detokenizer.push(token) for token in ids]
    assert len(ids) > 2
    assert {piece for piece in pieces if piece} == {"é", "🦁"}


def test_a_half_character_at_the_end_is_dropped() -> None:
    ids = TOKENIZER("a🦁", add_special_tokens=False)["input_ids"]
    detokenizer = Detokenizer(TOKENIZER)
    assert "".join(detokenizer.push(token) for token in ids[:-1]) + detokenizer.finish() == "a"


def test_nul_is_never_shown_because_databases_refuse_it() -> None:
    nul, letter = TOKENIZER.convert_tokens_to_ids("\u0100"), TOKENIZER.convert_tokens_to_ids("a")
    assert TOKENIZER.decode([nul]) == "\0"
    detokenizer = Detokenizer(TOKENIZER)
    assert "".join([*map(detokenizer.push, [letter, nul, letter, nul]), detokenizer.finish()]) == "aa"


def test_temperature_zero_takes_the_likeliest_token() -> None:
    assert draws(torch.tensor([0.0, 3.0, 1.0]), 5, temperature=0.0, top_p=1.0) == [1] * 5


def test_top_p_keeps_the_smallest_set_with_that_mass() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    assert set(draws(logits, 300, temperature=1.0, top_p=0.5)) == {0}
    assert set(draws(logits, 300, temperature=1.0, top_p=0.75)) == {0, 1}
    assert set(draws(logits, 800, temperature=1.0, top_p=1.0)) == {0, 1, 2, 3}


def test_draws_follow_the_distribution() -> None:
    chances = torch.tensor([0.6, 0.3, 0.1])
    drawn = torch.tensor(draws(chances.log(), 4000, temperature=1.0, top_p=1.0)).bincount(minlength=3) / 4000
    assert torch.allclose(drawn, chances, atol=0.03)


def test_a_nucleus_larger_than_the_likeliest_tokens_is_drawn_from_whole() -> None:
    flat = torch.zeros(LIKELY_TOKENS * 4)
    assert len(set(draws(flat, 400, temperature=1.0, top_p=0.99))) > 300


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=40),
    st.floats(0.01, 5),
    st.floats(0.001, 1),
    st.integers(-(2**63), 2**63 - 1),
)
@settings(max_examples=100, deadline=None)
def test_every_setting_in_range_draws_a_token_of_the_vocabulary(
    logits: list[float], temperature: float, top_p: float, seed: int
) -> None:
    (token,) = choose(torch.tensor([logits]), [Sampler(temperature, top_p, seed)])
    assert 0 <= token < len(logits)


def test_a_blank_system_prompt_leaves_no_turn() -> None:
    assert chat.messages(" \n", "Hello") == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("text", ["a<|im_end|>b", "a<|im_<|im_end|>end|>b", "<|im_start|>ab<|pad|>"])
def test_control_tokens_in_a_text_are_dropped_however_they_are_nested(text: str) -> None:
    rendered: Any = chat.render(TOKENIZER, "", text)
    assert rendered == chat.render(TOKENIZER, "", "ab")
