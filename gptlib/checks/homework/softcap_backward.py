"""Checks of the homework softcap-backward: the gradient through capped scores."""

from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import advised, call
from gptlib.checks.expect import expect_no_nan, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.operations import NO_AUTOGRAD, expect_no_backward, expect_no_loop
from gptlib.checks.verdict import Wrong, part

NAME = "softcap-backward"
OVERFLOW = "scores may be large: exp of a large number is infinite, and tanh is not."


def _right(scores: Tensor, pull: Tensor, cap: float) -> Tensor:
    bent = (scores / cap).tanh()
    weights = (cap * bent).softmax(-1)
    return _through(weights, pull) * (1 - bent**2)


def _through(weights: Tensor, pull: Tensor) -> Tensor:
    """The softmax's part."""
    return weights * (pull - (weights * pull).sum(-1, keepdim=True))


def _mistakes(scores: Tensor, pull: Tensor, cap: float) -> Mistakes:
    bent = (scores / cap).tanh()
    slope, weights = 1 - bent**2, (cap * bent).softmax(-1)
    right, pulled = _through(weights, pull) * slope, weights * pull
    uncapped = _through(scores.softmax(-1), pull)
    return [
        (
            _through(weights, pull),
            "That is the gradient for the capped scores: the cap has a slope too.",
        ),
        (
            uncapped,
            "That is the softmax's gradient as if there were no cap.",
        ),
        (
            uncapped * slope,
            "The slope of the cap is right, and the weights are those of scores "
            "without a cap.",
        ),
        (
            _through(weights, pull) * (1 - bent),
            "The slope of tanh is 1 less its square: the square is missing.",
        ),
        (
            _through(weights, pull) * (1 - (cap * bent) ** 2),
            "The slope takes the square of tanh alone, not of cap times tanh.",
        ),
        (
            right * cap,
            "The cap stands in front and below the fraction: in the slope the two "
            "cancel. Yours is cap times too large.",
        ),
        (
            right / cap,
            "The cap stands in front and below the fraction: in the slope the two "
            "cancel. Yours is cap times too small.",
        ),
        (
            pulled * slope,
            "Each weight was asked for itself alone. A score raises its own weight and "
            "lowers all others of its row, since they share a sum of 1.",
        ),
        (
            weights * (1 - weights) * pull * slope,
            "That is the diagonal: what a score does to its own weight. It changes "
            "the others of its row too, by - w_i w_j.",
        ),
        (-right, "All signs are turned round: a score raises its own weight."),
        (
            weights * (pull - pulled.sum(-2, keepdim=True)) * slope,
            "The sum must run along a row, the last axis.",
        ),
        (
            weights * (pull - pulled.sum()) * slope,
            "The sum runs over the whole table: each row has its own.",
        ),
        (
            weights * (pull - pull.sum(-1, keepdim=True)) * slope,
            "What is taken away is the mean of the pulls *by the weights*: "
            "sum weights x pull, not pull alone.",
        ),
        (
            weights * (pull - pull.mean(-1, keepdim=True)) * slope,
            "What is taken away is the mean of the pulls *by the weights*, not the "
            "plain mean.",
        ),
    ]


def _called(mine: Callable, *inputs: object) -> Tensor:
    """What it gives where no autograd is."""
    with torch.inference_mode(), advised("does not require grad", NO_AUTOGRAD):
        return call(mine, *inputs)


def _judge(mine: Callable, scores: Tensor, pull: Tensor, cap: float) -> None:
    out = _called(mine, scores, pull, cap)
    expect_shape(out, tuple(scores.shape), f"scores of {tuple(scores.shape)}")
    expect_no_nan(out, OVERFLOW)
    expect_values(out, _right(scores, pull, cap), _mistakes(scores, pull, cap))


@part(NAME, "the gradient that autograd finds, for small caps and large", points=1)
def values(seed: int, mine: Callable) -> None:
    """Several shapes; `_right` is autograd's, as a test shows."""
    for shape, cap in (((4, 5 + seed), 2.0), ((2, 3, 4, 6), 0.7), ((1, 3 + seed), 5.0)):
        _judge(mine, 2 * torch.randn(shape), torch.randn(shape), cap)
    expect_no_backward(mine, torch.randn(3, 4), torch.randn(3, 4), 2.0)
    few, many = ((torch.randn(n, n), torch.randn(n, n), 2.0) for n in (2, 8))
    expect_no_loop(mine, few, many, "rows or the numbers of a row", _right)


@part(NAME, "scores far beyond the cap, and pulls of any size", points=1)
def far(seed: int, mine: Callable) -> None:
    """A capped score hardly moves, whatever pulls at it."""
    scores, pull = 500 * torch.randn(4, 5), torch.randn(4, 5)
    scores[0] = torch.tensor([0.3, -0.2, 0.1, 2.0, 400.0])
    _judge(mine, scores, 100 * pull, 3.0)
    _judge(mine, scores, torch.zeros(4, 5), 3.0)
    out = _called(mine, scores, 100 * pull, 3.0)
    if out[0, 4].abs() > 1e-3:
        raise Wrong("A score that is far beyond the cap cannot be moved any more.")
