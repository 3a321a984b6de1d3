"""Checks of the homework ragged-cache: one new token a row, rows of unequal length.

B rows, nh heads, T places in the cache, hs numbers a head.
"""

import math
from collections.abc import Callable

import torch
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

NAME = "ragged-cache"
NAN = (
    "behind a row's length there is nan in this cache, and 0 times nan is nan. A "
    "weight of 0 is not enough: the values there must go as well."
)
NAN_SCORE = (
    "behind a row's length there is nan in this cache. A key of nan makes a score of "
    "nan, and nan plus anything is nan, as is a softmax over it: overwrite those "
    "scores before the softmax, or the keys before the scores."
)
ZERO_SCORE = "A score of 0 is not *nothing*: exp(0) is 1. Fill with minus infinity."
LOW = (
    "With scores of about -60 in the filled places, which is allowed, what stands "
    "behind a row's length is heard: fill its scores with minus infinity."
)
EMPTY = (
    "every place of some row is hidden, so nothing is left to hear. Which places does "
    "your mask hide in a full row, and which in a row of length 1?"
)


def _hidden(lengths: Tensor, T: int) -> Tensor:
    return torch.arange(T) >= lengths[:, None]  # (B, T)


def _hear(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor) -> Tensor:
    """What is heard where nothing of `hidden`, (B, T) or more axes, is."""
    hidden = hidden[:, None, None] if hidden.dim() == 2 else hidden
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    return scores.masked_fill(hidden, -math.inf).softmax(-1) @ v


def _right(q: Tensor, k: Tensor, v: Tensor, lengths: Tensor) -> Tensor:
    """Each row by itself, cut to its length."""
    rows = []
    for b, n in enumerate(lengths.tolist()):
        short_k, short_v = k[b, :, :n], v[b, :, :n]
        weights = (q[b] @ short_k.mT / math.sqrt(q.shape[-1])).softmax(-1)
        rows.append(weights @ short_v)
    return torch.stack(rows)


def _mistakes(q: Tensor, k: Tensor, v: Tensor, lengths: Tensor) -> Mistakes:
    B, nh, T, hs = k.shape
    none = torch.zeros(B, T, dtype=torch.bool)
    hidden, short = _hidden(lengths, T), _hidden(lengths - 1, T)
    scores = q @ k.mT / math.sqrt(hs)
    first = torch.arange(T).expand(B, T) > 0
    known = [
        (_hear(q, k, v, none), "What stands behind a row's length is heard."),
        (
            _hear(q, k, v, _hidden(lengths + 1, T)),
            "One place too many is heard: with a length of n, the places are 0 to "
            "n - 1.",
        ),
        (
            scores.masked_fill(short[:, None, None], -1e9).softmax(-1) @ v,
            "One place too few is heard: the new token's own key and value are in the "
            "cache already, as the last of the row.",
        ),
        (
            _hear(q, k, v, first),
            "Only place 0 is heard, as with is_causal=True, or where all rows are cut "
            "to the shortest length.",
        ),
        (
            _hear(q, k, v, _hidden(lengths.max().expand(B), T)),
            "Every row is cut to the longest length: each has its own.",
        ),
        (
            scores.masked_fill(~hidden[:, None, None], -1e9).softmax(-1) @ v,
            "The mask is turned round: the places behind the length are heard.",
        ),
        (
            scores.softmax(-1).masked_fill(hidden[:, None, None], 0) @ v,
            "What is hidden was set to 0 after the softmax, so the weights no longer "
            "sum to 1: mask before.",
        ),
        (
            scores.masked_fill(hidden[:, None, None], 0).softmax(-1) @ v,
            ZERO_SCORE,
        ),
        (
            scores.masked_fill(hidden[:, None, None], 0).softmax(-1)
            @ v.masked_fill(hidden[:, None, :, None], 0),
            ZERO_SCORE,
        ),
        (
            _hear(q * math.sqrt(hs), k, v, hidden),
            "The scores are not divided by the root of hs.",
        ),
    ]
    if nh == B:
        across = _hear(q, k, v, hidden[None, :, None])
        words = (
            "The lengths are laid along the heads, not along the rows: what belongs to "
            "(B, nh, 1, T) needs its axes of size 1 in the middle."
        )
        known.append((across, words))
    return known


def _judge(
    mine: Callable, q: Tensor, k: Tensor, v: Tensor, lengths: Tensor
) -> tuple[Tensor, Tensor]:
    out = call(mine, q, k, v, lengths)
    given = f"q of {tuple(q.shape)}, a cache of {tuple(k.shape)} and {len(k)} lengths"
    expect_shape(out, tuple(q.shape), given)
    expect_no_nan(out, EMPTY)
    right = _right(q, k, v, lengths)
    mistakes = [
        (it.flatten(1)[None], words) for it, words in _mistakes(q, k, v, lengths)
    ]
    expect_values(out.flatten(1)[None], right.flatten(1)[None], mistakes)
    return out, right


def _drawn(B: int, nh: int, T: int, hs: int) -> list[Tensor]:
    drawn = [torch.randn(B, nh, 1, hs), *torch.randn(2, B, nh, T, hs)]
    return [it.clone().requires_grad_() for it in drawn]


def _lengths(B: int, T: int) -> Tensor:
    """A row of 1, one of T, and others between, in any order."""
    between = torch.randint(2, T, (B - 2,))
    lengths = torch.cat((torch.tensor([1, T]), between))
    return lengths[torch.randperm(B)]


@part(NAME, "rows that are all full", points=1)
def full(seed: int, mine: Callable) -> None:
    """Nothing to hide: plain attention of one query."""
    with when("With a cache that is full in every row"):
        _judge(mine, *_drawn(2, 3, 5 + seed, 4), torch.full((2,), 5 + seed))


@part(NAME, "rows of unequal length, values and gradients", points=1)
def unequal(seed: int, mine: Callable) -> None:
    """Also with as many rows as heads, where a mask can lie the wrong way."""
    for B, nh in ((4, 2), (3, 3)):
        T = 6 + seed
        names = "the queries", "the keys", "the values"
        tensors = dict(zip(names, _drawn(B, nh, T, 4), strict=True))
        lengths = _lengths(B, T - 1)
        _judge(mine, *(it.detach() for it in tensors.values()), lengths)
        out, right = _judge(mine, *tensors.values(), lengths)
        expect_gradients(out, right, tensors, tensors)
    with when("With a single row"):
        _judge(mine, *_drawn(1, 2, 6, 4), torch.tensor([4]))
    with when("With a single head"):
        _judge(mine, *_drawn(3, 1, 6, 4), torch.tensor([4, 1, 5]))
    _expect_low(mine)


def _expect_low(mine: Callable) -> None:
    """Scores that are low in all filled places, and whole, so that none is rounded."""
    q, k = torch.ones(2, 2, 1, 4), torch.randint(4, (2, 2, 5, 4)) - 32.0
    v, lengths = torch.randn(2, 2, 5, 4), torch.tensor([2, 4])
    out, right = call(mine, q, k, v, lengths), _right(q, k, v, lengths)
    if not close(out, right):
        raise Wrong(LOW)


@part(NAME, "whatever stands behind a row's length", points=1)
def rubbish(seed: int, mine: Callable) -> None:
    """Memory that nobody has written to: huge numbers, infinite ones and nan."""
    B, T = 4, 7 + seed
    q, k, v = (it.detach() for it in _drawn(B, 2, T, 4))
    lengths = _lengths(B, T - 1)
    right = _right(q, k, v, lengths)
    behind = _hidden(lengths, T)[:, None, :, None]
    for number in (1e6, math.inf, math.nan):
        dirty = [it.masked_fill(behind, number) for it in (k, v)]
        out = call(mine, q, *dirty, lengths)
        expect_shape(out, tuple(q.shape), "a cache with rubbish in it")
        if out.isnan().any():
            keys_alone = call(mine, q, dirty[0], v, lengths)
            expect_no_nan(out, NAN_SCORE if keys_alone.isnan().any() else NAN)
        with when(f"With {number:g} behind each row's length"):
            expect_values(out.flatten(1)[None], right.flatten(1)[None])
