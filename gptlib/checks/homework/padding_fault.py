"""Checks of the homework padding-fault: stories in rows, and an end nobody asks for."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gptlib.checks.calls import run
from gptlib.checks.expect import expect_shape
from gptlib.checks.faults import expect_mended, expect_witness, relatives
from gptlib.checks.verdict import Wrong, part

Stories = Sequence[list[int]]
Padded = Callable[..., tuple[Tensor, Tensor]]


def padded(stories, T, end):
    """X and y, (B, T) each, a story a row; y is -1 where nothing is asked for."""
    rows = torch.full((len(stories), T + 1), end)  # (B, T + 1)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]  # (B, T), (B, T)
    y = y.masked_fill(y == end, -1)
    return X, y


LOOK = (
    "Write down on paper what y should be for two short stories of unequal length, "
    "place by place, and hold yours against it."
)
NO_END = (
    "After its last token a story has `end`, and y has -1 there: from this no model "
    "can learn to stop."
)
NO_END_OF_SHORT = (
    "Of a story that fills its row the `end` is asked for, and of a shorter one it is "
    "not: no model learns from these where a story stops."
)
NO_END_OF_FULL = (
    "A story of T tokens fills its row of X, and the last of its y is `end`. Yours has "
    "-1 there."
)
ALL_COUNTED = (
    "Now y asks for `end` at each place of the padding: the loss would count how well "
    "a model says `end` after `end`."
)
ONE_MORE = (
    "Now y asks for `end` twice: after the last token of the story, which is right, "
    "and once more after that `end`."
)
X_MASKED = "Now -1 stands in X: it is no id, and no table has a row for it."
MOVED = "X is no longer what it was, and X was right: only y is wrong."
TWO = "It must return two tensors, X and y, and yours returned {}."
ROW = "y of a story of {} tokens, with T = {} and end = {}:\nYours:    {}\nExpected: {}"


def _fits(stories: Stories, T: int, end: int) -> None:
    """Somebody's witness chooses the stories, and what ends them."""
    if type(end) is not int:
        raise TypeError(f"`end` is the number of a token, and no {end!r}")
    if not stories or not all(1 <= len(it) <= T for it in stories):
        sizes = [len(it) for it in stories]
        raise ValueError(f"with T = {T} a story has 1 to T tokens, and these {sizes}")


def _by_place(stories: Stories, T: int, end: int) -> tuple[Tensor, Tensor]:
    _fits(stories, T, end)
    X = [list(it) + [end] * (T - len(it)) for it in stories]
    y = [list(it[1:]) + [end] + [-1] * (T - len(it)) for it in stories]
    return torch.tensor(X), torch.tensor(y)


def _by_length(stories: Stories, T: int, end: int) -> tuple[Tensor, Tensor]:
    _fits(stories, T, end)
    X = torch.full((len(stories), T), end)
    y = torch.full((len(stories), T), -1)
    for i, it in enumerate(stories):
        X[i, : len(it)] = torch.tensor(it)
        y[i, : len(it)] = torch.tensor([*it[1:], end])
    return X, y


def _judge(mine: Padded, stories: Stories, T: int, end: int) -> None:
    out = run(mine, stories, T, end)
    if not isinstance(out, tuple | list) or len(out) != 2:
        raise Wrong(TWO.format(type(out).__name__))
    for it in out:
        if not isinstance(it, Tensor):
            raise Wrong(TWO.format(f"a {type(it).__name__} among them"))
        expect_shape(it, (len(stories), T), f"{len(stories)} stories and T = {T}")
    X, y = _by_place(stories, T, end)
    if not torch.equal(out[0], X):
        raise Wrong(X_MASKED if (out[0] == -1).any() else MOVED)
    if not torch.equal(out[1], y):
        raise Wrong(_words(out[1], stories, X, y, end))


def _words(mine: Tensor, stories: Stories, X: Tensor, y: Tensor, end: int) -> str:
    """Why this y is wrong."""
    sizes = torch.tensor([len(it) for it in stories])[:, None]  # (B, 1)
    T, place = y.shape[1], torch.arange(y.shape[1])
    last, full = y == end, sizes == y.shape[1]  # each story's last place; (B, 1)
    known = [
        (y.masked_fill(last, -1), NO_END),
        (y.masked_fill(last & ~full, -1), NO_END_OF_SHORT),
        (y.masked_fill(last & full, -1), NO_END_OF_FULL),
        (y.masked_fill(y == -1, end), ALL_COUNTED),
        (y.masked_fill(place == sizes, end), ONE_MORE),
    ]
    for wrong, words in known:
        if torch.equal(mine, wrong) and not torch.equal(wrong, y):
            return words
    i = int((mine != y).any(dim=1).nonzero()[0])
    return ROW.format(int(sizes[i]), T, end, mine[i].tolist(), y[i].tolist())


def _stories(*sizes: int) -> Stories:
    """Without the token 0, and no token twice."""
    ids = (torch.randperm(200)[: sum(sizes)] + 1).split(sizes)
    return [it.tolist() for it in ids]


@part("padding-fault", "mended in a line or two, stories of unequal length", points=1)
def unequal(seed: int, mine: Padded) -> None:
    """One that fills its row, and all shorter."""
    expect_mended(mine, padded, LOOK)
    _judge(mine, _stories(4, 7, 2), 7, 256 + seed)
    _judge(mine, _stories(5, 2, 3 + seed % 3), 9, 0)


@part("padding-fault", "rows that are full, one story alone, one token", points=1)
def edges(seed: int, mine: Padded) -> None:
    """Where there is no padding, and where there is hardly anything else."""
    expect_mended(mine, padded, LOOK)
    _judge(mine, _stories(6, 6), 6, 0)
    _judge(mine, _stories(4 + seed % 3), 8, 300)
    _judge(mine, _stories(1, 5), 5, 201)


def _like(far: float) -> Padded:
    """The end is not asked for, nor one to three tokens before it."""

    def shorter(stories: Stories, T: int, end: int) -> tuple[Tensor, Tensor]:
        _fits(stories, T, end)
        X, y = padded(stories, T, end)
        for row, story in zip(y, stories, strict=True):
            row[max(len(story) - 1 - math.ceil(1.5 * (far - 1)), 0) :] = -1
        return X, y

    return shorter


@part("padding-witness", "your number is 0 for right code, and not for this", points=2)
def witness(seed: int, mine: Callable) -> None:
    """Two right implementations, the one that was given, and some like it."""
    given = {_like(1): "no `end` after a story is ever asked for"} | relatives(_like)
    expect_witness(mine, [_by_place, _by_length], given)
