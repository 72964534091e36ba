"""The tokenizer of the demo base: byte-level BPE, and the one chat template used in training and in serving.

Ratings. The judge answers with "0" to "10" as the first token of the assistant's turn. That turn begins right after
the special token `<|assistant|>`, so the rating is split from what precedes it and is encoded alone. The digits are in
the byte alphabet; "10" is put among the training texts often enough to be merged; `build` refuses a vocabulary in
which it is not.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD, BOS, END = "<|pad|>", "<|bos|>", "<|end|>"
SPECIAL = [PAD, BOS, END, "<|system|>", "<|user|>", "<|assistant|>"]
RATINGS = [str(mark) for mark in range(11)]
CONTEXT_TOKENS = 1024

# An empty system prompt leaves no turn. "<|" inside a text is broken up, so that no text can close its own turn.
CHAT_TEMPLATE = (
    "{{- bos_token }}"
    "{%- for message in messages %}"
    "{%- if message.role != 'system' or message.content %}"
    "{{- '<|' + message.role + '|>' + (message.content | replace('<|', '< |')) + eos_token }}"
    "{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}"
)


def build(texts: Iterable[str], vocab_size: int = 3072) -> Any:
    """Train the tokenizer on `texts` and give it the chat template.

    Deterministic for the same texts in the same order. Raises ValueError if a rating is not a single token.
    """
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(_with_ratings(texts), _trainer(vocab_size))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=END,
        additional_special_tokens=SPECIAL[3:],
        clean_up_tokenization_spaces=False,
        model_max_length=CONTEXT_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    rating_ids(tokenizer)
    return tokenizer


def rating_ids(tokenizer: Any) -> list[int]:
    """Token ids of the ratings "0" to "10" at the start of the assistant's turn. ValueError if one is split."""
    ids = [tokenizer.encode(rating, add_special_tokens=False) for rating in RATINGS]
    split = [rating for rating, parts in zip(RATINGS, ids, strict=True) if len(parts) != 1]
    if split:
        raise ValueError(f"expected every rating to be one token, but {split} are split")
    return [parts[0] for parts in ids]


def save(tokenizer: Any, folder: Path) -> None:
    """Write tokenizer.json, tokenizer_config.json and chat_template.jinja into `folder`."""
    tokenizer.save_pretrained(folder)


def load(folder: Path) -> Any:
    """The tokenizer as `save` wrote it."""
    return PreTrainedTokenizerFast.from_pretrained(folder)


def _trainer(vocab_size: int) -> Any:
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=SPECIAL, initial_alphabet=alphabet, min_frequency=2, show_progress=False
    )


def _with_ratings(texts: Iterable[str]) -> Iterable[str]:
    yield from texts
    yield "\n".join(RATINGS * 500)
