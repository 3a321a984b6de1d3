"""Checks of the homework embedding-gradient: what comes back to the token table.

V tokens in the vocabulary, (B, T) ids, C numbers a vector.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import call, when
from gptlib.checks.expect import expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

NAME = "embedding-gradient"

LAST_WINS = (
    "A token that stands several times has the pull of one place alone. Written as "
    "grad[ids] = ... or +=, the places write over one another: the row needs their sum."
)
FIRST_WINS = (
    "A token that stands several times has the pull of its first place alone: the row "
    "needs the sum over all its places."
)
MEAN = "The pulls of a token's places are added up, and you took their mean."
NO_ROOT = (
    "The factor is missing: each number of the table was multiplied by the root of C "
    "on its way in, so a change of it counts that much more."
)
DIVIDED = "The factor is upside down: it multiplies, on the way back as on the way in."
SQUARED = "The factor is the root of C, and yours is C."
OF_T = "The factor is the root of C, the length of a vector, not of T."
ROUNDED = "The factor was rounded down: the root of C is no whole number here."
NO_0 = "Token 0 is a token like any other, and its row has nothing: ids begin at 0."
TEXT_BY_TEXT = (
    "Within a text a token that stands several times has the pull of one place alone: "
    "a loop over the texts does not help, since grad[ids] += ... writes over itself."
)
PLACE_BY_PLACE = (
    "Where a token stands at the same place of several texts, it has the pull of one "
    "text alone: grad[ids] += ... writes over itself, in a loop over places too."
)
OF_V = "The factor is the root of C, the length of a vector, not of V."
ONE_TEXT = "That is the first text of the batch alone: all rows of ids count."
ALL_ROWS = "Rows of tokens that do not occur must be exactly 0."


def _sums(ids: Tensor, pull: Tensor, V: int) -> Tensor:
    """(V, C), without the factor."""
    C = pull.shape[-1]
    return pull.new_zeros(V, C).index_add(0, ids.flatten(), pull.reshape(-1, C))


def _right(ids: Tensor, pull: Tensor, V: int) -> Tensor:
    return math.sqrt(pull.shape[-1]) * _sums(ids, pull, V)


def _picked(ids: Tensor, pull: Tensor, V: int, step: int) -> Tensor:
    """One place for each token: the last for step 1, the first for step -1."""
    table = torch.zeros(V, pull.shape[-1])
    for i, row in list(zip(ids.flatten().tolist(), pull.flatten(0, 1), strict=True))[
        ::step
    ]:
        table[i] = row
    return table


def _in_turns(ids: Tensor, pull: Tensor, V: int) -> Tensor:
    """Row by row, and of a token's places in one row the last one alone."""
    pairs = zip(ids, pull, strict=True)
    return sum(_picked(i[None], row[None], V, 1) for i, row in pairs)


def _mistakes(ids: Tensor, pull: Tensor, V: int) -> Mistakes:
    C, sums = pull.shape[-1], _sums(ids, pull, V)
    root = math.sqrt(C)
    times = torch.bincount(ids.flatten(), minlength=V).clamp(min=1)[:, None]
    known = [
        (_picked(ids, pull, V, 1), LAST_WINS),
        (_picked(ids, pull, V, -1), FIRST_WINS),
        (sums / times, MEAN),
        (_sums(ids[:1], pull[:1], V), ONE_TEXT),
        (sums.index_fill(0, torch.tensor(0), 0), NO_0),
        (_in_turns(ids, pull, V), TEXT_BY_TEXT),
        (_in_turns(ids.T, pull.transpose(0, 1), V), PLACE_BY_PLACE),
    ]
    return [
        (sums, NO_ROOT),
        (sums / root, DIVIDED),
        (sums * C, SQUARED),
        (sums * math.sqrt(V), OF_V),
        (sums * math.sqrt(ids.shape[1]), OF_T),
        (sums * int(root), ROUNDED),
        *[(root * it, words) for it, words in known],
        *[(it, f"{words} And the root of C is missing.") for it, words in known],
    ]


def _judge(mine: Callable, ids: Tensor, pull: Tensor, V: int) -> None:
    out = call(mine, ids, pull, V)
    given = f"ids of {tuple(ids.shape)}, a pull of {tuple(pull.shape)} and V = {V}"
    expect_shape(out, (V, pull.shape[-1]), given)
    right = _right(ids, pull, V)
    absent = torch.ones(V, dtype=torch.bool).index_fill(0, ids.flatten(), False)
    expect_values(out, right, _mistakes(ids, pull, V))
    if (out[absent] != 0).any():
        raise Wrong(ALL_ROWS)


@part(NAME, "each token once: its pull times the root of C, and 0 elsewhere", points=1)
def once(seed: int, mine: Callable) -> None:
    """No token stands twice."""
    V, B, T, C = 23, 2, 6 + seed % 3, 5
    ids = torch.randperm(V - 1)[: B * T] + 1
    ids[seed % len(ids)] = 0
    _judge(mine, ids.view(B, T), torch.randn(B, T, C), V)
    for B, T in ((1, 3), (1, 1)):
        with when(f"For ids of ({B}, {T})"):
            _judge(mine, torch.randperm(V)[:T].view(B, T), torch.randn(B, T, C), V)


@part(NAME, "tokens that stand several times, against autograd", points=1)
def several(seed: int, mine: Callable) -> None:
    """Few different tokens, in all rows, and the vocabulary's last never."""
    for V, B, T, C in ((7, 3, 6, 4), (5, 4, 5 + seed % 3, 9)):
        ids, pull = torch.randint(V - 1, (B, T)), torch.randn(B, T, C)
        ids[:, :2] = 1  # in every row, side by side
        _judge(mine, ids, pull, V)
        table = torch.randn(V, C, requires_grad=True)
        (found,) = torch.autograd.grad(table[ids] * math.sqrt(C), table, pull)
        assert torch.allclose(found, _right(ids, pull, V), atol=1e-5)
