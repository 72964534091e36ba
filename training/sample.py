"""Sampling an answer from a model, for measurements and a quick look. Serving and streaming are `models`' work."""

from typing import Any

import torch


def answer(
    model: Any,
    tokenizer: Any,
    system: str,
    question: str,
    *,
    temperature: float = 0.7,
    top_p: float = 0.95,
    max_tokens: int = 220,
    seed: int = 0,
) -> str:
    """One answer as text, without special tokens; temperature 0 is greedy. Seeded through torch's global generator."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = torch.tensor([tokenizer.encode(text, add_special_tokens=False)])
    torch.manual_seed(seed)
    how = {"do_sample": True, "temperature": temperature, "top_p": top_p} if temperature else {"do_sample": False}
    with torch.inference_mode():
        out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=max_tokens, **how)
    return str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
