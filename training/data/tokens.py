"""Counting tokens with the tokenizer of the model that will learn. Rendering for training is `training.encode`'s."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from training.data.errors import DataError
from training.data.rows import TrainingRow
from training.places import DEMO_BASE

CHUNK = 512  # texts encoded at once, so that memory does not grow with the data set


class Counting(Protocol):
    """What curation needs of a tokenizer."""

    name: str
    sha256: str

    def of_responses(self, rows: Sequence[TrainingRow]) -> list[int]:
        """Tokens of each row's response."""

    def of_rows(self, rows: Sequence[TrainingRow]) -> list[int]:
        """Tokens of each row as the model sees it."""


class Tokens:
    """Counts with the tokenizer in a model's folder; `name` and `sha256` say which it is."""

    def __init__(self, folder: Path = DEMO_BASE) -> None:
        """Read tokenizer.json and what belongs to it. Raises DataError if the folder has no tokenizer."""
        from transformers import AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self.sha256 = hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest()
        except (OSError, ValueError) as error:
            raise DataError(
                f"{folder} holds no tokenizer that can be used (expected tokenizer.json). Give a model's folder with "
                "--tokenizer."
            ) from error
        self.name = folder.resolve().name

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without any special token."""
        counts: list[int] = []
        for start in range(0, len(texts), CHUNK):
            chunk = list(texts[start : start + CHUNK])
            encoded = self._tokenizer.backend_tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
            counts += [len(one.ids) for one in encoded]
        return counts

    def of_responses(self, rows: Sequence[TrainingRow]) -> list[int]:
        """Tokens of each row's response."""
        return self.count([row.response for row in rows])

    def of_rows(self, rows: Sequence[TrainingRow]) -> list[int]:
        """Tokens of each row as the model sees it, chat template included. Raises DataError without a template."""
        if self._tokenizer.chat_template is None:
            raise DataError(
                f"The tokenizer {self.name} has no chat template, so whole rows cannot be counted. "
                "Use the tokenizer of an instruct model."
            )
        return self.count([self._rendered(row) for row in rows])

    def _rendered(self, row: TrainingRow) -> str:
        return str(self._tokenizer.apply_chat_template(row.chat(), tokenize=False))
