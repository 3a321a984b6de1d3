"""Checks of the homework entropy-gradient: which way makes a model less sure."""

from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import advised, call, when
from gptlib.checks.expect import expect_no_nan, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

NAME = "entropy-gradient"
SUM_TO_0 = (
    "The numbers of a row must sum to 0: adding the same number to all scores of a row "
    "changes no probability, so it cannot change the entropy."
)
NOTHING = (
    "a probability of 0 times its infinite logarithm is nan on the machine, and 0 in "
    "the limit: replace the one or the other before you multiply."
)
NO_AUTOGRAD = "Write it without autograd: only a softmax, products and a sum."
LARGE = "exp of a large score is more than a float holds: take log_softmax."
ROUNDED = (
    "The formula is right, and its rounding is not: large scores less the logarithm of "
    "their sum keep few digits. Take the largest score of each row from all of them "
    "first, or let log_softmax do it."
)
LOW = "exp of very low scores is 0, and their sum too: take log_softmax."


def _entropy(logits: Tensor) -> Tensor:
    """(..., V) to (...), in nats; what has no probability adds nothing."""
    logp = logits.log_softmax(-1)
    return -(logp.exp() * logp.clamp(min=-1e4)).sum(-1)


def _by_autograd(logits: Tensor) -> Tensor:
    leaf = logits.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(_entropy(leaf).sum(), leaf)
    return gradient


def _mistakes(logits: Tensor) -> Mistakes:
    logp = logits.log_softmax(-1)
    p = logp.exp()
    H = -(p * logp).sum(-1, keepdim=True)
    right = -p * (logp + H)
    slope = -(logp + 1)
    rough = logits - logits.logsumexp(-1, keepdim=True)
    q = rough.exp()
    return [
        (-q * (rough - (q * rough).sum(-1, keepdim=True)), ROUNDED),
        (-right, "All signs are turned round: the entropy is minus p ln p."),
        (slope, "That is the gradient for the probabilities: go on to the scores."),
        (
            p * slope,
            "A score was asked for its own probability alone. It lowers all others of "
            "its row, since they share a sum of 1.",
        ),
        (
            p * (1 - p) * slope,
            "That is what a score does to the entropy by its own probability. It "
            "changes the others of its row too, by - p_i p_j.",
        ),
        (
            -(logp + H),
            "What is right in the brackets is still to be multiplied by the "
            "probabilities.",
        ),
        (
            -p * (logp + p * H),
            "The entropy of the row is subtracted as it is, not times p once more.",
        ),
        (
            p * (-logp - (-logp).mean(-1, keepdim=True)),
            "What each surprise is held against is their mean *by the probabilities*, "
            "not the plain mean.",
        ),
        (
            p * (-logp + H),
            "The sign of the entropy is wrong: a surprise above the mean pulls up, and "
            "one below it pulls down.",
        ),
        (
            -p * (logp - (p * logp).sum(-2, keepdim=True)),
            "The sum must run along a row, the last axis.",
        ),
        (
            -p * (logp + H.sum()),
            "One entropy was taken for all rows together: each row has its own.",
        ),
        (
            -p * logp,
            "The mean of the surprises is still to be subtracted from each of them.",
        ),
        (
            right / torch.tensor(2.0).log(),
            "That is in bits, and nats are asked for: the natural logarithm.",
        ),
        (
            right / H.numel(),
            "It is divided by the number of rows: each row has an entropy of its own.",
        ),
        (right / logits.shape[-1], "It is divided by V, and nothing asks for that."),
    ]


def _judge(mine: Callable, logits: Tensor, why: str) -> Tensor:
    by_hand = advised("does not require grad", NO_AUTOGRAD)
    with torch.no_grad(), by_hand:
        out = call(mine, logits)
    expect_shape(out, tuple(logits.shape), f"logits of {tuple(logits.shape)}")
    expect_no_nan(out, why)
    mistakes = _mistakes(logits) if logits.isfinite().all() else ()
    try:
        expect_values(out, _by_autograd(logits), mistakes)
    except Wrong as fault:
        known = "\nYours:" not in str(fault)
        if known or out.detach().sum(-1).abs().max() < 1e-4:
            raise
        raise Wrong(f"{SUM_TO_0}\n{fault}") from None
    return out


@part(NAME, "the gradient that autograd finds, for one table and for many", points=1)
def values(seed: int, mine: Callable) -> None:
    """Against autograd on random scores."""
    for shape in ((4, 5 + seed), (2, 3, 4, 6)):
        _judge(mine, 2 * torch.randn(shape), LARGE)


@part(NAME, "large scores, and tokens that cannot come", points=1)
def edges(seed: int, mine: Callable) -> None:
    """Scores beyond exp, and what top-k leaves: minus infinity."""
    logits = torch.randn(5, 7 + seed)
    with when("With 300 added to all scores"):
        _judge(mine, logits + 300, LARGE)
    with when("With 30,000 taken from all scores"):
        _judge(mine, logits - 30_000, LOW)
    with when("With scores that lie far apart"):
        _judge(mine, 300 * logits, NOTHING)
    hidden = torch.rand(logits.shape) < 0.4
    hidden[:, 0], hidden[:, 1] = False, True
    hidden[1, 1:] = True  # one token is all that is left
    logits = logits.masked_fill(hidden, -torch.inf)
    with when("With some scores of minus infinity"):
        out = _judge(mine, logits, NOTHING)
        if (out * hidden != 0).any():
            raise Wrong("What has no probability must get exactly 0.")
