"""Checks of lesson attention: one head.

B batch, T time (positions), nh heads, hs numbers a head.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.attention import attention_weights
from gptlib.checks.calls import call, when
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.mistakes import (
    attention_mistakes,
    mean_mistakes,
    softmax_mistakes,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]


@part("mean-weights", "T from 1 to 7, row t holds 1/(t + 1) up to the diagonal, then 0")
def mean_weights(seed: int, mine: Function) -> None:
    """(T) to (T, T)."""
    for T in (3, 5, *range(1, 8)):
        out = call(mine, T)
        expect_shape(out, (T, T), f"T = {T}")
        if not out.is_floating_point():
            raise Wrong(f"The weights must be fractions, and yours are {out.dtype}.")
        expect_no_nan(
            out, "row 0 has no weight at all, so it is divided by 0. It sees itself."
        )
        right = torch.ones(T, T).tril() / torch.arange(1.0, T + 1)[:, None]
        expect_values(out, right, mean_mistakes(T))


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
    expect_no_nan(out, _why_nan(out, future))
    hidden = scores.masked_fill(future, -math.inf)
    expect_values(out, hidden.softmax(-1), softmax_mistakes(scores))
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
    if nan[..., -1, :].all() and not nan[..., :-1, :].any():
        return (
            "the last row has nothing left to take a softmax of: the mask hides the "
            "past and shows the future, so it is the other triangle."
        )
    if nan[..., :-1, :].all() and not nan[..., -1, :].any():
        return "was the future filled with plus infinity? It must be minus infinity."
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
    T, hs, hv = 5 + seed, (4, 9, 2)[seed], 3
    q, k, v = (torch.randn(*lead, T, size) for size in (hs, hs, hv))
    out = call(mine, q, k, v)
    given = f"q, k of {(*lead, T, hs)} and v of {(*lead, T, hv)}"
    expect_shape(out, (*lead, T, hv), given)
    expect_values(out, attention_weights(q, k) @ v, attention_mistakes(q, k, v))


@part("attention", "the gradients for q, k and v")
def attention_gradients(seed: int, mine: Function) -> None:
    """The same three gradients as gptlib's."""
    q, k, v = (torch.randn(2, 3, 5, 4, requires_grad=True) for _ in range(3))
    tensors = {"q": q, "k": k, "v": v}
    right = attention_weights(q, k) @ v
    expect_gradients(call(mine, q, k, v), right, tensors, tensors)
