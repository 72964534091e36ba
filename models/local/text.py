"""Turning tokens into text as they come, never showing half a character.

A character may span several tokens; text is held back while it ends in an unfinished one. Bytes that never
become a character are dropped, not shown as a replacement mark.
"""

from typing import Any

_BROKEN = "\ufffd"
_WINDOW_TOKENS = 8
"""Tokens after which held-back bytes are given up: no character needs more."""


class Detokenizer:
    """Feed token ids one by one; each call returns the text that became certain."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._context: list[int] = []
        self._fresh: list[int] = []

    def push(self, token: int) -> str:
        """Add a token and return the new text, which may be empty."""
        self._fresh.append(token)
        text = self._decoded()
        if text.endswith(_BROKEN) and len(self._fresh) < _WINDOW_TOKENS:
            return ""
        return self._taken(text)

    def finish(self) -> str:
        """Return what was still held back, without an unfinished character."""
        return self._taken(self._decoded())

    def _decoded(self) -> str:
        # Decoding with the tokens before keeps the spaces that a tokenizer puts between words.
        before = self._text(self._context)
        return self._text(self._context + self._fresh)[len(before) :]

    def _text(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _taken(self, text: str) -> str:
        self._context, self._fresh = (self._context + self._fresh)[-_WINDOW_TOKENS:], []
        return text.replace(_BROKEN, "").replace("\0", "")  # databases refuse NUL
