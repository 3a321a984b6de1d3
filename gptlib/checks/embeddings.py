"""Checks of lesson embeddings: the sum of two table rows, and dropout.

B batch, T time (positions), C channels, V rows of the token table.
"""

import re
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import call, when
from gptlib.checks.embedding_mistakes import drop_mistakes, embed_mistakes
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]


def _case(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """ids (B, T), the token table (V, C), the position table (P, C) with P > T."""
    B, T, C = [(2, 5, 3), (3, 4, 6), (4, 6, 5)][seed]
    V, P = 8, 9  # with P > V each id has a row of wpe too, the wrong one
    idx = torch.randint(V, (B, T))
    idx[0, -1] = idx[0, 0]  # one token at two places
    return idx, torch.randn(V, C), torch.randn(P, C)


def _sum(mine: Function, idx: Tensor, wte: Tensor, wpe: Tensor) -> Tensor:
    """What the learner's code gives; if it stops over all P rows of wpe, say so."""
    T, P = idx.shape[1], len(wpe)
    try:
        return call(mine, idx, wte, wpe)
    except Wrong as fault:
        if set(re.findall(r"tensor [ab] \((\d+)\)", str(fault))) != {str(T), str(P)}:
            raise
        raise Wrong(
            f"A row of ids has {T} places, and wpe has {P} rows: only the first T rows "
            "belong to the sum."
        ) from None


@part(
    "embed", "each token's row plus the row of its place, for several rows and for one"
)
def embed(seed: int, mine: Function) -> None:
    """ids (B, T), tables (V, C) and (P, C) to (B, T, C)."""
    idx, wte, wpe = _case(seed)
    for rows in (idx, idx[:1]):
        B, T = rows.shape
        out = _sum(mine, rows, wte, wpe)
        tables = f"tables of {tuple(wte.shape)} and {tuple(wpe.shape)}"
        expect_shape(out, (B, T, wte.shape[1]), f"ids of {(B, T)} and {tables}")
        right = torch.stack([wte[row] + wpe[:T] for row in rows])
        expect_values(out, right, embed_mistakes(rows, wte, wpe))


@part("embed", "as many positions as the table has rows, and a single one")
def embed_lengths(seed: int, mine: Function) -> None:
    """T = P, and T = 1."""
    _, wte, wpe = _case(seed)
    for T in (len(wpe), 1):
        idx = torch.randint(len(wte), (2, T))
        with when(f"With T = {T} and {len(wpe)} rows for positions"):
            out = call(mine, idx, wte, wpe)
            expect_shape(out, (2, T, wte.shape[1]), f"ids of {(2, T)}")
            right = torch.stack([wte[row] + wpe[:T] for row in idx])
            expect_values(out, right)


@part("embed", "the gradients for both tables")
def embed_gradients(seed: int, mine: Function) -> None:
    """The same as those of the reference."""
    idx, wte, wpe = _case(seed)
    tables = {"wte": wte.requires_grad_(), "wpe": wpe.requires_grad_()}
    right = torch.stack([wte[row] + wpe[: idx.shape[1]] for row in idx])
    expect_gradients(call(mine, idx, wte, wpe), right, tables, tables)


def _draws(seed: int) -> tuple[Tensor, float, Tensor]:
    """x with no 0 in it, p, and one number from 0 to 1 for each of x."""
    shape, p = [((4, 6), 0.25), ((2, 3, 8), 0.4), ((50,), 0.1)][seed]
    x = torch.randn(shape)
    return torch.where(x.abs() < 0.1, x + 1, x), p, _mixed(torch.rand(shape), p)


def _mixed(u: Tensor, p: float) -> Tensor:
    """The same draws, but surely some below p, some above 1 - p, some between."""
    flat = u.clone().flatten()
    flat[:6] = torch.tensor([p / 2, p / 3, 0.5, 0.45, 1 - p / 2, 1 - p / 3])
    return flat.view_as(u)


@part("drop", "zero where the draw is below p, the rest over 1 - p")
def drop(seed: int, mine: Function) -> None:
    """x, p, draws u of the same shape, training=True."""
    x, p, u = _draws(seed)
    out = call(mine, x, p, u, True)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    expect_no_nan(out, "what is dropped is 0, and 0 / 0 is nan.")
    right = torch.where(u < p, 0.0, x / (1 - p))
    _same_twice(mine, out, x, p, u)
    expect_values(_as_table(out), _as_table(right), drop_mistakes(x, p, u))


def _same_twice(mine: Function, out: Tensor, *given: object) -> None:
    if not torch.equal(out, call(mine, *given, True)):
        raise Wrong(
            "Called twice with the same u it gives two results: draw nothing yourself, "
            "u holds the random numbers."
        )


def _as_table(x: Tensor) -> Tensor:
    """Rows to point at, also where x has one axis."""
    return x if x.dim() > 1 else x[:, None]


@part("drop", "nothing changes where p is 0, or outside of training")
def drop_nothing(seed: int, mine: Function) -> None:
    """Exactly x comes back."""
    x, p, u = _draws(seed)
    if not torch.equal(call(mine, x, p, u, False), x):
        raise Wrong(
            "With training=False x must come back as it is, neither dropped nor scaled."
        )
    none = torch.cat([torch.zeros(1), u.flatten()[1:]]).view_as(u)
    if not torch.equal(call(mine, x, 0.0, none, True), x):
        raise Wrong(
            "With p = 0 nothing may change, not even where the draw is exactly 0: a "
            "number is dropped if its draw is below p, and kept if it is p or more."
        )


@part("drop", "the gradient")
def drop_gradient(seed: int, mine: Function) -> None:
    """Through what is kept, and scaled like it."""
    x, p, u = _draws(seed)
    right = x.requires_grad_() * (u >= p) / (1 - p)
    tensors = {"x": x}
    expect_gradients(call(mine, x, p, u, True), right, tensors, tensors)
