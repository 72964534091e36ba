"""Packed rows do not see each other: every row is computed as it would be alone."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch.nn import functional
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig
from trl import pack_dataset
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from training.tuning import attention

ROWS = [[5, 9, 14, 20, 31], [7, 7, 8], [40, 41, 42, 43, 44, 45, 46], [50, 51]]


@pytest.fixture(scope="module")
def model(base: Path) -> Any:
    """The tiny base with the attention for packed rows."""
    return AutoModelForCausalLM.from_pretrained(base, attn_implementation=attention.register())


def packed(length: int) -> tuple[dict[str, Any], list[list[int]]]:
    """ROWS as TRL packs and collates them, and the rows in the order they then have."""
    given = Dataset.from_dict({"input_ids": ROWS, "labels": ROWS})
    sequences = list(pack_dataset(given, length, "bfd"))
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(sequences)
    ends = [int(end) for end in batch["cu_seq_lens_q"]]
    ids = batch["input_ids"][0].tolist()
    return batch, [ids[start:end] for start, end in pairwise(ends)]


def test_logits_and_loss_of_a_packed_row_are_those_of_the_row_alone(model: Any) -> None:
    batch, rows = packed(8)
    assert sorted(map(tuple, rows)) == sorted(map(tuple, ROWS)), "packing keeps rows whole"
    with torch.no_grad():
        together = model(**{name: value for name, value in batch.items() if name != "labels"}).logits[0]
        start = 0
        for row in rows:
            ids = torch.tensor([row])
            alone = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0]
            own = together[start : start + len(row)]
            torch.testing.assert_close(own, alone, rtol=1e-5, atol=1e-5)
            torch.testing.assert_close(
                functional.cross_entropy(own[:-1], ids[0, 1:]), functional.cross_entropy(alone[:-1], ids[0, 1:])
            )
            start += len(row)


def test_the_first_token_of_a_packed_row_is_not_predicted_from_the_row_before() -> None:
    batch, rows = packed(8)
    starts = [sum(map(len, rows[:number])) for number in range(len(rows))]
    assert batch["labels"][0][starts].tolist() == [-100] * len(rows)


def test_a_leak_between_packed_rows_is_found(base: Path, model: Any) -> None:
    assert not attention.leaks(model, ROWS)
    assert attention.leaks(_Blurred(model), ROWS)


class _Blurred(torch.nn.Module):
    """A model whose layers carry something from token to token, as recurrent ones do."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, **inputs: Any) -> Any:
        out = self.model(**inputs)
        out.logits = out.logits.cumsum(1)
        return out


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (LlamaConfig(), ""),
        (MistralConfig(sliding_window=64), "looks back 64 tokens"),
        (MistralConfig(sliding_window=4096), ""),
        (LlamaConfig(attn_logit_softcapping=50.0), "caps its logits"),
        (LlamaConfig(layer_types=["full_attention", "linear_attention"], num_hidden_layers=2), "not all of its layers"),
    ],
)
def test_bases_whose_attention_is_not_plain_are_not_packed(config: Any, reason: str) -> None:
    found = attention.why_unpackable(config, 1024)
    assert reason in found
    assert bool(reason) == bool(found)


def test_without_packing_it_is_the_plain_attention(base: Path, model: Any) -> None:
    plain = AutoModelForCausalLM.from_pretrained(base, attn_implementation="sdpa")
    ids = torch.tensor([[0, 0, 5, 9, 14], [3, 4, 5, 6, 7]])
    mask = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])
    with torch.no_grad():
        ours, theirs = (one(input_ids=ids, attention_mask=mask).logits for one in (model, plain))
    torch.testing.assert_close(ours[1], theirs[1])
    torch.testing.assert_close(ours[0, 2:], theirs[0, 2:])
