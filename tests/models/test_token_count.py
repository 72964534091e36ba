"""Counting tokens beside the engines: the numbers of the base's own tokenizer."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from models.token_count import TokenCount
from server.settings import DEMO_MODELS

BASE = DEMO_MODELS / "base"


@pytest.mark.parametrize("text", ["", "Kaya toast, lah!", "<|end|> is no way out", "拉沙 and teh tarik", "a" * 5_000])
def test_it_counts_as_the_engines_tokenizer_does(text: str) -> None:
    expected = AutoTokenizer.from_pretrained(BASE, local_files_only=True)(text, add_special_tokens=False)
    assert TokenCount(BASE)(text) == len(expected["input_ids"])


def test_a_base_without_a_tokenizer_file_cannot_be_counted_for(tmp_path: Path) -> None:
    assert TokenCount(tmp_path)("anything") is None
