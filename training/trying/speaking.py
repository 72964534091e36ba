"""Answers of voices to prompts: the base is loaded once, its adapters beside each other, on a GPU where there is one.

The sampler is the one that runs use while they train, so that a text before, during and after can be compared.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from models.chat import encode
from training.trying.errors import TryingRefused
from training.trying.prompts import Asked
from training.trying.voices import Cast, Voice
from training.tuning.quiet import quiet
from training.tuning.sampling import HowToSample, sample

AT_ONCE = 16
"""Prompts in one batch."""


class Speakers:
    """A loaded cast. Only the voices of `cast` can be asked."""

    def __init__(self, cast: Cast) -> None:
        """Load everything. Raises TryingRefused when the base cannot be loaded."""
        self._cast = cast
        with quiet():
            self._tokenizer, self._model = _loaded(cast)
        self._context = int(self._model.config.get_text_config().max_position_embeddings)

    def answers(
        self,
        voice: Voice,
        asked: Sequence[Asked],
        how: HowToSample,
        *,
        tell: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[str]:
        """One answer to each prompt, in their order; the same list, seed and voice give the same texts on one machine.

        The seed of a batch is `how.seed` plus the place of its first prompt. `tell(done, total)` as it goes. Raises
        TryingRefused before the first answer if a prompt leaves no room for `how.max_tokens`.
        """
        self._check_room(asked, how)
        found: list[str] = []
        with quiet():
            for start in range(0, len(asked), AT_ONCE):
                prompts = [one.prompt for one in asked[start : start + AT_ONCE]]
                with _speaking(self._model, self._cast, voice):
                    found += sample(self._model, self._tokenizer, prompts, replace(how, seed=how.seed + start))
                tell(len(found), len(asked))
        return found

    def _check_room(self, asked: Sequence[Asked], how: HowToSample) -> None:
        for one in asked:
            tokens = len(encode(self._tokenizer, one.prompt.system, one.prompt.question))
            if tokens + how.max_tokens > self._context:
                raise TryingRefused(
                    f"The prompt {one.id} has {tokens:,} tokens and the answer may have {how.max_tokens:,}, but the "
                    f"base reads {self._context:,} in all; shorten the prompt or set --max-tokens lower."
                )


def _loaded(cast: Cast) -> tuple[Any, Any]:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if gpu and torch.cuda.is_bf16_supported() else torch.float32
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(cast.base, local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(
            cast.base, local_files_only=True, dtype=dtype, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise TryingRefused(f"The base in {cast.base} cannot be loaded: {error}") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    model.to("cuda" if gpu else "cpu")
    for index, voice in enumerate(cast.voices):
        if voice.adapter is None:
            continue
        if isinstance(model, PeftModel):
            model.load_adapter(str(voice.adapter), _slot(index), local_files_only=True)
        else:
            model = PeftModel.from_pretrained(model, str(voice.adapter), _slot(index), local_files_only=True)
    return tokenizer, model.eval()


def _speaking(model: Any, cast: Cast, voice: Voice) -> Any:
    """A context in which the model speaks with this voice."""
    if voice.adapter is not None:
        model.set_adapter(_slot(cast.voices.index(voice)))
        return nullcontext()
    has_adapters = any(one.adapter is not None for one in cast.voices)
    return model.disable_adapter() if has_adapters else nullcontext()


def _slot(index: int) -> str:
    """PEFT builds module paths from adapter names, so it gets plain ones."""
    return f"voice{index}"
