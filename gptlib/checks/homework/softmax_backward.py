"""Checks of the homework softmax-backward: the softmax's gradient by hand."""

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor

from gptlib.checks.calls import advised, call, when
from gptlib.checks.expect import expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.operations import NO_AUTOGRAD, expect_no_backward, expect_no_loop
from gptlib.checks.verdict import Wrong, part

NAME = "softmax-backward"
SUM_TO_0 = (
    "The numbers of a row must sum to 0: adding the same number to all scores of a "
    "row changes no weight, so it cannot change the loss."
)


def _right(weights: Tensor, pull: Tensor) -> Tensor:
    return weights * (pull - (weights * pull).sum(-1, keepdim=True))


def _mistakes(weights: Tensor, pull: Tensor) -> Mistakes:
    pulled = weights * pull
    down = weights * (pull - pulled.sum(-2, keepdim=True))
    return [
        (
            pulled,
            "Each weight was asked for itself alone. A score raises its own weight and "
            "lowers all others of its row, since they share a sum of 1.",
        ),
        (
            weights * (1 - weights) * pull,
            "That is the diagonal: what a score does to its own weight. It changes "
            "the others of its row too, by - w_i w_j.",
        ),
        (
            -_right(weights, pull),
            "All signs are turned round: a score raises its own weight.",
        ),
        (down, "The sum must run along a row, the last axis."),
        (
            weights * (pull - pull.sum(-1, keepdim=True)),
            "What is taken away is the mean of the pulls *by the weights*: "
            "sum weights x pull, not pull alone.",
        ),
        (
            weights * (pull - pull.mean(-1, keepdim=True)),
            "What is taken away is the mean of the pulls *by the weights*, not the "
            "plain mean.",
        ),
        (
            pulled - pulled.sum(-1, keepdim=True),
            "The sum is taken from each number whole: how much of it belongs to a "
            "score depends on that score's weight.",
        ),
        (
            pull - pulled.sum(-1, keepdim=True),
            "What is right in the brackets is still to be multiplied by the weights.",
        ),
    ]


def _called(mine: Callable, weights: Tensor, pull: Tensor) -> Tensor:
    """What it gives where no autograd is."""
    with torch.inference_mode(), advised("does not require grad", NO_AUTOGRAD):
        return call(mine, weights, pull)


def _judge(mine: Callable, weights: Tensor, pull: Tensor) -> None:
    out = _called(mine, weights, pull)
    expect_shape(out, tuple(weights.shape), f"weights of {tuple(weights.shape)}")
    if out.dim() == 1:
        weights, pull, out = weights[None], pull[None], out[None]
    right = _right(weights, pull)
    try:
        expect_values(out, right, _mistakes(weights, pull))
    except Wrong as fault:
        known = "\nYours:" not in str(fault)
        sums = out.detach().sum(-1).abs().max().item()
        if known or sums < 1e-4:
            raise
        raise Wrong(f"{SUM_TO_0}\n{fault}") from None


@part(NAME, "the gradient that autograd finds, for one row and for many", points=1)
def values(seed: int, mine: Callable) -> None:
    """Against autograd on random scores; and not by it, nor row by row."""
    for shape in ((4, 5 + seed), (1, 3 + seed), (3 + seed,), (2, 3, 4, 6)):
        scores = torch.randn(shape, requires_grad=True)
        weights, pull = scores.softmax(-1), torch.randn(shape)
        (expected,) = torch.autograd.grad(weights, scores, pull)
        with when("For one row, of one axis") if len(shape) == 1 else nullcontext():
            _judge(mine, weights.detach(), pull)
        assert torch.allclose(expected, _right(weights.detach(), pull), atol=1e-6)
    expect_no_backward(mine, weights.detach(), pull)
    few, many = ((torch.ones(n, n) / n, torch.randn(n, n)) for n in (2, 8))
    expect_no_loop(mine, few, many, "rows or the numbers of a row")


@part(NAME, "exactly 0 where the weight is 0", points=1)
def hidden(seed: int, mine: Callable) -> None:
    """Masked scores have no say, however hard the pull."""
    scores = torch.randn(5, 5).masked_fill(torch.ones(5, 5).triu(1).bool(), -torch.inf)
    weights, pull = scores.softmax(-1), 100 * torch.randn(5, 5)
    _judge(mine, weights, pull)
    out = _called(mine, weights, pull)
    if (out * (weights == 0) != 0).any():
        raise Wrong("Where the weight is 0 the gradient must be exactly 0.")
