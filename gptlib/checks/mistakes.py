"""What comes out of the classic mistakes with one head, and words for each.

T time (positions), hs numbers a head.
"""

import math

import torch
from torch import Tensor

from gptlib.attention import attention_weights

# What a mistake gives, and what to tell who made it.
Mistakes = list[tuple[Tensor, str]]


def mean_mistakes(T: int) -> Mistakes:
    """Instead of the running mean's weights: (T, T) each."""
    ones = torch.ones(T, T)
    count = torch.arange(1.0, T + 1)
    return [
        (
            ones / T,
            "Every position takes the mean of all, so position 0 listens to "
            "the future: keep only the lower triangle.",
        ),
        (
            ones.tril() / T,
            "The triangle is right, and its rows do not sum to 1: row t has t "
            "+ 1 numbers, so divide each row by its own sum.",
        ),
        (
            ones.tril(),
            "The triangle is right, and its rows do not sum to 1: divide by their sum.",
        ),
        (
            ones.tril() / count.flip(0),
            "The columns sum to 1 instead of the rows: sum along the other "
            "axis, and keep that axis so that each row is divided by its own "
            "sum.",
        ),
        (
            ones.tril() / count,
            "Each column was divided by one row's sum. A sum of T numbers is "
            "laid along the last axis: keep the summed axis (keepdim=True).",
        ),
        (
            ones.triu() / count,
            "The triangle is the upper one, and its columns sum to 1: keep the lower "
            "one, and divide each row by its own sum.",
        ),
        (
            ones.triu() / count.flip(0)[:, None],
            "The triangle is the upper one: row t must stop at column t, not "
            "begin there.",
        ),
    ]


def softmax_mistakes(scores: Tensor) -> Mistakes:
    """Instead of a masked softmax of scores (..., T, T): the same shape each."""
    T = scores.shape[-1]
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    itself_too = torch.ones(T, T, dtype=torch.bool).triu(0)
    hidden = scores.masked_fill(future, -math.inf)
    return [
        (
            scores.softmax(-1),
            "Nothing is masked: each row still gives weight to later "
            "positions. Set their scores to minus infinity before the softmax.",
        ),
        (
            scores.softmax(-1).masked_fill(future, 0),
            "The future is 0, and the rows no longer sum to 1: the mask came "
            "after the softmax. Put it before.",
        ),
        (
            scores.masked_fill(future, 0).softmax(-1),
            "A score of 0 is not *nothing*: exp(0) is 1. Fill with minus "
            "infinity, whose exp is 0.",
        ),
        (
            hidden.softmax(-2).masked_fill(future, 0),
            "The columns sum to 1 instead of the rows: softmax along the last axis.",
        ),
        (
            scores.masked_fill(~itself_too, -math.inf).softmax(-1),
            "The mask hides the past and shows the future: it is the other triangle.",
        ),
        (hidden, "The softmax is missing: these are still scores."),
        (
            scores.masked_fill(future, 0),
            "The softmax is missing: these are still scores, cut to a triangle.",
        ),
    ]


def attention_mistakes(q: Tensor, k: Tensor, v: Tensor) -> Mistakes:
    """Instead of attention: the shape of v each."""
    T, hs = q.shape[-2:]
    root = math.sqrt(hs)

    def with_scale(factor: float) -> Tensor:
        return attention_weights(q * factor * root, k) @ v

    free = q @ k.transpose(-2, -1) / root
    return [
        (with_scale(1), "The scores are not divided by the root of hs."),
        (with_scale(1 / hs), "The scores are divided by hs: divide by its root."),
        (with_scale(root), "The scores are multiplied by the root of hs: divide."),
        (
            with_scale(1 / math.sqrt(T)),
            "The scores are divided by the root of T, the number of positions: "
            "the sum in a dot product runs over the hs numbers of q and k.",
        ),
        (
            with_scale(1 / math.sqrt(v.shape[-1])),
            "The scores are divided by the root of the size of v: the sum in a "
            "dot product runs over the hs numbers of q and k.",
        ),
        (
            attention_weights(k, q) @ v,
            "q and k have changed places: row t must be the query of position "
            "t, and the columns the keys.",
        ),
        (
            free.softmax(-1) @ v,
            "The future is not masked: use the function you wrote before.",
        ),
        (
            (free * root).softmax(-1) @ v,
            "The future is not masked, and the scores are not divided by the root "
            "of hs.",
        ),
        (
            free.softmax(-1).tril() @ v,
            "The mask came after the softmax: put it before.",
        ),
        (
            free.tril().softmax(-1) @ v,
            "A score of 0 is not *nothing*: exp(0) is 1. Fill with minus infinity.",
        ),
        (
            with_scale(1) / root,
            "The scale came after the softmax, so the weights no longer sum to "
            "1: divide the scores.",
        ),
        (
            free.tril() @ v,
            "The softmax is missing: the scores themselves were multiplied with v.",
        ),
    ]
