"""Checks of the homework swiglu: a feed-forward layer with a gate, as Llama's."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gptlib.checks.calls import call, when
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.modules import loud, made
from gptlib.checks.verdict import Wrong, part

NAME = "swiglu"
LAYERS = ("gate", "up", "down")
OVERFLOW = (
    "exp of a large number is more than a float holds, and inf / inf is nan. F.silu "
    "and torch.sigmoid are safe."
)


CHANGED = (
    "Its parameters are {}, and those of three Linear layers without biases are {}: "
    "leave __init__ as it was."
)


def _made(cls: type, n_embd: int, hidden: int) -> nn.Module:
    it = loud(made(cls, n_embd, hidden), LAYERS)
    shapes = {f"{name}.weight": (hidden, n_embd) for name in LAYERS}
    shapes["down.weight"] = (n_embd, hidden)
    found = {name: tuple(p.shape) for name, p in it.named_parameters()}
    kinds = {type(getattr(it, name)) for name in LAYERS}
    if found != shapes or kinds != {nn.Linear}:
        raise Wrong(CHANGED.format(found, shapes))
    return it


def _right(it: nn.Module, x: Tensor) -> Tensor:
    return it.down(F.silu(it.gate(x)) * it.up(x))


def _mistakes(it: nn.Module, x: Tensor) -> Mistakes:
    """Instead of what the class gives for x: the same shape each."""
    gate, up, down = it.gate(x), it.up(x), it.down
    silu, right = F.silu, _right(it, x)
    bend = "The bend is {}: silu(z) is z times sigmoid(z)."
    quick = gate * (1.702 * gate).sigmoid()
    return [
        (down(quick * up), bend.format("the sigmoid form of GELU")),
        (down(F.mish(gate) * up), bend.format("mish")),
        (down(F.hardswish(gate) * up), bend.format("hardswish")),
        (down(gate.softmax(-1) * up), bend.format("softmax")),
        (
            down(silu(gate) * gate),
            "`up` has no say: the gate was multiplied by itself.",
        ),
        (
            down(gate * silu(up)),
            "The two wide vectors have changed places: silu bends what `gate` gives.",
        ),
        (
            down(gate.sigmoid() * up),
            "The gate is sigmoid alone, the older GLU: silu(z) is z times sigmoid(z).",
        ),
        (down(F.gelu(gate) * up), bend.format("GELU, which makes it GEGLU")),
        (
            down(F.gelu(gate, approximate="tanh") * up),
            bend.format("GELU in its tanh form"),
        ),
        (down(gate.relu() * up), bend.format("ReLU, which makes it ReGLU")),
        (
            down(silu(gate)),
            "`up` has no say: the bent vector is to be multiplied by what `up` gives.",
        ),
        (
            down(silu(up)),
            "`gate` has no say: it makes the vector that is bent.",
        ),
        (
            down(silu(gate) + up),
            "The two wide vectors are added: they are multiplied, number by number.",
        ),
        (down(gate * up), "Nothing is bent: silu is missing."),
        (
            down(silu(gate * up)),
            "silu bends the product: it bends what `gate` gives, before the product.",
        ),
        (
            down(silu(gate) * silu(up)),
            "Both wide vectors are bent: what `up` gives stays as it is.",
        ),
        (
            silu(down(gate * up)),
            "silu comes last: it belongs where the vector is wide.",
        ),
        (right + x, "x was added to the result: that is the block's part."),
    ]


def _judge(it: nn.Module, x: Tensor) -> Tensor:
    out = call(it, x)
    hidden, n_embd = it.gate.out_features, x.shape[-1]
    if tuple(out.shape) == (*x.shape[:-1], hidden) and hidden != n_embd:
        raise Wrong(
            f"The result is still wide, {tuple(out.shape)}: `down` brings it back."
        )
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    expect_no_nan(out, OVERFLOW)
    expect_values(out, _right(it, x), _mistakes(it, x))
    return out


@part(NAME, "one text, a batch of texts, and any axes in front", points=1)
def texts(seed: int, cls: type) -> None:
    """The wide vector is not 4 times as wide."""
    it = _made(cls, 6, 10 + seed)
    _judge(it, torch.randn(2, 5 + seed, 6))
    _judge(it, torch.randn(4 + seed, 6))
    for shape in ((1, 1, 6), (2, 3, 1 + seed, 6)):
        with when(f"For x of {shape}"):
            _judge(it, torch.randn(shape))
    with when("For a single vector"):
        _judge(it, torch.randn(6))


@part(NAME, "a hidden width of n_embd, where layers can change places", points=1)
def square(seed: int, cls: type) -> None:
    """Where all three matrices are square, no error tells a wrong order."""
    it = _made(cls, 5 + seed, 5 + seed)
    _judge(it, torch.randn(3, 4, 5 + seed))


@part(NAME, "large numbers", points=1)
def large(seed: int, cls: type) -> None:
    """Thousands, on both sides of zero; in float64, which keeps enough of a sum."""
    it = _made(cls, 4, 12).double()
    _judge(it, 4000 * torch.randn(2, 6, 4, dtype=torch.float64))


@part(NAME, "four gradients", points=1)
def gradients(seed: int, cls: type) -> None:
    """Of the input and of the three matrices."""
    it, x = _made(cls, 6, 9 + seed), torch.randn(2, 5, 6, requires_grad=True)
    tensors = {f"{name}.weight": getattr(it, name).weight for name in LAYERS}
    tensors["x"] = x
    expect_gradients(_judge(it, x), _right(it, x), tensors, tensors)
