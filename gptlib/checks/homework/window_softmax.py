"""Checks of the homework window: attention that looks back only so far."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import call
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]
NAME = "window-softmax"
TOO_LONG = "The window is too long by one: a window of 1 is the position itself."
TOO_SHORT = "The window is too short by one: a window of 1 is the position itself."
NO_MASK = "The window is right, and the future is not masked."
NO_EFFECT = "The window has no effect."
AFTERWARDS = (
    "What lies before the window was set to 0 after the softmax, so the rows no longer "
    "sum to 1: mask before."
)


OVERFLOW = (
    "exp(500) is more than a float holds. torch's own softmax is safe; by hand, "
    "subtract the largest score of each row first."
)
KEEPS = "each row must keep at least its own position: the window counts it."
LOUD = (
    "the largest scores are hidden here, and what a row sees is far below. By hand, "
    "hide first, and then subtract the largest score that is left in each row."
)
FINITE = (
    "These scores are lower than what you filled in, so nothing is hidden: use "
    "-math.inf."
)


def _right(scores: Tensor, window: int) -> Tensor:
    """Position t sees max(0, t - window + 1) to t."""
    T = scores.shape[-1]
    t, s = torch.arange(T)[:, None], torch.arange(T)
    hidden = (s > t) | (s <= t - window)
    return scores.masked_fill(hidden, -math.inf).softmax(-1)


def _loud(T: int) -> Tensor:
    """Scores that grow from row to row, (2, T, T), and those of the future largest."""
    rows = torch.randn(2, T, T) + 100 * torch.arange(T)[:, None]
    return rows.masked_fill(torch.ones(T, T).triu(1) == 1, 2000.0)


def _judge(mine: Function, scores: Tensor, window: int, nan: str = KEEPS) -> None:
    T, shape = scores.shape[-1], tuple(scores.shape)
    out = call(mine, scores, window=window)
    expect_shape(out, shape, f"scores of {shape} and window = {window}")
    expect_no_nan(out, nan)
    right, causal = _right(scores, window), _right(scores, T)
    t = torch.arange(T)
    behind = t <= t[:, None] - window
    mistakes = [
        (_right(scores, window + 1), TOO_LONG),
        (_right(scores, max(1, window - 1)), TOO_SHORT),
        (scores.masked_fill(behind, -math.inf).softmax(-1), NO_MASK),
        (causal, NO_EFFECT),
        (causal * (right > 0), AFTERWARDS),
        (scores.softmax(-1) * (right > 0), AFTERWARDS),
        (scores.masked_fill(right == 0, -1e4).softmax(-1), FINITE),
    ]
    expect_values(out, right, mistakes)
    if (out.detach() * (right == 0) != 0).any():
        raise Wrong("What is hidden must have exactly weight 0: use -math.inf.")


@part(NAME, "a window as long as the text is plain causal attention", points=1)
def long_window(seed: int, mine: Function) -> None:
    """The edge where the window hides nothing."""
    T = 5 + seed
    for window in (T, T + 3):
        _judge(mine, torch.randn(2, T, T), window)
    _judge(mine, torch.randn(2, T, T) + 500, T, OVERFLOW)
    _judge(mine, _loud(T), T, LOUD)
    _judge(mine, torch.randn(2, T, T) - 2e4, T, LOUD)


@part(NAME, "a window of 1 sees only itself", points=1)
def window_of_one(seed: int, mine: Function) -> None:
    """The edge where the window hides everything else; and a text of one token."""
    _judge(mine, torch.randn(4 + seed, 4 + seed), 1)
    _judge(mine, torch.randn(1, 1, 1), 1)


@part(NAME, "windows of 2 and more in the middle of a text, rows sum to 1", points=1)
def middle(seed: int, mine: Function) -> None:
    """Between the edges, for four axes."""
    T = 6 + seed
    for window in (2, 3, T - 2):
        _judge(mine, torch.randn(2, 3, T, T), window)


@part(NAME, "the gradient", points=1)
def gradient(seed: int, mine: Function) -> None:
    """The same gradient as the reference."""
    scores = torch.randn(2, 6 + seed, 6 + seed, requires_grad=True)
    tensors = {"the scores": scores}
    _judge(mine, scores, 3)
    expect_gradients(call(mine, scores, window=3), _right(scores, 3), tensors, tensors)
