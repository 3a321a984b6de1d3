"""Which parameters are decayed, AdamW over them, and the learning rate by step."""

import math

import torch
from torch import nn

from gptlib.layernorm import LayerNorm

RULES = ("nanogpt", "mingpt")


def decay_names(model: nn.Module, rule: str = "nanogpt") -> tuple[set[str], set[str]]:
    """Names of the parameters that are decayed, and of those that are not.

    `rule="nanogpt"` goes by dimension: matrices are decayed, vectors are not, so the
    embeddings are. `rule="mingpt"` goes by module: weights of Linear are decayed;
    biases and the weights of LayerNorm and Embedding are not. A tied weight counts
    once, under its first name (`transformer.wte.weight`).

    Raises:
        ValueError: unknown rule, or a module that minGPT's rule does not know.
    """
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}: choose one of {RULES}")
    params = dict(model.named_parameters())
    if rule == "nanogpt":
        decay = {name for name, p in params.items() if p.dim() >= 2}
    else:
        decay = _linear_weights(model) & params.keys()
    return decay, params.keys() - decay


def _linear_weights(model: nn.Module) -> set[str]:
    weights = set()
    for path, module in model.named_modules():
        own = dict(module.named_parameters(recurse=False))
        if own and not isinstance(
            module, (nn.Linear, nn.Embedding, nn.LayerNorm, LayerNorm)
        ):
            raise ValueError(
                f"minGPT's rule knows Linear, LayerNorm and Embedding, but {path!r} is "
                f"a {type(module).__name__} with parameters {sorted(own)}: "
                f"use rule='nanogpt'"
            )
        if isinstance(module, nn.Linear):
            weights.add(f"{path}.weight" if path else "weight")
    return weights


def configure_optimizers(
    model: nn.Module,
    *,
    weight_decay: float = 0.1,
    learning_rate: float = 6e-4,
    betas: tuple[float, float] = (0.9, 0.95),
    rule: str = "nanogpt",
) -> torch.optim.AdamW:
    """AdamW with two groups, the decayed parameters first: see `decay_names`."""
    params = dict(model.named_parameters())
    decay, no_decay = decay_names(model, rule)
    # Sorted, so that every process and every run meets them in the same order.
    groups = [
        {"params": [params[n] for n in sorted(decay)], "weight_decay": weight_decay},
        {"params": [params[n] for n in sorted(no_decay)], "weight_decay": 0.0},
    ]
    # One pass over each parameter instead of a dozen small operations.
    return torch.optim.AdamW(groups, lr=learning_rate, betas=betas, fused=True)


def cosine_lr(
    step: int, *, peak: float, floor: float, warmup: int, total: int
) -> float:
    """The learning rate of `step`, counted from 0: a ramp, then half a cosine.

    The ramp reaches `peak` at step `warmup`; the cosine falls from there to `floor` at
    step `total`, and it stays there. Source: nanoGPT's `get_lr`.
    """
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if step >= total:
        return floor
    progress = (step - warmup) / (total - warmup)  # 0 to 1
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * progress))
