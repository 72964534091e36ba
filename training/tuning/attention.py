"""Attention over packed rows, one row at a time, so that none sees another: on any device, without flash-attention.

TRL hands packed rows over as one long sequence with the rows' boundaries beside it. Transformers' own way without
flash-attention is one block-diagonal mask over the whole sequence, whose cost grows with the square of its length;
here each row is attended to alone, which costs what the rows would cost unpacked.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

NAME = "finale_packed"


def register() -> str:
    """Make the attention known to Transformers, and give its name for `attn_implementation`."""
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, _mask)
    return NAME


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    cu_seq_lens_q: Tensor | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """Causal attention within each row; query, key, value are [1, heads, tokens, head size], the answer [1, tokens, …].

    `cu_seq_lens_q` holds where the rows begin, and the end. Without it this is Transformers' plain attention.
    """
    if cu_seq_lens_q is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **others
        )
        return plain
    lengths = cu_seq_lens_q.diff().tolist()
    rows = zip(*(torch.split(states, lengths, dim=2) for states in (query, key, value)), strict=True)
    attended = [
        functional.scaled_dot_product_attention(
            own, keys, values, dropout_p=dropout, scale=scaling, is_causal=True, enable_gqa=True
        )
        for own, keys, values in rows
    ]
    return torch.cat(attended, dim=2).transpose(1, 2).contiguous(), None


def why_unpackable(config: Any, length: int) -> str:
    """Why rows of up to `length` tokens of a model with this configuration cannot be packed; empty where they can."""
    text = config.get_text_config()
    window = getattr(text, "sliding_window", None)
    if window is not None and window < length and getattr(text, "use_sliding_window", True):
        return f"its attention looks back {window} tokens only, which packing would ignore"
    if getattr(text, "attn_logit_softcapping", None) is not None:
        return "its attention caps its logits, which packing would ignore"
    if set(getattr(text, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}:
        return "not all of its layers are attention, and other layers would carry one row into the next"
    return ""


def leaks(model: Any, rows: list[list[int]]) -> bool:
    """Whether a packed row can be told from its neighbour's tokens: two rows of token ids, the first one varied.

    A mask that works leaves the second row's logits as they are to the last bit. Costs two short forward passes.
    """
    first, second = (row[:16] for row in rows[:2])
    varied = [first[0], *reversed(first[1:])] if len(set(first[1:])) > 1 else [second[-1]] * len(first)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        seen = [_logits(model, [one, second])[len(first) :] for one in (first, varied)]
    model.train(was_training)
    return not torch.equal(*seen)


def _logits(model: Any, rows: list[list[int]]) -> Tensor:
    device = next(model.parameters()).device
    ends = torch.tensor([len(row) for row in rows], device=device).cumsum(0)
    bounds = functional.pad(ends, (1, 0)).to(torch.int32)
    positions = torch.cat([torch.arange(len(row)) for row in rows]).to(device)
    longest = max(len(row) for row in rows)
    logits: Tensor = model(
        input_ids=torch.tensor([[token for row in rows for token in row]], device=device),
        position_ids=positions[None],
        cu_seq_lens_q=bounds,
        cu_seq_lens_k=bounds,
        max_length_q=longest,
        max_length_k=longest,
        use_cache=False,
    ).logits
    return logits[0]


def _mask(q_length: int, kv_length: int, attention_mask: Tensor | None = None, **options: Any) -> Tensor | None:
    """No mask for whole rows, packed or single, which `attend` keeps causal and apart; the plain one otherwise."""
    if attention_mask is None and q_length == kv_length:
        return None
    from transformers.masking_utils import sdpa_mask

    mask: Tensor | None = sdpa_mask(q_length=q_length, kv_length=kv_length, attention_mask=attention_mask, **options)
    return mask
