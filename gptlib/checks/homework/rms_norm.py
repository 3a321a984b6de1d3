"""Checks of the homework rms-norm: a norm that divides and does not subtract."""

from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import advised, call, when
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import part

NAME = "rms-norm"
EPS = (0.5, 1e-6)  # one so large that its place shows, and a usual one
NO_EPS = "eps is missing, or always the same: add the one that is given."
LAST = "each vector has a mean square of its own, over the last axis."
STD = (
    "It was divided by x.std(), in which the mean has been subtracted: take the "
    "squares of x itself."
)
LENGTH = (
    "That is the length of the vector, the root of the sum of its squares, and their "
    "mean is asked for: the root of C is missing."
)
LOST = (
    "A mean over the last axis takes that axis away, and what is left no longer fits "
    "under x: keepdim=True leaves an axis of size 1 there."
)


def _right(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def _mistakes(x: Tensor, weight: Tensor, eps: float) -> Mistakes:
    square = x.square().mean(-1, keepdim=True)
    root = (square + eps).sqrt()
    average = x.mean(-1, keepdim=True)
    away = x - average
    variance = away.square().mean(-1, keepdim=True)
    length = x.norm(dim=-1, keepdim=True)
    std = x.std(-1, keepdim=True)  # by C - 1
    over = lambda axes: (x.square().mean(axes, keepdim=True) + eps).sqrt()
    wrong = [
        (
            away / (variance + eps).sqrt(),
            "That is LayerNorm: here no mean is subtracted, neither from x nor inside "
            "the squares.",
        ),
        (
            x / (variance + eps).sqrt(),
            "It was divided by the spread, in which the mean has been subtracted: take "
            "the squares of x itself.",
        ),
        *((x / by, STD) for by in (std, std + eps, (std.square() + eps).sqrt())),
        (x / (variance.sqrt() + eps), STD),
        *(
            (
                x / by,
                "That is the square of the mean, and the mean of the squares is asked "
                "for: square first.",
            )
            for by in ((average.square() + eps).sqrt(), average.abs() + eps, average)
        ),
        *((x / by, LENGTH) for by in (length, length + eps)),
        (away / root, "The mean was subtracted: here nothing is."),
        (
            x / (square.sqrt() + eps),
            "eps was added after the root: it belongs inside, to the mean square.",
        ),
        (x / square.sqrt(), NO_EPS),
        *((x / (square + usual).sqrt(), NO_EPS) for usual in (1e-5, 1e-6, 1e-8)),
        (
            x / (x.square().sum(-1, keepdim=True) + eps).sqrt(),
            "The squares were added up, and their mean is asked for: divide by C.",
        ),
        (x / (square + eps), "It was divided by the mean square: take its root."),
        (x * root, "It was multiplied by the root: divide."),
        (
            x / (x.abs().mean(-1, keepdim=True) + eps),
            "That is the mean of the sizes: square, then the mean, then the root.",
        ),
        (
            x / over(tuple(range(x.dim()))),
            f"One mean was taken over everything: {LAST}",
        ),
        (x / over(-2), f"The mean runs over the positions: {LAST}"),
        (x / over(0), f"The mean runs over the batch: {LAST}"),
    ]
    return [
        (x / root, "The weight is missing: multiply by it at the end."),
        (
            x / root * (1 + weight),
            "It was multiplied by 1 + weight, as some models store it: here weight "
            "itself is the factor.",
        ),
        (x / root / weight, "It was divided by weight: multiply."),
        (x / root + weight, "The weight was added: multiply by it."),
        *((it * weight, words) for it, words in wrong),
    ]


def _judge(mine: Callable, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    shape = tuple(x.shape)
    with advised("must match the size", LOST), when(f"With eps = {eps}"):
        out = call(mine, x, weight, eps)
        expect_shape(out, shape, f"x of {shape}")
        expect_no_nan(out, "where all numbers are 0 only eps keeps it from 0 / 0.")
        table, rows = (it[None] if it.dim() == 1 else it for it in (x, out))
        right, mistakes = (it(table, weight, eps) for it in (_right, _mistakes))
        expect_values(rows, right, mistakes)
    return out


@part(NAME, "tables, a batch, a single vector; eps small and large", points=1)
def values(seed: int, mine: Callable) -> None:
    """Vectors whose mean is not 0, and a small one, where eps counts."""
    T, C = 4 + seed, (5, 8, 7)[seed % 3]
    for eps in EPS:
        for shape in ((T, C), (3, T, C), (1, 1, C), (C,)):
            _judge(mine, 2 * torch.randn(shape) + 1, torch.randn(C), eps)
            _judge(mine, 0.3 * torch.randn(shape), torch.randn(C), eps)


@part(NAME, "a vector of zeros, and the gradients for x and weight", points=1)
def zeros(seed: int, mine: Callable) -> None:
    """Zeros stay zeros."""
    C = 6 + seed
    x, weight = torch.randn(3, C), torch.randn(C)
    x[1] = 0
    _judge(mine, x, weight, EPS[1])
    tensors = {"x": torch.randn(2, 3, C, requires_grad=True)}
    with torch.no_grad():
        tensors["x"][1, 1] = 0
    tensors["weight"] = weight.requires_grad_()
    out = _judge(mine, tensors["x"], weight, EPS[0])
    expect_gradients(out, _right(tensors["x"], weight, EPS[0]), tensors, tensors)
