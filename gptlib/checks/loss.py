"""Checks of lesson loss: the cross-entropy of a batch, and its gradient.

B batch, T time (positions), V vocabulary.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from gptlib.checks.calls import advised, call
from gptlib.checks.expect import close, expect_gradients, expect_shape, expect_values
from gptlib.checks.loss_mistakes import gradient_mistakes, loss_mistakes
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]

SIZES = "must match the size of tensor b"
NO_AXIS = (
    "What says which targets count has the shape (B, T), with no axis for the V "
    "scores: add one, counts[..., None]."
)


def _batch(seed: int, padded: bool = True) -> tuple[Tensor, Tensor]:
    """Logits (B, T, V) and targets (B, T), unequally many of them -1 in each row."""
    B, T, V = [(2, 3, 5), (3, 4, 7), (2, 6, 4)][seed]
    targets = torch.randint(V - 1, (B, T))  # not the last, which is what -1 would index
    if padded:
        targets[0, -1], targets[1, 1:] = -1, -1
    return 2 * torch.randn(B, T, V), targets


def _right(logits: Tensor, targets: Tensor) -> Tensor:
    V = logits.shape[-1]
    return F.cross_entropy(logits.reshape(-1, V), targets.reshape(-1), ignore_index=-1)


def _expect_loss(mine: Function, logits: Tensor, targets: Tensor) -> Tensor:
    """What the learner's function gives, if it is the right loss."""
    out = call(mine, logits, targets)
    if out.numel() == targets.numel():
        raise Wrong(
            f"There is a number for every target, {tuple(out.shape)}: the loss is "
            "their mean, one number."
        )
    given = f"logits of {tuple(logits.shape)} and targets of {tuple(targets.shape)}"
    expect_shape(out, (), given)
    right = _right(logits, targets)
    if close(out, right):
        return out
    for wrong, words in loss_mistakes(logits, targets):
        if close(out, wrong) and not close(wrong, right):
            raise Wrong(words)
    counted = int((targets != -1).sum())
    raise Wrong(
        f"For {given}, {counted} of which count, yours is {out.item():.6g} and the "
        f"loss is {right.item():.6g}."
    )


@part("cross-entropy", "the mean over all targets")
def plain(seed: int, mine: Function) -> None:
    """(B, T, V) and (B, T) to one number, and (T, V) and (T) too."""
    logits, targets = _batch(seed, padded=False)
    _expect_loss(mine, logits, targets)
    _expect_loss(mine, logits[0], targets[0])


@part("cross-entropy", "targets of -1 are left out of the sum and of the number")
def padded(seed: int, mine: Function) -> None:
    """Rows in which different numbers of targets count."""
    _expect_loss(mine, *_batch(seed))


@part("cross-entropy", "scores of any size")
def huge(seed: int, mine: Function) -> None:
    """Large scores, and large differences, give an ordinary number."""
    logits, targets = _batch(seed)
    for large in (logits + 1000, 200 * logits):
        out = call(mine, large, targets)
        if not out.isfinite().all():
            raise Wrong(
                "With large scores it gives inf or nan: no exp before the largest "
                "score is subtracted, and no log of a softmax. log_softmax has both."
            )
        _expect_loss(mine, large, targets)


@part("cross-entropy", "the gradient")
def gradient(seed: int, mine: Function) -> None:
    """The same gradient as the reference."""
    logits, targets = _batch(seed)
    tensors = {"logits": logits.requires_grad_()}
    right = _right(logits, targets)
    expect_gradients(call(mine, logits, targets), right, tensors, tensors)


def _expect_gradient(mine: Function, logits: Tensor, targets: Tensor) -> None:
    leaf = logits.clone().requires_grad_()
    (right,) = torch.autograd.grad(_right(leaf, targets), leaf)
    with advised(SIZES, NO_AXIS, unless=r"\.sum\((dim=|axis=)?-1\)"):
        out = call(mine, logits, targets).detach()
    expect_shape(out, tuple(logits.shape), f"logits of {tuple(logits.shape)}")
    expect_values(out, right, gradient_mistakes(logits, targets))


@part("loss-gradient", "softmax minus one-hot, over the number of targets")
def gradient_plain(seed: int, mine: Function) -> None:
    """(B, T, V) and (B, T) to (B, T, V)."""
    _expect_gradient(mine, *_batch(seed, padded=False))


@part("loss-gradient", "nothing at targets of -1")
def gradient_padded(seed: int, mine: Function) -> None:
    """The rows that do not count are 0, and the number is that of the others."""
    _expect_gradient(mine, *_batch(seed))


@part("loss-gradient", "scores of any size")
def gradient_huge(seed: int, mine: Function) -> None:
    """Large scores, and large differences, give ordinary numbers."""
    logits, targets = _batch(seed)
    for large in (logits + 1000, 200 * logits):
        if not call(mine, large, targets).isfinite().all():
            raise Wrong(
                "With large scores it gives inf or nan: no exp before the largest "
                "score is subtracted. log_softmax does that; exp comes after it."
            )
        _expect_gradient(mine, large, targets)
