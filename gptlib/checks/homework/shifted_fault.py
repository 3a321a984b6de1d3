"""Checks of the homework shifted-fault: a batch whose y is wrong where nobody looks."""

from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import run, when
from gptlib.checks.expect import expect_shape
from gptlib.checks.faults import expect_mended, expect_witness
from gptlib.checks.verdict import Wrong, part

Windows = Callable[..., tuple[Tensor, Tensor]]


def windows(ids, starts, T):
    """X and y, (B, T) each: y[b, t] is the token that follows X[b, t] in the text."""
    at = starts[:, None] + torch.arange(T)  # (B, T)
    X = ids[at]  # (B, T)
    y = X.flatten().roll(-1).view(X.shape)  # (B, T)
    return X, y


LOOK = (
    "Take a text in which you know what follows each token, and starts that stand "
    "apart: in which places is y not what follows?"
)
NEXT_ROW = (
    "The last column of y still holds the first token of the next row, and it must "
    "hold what follows the window in the text."
)
OWN_FIRST = (
    "Now the last token of each row of y is the first one of the same row: what "
    "follows a window is in no row of X, only in the text."
)
NOT_SHIFTED = "Now y is X itself: a model that repeats what it reads would be right."
TWICE = "Now y is two places further than X: the token after the next one."
BACK = "Now y is the token before, and the one after is asked for."
MOVED = "X is no longer what it was, and X was right: only y is wrong."
WHOLE = "X and y hold ids: both must be {}, as the text is, and yours are {} and {}."
TWO = "It must return two tensors, X and y, and yours returned {}."


def _by_slices(ids: Tensor, starts: Tensor, T: int) -> tuple[Tensor, Tensor]:
    rows = torch.stack([ids[s : s + T + 1] for s in starts.tolist()])
    return rows[:, :-1], rows[:, 1:]


def _by_places(ids: Tensor, starts: Tensor, T: int) -> tuple[Tensor, Tensor]:
    at = starts[:, None] + torch.arange(T + 1)  # (B, T + 1)
    return ids[at[:, :T]], ids[at[:, 1:]]


def _judge(mine: Windows, ids: Tensor, starts: Tensor, T: int) -> None:
    out = run(mine, ids, starts, T)
    if not isinstance(out, tuple | list) or len(out) != 2:
        raise Wrong(TWO.format(type(out).__name__))
    for it in out:
        if not isinstance(it, Tensor):
            raise Wrong(TWO.format(f"a {type(it).__name__} among them"))
        expect_shape(it, (len(starts), T), f"{len(starts)} starts and T = {T}")
    X, y = _by_slices(ids, starts, T)
    if any(it.dtype != ids.dtype for it in out):
        raise Wrong(WHOLE.format(ids.dtype, *(it.dtype for it in out)))
    if not torch.equal(out[0], X):
        raise Wrong(MOVED)
    if not torch.equal(out[1], y):
        raise Wrong(_words(out[1], ids, starts, X, y))


def _words(mine: Tensor, ids: Tensor, starts: Tensor, X: Tensor, y: Tensor) -> str:
    """Why this y is wrong."""
    at = starts[:, None] + torch.arange(X.shape[1])
    known = [
        (windows(ids, starts, X.shape[1])[1], NEXT_ROW),
        (X.roll(-1, dims=1), OWN_FIRST),
        (X, NOT_SHIFTED),
        (ids[(at + 2).clamp(max=len(ids) - 1)], TWICE),
        (ids[(at + 2) % len(ids)], TWICE),
        (ids[at - 1], BACK),
    ]
    for wrong, words in known:
        if torch.equal(mine, wrong):
            return words
    columns = (mine != y).any(dim=0).nonzero().flatten().tolist()
    return f"y is wrong in the columns {columns[:6]} of {X.shape[1]}."


@part("shifted-fault", "mended in a line or two, y is right in every column", points=1)
def every_column(seed: int, mine: Windows) -> None:
    """Windows that stand apart from one another, in no order."""
    expect_mended(mine, windows, LOOK)
    ids = torch.randperm(90)[:60]
    _judge(mine, ids, torch.tensor([31, 3 + seed, 47, 16]), 7)
    _judge(mine, ids, torch.tensor([20, 9]), 4 + seed)
    with when("In a text of few different tokens"):
        few, starts = torch.randint(4, (60,)), torch.tensor([31, 8, 31, 33])
        _judge(mine, few, starts, 9)


@part("shifted-fault", "one window alone, and the last place of the text", points=1)
def at_the_end(seed: int, mine: Windows) -> None:
    """Where the last y is the last token."""
    expect_mended(mine, windows, LOOK)
    n, T = 30 + seed, 5
    ids = torch.randperm(90)[:n]
    _judge(mine, ids, torch.tensor([n - T - 1]), T)
    _judge(mine, ids, torch.tensor([12, n - T - 1, 1]), T)
    with when("With windows of a single token"):
        _judge(mine, ids, torch.tensor([12, n - 2, 1]), 1)
        _judge(mine, ids, torch.tensor([4]), 1)


@part("shifted-witness", "your number is 0 for right code, and not for this", points=2)
def witness(seed: int, mine: Callable) -> None:
    """Two right implementations, and the one that was given."""
    given = {windows: "the last column of y comes from another row"}
    expect_witness(mine, [_by_slices, _by_places], given)
