"""Checks of the homework window: attention that looks back only so far."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.expect import (
    call,
    expect_finite,
    expect_gradients,
    expect_shape,
    expect_values,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]
NAME = "window-softmax"


def _right(scores: Tensor, window: int) -> Tensor:
    """Position t sees max(0, t - window + 1) to t."""
    T = scores.shape[-1]
    t, s = torch.arange(T)[:, None], torch.arange(T)
    hidden = (s > t) | (s <= t - window)
    return scores.masked_fill(hidden, -math.inf).softmax(-1)


@part(NAME, "a window as long as the text is plain causal attention", points=1)
def long_window(seed: int, mine: Function) -> None:
    T = 5 + seed
    scores = torch.randn(2, T, T)
    for window in (T, T + 3):
        out = call(mine, scores, window)
        expect_shape(out, (2, T, T), f"scores of {(2, T, T)} and window = {window}")
        expect_finite(out, "each row must keep at least its own position.")
        mistakes = [
            (
                scores.softmax(-1),
                "The window is right, and the future is not masked.",
            ),
        ]
        expect_values(out, _right(scores, window), mistakes)


@part(NAME, "a window of 1 sees only itself", points=1)
def window_of_one(seed: int, mine: Function) -> None:
    T = 4 + seed
    scores = torch.randn(T, T)
    out = call(mine, scores, 1)
    expect_shape(out, (T, T), f"scores of {(T, T)} and window = 1")
    expect_finite(
        out, "with window = 1 a row must keep its own position: the window counts it."
    )
    mistakes = [
        (
            _right(scores, 2),
            "With window = 1 a position still sees the one before it: the "
            "window counts the position itself.",
        ),
        (_right(scores, T), "The window has no effect."),
    ]
    expect_values(out, torch.eye(T), mistakes)


@part(NAME, "windows of 2 and 3 in the middle of a text, rows sum to 1", points=1)
def middle(seed: int, mine: Function) -> None:
    T = 6 + seed
    scores = torch.randn(2, 3, T, T)
    for window in (2, 3):
        out = call(mine, scores, window)
        given = f"scores of {(2, 3, T, T)} and window = {window}"
        expect_shape(out, (2, 3, T, T), given)
        expect_finite(out, "each row must keep at least its own position.")
        right = _right(scores, window)
        causal = _right(scores, T)
        mistakes = [
            (
                _right(scores, window + 1),
                "The window is too long by one: it counts the position itself.",
            ),
            (_right(scores, window - 1), "The window is too short by one."),
            (causal, "The window has no effect."),
            (
                causal * (right > 0),
                "What lies before the window was set to 0 after the softmax, so "
                "the rows no longer sum to 1: mask before.",
            ),
        ]
        expect_values(out, right, mistakes)
        if (out.detach() * (right == 0) != 0).any():
            raise Wrong("What is hidden must have exactly weight 0: use -math.inf.")


@part(NAME, "the gradient", points=1)
def gradient(seed: int, mine: Function) -> None:
    scores = torch.randn(2, 6, 6, requires_grad=True)
    tensors = {"the scores": scores}
    out = call(mine, scores, 3)
    right = _right(scores, 3)
    expect_values(out, right)
    expect_gradients(out, right, tensors, tensors)
