"""Looking inside a model while it runs."""

import torch
from torch import Tensor

from gptlib.model import GPT


@torch.no_grad()
def attention_maps(model: GPT, idx: Tensor) -> Tensor:
    """Who listens to whom, in every layer and head, while the model reads `idx`.

    Args:
        model: a GPT; its mode and its weights stay as they are.
        idx: (B, T) int64.

    Returns:
        (n_layer, B, nh, T, T): [l, b, h, t, s] is how much position t takes from s.
    """
    maps = []
    hooks = [
        block.attn.register_forward_hook(
            lambda attn, inputs, output: maps.append(attn.weights(inputs[0]))
        )
        for block in model.transformer.h
    ]
    try:
        model(idx)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(maps)
