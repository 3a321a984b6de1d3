"""Checks of lesson flash_attention: softmax in one pass, one tile of queries.

T time (positions), hs numbers a head, R rows in a tile of queries.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.attention import attention_weights
from gptlib.checks.calls import call
from gptlib.checks.expect import (
    close,
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.flash_attention_mistakes import (
    AT_FIRST,
    LARGE,
    ONE_FOR_ALL,
    OVERFLOW,
    SMALL,
    TWICE,
    lse_mistakes,
    stream_mistakes,
    tile_mistakes,
)
from gptlib.checks.flash_attention_watch import Answer, Stream, Watch
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]


def _expect_stream(mine: Function, scores: Tensor, values: Tensor, why: str) -> None:
    stream = Stream(scores, values)
    try:
        out = call(mine, stream)
    except Wrong:
        if stream.passes > 1:
            raise Wrong(TWICE) from None
        raise
    if stream.passes > 1:
        raise Wrong(TWICE)
    expect_shape(out, tuple(values.shape[1:]), f"values of {tuple(values.shape)}")
    if not out.isfinite().all() or not out.any():
        raise Wrong(f"It gives {out.flatten()[0].item()}: {why}")
    right = scores.softmax(dim=0) @ values
    if not close(out, right):
        wrong = [(it[None], words) for it, words in stream_mistakes(scores, values)]
        try:
            expect_values(out[None], right[None], wrong)
        except Wrong as fault:  # there are no rows here
            said = str(fault).replace("Row 0 is wrong", "The answer is wrong")
            raise Wrong(said) from None
    if stream.kept > 3:
        raise Wrong(
            f"The result is right, and {stream.kept} of {len(values)} values are still "
            "kept at the end: let each go when it is added."
        )


@part("online-softmax", "rising, falling and mixed scores, each read once, none kept")
def online_softmax(seed: int, mine: Function) -> None:
    """A stream of T pairs (score, value), values of (hs,), to (hs,)."""
    T, hs = [(7, 2), (9, 3), (8, 4)][seed]
    scores, values = torch.randn(T), torch.randn(T, hs)
    for some in (scores, scores.sort().values, scores.sort(descending=True).values):
        _expect_stream(mine, some, values, AT_FIRST)


@part("online-softmax", "scores near 500 and -500, and some that rise by 900")
def far_scores(seed: int, mine: Function) -> None:
    """What is subtracted must be the largest so far, and nothing else."""
    scores, values = torch.randn(6), torch.randn(6, 3)
    cases = {
        "near 500": (scores + 500, LARGE + "be the largest score so far."),
        "near -500": (scores - 500, SMALL + "so that the first score is the largest."),
        "0, 180, 360 and so on": (
            torch.arange(6.0) * 180,
            LARGE + "follow the scores.",
        ),
    }
    for which, (some, why) in cases.items():
        try:
            _expect_stream(mine, some, values, why)
        except Wrong as fault:
            stopped = "Your code stopped" in str(fault)
            where = f"\nHere the scores are {which}: {why}" if stopped else ""
            raise Wrong(f"{fault}{where}") from None


def _call_rows(mine: Function, *inputs: object) -> tuple[Tensor, object]:
    """The answer of some rows, (..., R, hs), and what stands beside it."""
    answer = Answer(mine)
    try:
        out = call(answer, *inputs)
    except Wrong as fault:
        lost = "must match" in str(fault) or "expanded size" in str(fault)
        advice = "\namax and sum drop an axis: keepdim=True leaves it, with size 1."
        raise Wrong(f"{fault}{advice * lost}") from None
    if answer.alone:
        raise Wrong(
            "It returned one tensor: the answer and lse are two, in this order."
        )
    return out, answer.lse


def _inputs(seed: int, lead: tuple[int, ...]) -> list[Tensor]:
    """q, k and v, (..., T, hs) each."""
    T, hs = [(7, 5), (8, 2), (9, 4)][seed]
    return [torch.randn(*lead, T, hs) for _ in range(3)]


@part("tiles", "every tile of queries, of any size, the last one cut; the answer")
def tiles(seed: int, mine: Function) -> None:
    """(..., T, hs) three times, rows and size to (..., R, hs)."""
    T = _inputs(seed, ())[0].shape[-2]
    for lead, sizes in (((), (3, T)), ((2, 4), (3, 4, 1, T + 5))):
        q, k, v = _inputs(seed, lead)
        right = attention_weights(q, k) @ v, _lse(q, k)
        for size in sizes:
            # The first tile last: what is wrong shows better in one that has a past.
            for start in (*range(size, T, size), 0):
                _expect_rows(mine, q, k, v, slice(start, start + size), right)


def _expect_rows(
    mine: Function, q: Tensor, k: Tensor, v: Tensor, rows: slice, right: tuple
) -> None:
    size, T = rows.stop - rows.start, q.shape[-2]
    out, lse = _call_rows(mine, q, k, v, rows, size)
    expected, right_lse = right[0][..., rows, :], right[1][..., rows]
    where = f"rows {rows.start} to {min(rows.stop, T) - 1} of {T}"
    expect_shape(out, tuple(expected.shape), f"{where} in tiles of {size}")
    never = "no tile was read, and 0 / 0 is nan: the rows see their own tile too."
    expect_no_nan(out, AT_FIRST if rows.start else never)
    if not close(out, expected):
        expect_values(out, expected, tile_mistakes(q, k, v, rows, size))
    if not isinstance(lse, Tensor):
        raise Wrong("The answer is right; the second result, lse, must be a tensor.")
    if tuple(lse.shape) == (*expected.shape[:-1], 1):
        raise Wrong("lse has an axis of size 1 too many: squeeze(-1) takes it away.")
    expect_shape(lse, tuple(expected.shape[:-1]), f"{where}, lse, the second result,")
    if not close(lse, right_lse):
        wrong = [(it[..., None], words) for it, words in lse_mistakes(q, k, rows)]
        expect_values(lse[..., None], right_lse[..., None], wrong)


def _lse(q: Tensor, k: Tensor) -> Tensor:
    """The logarithm of each row's sum of e to its scores: (..., T)."""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    return scores.masked_fill(future, -math.inf).logsumexp(dim=-1)


@part("tiles", "lse; scores of several hundred")
def large_tiles(seed: int, mine: Function) -> None:
    """Without the largest score subtracted, exp overflows."""
    q, k, v = _inputs(seed, (2,))
    q = q * 400
    right, rows = (attention_weights(q, k) @ v, _lse(q, k)), slice(3, 6)
    out, lse = _call_rows(mine, q, k, v, rows, 3)
    # Without a maximum some sums are infinite; with one for all rows, some are 0.
    whole = isinstance(lse, Tensor) and not lse.isposinf().any()
    expect_no_nan(out, ONE_FOR_ALL if whole else OVERFLOW)
    _expect_rows(mine, q, k, v, rows, right)


@part("tiles", "no more than a tile of scores at once, and none of the future")
def work(seed: int, mine: Function) -> None:
    """What is made and multiplied for one tile of rows in the middle."""
    T, hs, size = 72, 1, 4 + seed
    q, k, v = (torch.randn(T, hs) for _ in range(3))
    rows, needed = slice(7 * size, 8 * size), 8
    with Watch() as watch:
        call(Answer(mine), q, k, v, rows, size)
    if math.prod(watch.largest) > T * hs:
        raise Wrong(
            f"The result is right, and a tensor of {watch.largest} is made on the way: "
            f"of {T} positions a tile of {size} by {size} scores is all it needs."
        )
    found = watch.multiplied // (2 * size * size * hs)
    if found > needed:
        raise Wrong(
            f"The result is right, and {found} tiles are multiplied where {needed} are "
            "enough: those that begin after the rows lie wholly in the future."
        )


@part("tiles", "the gradients for q, k and v")
def tiles_gradients(seed: int, mine: Function) -> None:
    """The same three gradients as gptlib's, for one tile of rows."""
    q, k, v = (it.requires_grad_() for it in _inputs(seed, (2,)))
    tensors = {"q": q, "k": k, "v": v}
    rows = slice(3, 6)
    out, _ = _call_rows(mine, q, k, v, rows, 3)
    right = (attention_weights(q, k) @ v)[..., rows, :]
    expect_gradients(out, right, tensors, tensors)
