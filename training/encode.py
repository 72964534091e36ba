"""From chat rows to padded batches of token ids and labels. Optimising on them lives in `base`."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from training.rows import Row

IGNORED = -100  # the label PyTorch's cross-entropy leaves out


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of one rendered row; `labels` has the same length, IGNORED where nothing is learned."""

    ids: list[int]
    labels: list[int]


def encode(row: Row, tokenizer: Any, *, completion_only: bool, limit: int = 1024) -> Example:
    """Render a row with the chat template and mark what is learned.

    With `completion_only` that is the answer and its end-of-turn token, nothing before. An example longer than
    `limit` tokens is refused with ValueError, never cut: a cut answer would teach the model not to end.
    """
    ids = _rendered(tokenizer, row.messages())
    start = len(_rendered(tokenizer, row.messages()[:-1], add_generation_prompt=True)) if completion_only else 1
    if len(ids) > limit:
        raise ValueError(f"expected at most {limit} tokens, got {len(ids)} for the question {row.question[:60]!r}")
    return Example(ids, [IGNORED] * start + ids[start:])


def batches(examples: Sequence[Example], tokens_per_batch: int, pad: int, seed: int) -> Iterator[tuple[Any, Any]]:
    """Endless epochs of (ids, labels), both int64 [rows, length], of about `tokens_per_batch` with little padding.

    Rows of like length share a batch; the order of batches is drawn anew each epoch from `seed`.
    """
    rng = random.Random(seed)
    while True:
        order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids) + rng.random() * 12)
        groups = list(_grouped([examples[i] for i in order], tokens_per_batch))
        rng.shuffle(groups)
        for group in groups:
            yield padded(group, pad)


def padded(group: Sequence[Example], pad: int) -> tuple[Any, Any]:
    """Right-pad a group to its longest row: ids with `pad`, labels with IGNORED; both int64 [rows, length]."""
    length = max(len(example.ids) for example in group)
    ids = [example.ids + [pad] * (length - len(example.ids)) for example in group]
    labels = [example.labels + [IGNORED] * (length - len(example.labels)) for example in group]
    return torch.tensor(ids), torch.tensor(labels)


def _grouped(examples: Sequence[Example], tokens: int) -> Iterator[list[Example]]:
    group: list[Example] = []
    longest = 0
    for example in examples:
        longest = max(longest, len(example.ids))
        if group and (len(group) + 1) * longest > tokens:
            yield group
            group, longest = [], len(example.ids)
        group.append(example)
    if group:
        yield group


def _rendered(tokenizer: Any, messages: list[dict[str, str]], **options: Any) -> list[int]:
    text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
    return ids
