"""Checks of lesson block: two norms, two parts, two additions.

B batch, T time (positions), C = n_embd.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import call
from gptlib.checks.expect import expect_gradients, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.modules import loud, made
from gptlib.checks.verdict import part
from gptlib.config import GPTConfig

NAMES = ("ln_1", "attn", "ln_2", "mlp")


def _made(seed: int, cls: Callable) -> tuple[nn.Module, Tensor]:
    """A block of the learner's class with loud weights, and an input (B, T, C)."""
    B, T, nh, hs = [(2, 5, 3, 4), (3, 7, 2, 5), (4, 6, 5, 3)][seed]
    config = GPTConfig(
        vocab_size=11, block_size=9, n_layer=2, n_head=nh, n_embd=nh * hs
    )
    block = loud(made(cls, config), NAMES)
    return block, 2 * torch.randn(B, T, nh * hs) + 1


def _right(block: nn.Module, x: Tensor) -> Tensor:
    middle = x + block.attn(block.ln_1(x))
    return middle + block.mlp(block.ln_2(middle))


def _mistakes(block: nn.Module, x: Tensor) -> Mistakes:
    """Instead of a pre-norm block of x, (B, T, C) each."""
    ln_1, attn, ln_2, mlp = (getattr(block, name) for name in NAMES)
    heard = attn(ln_1(x))
    middle = x + heard
    alone = mlp(ln_2(middle))
    after = ln_1(x + attn(x))
    on_stream = ln_1(x) + attn(ln_1(x))
    swapped = x + attn(ln_2(x))
    mlp_first = x + mlp(ln_2(x))
    unread = x + attn(x)
    no_sum = "is not added to the stream but put in its place: x = x + ..."
    return [
        (mlp(ln_2(heard)), f"What each part gives {no_sum}"),
        (heard + mlp(ln_2(heard)), f"What attention gives {no_sum}"),
        (alone, f"What the MLP gives {no_sum}"),
        (middle, "The MLP is missing, or what it gives is thrown away."),
        (mlp_first, "Attention is missing, or what it gives is thrown away."),
        (
            x + heard + mlp(ln_2(x)),
            "Both parts read the same x: the MLP must read the stream after attention "
            "has added to it.",
        ),
        (
            x + alone,
            "The MLP's result is added to the x from the beginning, and attention's "
            "addition is lost: add to the stream as it is now.",
        ),
        (
            ln_2(after + mlp(after)),
            "The norms stand after the sums, on the stream: that is post-norm. Here "
            "they stand before each part, and only the part reads them.",
        ),
        (
            on_stream + mlp(ln_2(on_stream)),
            "The norm was written back into x, so the stream itself was normalised. "
            "Only the part may read what the norm gives: add to x as it was.",
        ),
        (
            ln_2(on_stream) + mlp(ln_2(on_stream)),
            "The norms were written back into x, so the stream itself was normalised. "
            "Only the part may read what the norm gives: add to x as it was.",
        ),
        (
            swapped + mlp(ln_1(swapped)),
            "The norms have changed places: ln_1 is attention's, ln_2 the MLP's.",
        ),
        (middle + mlp(ln_1(middle)), "ln_1 is used twice: the MLP has its own, ln_2."),
        (mlp_first + attn(ln_1(mlp_first)), "The MLP comes first: attention does."),
        (unread + mlp(unread), "There is no norm: each part reads through its own."),
        (unread + mlp(ln_2(unread)), "Attention reads x without its norm, ln_1."),
        (middle + mlp(middle), "The MLP reads x without its norm, ln_2."),
        (middle + alone + x, "x was added once too often."),
    ]


@part("block-forward", "two parts, each behind its norm, each added to the stream")
def forward(seed: int, cls: Callable) -> None:
    """A class with `__init__(config)` and `forward(x)`, (B, T, C) to (B, T, C)."""
    block, x = _made(seed, cls)
    out = call(block, x)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    expect_values(out, _right(block, x), _mistakes(block, x))


@part("block-forward", "thirteen gradients")
def gradients(seed: int, cls: Callable) -> None:
    """Of the input and the twelve parameters."""
    block, x = _made(seed, cls)
    tensors = {"x": x.requires_grad_()} | dict(block.named_parameters())
    expect_gradients(call(block, x), _right(block, x), tensors, tensors)
