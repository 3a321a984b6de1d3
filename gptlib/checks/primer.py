"""Checks of lesson primer: broadcasting, one neuron's gradient, a layer.

T rows of C numbers; in_features and out_features as in `nn.Linear`.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gptlib.checks.calls import call, run, when
from gptlib.checks.expect import close, expect_gradients, expect_shape, expect_values
from gptlib.checks.modules import made
from gptlib.checks.verdict import Wrong, part


@part("centre-rows", "each row's mean is taken from that row, and no other")
def centre(seed: int, mine: Callable[..., Tensor]) -> None:
    """(..., C) to the same shape, for one row, a table, a square one, a batch."""
    T, C = [(3, 5), (4, 6), (2, 7)][seed]
    for shape in ((T, C), (C, C), (C,), (2, T, C)):
        x = torch.randn(*shape) + torch.arange(float(C)) + 3
        if len(shape) > 1:
            x = x + 10 * torch.arange(float(shape[-2]))[:, None]
        with when(f"For x of {shape}"):
            out = call(mine, x)
            expect_shape(out, shape, f"x of {shape}")
            expect_values(_table(out), _table(_centred(x)), _centre_mistakes(x))


def _centred(x: Tensor) -> Tensor:
    return x - x.mean(dim=-1, keepdim=True)


def _table(x: Tensor) -> Tensor:
    """At least two axes, which is how rows are told apart."""
    return x if x.dim() > 1 else x[None]


def _centre_mistakes(x: Tensor) -> list[tuple[Tensor, str]]:
    rows = x.mean(dim=-1)
    found = [
        (
            _table(x - x.mean()),
            "The mean is that of all numbers; each row has its own.",
        ),
        (
            _table(x - x.mean(dim=0)),
            "These are the means of the columns: dim=0 runs down, dim=-1 along a row.",
        ),
        (_table(_centred(x) / 2 + x / 2), "Half of the mean is taken away."),
    ]
    if x.dim() == 2 and x.shape[0] == x.shape[1]:
        words = (
            "In a square table every shape fits, so nothing complained: row means of "
            "shape (C,) are laid along the last axis, one to each column. Keep the "
            "axis that the mean ran over (keepdim=True)."
        )
        found.append((x - rows, words))
    return found


@part("neuron-gradient", "both slopes, by the chain rule")
def neuron(seed: int, mine: Callable[..., tuple[Tensor, Tensor]]) -> None:
    """w, b, x, target to the slopes for w and b, equal to autograd's."""
    n = [3, 4, 2][seed]
    w, x = torch.randn(n), torch.randn(n)
    # z between 0.7 and 1.1: where tanh is flat, wrong slopes look right.
    b, target = 0.7 + 0.2 * seed - w @ x, torch.tensor(-0.5)
    out = run(mine, w, b, x, target)
    if not isinstance(out, tuple | list) or len(out) != 2:
        raise Wrong("It must return two things: the slopes for w, and the one for b.")
    for name, slope, shape in zip("wb", out, ((n,), ()), strict=True):
        if not isinstance(slope, Tensor):
            kind = type(slope).__name__
            raise Wrong(f"The slope for {name} must be a tensor, and is a {kind}.")
        expect_shape(slope, shape, f"the slope for {name}, with {n} inputs,")
    mistakes = _neuron_mistakes(w, b, x, target)
    dw, db = _slopes(w, b, x, target)
    if not close(out[1], db):
        for wrong, words in mistakes:
            if close(out[1], wrong) and not close(wrong, db):
                raise Wrong(words)
        yours, right = out[1].item(), db.item()
        raise Wrong(f"Your slope for b is {yours:.4g}; it should be {right:.4g}.")
    if close(out[0], db * w):
        raise Wrong("The slope for b is right. z changes with w by x, not by w.")
    if not close(out[0], dw):
        raise Wrong(
            "The slope for b is right, and the one for w is not: z = w x + b changes "
            "with each w by its own x."
        )


def _slopes(w: Tensor, b: Tensor, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    out = torch.tanh(w @ x + b)
    db = 2 * (out - target) * (1 - out**2)
    return db * x, db


def _neuron_mistakes(
    w: Tensor, b: Tensor, x: Tensor, target: Tensor
) -> list[tuple[Tensor, str]]:
    """For the slope of b, which all others contain."""
    z = w @ x + b
    out = torch.tanh(z)
    away, bend = 2 * (out - target), 1 - out**2
    return [
        (away * bend / 2, "The slope of a square is twice what is squared: a 2 lacks."),
        (-away * bend, "The sign is turned: the loss squares out - target."),
        (away, "The bend is missing: d out / d z = 1 - out²."),
        (away * (1 - z**2), "The bend's slope is 1 - out², with out and not z."),
        (away * (1 - out), "The bend's slope is 1 - out²: the square is missing."),
        (away * out, "That multiplies by out itself; tanh has the slope 1 - out²."),
        (bend, "The loss is missing: d loss / d out = 2 (out - target)."),
        (_slopes(w, 0 * b, x, target)[1], "b is missing in z = w x + b."),
    ]


@part("linear-layer", "the same as nn.Linear, for any number of leading axes")
def linear(seed: int, cls: type) -> None:
    """A class with `__init__(in_features, out_features)` and `forward(x)`."""
    n, m = [(3, 5), (4, 2), (2, 6)][seed]
    layer = _made(cls, n, m)
    for shape in ((n,), (6, n), (7, 8, n)):
        x = torch.randn(*shape)
        with when(f"For x of {shape}"):
            out = call(layer, x)
            expect_shape(out, (*shape[:-1], m), f"x of {shape}")
            right = F.linear(x, layer.weight, layer.bias)
            mistakes = [
                (x @ layer.weight.T, "The bias is not added."),
                (right - 2 * layer.bias, "The bias is taken away; it is to be added."),
                (
                    x @ layer.weight.view(n, m) + layer.bias,
                    "`view` reads on in the same order; `.T` exchanges the axes.",
                ),
            ]
            expect_values(
                _table(out), _table(right), [(_table(w), t) for w, t in mistakes]
            )


@part("linear-layer", "a square layer, where a missing transpose would fit too")
def square(seed: int, cls: type) -> None:
    """With as many outputs as inputs, weight and weight.T have one shape."""
    n = [3, 4, 2][seed]
    layer, x = _made(cls, n, n), torch.randn(5, n)
    right = F.linear(x, layer.weight, layer.bias)
    words = (
        "weight has a row for each output, (out_features, in_features): turn it, .T."
    )
    expect_values(call(layer, x), right, [(x @ layer.weight + layer.bias, words)])


@part("linear-layer", "three gradients")
def linear_gradients(seed: int, cls: type) -> None:
    """Of the input, the weight and the bias."""
    n, m = [(3, 5), (4, 2), (2, 6)][seed]
    layer, x = _made(cls, n, m), torch.randn(4, n, requires_grad=True)
    tensors = {"x": x, "weight": layer.weight, "bias": layer.bias}
    right = F.linear(x, layer.weight, layer.bias)
    expect_gradients(call(layer, x), right, tensors, tensors)


def _made(cls: type, n: int, m: int) -> nn.Module:
    """A layer of the learner's class, with parameters that hide nothing."""
    if cls is nn.Linear:
        raise Wrong("That is PyTorch's own: hand over the class that you wrote.")
    layer = made(cls, n, m)
    if {name for name, _ in layer.named_parameters()} != {"weight", "bias"}:
        raise Wrong("Leave __init__ as it was: weight and bias are its parameters.")
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    return layer
