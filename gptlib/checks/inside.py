"""Checks of lesson inside: a head taken out.

B batch, T time (positions), C = nh * hs channels, nh heads, hs numbers a head.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import call, when
from gptlib.checks.expect import expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import part

Function = Callable[..., Tensor]


def _sizes(seed: int) -> tuple[int, int, int, int]:
    """B, T, nh and hs: each of another size."""
    return [(2, 5, 3, 4), (4, 7, 2, 3), (3, 6, 4, 5)][seed]


def _ablated(y: Tensor, head: int, nh: int, value: Tensor | float) -> Tensor:
    """The right answer, put together out of the heads."""
    heads = list(y.chunk(nh, dim=-1))
    heads[head] = torch.zeros_like(heads[head]) + value
    return torch.cat(heads, dim=-1)


@part("ablate-head", "the head's own columns, at every position, and no others")
def columns(seed: int, mine: Function) -> None:
    """(B, T, C) to the same, with hs numbers or zero in one head's place."""
    B, T, nh, hs = _sizes(seed)
    y = torch.randn(B, T, nh * hs)
    for head in (nh - 1, 0):
        for kind, value in (("a vector of hs numbers", torch.randn(hs)), ("0", 0.0)):
            with when(f"For head {head} of {nh} and {kind}"):
                out = call(mine, y, head, nh, value)
                expect_shape(out, (B, T, nh * hs), f"y of {(B, T, nh * hs)}")
                right = _ablated(y, head, nh, value)
                expect_values(out, right, _mistakes(y, head, nh, value))


def _mistakes(y: Tensor, head: int, nh: int, value: Tensor | float) -> Mistakes:
    """Instead of y with one head's part set to `value`: (B, T, C) each."""
    B, T, C = y.shape
    hs = C // nh
    spread = torch.as_tensor(value).expand(hs).repeat(nh)
    own = torch.arange(C) // hs == head
    viewed = y.reshape(B, nh, T, hs).clone()
    viewed[:, head] = value
    place = y.clone()
    place[:, head] = spread
    right = torch.where(own, spread, y)
    at = torch.arange(T)[:, None]
    return [
        (y, "Nothing has changed: the head's part is as it was."),
        (
            torch.where(own, y, spread),
            "It is the other way round: the head is kept and all others are taken out.",
        ),
        (torch.where(own, 0.0, y), "The head's part is 0, whatever `value` is."),
        (
            torch.where(own, y + spread, y),
            "`value` was added to the head's part; it is to take its place.",
        ),
        (torch.where(own, y * spread, y), "The head's part was multiplied by `value`."),
        (
            _put(y, slice(head, C, nh), value),
            "Every nh-th column was taken; a head has hs in a row, from head * hs on.",
        ),
        (
            _put(y, slice(head, head + hs), value),
            "The columns begin at head; they begin at head * hs.",
        ),
        (
            _put(y, slice(head * hs, head * hs + 1), spread[:1]),
            "Only the head's first column is changed.",
        ),
        (place, "That is a position and no head."),
        (
            torch.where(at == T - 1, right, y),
            "Only the last position is changed: the head is to be out at every one.",
        ),
        (
            torch.where(at == 0, right, y),
            "Only the first position is changed: the head is to be out at every one.",
        ),
        (
            torch.cat([right[:1], y[1:]]),
            "Only the first piece of the batch is changed.",
        ),
        (
            viewed.reshape(B, T, C),
            "The view mixes positions: the columns are cut, (B, T, nh, hs), and no "
            "other axis.",
        ),
    ]


def _put(y: Tensor, columns: slice, value: Tensor | float) -> Tensor:
    out = y.clone()
    out[..., columns] = value
    return out
