"""Batches: what is learned is the answer with its end-of-turn token, nothing before and nothing after."""

from itertools import islice
from typing import Any

import pytest
import torch

from training import encode
from training.base import loss
from training.rows import Row

ROW = Row("Be brief.", "What is kopi?", "Coffee, thick and sweet.")


def test_only_the_answer_and_its_end_of_turn_are_learned(words: Any) -> None:
    example = encode.encode(ROW, words, completion_only=True)
    learned = [label for label in example.labels if label != encode.IGNORED]
    assert words.decode(learned) == "Coffee, thick and sweet.<|end|>"
    assert learned[-1] == words.eos_token_id
    assert learned == example.ids[-len(learned) :]


def test_the_whole_text_is_learned_but_for_the_first_token(words: Any) -> None:
    example = encode.encode(ROW, words, completion_only=False)
    assert example.labels == [encode.IGNORED, *example.ids[1:]]


def test_a_row_that_is_too_long_is_refused_and_not_cut(words: Any) -> None:
    with pytest.raises(ValueError, match="expected at most 10 tokens"):
        encode.encode(ROW, words, completion_only=True, limit=10)


def test_padding_is_never_learned() -> None:
    group = [encode.Example([1, 2, 3], [-100, 2, 3]), encode.Example([4], [-100])]
    ids, labels = encode.padded(group, pad=0)
    assert ids.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert labels.tolist() == [[-100, 2, 3], [-100, -100, -100]]


def test_an_epoch_has_every_example_once_in_batches_of_the_size_asked_for() -> None:
    examples = [encode.Example([n] * (1 + n % 7), [n] * (1 + n % 7)) for n in range(1, 60)]
    seen: list[int] = []
    feed = encode.batches(examples, tokens_per_batch=40, pad=0, seed=1)
    while len(seen) < len(examples):
        ids, _ = next(feed)
        assert ids.numel() <= 40
        seen += ids[:, 0].tolist()
    assert sorted(seen) == list(range(1, 60))


def test_batches_are_the_same_for_the_same_seed() -> None:
    examples = [encode.Example([n] * 3, [n] * 3) for n in range(30)]
    one, two = (list(islice(encode.batches(examples, 12, 0, seed=5), 12)) for _ in range(2))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(one, two, strict=True))


def test_the_loss_does_not_see_the_padding(words: Any, model_of: Any) -> None:
    short = encode.encode(ROW, words, completion_only=True)
    model = model_of("base")
    with torch.inference_mode():
        alone = loss(model, *encode.padded([short], words.pad_token_id))
        wider = encode.Example([*short.ids, *[words.pad_token_id] * 9], [*short.labels, *[encode.IGNORED] * 9])
        padded = loss(model, *encode.padded([wider], words.pad_token_id))
    assert alone.item() == pytest.approx(padded.item(), abs=1e-4)
