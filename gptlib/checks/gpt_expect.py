"""What lesson gpt's checks may expect of a tied model and of start values.

C = n_embd, V vocabulary.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import advised, attempt, call
from gptlib.checks.expect import close
from gptlib.checks.gpt_mistakes import spread_mistake
from gptlib.checks.verdict import Wrong
from gptlib.config import GPTConfig
from gptlib.model import GPT


class Loose(GPT):
    """What the tie is judged on: a GPT untied, its weights as PyTorch starts them."""

    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.transformer.wte = nn.Embedding(config.vocab_size, config.n_embd)
        for it in self.modules():
            if isinstance(it, nn.Linear | nn.Embedding):
                it.reset_parameters()


def act(mine: Callable, model: nn.Module) -> None:
    """Let the learner's function change the model, whatever happens."""
    words = "Filling a parameter is no part of the computation: nn.init's functions "
    words += "know that, anything else needs torch.no_grad()."
    with advised("a leaf Variable that requires grad", words):
        attempt(mine, model)


def call_counting(model: nn.Module, idx: Tensor) -> Tensor:
    """The learner's logits of idx (B, T); an error tells if wpe was not asked for T."""
    asked = []
    watch = model.transformer.wpe.register_forward_pre_hook(
        lambda _, given: asked.append(tuple(given[0].shape))
    )
    try:
        return call(model, idx)
    except Wrong as wrong:
        T = idx.shape[1]
        if not asked or not asked[0] or asked[0][-1] == T:
            raise
        raise Wrong(
            f"{wrong}\nwpe was asked for {asked[0][-1]} positions, and idx has "
            f"T = idx.shape[1] = {T} of them."
        ) from None
    finally:
        watch.remove()


def expect_shared(model: nn.Module, rows: Tensor, head: Tensor) -> None:
    a, b = model.lm_head.weight, model.transformer.wte.weight
    if a is not b:
        if a.shape == b.shape and a.data_ptr() == b.data_ptr():
            raise Wrong(
                "The two share their numbers and are still two Parameters, each with a "
                "gradient of its own: assign the Parameter itself, not its .data, and "
                "do not wrap it in a new one."
            )
        if a.shape == b.shape and close(a, b):
            raise Wrong(
                "The numbers were copied: equal now, and apart after the first step of "
                "training. One object must hang under both names."
            )
        if close(a, head) and close(b, rows):
            raise Wrong("Nothing has changed: there are still two matrices.")
        raise Wrong("lm_head.weight and transformer.wte.weight are two objects still.")
    if not isinstance(a, nn.Parameter) or not a.requires_grad:
        raise Wrong("The shared weight is no Parameter that can be trained.")


def wide_config(seed: int) -> GPTConfig:
    """Matrices of 3,000 numbers and more: a spread is then known to a few percent."""
    sizes = dict(vocab_size=59 + 10 * seed, block_size=60, n_head=3, n_embd=57)
    return GPTConfig(n_layer=3 + 2 * seed, **sizes)


def expect_start(name: str, p: Tensor, n_layer: int) -> None:
    if "ln_" in name or p.dim() < 2:
        exact = float("ln_" in name and name.endswith("weight"))
        if not torch.equal(p, torch.full_like(p, exact)):
            if "ln_" in name:
                raise Wrong(f"{name} belongs to a norm: leave it at {exact:.0f}.")
            raise Wrong(f"{name} of a Linear must be 0 everywhere.")
        return
    right = 0.02 / math.sqrt(2 * n_layer) if "c_proj" in name else 0.02
    spread, mean = p.std().item(), p.mean().item()
    if abs(spread / right - 1) > 0.08:
        raise Wrong(spread_mistake(name, spread, right, n_layer))
    if abs(mean) > 5 * right / math.sqrt(p.numel()):
        raise Wrong(f"The mean of {name} is {mean:.2g}, and should be 0.")
    if p.abs().max() < 2.5 * right:
        raise Wrong(
            f"The spread of {name} is right, and its numbers are not drawn from a "
            "normal distribution: nn.init.normal_ does that."
        )
