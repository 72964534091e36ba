"""How many tokens a text has for a base, counted in this process without torch: the base's own tokenizer.json."""

from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer

FILE = "tokenizer.json"


class TokenCount:
    """Counts with the tokenizer in the folder `base`, read when first asked."""

    def __init__(self, base: Path) -> None:
        self._file = base / FILE

    def __call__(self, text: str) -> int | None:
        """Tokens of `text`, without those that a chat template adds; None where the base has no such file."""
        return None if self._tokenizer is None else len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _tokenizer(self) -> Tokenizer | None:
        return Tokenizer.from_file(str(self._file)) if self._file.is_file() else None
