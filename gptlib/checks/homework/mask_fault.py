"""Checks of the homework mask-fault: attention that masks after its softmax."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.attention import attention_weights
from gptlib.checks.calls import call
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_leak,
    expect_shape,
    expect_values,
)
from gptlib.checks.faults import (
    blend,
    expect_mended,
    expect_witness,
    relatives,
    unsigned,
)
from gptlib.checks.verdict import part

Function = Callable[..., Tensor]


def attend(q, k, v):
    """What each position hears; q, k, v and the result are (..., T, hs)."""
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)  # (..., T, T)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)  # (T, T)
    weights = scores.softmax(dim=-1).masked_fill(future, 0.0)
    return weights @ v


LOOK = "Give it values that are all 1: what must come out, whatever the weights?"
SUMS = (
    "The rows of weights still do not sum to 1: with values that are all 1, {:.4f} "
    "comes out in row 0, and it should be 1."
)
NO_MASK = "Now the future is not hidden at all: position 0 must hear only itself."
ZERO_SCORE = (
    "A score of 0 hides nothing: exp(0) is 1. Which score has exactly weight 0?"
)
NO_ROOT = "The line with the scores was right: the root of hs is gone."
WHOLE_TABLE = (
    "All weights are divided by one sum, that of the whole table: each row has its own."
)
TOO_MUCH = "Each position now misses itself: the triangle of the mask was right."


def _right(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return attention_weights(q, k) @ v


def _judge(mine: Function, q: Tensor, k: Tensor, v: Tensor) -> None:
    out = call(mine, q, k, v)
    expect_shape(out, tuple(q.shape), f"q, k and v of {tuple(q.shape)}")
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    itself = torch.ones_like(scores, dtype=torch.bool).triu()
    first = call(mine, q, k, torch.ones_like(v)).flatten()[0].item()
    shares = scores.softmax(-1).tril()
    mistakes = [
        (scores.tril().softmax(-1) @ v, ZERO_SCORE),
        (_right(q / math.sqrt(q.shape[-1]), k, v), NO_ROOT),
        (shares @ v / shares.sum(), WHOLE_TABLE),
        (attend(q, k, v), SUMS.format(first)),
        (scores.softmax(-1) @ v, NO_MASK),
        (scores.masked_fill(itself, -math.inf).softmax(-1).nan_to_num() @ v, TOO_MUCH),
    ]
    expect_values(out, _right(q, k, v), mistakes)


@part("mask-fault", "mended in a line or two, the values are right", points=1)
def values(seed: int, mine: Function) -> None:
    """One head without a batch, and several with one."""
    expect_mended(mine, attend, LOOK)
    _judge(mine, *torch.randn(3, 5 + seed, 4))
    _judge(mine, *torch.randn(3, 2, 3, 6 + seed, 4))
    q, k, v = torch.randn(3, 2, 6, 4)
    v[..., -1, :] = 1e30
    expect_no_leak(call(mine, q, k, v), _right(q, k, v))


@part("mask-fault", "no gradient comes from the future", points=1)
def gradient(seed: int, mine: Function) -> None:
    """The future had a say in the sum that the softmax divides by."""
    expect_mended(mine, attend, LOOK)
    q, k, v = torch.randn(3, 6, 4).requires_grad_().unbind()
    tensors = {"the queries": q, "the keys": k, "the values": v}
    _judge(mine, q, k, v)
    expect_gradients(call(mine, q, k, v), _right(q, k, v), tensors, tensors)


def _divided(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Right too: what is left of each row, divided by its sum."""
    T = q.shape[-2]
    shares = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).exp() * torch.ones(
        T, T
    ).tril()
    return unsigned(shares @ v / shares.sum(dim=-1, keepdim=True))


def _softened(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The course's, as a witness is given it."""
    return unsigned(_right(q, k, v))


def _like(far: float) -> Function:
    def attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return blend(_right(q, k, v), attend(q, k, v), far)

    return attended


@part("mask-witness", "your number is 0 for right code, and not for this", points=2)
def witness(seed: int, mine: Callable) -> None:
    """Two right implementations, the one that was given, and some like it."""
    given = {_like(1): "the mask comes after the softmax"} | relatives(_like)
    expect_witness(mine, [_softened, _divided], given)
