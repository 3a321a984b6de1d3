"""Checks of lesson attention: one head.

B batch, T time (positions), nh heads, hs numbers a head.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.attention import attention_weights
from gptlib.checks.expect import (
    Mistakes,
    call,
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
    when,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]


@part("mean-weights", "T from 1 to 7, row t holds 1/(t + 1) up to the diagonal, then 0")
def mean_weights(seed: int, mine: Function) -> None:
    """(T) to (T, T)."""
    for T in (3, 5 + seed, 1):
        out = call(mine, T)
        expect_shape(out, (T, T), f"T = {T}")
        if not out.is_floating_point():
            raise Wrong(f"The weights must be fractions, and yours are {out.dtype}.")
        expect_no_nan(
            out, "row 0 has no weight at all, so it is divided by 0. It sees itself."
        )
        ones = torch.ones(T, T)
        count = torch.arange(1.0, T + 1)
        mistakes = [
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
                "The triangle is right, and its rows do not sum to 1: divide by "
                "their sum.",
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
                ones.triu() / count.flip(0)[:, None],
                "The triangle is the upper one: row t must stop at column t, not "
                "begin there.",
            ),
        ]
        expect_values(out, ones.tril() / count[:, None], mistakes)


@part("causal-softmax", "three shapes, rows that sum to 1, the future exactly 0")
def causal_softmax(seed: int, mine: Function) -> None:
    """(..., T, T) to (..., T, T)."""
    T = 4 + seed
    for shape in ((3, 3), (T, T), (1, 1)):
        _expect_causal_softmax(mine, torch.randn(shape) * 2)
    with when("Right for one table, not yet for a batch of them"):
        _expect_causal_softmax(mine, torch.randn(2, 3, T, T) * 2)


def _expect_causal_softmax(mine: Function, scores: Tensor) -> None:
    T, shape = scores.shape[-1], tuple(scores.shape)
    out = call(mine, scores)
    expect_shape(out, shape, f"scores of {shape}")
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    itself_too = torch.ones(T, T, dtype=torch.bool).triu(0)
    expect_no_nan(out, _why_nan(out, future))
    hidden = scores.masked_fill(future, -math.inf)
    mistakes = [
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
    expect_values(out, hidden.softmax(-1), mistakes)
    if (out.detach() * future != 0).any():
        raise Wrong(
            "The weights of the future are small and not 0: fill with -math.inf, not "
            "with a large negative number."
        )


def _why_nan(out: Tensor, future: Tensor) -> str:
    """The mistake that makes these nan, if it is one of three."""
    nan = out.isnan()
    if nan[..., 0, :].all() and not nan[..., 1:, :].any():
        return (
            "row 0 has nothing left to take a softmax of. It sees itself, so the "
            "diagonal must stay: the mask begins one above it."
        )
    if torch.equal(nan, future.expand_as(nan)):
        return (
            "the softmax runs along another axis than the last, where some columns are "
            "masked altogether: dim=-1 is the last, however many stand in front."
        )
    return (
        "is a mask multiplied by minus infinity, or one infinity subtracted from "
        "another? Zero times infinity is nan: masked_fill puts the number only where "
        "it belongs."
    )


@part("causal-softmax", "scores as large as 500")
def large_scores(seed: int, mine: Function) -> None:
    """A softmax by hand overflows unless it subtracts each row's largest score."""
    scores = torch.randn(4, 4) + 500
    why = "exp(500) is more than a float holds. torch's own softmax is safe; by hand, "
    expect_no_nan(
        call(mine, scores), why + "subtract the largest score of each row first."
    )
    _expect_causal_softmax(mine, scores)


@part("causal-softmax", "the gradient")
def causal_softmax_gradient(seed: int, mine: Function) -> None:
    """The same gradient as the reference, for four axes."""
    scores = torch.randn(2, 3, 5, 5, requires_grad=True)
    future = torch.ones(5, 5, dtype=torch.bool).triu(1)
    right = scores.masked_fill(future, -math.inf).softmax(-1)
    tensors = {"the scores": scores}
    expect_gradients(call(mine, scores), right, tensors, tensors)


@part("attention", "two, three and four axes, values of another size, the scale")
def attention(seed: int, mine: Function) -> None:
    """(..., T, hs), (..., T, hs) and (..., T, hv) to (..., T, hv)."""
    _expect_attention(seed, mine, ())
    with when("Right for one sequence, not yet for a batch (axes before T and hs)"):
        _expect_attention(seed, mine, (2,))
        _expect_attention(seed, mine, (2, 3))


def _expect_attention(seed: int, mine: Function, lead: tuple[int, ...]) -> None:
    T, hs, hv = 5 + seed, 4, 3
    q, k, v = (torch.randn(*lead, T, size) for size in (hs, hs, hv))
    out = call(mine, q, k, v)
    given = f"q, k of {(*lead, T, hs)} and v of {(*lead, T, hv)}"
    expect_shape(out, (*lead, T, hv), given)
    expect_values(out, attention_weights(q, k) @ v, _attention_mistakes(q, k, v))


def _attention_mistakes(q: Tensor, k: Tensor, v: Tensor) -> Mistakes:
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
            with_scale(1) / root,
            "The scale came after the softmax, so the weights no longer sum to "
            "1: divide the scores.",
        ),
        (
            free.tril() @ v,
            "The softmax is missing: the scores themselves were multiplied with v.",
        ),
    ]


@part("attention", "the gradients for q, k and v")
def attention_gradients(seed: int, mine: Function) -> None:
    """The same three gradients as gptlib's."""
    q, k, v = (torch.randn(2, 3, 5, 4, requires_grad=True) for _ in range(3))
    tensors = {"q": q, "k": k, "v": v}
    right = attention_weights(q, k) @ v
    expect_gradients(call(mine, q, k, v), right, tensors, tensors)
