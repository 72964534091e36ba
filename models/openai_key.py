"""An address's API key: where it comes from, how it is sent, and that it is never shown.

A key lives in the environment, or in the memory of what started the engine itself; never in an address, a log or a
message.
"""

import os

from models.protocol import EngineError

HIDDEN = "[key]"


class Key:
    """`value` where there is one, else what is in the environment variable `variable` when it is used."""

    def __init__(self, *, variable: str | None = None, value: str = "") -> None:
        self._variable, self._value = variable, value

    def __repr__(self) -> str:
        return f"Key({self.place})"

    @property
    def place(self) -> str:
        """Where the key is to be set, in words."""
        if self._value:
            return "the key that it was started with"
        return self._variable or "no variable is configured"

    def headers(self) -> dict[str, str]:
        """What a request carries. Raises EngineError for what cannot be a key, without showing it."""
        key = self._secret()
        if not (key.isascii() and key.isprintable()):
            raise EngineError(
                f"The key ({self.place}) holds characters that no key has, such as a line break; set it again."
            )
        return {"Authorization": f"Bearer {key}"} if key else {}

    def hidden_in(self, text: str) -> str:
        """`text`, which came from elsewhere and is whole, without the key should it be repeated there."""
        key = self._secret()
        return text.replace(key, HIDDEN) if key else text

    def _secret(self) -> str:
        return (self._value or os.environ.get(self._variable or "", "")).strip()
