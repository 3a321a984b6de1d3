"""Checks of the homework parallel-block: both parts read one norm of the stream.

B batch, T time (positions), C = n_embd.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.attention import CausalSelfAttention
from gptlib.checks.calls import call
from gptlib.checks.expect import expect_gradients, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.modules import loud, made, settings
from gptlib.checks.verdict import Wrong, part
from gptlib.config import GPTConfig
from gptlib.layernorm import LayerNorm
from gptlib.mlp import MLP

NAME = "parallel-block"
NAMES = ("ln", "attn", "mlp")
NORMS = (LayerNorm, nn.LayerNorm)
PARTS = (
    "Its ln, attn and mlp are {}: they are to be a norm, gptlib's CausalSelfAttention "
    "and its MLP, so leave __init__ as it was."
)
INNER = (
    "Its ln, attn or mlp are set otherwise than they come, or something in them is "
    "another module: leave them as __init__ had them."
)
ONE_BY_ONE = (
    "The MLP reads the stream after attention has added to it, as in the block of "
    "lesson 11. Here both read the same x, through the same norm."
)
SUMMED = (
    "What attention gave was added to ln(x), and the MLP reads the sum: ln(x) must "
    "stay as it was, and both read it."
)
STREAM = (
    "What is added to is the normed x, and the stream itself runs on as it was: start "
    "from x."
)


def _made(seed: int, cls: Callable, bias: bool = True) -> tuple[nn.Module, Tensor]:
    """A block of the learner's class with loud weights, and an input (B, T, C)."""
    B, T, nh, hs = [(2, 5, 3, 4), (3, 7, 2, 5), (4, 6, 5, 3)][seed % 3]
    config = GPTConfig(
        vocab_size=11, block_size=9, n_layer=2, n_head=nh, n_embd=nh * hs, bias=bias
    )
    block = loud(made(cls, config), NAMES)
    norms = [n for n, it in block.named_children() if isinstance(it, NORMS)]
    if len(norms) > 1:
        raise Wrong(
            f"It has {len(norms)} norms, {' and '.join(norms)}: here is one, and both "
            "parts read what it gives."
        )
    kinds = [type(getattr(block, name)) for name in NAMES]
    if kinds[0] not in NORMS or kinds[1:] != [CausalSelfAttention, MLP]:
        raise Wrong(PARTS.format(", ".join(kind.__name__ for kind in kinds)))
    _expect_names(block, bias)
    parts = kinds[0](nh * hs, bias=bias), CausalSelfAttention(config), MLP(config)
    given, mine = settings(*parts), settings(block.ln, block.attn, block.mlp)
    if mine != given or _shapes(block.ln, block.attn, block.mlp) != _shapes(*parts):
        raise Wrong(INNER)
    return block, 2 * torch.randn(B, T, nh * hs) + 1


def _shapes(*parts: nn.Module) -> list[dict[str, torch.Size]]:
    """Of each part, the sizes of what it learns."""
    return [{name: it.shape for name, it in p.named_parameters()} for p in parts]


def _right(block: nn.Module, x: Tensor) -> Tensor:
    read = block.ln(x)
    return x + block.attn(read) + block.mlp(read)


def _mistakes(block: nn.Module, x: Tensor) -> Mistakes:
    """Instead of a parallel block of x, (B, T, C) each."""
    ln, attn, mlp = (getattr(block, name) for name in NAMES)
    read = ln(x)
    heard, thought = attn(read), mlp(read)
    middle = x + heard
    chain = mlp(heard)
    return [
        (middle + mlp(ln(middle)), ONE_BY_ONE),
        (middle + mlp(middle), ONE_BY_ONE + " (And its norm is missing.)"),
        (
            x + thought + attn(ln(x + thought)),
            "Attention reads the stream after the MLP has added to it: both read the "
            "same x.",
        ),
        (
            middle + mlp(ln(heard)),
            "The MLP reads a norm of what attention gave: it reads what attention "
            "read, ln(x).",
        ),
        *((it + mlp(read + heard), SUMMED) for it in (middle, x, middle + read)),
        (
            read + heard + mlp(read + heard),
            f"{SUMMED} And x is missing.",
        ),
        (
            middle + chain,
            "The MLP reads what attention gave, one behind the other: side by side, "
            "both read ln(x).",
        ),
        (
            x + chain,
            "The MLP reads what attention gave, and attention's own addition is lost.",
        ),
        (heard + thought, "x is missing: both results are added to the stream."),
        (middle, "The MLP is missing, or what it gives is thrown away."),
        (x + thought, "Attention is missing, or what it gives is thrown away."),
        (read + heard + thought, STREAM),
        (middle + x + thought, "x was added twice: it runs on once."),
        (x + (heard + thought) / 2, "The two were averaged: they are added."),
        (x + heard * thought, "The two were multiplied: they are added."),
        (x + attn(x) + mlp(x), "There is no norm: both parts read ln(x)."),
        (x + attn(x) + thought, "Attention reads x without the norm."),
        (middle + mlp(x), "The MLP reads x without the norm."),
        (
            ln(x + attn(x) + mlp(x)),
            "The norm stands after the sum, on the stream: that is post-norm. Here it "
            "stands before the parts, and only they read it.",
        ),
        (
            x + ln(attn(x) + mlp(x)),
            "The norm stands after the parts: it comes before them.",
        ),
        (x + ln(heard + thought), "The norm comes once, before the parts."),
        (
            x + heard + mlp(ln(read)),
            "The MLP reads through the norm twice: x was replaced by ln(x) before.",
        ),
    ]


def _expect_names(block: nn.Module, bias: bool) -> None:
    """The parameters of one norm, of attention and of the MLP, and no others."""
    layers = ("ln", "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
    kinds = ("weight", "bias") if bias else ("weight",)
    wanted = {f"{layer}.{kind}" for layer in layers for kind in kinds}
    found = {name for name, _ in block.named_parameters()}
    if found != wanted:
        raise Wrong(
            f"With bias = {bias} it has other parameters than it was given with "
            f"({', '.join(sorted(found ^ wanted))}): one norm of x serves both parts, "
            "and __init__ stays as it was."
        )


def _judge(block: nn.Module, x: Tensor) -> Tensor:
    out = call(block, x)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    expect_values(out, _right(block, x), _mistakes(block, x))
    return out


@part(NAME, "both parts read one norm of x, and both are added to x", points=2)
def values(seed: int, cls: Callable) -> None:
    """A class with `__init__(config)` and `forward(x)`, (B, T, C) to (B, T, C)."""
    for bias in (True, False):
        block, x = _made(seed, cls, bias)
        _judge(block, x)
        _judge(block, x[:1, :1])


@part(NAME, "with silent parts the stream runs through unchanged", points=1)
def silent(seed: int, cls: Callable) -> None:
    """Both `c_proj` are zero, so both parts add zero."""
    block, x = _made(seed, cls)
    for branch in (block.attn, block.mlp):
        for p in branch.c_proj.parameters():
            nn.init.zeros_(p)
    out = call(block, x)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    if not torch.equal(out, x):
        raise Wrong(
            "Both parts add zero here, and the stream has changed all the same: what "
            "comes out must be x, to the last bit."
        )


@part(NAME, "the gradients for x and all ten parameters", points=1)
def gradients(seed: int, cls: Callable) -> None:
    """Eleven tensors."""
    block, x = _made(seed, cls)
    _expect_names(block, bias=True)
    tensors = {"x": x.requires_grad_()} | dict(block.named_parameters())
    expect_gradients(_judge(block, x), _right(block, x), tensors, tensors)
