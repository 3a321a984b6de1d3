"""Checks of the homework label-smoothing: a loss that asks for a little doubt."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from gptlib.checks.calls import call, when
from gptlib.checks.expect import (
    close,
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]
NAME = "label-smoothing"
TINY = 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6
SOFTENED = (
    "A small number was added to the probabilities. The logarithm is finite then, and "
    "wrong: take log_softmax, which never forms the probability."
)
OVERFLOW = (
    "The scores are large and far apart here. exp of a large one is more than a float "
    "holds, and the logarithm of a probability of 0 is infinite: take log_softmax, "
    "which never forms the probability."
)


def _right(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """PyTorch's own, for any axes in front."""
    rows, V = targets.numel(), logits.shape[-1]
    logits, targets = logits.reshape(rows, V), targets.reshape(rows)
    return F.cross_entropy(logits, targets, label_smoothing=smoothing)


def _mistakes(logits: Tensor, targets: Tensor, s: float) -> Mistakes:
    V = logits.shape[-1]
    surprises = -logits.log_softmax(-1)  # (B, T, V)
    mine = surprises.gather(-1, targets[..., None])[..., 0]  # (B, T)
    every, n = surprises.sum(-1), targets.numel()
    smooth = (1 - s) * mine + s * every / V
    share = torch.full_like(surprises, s / V)
    share += (1 - s) * F.one_hot(targets, V)
    p = logits.softmax(-1)
    softened = [-(share * (p + tiny).log()).sum(-1) for tiny in TINY]
    upright = -(share * logits.log_softmax(-2)).sum(-1)
    known = [
        (mine, "The smoothing has no effect: that is plain cross-entropy."),
        (
            (1 - s) * mine + s / (V - 1) * (every - mine),
            "You dealt the share out to the V - 1 other tokens. Here it goes to all V, "
            "the target included, which gets 1 - smoothing and its part of the share.",
        ),
        (
            (1 - s) * mine + s / V * (every - mine),
            "The shares do not sum to 1: the target gets its part of the smoothing "
            "too, on top of 1 - smoothing.",
        ),
        (
            mine + s * every / V,
            "The shares sum to more than 1: what is given to all is taken away from "
            "the target, which keeps 1 - smoothing of its own.",
        ),
        (
            s * mine + (1 - s) * every / V,
            "The two are exchanged: the target keeps 1 - smoothing, and what is dealt "
            "out to all is smoothing.",
        ),
        (
            (1 - s) * mine + s * every,
            "Each token got all of the smoothing: it is dealt out, smoothing / V each.",
        ),
        (
            smooth + torch.special.xlogy(share, share).sum(-1),
            "The entropy of the smoothed targets was taken away, as in a KL "
            "divergence. The cross-entropy keeps it.",
        ),
        *((it, SOFTENED) for it in softened),
        (upright, "The softmax runs over the tokens, the last axis."),
        ((1 - s) * mine, "What the other tokens were asked for is missing."),
    ]
    return [
        *((it.mean(), words) for it, words in known),
        (-smooth.mean(), "The sign is turned round: a surprise is minus a logarithm."),
        (
            smooth.sum(),
            "That is the sum over all positions: the mean over them is asked for.",
        ),
        (
            smooth.sum() / len(targets),
            "It is divided by the number of rows: every position of a row counts.",
        ),
        (
            smooth.mean() / V,
            "It is divided by V once too often: the mean runs over the positions, and "
            "over the tokens runs a sum.",
        ),
        (
            smooth.sum() / (n * torch.tensor(2.0).log()),
            "That is in bits, and nats are asked for: the natural logarithm.",
        ),
    ]


def _judge(mine: Function, logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    out = call(mine, logits, targets, smoothing)
    shape = tuple(logits.shape)
    given = f"logits of {shape} and targets of {shape[:-1]}"
    expect_shape(out, (), given)
    expect_no_nan(out, OVERFLOW)
    if out.isinf().any():
        raise Wrong(f"It is infinite. {OVERFLOW}")
    right = _right(logits, targets, smoothing)
    if out.dtype == right.dtype and not close(out, right):
        for wrong, words in _mistakes(logits, targets, smoothing):
            if close(out, wrong) and not close(wrong, right):
                raise Wrong(words)
        raise Wrong(f"It is {out:.5g}, and it should be {right:.5g}.")
    expect_values(out[None, None], right[None, None])
    return out


def _drawn(seed: int, V: int) -> tuple[Tensor, Tensor]:
    logits = (2 * torch.randn(2, 3 + seed, V)).requires_grad_()
    targets = torch.randint(V, (2, 3 + seed))
    targets[0, 0], targets[1, 1] = 0, V - 1  # a target of 0 counts too
    return logits, targets


@part(NAME, "without smoothing it is plain cross-entropy", points=1)
def none(seed: int, mine: Function) -> None:
    """The edge at which nothing is dealt out."""
    with when("With smoothing = 0"):
        _judge(mine, *_drawn(seed, 7), 0.0)


@part(NAME, "PyTorch's values and gradients with it", points=1)
def smoothed(seed: int, mine: Function) -> None:
    """For two shares, also the edge at which all is dealt out, and any axes."""
    logits, targets = _drawn(seed, 5)
    for smoothing in (0.1, 0.3):
        out = _judge(mine, logits, targets, smoothing)
        right = _right(logits, targets, smoothing)
        expect_gradients(out, right, {"the logits": logits}, {"the logits": logits})
    with when("For one row of scores without a batch in front"):
        _judge(mine, logits[0], targets[0], 0.2)
    with when("With smoothing = 1"):
        _judge(mine, logits, targets, 1.0)


@part(NAME, "large scores, far apart, are safe", points=1)
def large(seed: int, mine: Function) -> None:
    """exp(200) is no float32, and neither is exp(-200)."""
    logits, targets = _drawn(seed, 6)
    logits = (200 * logits).detach().requires_grad_()
    out = _judge(mine, logits, targets, 0.1)
    if not out.requires_grad:
        raise Wrong("The value is right, and no gradient reaches the scores.")
    (gradient,) = torch.autograd.grad(out, logits, allow_unused=True)
    if gradient is not None and gradient.isnan().any():
        raise Wrong(f"The value is right, and its gradient holds nan. {OVERFLOW}")
