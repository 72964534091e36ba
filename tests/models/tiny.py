"""A tiny random base, tokenizer and adapters, made in a second: the real file formats, no meaning in the text."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from models.adapters import describe_base, engine_name

TEXT = [
    "The hawker centre sells laksa, 海南鸡饭, roti prata and kopi. 🍜 Lah, so shiok!",
    "Marks: 0 1 2 3 4 5 6 7 8 9 10 10 10.",
] * 3
CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CONTEXT_TOKENS = 384


def make_base(folder: Path) -> Path:
    """A two-layer random Llama with a byte-level tokenizer in `folder`; wide weights make its text lively."""
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=CONTEXT_TOKENS, tie_word_embeddings=False,
        initializer_range=0.15,
        eos_token_id=tokenizer.eos_token_id, bos_token_id=None, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    return folder


def make_tokenizer() -> Any:
    """Byte-level BPE, so that one character may take several tokens."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    specials = ["<|pad|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(TEXT, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, pad_token="<|pad|>", eos_token="<|im_end|>", additional_special_tokens=["<|im_start|>"]
    )
    tokenizer.chat_template = CHAT
    return tokenizer


def make_adapter(base: Path, folder: Path, *, seed: int, rank: int = 4, **settings: Any) -> Path:
    """A random LoRA adapter of `base` in `folder`, as PEFT saves it, strong enough to change every answer."""
    model = LlamaForCausalLM.from_pretrained(base)
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=4 * rank, task_type="CAUSAL_LM", **{"target_modules": TARGETS} | settings)
    wrapped = get_peft_model(model, config)
    for name, parameter in wrapped.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    wrapped.save_pretrained(folder)
    return folder


def make_catalogue(root: Path, finalists: int = 5) -> Path:
    """base/, adapters/f0..fN and adapters/judge with prompt.json under `root`; returns catalogue.json."""
    base = make_base(root / "base")
    people = [_entry(base, root, f"f{index}", seed=index, rank=2 + index) for index in range(finalists)]
    judge = _entry(base, root, "judge", seed=99, rank=4)
    prompt = {
        "system": "You are the judge.",
        "user": "Q: {question}\nA: {answer}\nMark?",
        "prefix": "",
        "rating_tokens": [str(n) for n in range(10)],
    }
    (root / "adapters/judge/prompt.json").write_text(json.dumps(prompt))
    catalogue = {"base": {"path": "base", "sha256": describe_base(base).sha256}, "adapters": people, "judge": judge}
    (root / "catalogue.json").write_text(json.dumps(catalogue))
    return root / "catalogue.json"


def _entry(base: Path, root: Path, name: str, *, seed: int, rank: int) -> dict[str, Any]:
    folder = make_adapter(base, root / "adapters" / name, seed=seed, rank=rank)
    return {"id": name, "name": name.upper(), "path": f"adapters/{name}", "sha256": sha256_of(folder), "rank": rank}


def sha256_of(folder: Path) -> str:
    """The hash of an adapter's weights file."""
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()


def served_name(name: str, folder: Path) -> str:
    """The engine name of a tiny adapter."""
    return engine_name(name, sha256_of(folder))
