"""Checks of the homework grouped-queries: several query heads for one of keys."""

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
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.operations import expect_no_loop
from gptlib.checks.verdict import part

NAME = "grouped-queries"


def _right(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    group = q.shape[1] // k.shape[1]
    k, v = (it.repeat_interleave(group, dim=1) for it in (k, v))
    return attention_weights(q, k) @ v


def _mistakes(q: Tensor, k: Tensor, v: Tensor) -> Mistakes:
    (nh, T, hs), kv = q.shape[1:], k.shape[1]
    group = nh // kv
    tiled = [it.repeat(1, group, 1, 1) for it in (k, v)]
    wide_k, wide_v = (it.repeat_interleave(group, dim=1) for it in (k, v))
    scores = q @ wide_k.transpose(-2, -1)
    unscaled = scores.masked_fill(torch.ones(T, T).triu(1).bool(), -math.inf)
    folded = _right(q, k, v).reshape(*q.shape[:1], kv, group, T, hs)
    return [
        (
            attention_weights(q, tiled[0]) @ tiled[1],
            "The heads are dealt out like cards: query head 1 hears key head 1. "
            "Neighbours share a key head: with 2 heads a group, query heads 0 and 1 "
            "hear key head 0.",
        ),
        (
            (scores / math.sqrt(hs)).softmax(-1) @ wide_v,
            "The future is not masked.",
        ),
        (
            unscaled.softmax(-1) @ wide_v,
            "The scores are not divided by the root of hs.",
        ),
        (
            (unscaled / math.sqrt(nh * hs)).softmax(-1) @ wide_v,
            "The scores are divided by the root of C, and each head's dot product has "
            "only hs terms.",
        ),
        (
            attention_weights(q, k[:, :1]) @ v[:, :1],
            "All query heads hear key head 0.",
        ),
        (
            attention_weights(q, wide_k) @ tiled[1],
            "Keys and values must be dealt out to the heads in the same way.",
        ),
        (
            folded.mean(2).repeat_interleave(group, dim=1),
            "The heads of a group were averaged: each keeps its own result.",
        ),
    ]


def _drawn(B: int, kv: int, group: int, T: int, hs: int) -> tuple[Tensor, ...]:
    q = torch.randn(B, kv * group, T, hs)
    return q, *torch.randn(2, B, kv, T, hs).unbind()


def _judge(mine: Callable, *sizes: int) -> None:
    q, k, v = (it.requires_grad_() for it in _drawn(*sizes))
    out = call(mine, q, k, v)
    given = f"q of {tuple(q.shape)} and k and v of {tuple(k.shape)}"
    expect_shape(out, tuple(q.shape), given)
    right = _right(q, k, v)
    expect_values(out, right, _mistakes(q, k, v))
    tensors = {"the queries": q, "the keys": k, "the values": v}
    expect_gradients(out, right, tensors, tensors)


@part(NAME, "as many key heads as query heads is plain attention", points=1)
def plain(seed: int, mine: Callable) -> None:
    """Groups of one; and one head of one token."""
    _judge(mine, 2, 3, 1, 5 + seed, 4)
    _judge(mine, 1, 1, 1, 1, 4)


@part(NAME, "one key head for all", points=1)
def one(seed: int, mine: Callable) -> None:
    """Multi-query attention."""
    _judge(mine, 2, 1, 4, 5 + seed, 6)


@part(NAME, "groups of 2 and 3, values and gradients", points=2)
def between(seed: int, mine: Callable) -> None:
    """Where the order of the heads matters; and no head by itself."""
    _judge(mine, 3, 2, 3, 7 + seed, 4)
    _judge(mine, 2, 4, 2, 5, 8)
    q, k, v = _drawn(2, 3, 4, 5, 6)
    v[..., -1, :] = 1e30
    out = call(mine, q, k, v)
    expect_shape(out, tuple(q.shape), "three heads of keys")
    expect_no_leak(out, _right(q, k, v))
    few, many = _drawn(2, 2, 2, 5, 4), _drawn(2, 2, 6, 5, 4)
    expect_no_loop(mine, few, many, "heads", _right)
