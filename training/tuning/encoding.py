"""From chat rows to token ids and labels with the base's own chat template. Batches and packing are TRL's.

A prompt is encoded apart from the answer that follows it, as an engine does it, so that training sees the very tokens
that serving will. An answer is learned up to the token that ends its turn, that token included and nothing after it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from training.data.rows import Role, TrainingRow
from training.tuning.errors import TuningRefused

IGNORED = -100  # the label that PyTorch's cross-entropy leaves out
DEFAULT_LENGTH = 1024  # JumpStart's limit where max_input_length is -1
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one row; `labels` has the same length, IGNORED where nothing is learned."""

    id: str
    ids: list[int]
    labels: list[int]

    @property
    def learned(self) -> int:
        """How many tokens are learned."""
        return sum(label != IGNORED for label in self.labels)


class Encoder:
    """Renders and encodes rows for one base."""

    def __init__(self, tokenizer: Any, end_ids: Iterable[int], *, answers_only: bool) -> None:
        """`end_ids` are the tokens at which generation stops. Raises TuningRefused without a chat template."""
        if not tokenizer.chat_template:
            raise TuningRefused("The base's tokenizer has no chat template; use an instruct base, which brings one.")
        self._tokenizer, self._ends, self._answers_only = tokenizer, frozenset(end_ids), answers_only
        self._specials = [token for token in tokenizer.all_special_tokens if token.strip()]

    def encoded(self, rows: Sequence[TrainingRow]) -> list[Encoded]:
        """The rows, in order. Raises TuningRefused where a text spells a control token, or the template cannot train.

        All texts are encoded at one call, which takes a third of the time.
        """
        split = [self._exchanges(row) for row in rows]
        ids = iter(self._ids([text for exchanges in split for exchange in exchanges for text in exchange]))
        return [self._joined(row, len(exchanges), ids) for row, exchanges in zip(rows, split, strict=True)]

    def _exchanges(self, row: TrainingRow) -> list[tuple[str, str]]:
        """Pairs of what an answer follows and the answer, which together are the whole conversation as rendered."""
        self._check_text(row)
        chat = [turn for turn in row.chat() if turn["content"].strip()]  # a blank system prompt is left out, as served
        whole = self._rendered(chat)
        exchanges: list[tuple[str, str]] = []
        done = 0
        for number, turn in enumerate(chat):
            if turn["role"] == Role.ASSISTANT.value:
                before = self._rendered(chat[:number], add_generation_prompt=True)
                through = whole if number == len(chat) - 1 else self._rendered(chat[: number + 1])
                if not whole.startswith(through) or not through.startswith(before):
                    raise TuningRefused(
                        f"The base's chat template writes turn {number + 1} of row {row.id} differently once others "
                        "follow, so answers cannot be told from prompts; keep only the first exchange of such rows."
                    )
                exchanges.append((whole[done : len(before)], whole[len(before) : len(through)]))
                done = len(through)
        return exchanges

    def _joined(self, row: TrainingRow, exchanges: int, texts: Iterator[list[int]]) -> Encoded:
        ids: list[int] = []
        labels: list[int] = []
        for _ in range(exchanges):
            prompt, answer = next(texts), next(texts)
            ids += prompt + answer
            labels += [IGNORED] * len(prompt) + self._learned(row, answer)
        return Encoded(row.id, ids, labels if self._answers_only else [IGNORED, *ids[1:]])

    def _learned(self, row: TrainingRow, answer: list[int]) -> list[int]:
        last = max((place for place, token in enumerate(answer) if token in self._ends), default=None)
        if last is None:
            raise TuningRefused(
                f"The base's chat template does not end the answer of row {row.id} with a token that stops an answer, "
                "so the model could not learn to stop; repair the base's chat_template.jinja or generation_config.json."
            )
        return answer[: last + 1] + [IGNORED] * (len(answer) - last - 1)

    def _check_text(self, row: TrainingRow) -> None:
        for message in row.messages:
            for special in self._specials:
                if special in message.content:
                    raise TuningRefused(
                        f"Row {row.id} ({row.source.file}:{row.source.line}) spells the control token {special!r} in "
                        f"its {message.role} message; take it out."
                    )

    def _rendered(self, chat: Sequence[dict[str, str]], **options: Any) -> str:
        return str(self._tokenizer.apply_chat_template(list(chat), tokenize=False, **options))

    def _ids(self, texts: list[str]) -> list[list[int]]:
        found: list[list[int]] = self._tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
        return found


def within(encoded: list[Encoded], limit: int, *, leave_out: bool) -> tuple[list[Encoded], list[Encoded]]:
    """Rows of at most `limit` tokens, and the longer ones; nothing is ever cut, for a cut answer teaches not to end.

    Raises TuningRefused for longer rows unless they may be left out, and when none is left.
    """
    short = [one for one in encoded if len(one.ids) <= limit]
    long = [one for one in encoded if len(one.ids) > limit]
    if long and not leave_out:
        names = ", ".join(f"{one.id} ({len(one.ids)} tokens)" for one in long[:SHOWN])
        more = f" and {len(long) - SHOWN} more" if len(long) > SHOWN else ""
        raise TuningRefused(
            f"{len(long)} of {len(encoded)} rows are longer than {limit} tokens: {names}{more}. Raise max_input_length "
            'or set long_rows to "leave_out".'
        )
    if encoded and not short:
        raise TuningRefused(f"Every row is longer than {limit} tokens; raise max_input_length.")
    return short, long


def length_limit(asked: int, context: int) -> int:
    """Most tokens of a row: as asked, -1 for JumpStart's default. Raises TuningRefused above the base's context."""
    if asked > context:
        raise TuningRefused(f"max_input_length is {asked}, but the base reads {context} tokens at most; set it lower.")
    return min(DEFAULT_LENGTH, context) if asked < 0 else asked


def end_ids(tokenizer: Any, generation_config: Any) -> set[int]:
    """The tokens at which generation stops, by the tokenizer and by generation_config.json."""
    given = generation_config.eos_token_id
    listed = given if isinstance(given, list) else [given]
    return {int(token) for token in (*listed, tokenizer.eos_token_id) if token is not None}
