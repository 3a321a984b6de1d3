"""What comes out of the classic mistakes with LayerNorm, and words for each."""

import torch
from torch import Tensor
from torch.nn import functional as F

from gptlib.checks.mistakes import Mistakes

PLAIN = (
    "The variance is divided by C - 1, which is what var and std do unless told "
    "otherwise: correction=0 divides by C."
)

NO_EPS = (
    "eps is missing, or always the same: add the one that is given to the variance."
)


def norm_mistakes(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Mistakes:
    """Instead of LayerNorm of x, (..., C): the same shape each."""
    away = x - x.mean(-1, keepdim=True)
    variance = away.square().mean(-1, keepdim=True)
    root = (variance + eps).sqrt()
    z = away / root
    C = x.shape[-1]
    unbiased = variance * C / (C - 1)
    end = lambda it: it * weight + bias
    wrong = [
        (end(away / (unbiased + eps).sqrt()), PLAIN),
        (end(away / (unbiased.sqrt() + eps)), PLAIN),
        (
            end(away / (variance.sqrt() + eps)),
            "eps was added after the root: it belongs inside, to the variance.",
        ),
        (
            end(away / (variance.sqrt() + eps**0.5)),
            "The root of eps was added after the root: eps belongs inside.",
        ),
        (end(away / variance.sqrt()), NO_EPS),
        (end(F.layer_norm(x, (C,))), NO_EPS),
        (
            end(away / (variance + eps)),
            "It was divided by the variance: divide by its root.",
        ),
        (end(away * root), "It was multiplied by the root: divide."),
        (end(away), "The mean is gone, and nothing was divided by the root."),
        (end(x / root), "The mean was not subtracted."),
        (
            end(away / (x.square().mean(-1, keepdim=True) + eps).sqrt()),
            "The squares of x itself were averaged: the variance is the mean of the "
            "squared distances from the mean.",
        ),
        (z, "weight and bias are missing: multiply by one, add the other."),
        (z * weight, "The bias was not added."),
        (z + bias, "The weight is missing."),
        (z * bias + weight, "weight and bias have changed places."),
        ((z + bias) * weight, "The bias was added before the weight: weight first."),
        (z / weight + bias, "It was divided by weight: multiply."),
    ]
    return wrong + _wrong_axes(x, end, eps)


def _wrong_axes(x: Tensor, end, eps: float) -> Mistakes:
    """Means and variances over other axes than the last."""
    last = "each vector has a mean and a variance of its own, over the last axis."
    all_axes = tuple(range(x.dim()))
    wrong = [(all_axes, f"One mean was taken over everything: {last}")]
    if x.dim() > 1:
        wrong.append(((-2,), f"The mean runs over the positions: {last}"))
    if x.dim() > 2:
        wrong.append(((0,), f"The mean runs over the batch: {last}"))
        wrong.append(((0, 1), f"This is BatchNorm, a mean for each column: {last}"))
        wrong.append(((1, 2), f"Each text has one mean: {last}"))
    return [(end(_over(x, axes, eps)), words) for axes, words in wrong]


def _over(x: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    variance, mean = torch.var_mean(x, dim=axes, correction=0, keepdim=True)
    return (x - mean) / (variance + eps).sqrt()
