"""Batches (X, y) that a GPT learns from, and the rows that judge it.

B batch, T = block_size positions, R rows. In all of them X and y are int64, and y[b, t]
is the token that follows X[b, t].
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from gptlib.guard.values import checked_generator, checked_ids, checked_whole
from gptlib.loss import IGNORE
from gptlib.text.tokenizers import Tokenizer

PAD = 0  # what fills a short row in X; in y that is IGNORE


class Split(NamedTuple):
    """One part of a corpus: ids (N,) int64, and where its stories start (None: prose).

    `eval_rows` takes both as they are, `get_batch` those of `for_windows`.
    """

    ids: Tensor
    starts: Tensor | None

    def for_windows(self, block_size: int) -> "Split":
        """The same ids, to draw batches from: `starts` become all `window_starts`."""
        if self.starts is None:
            return self
        return Split(self.ids, window_starts(self.starts, len(self.ids), block_size))


def make_split(text: str, tokenizer: Tokenizer, by_story: bool) -> Split:
    """The ids of a text; of stories, one a line, also the places where they start."""
    ids = torch.tensor(tokenizer.encode(text))
    if not by_story:
        return Split(ids, None)
    (newline,) = tokenizer.encode("\n")
    return Split(ids, story_starts(ids, newline))


def get_batch(
    ids: Tensor,
    block_size: int,
    batch_size: int,
    generator: torch.Generator | None = None,
    starts: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Random windows of a text: X (B, T), and y (B, T), the same one token later.

    Args:
        ids: (N,) int64, the whole text; the batch is made on its device.
        block_size: T.
        batch_size: B.
        generator: makes the choice repeatable, on the CPU whatever the device.
        starts: (S,) int64, increasing: the only places where a window may begin, such
            as `window_starts` gives; those with too little text behind them are left
            out. All places, if not given.

    Raises:
        TypeError: what is no int64 tensor, no whole number or no torch.Generator.
        ValueError: not 1-D, a size below 1, starts that do not increase from 0 or
            more, or no place from which T + 1 tokens fit.

    Source: nanoGPT, train.py, without its loop over the batch.
    """
    checked_ids("ids", ids, dim=1)
    block_size = checked_whole("block_size", block_size)
    batch_size = checked_whole("batch_size", batch_size)
    generator = checked_generator(generator)
    if len(ids) <= block_size:
        raise ValueError(
            f"a window of block_size {block_size} needs {block_size + 1} tokens, but "
            f"(this part of) the text has {len(ids)}: make it smaller, or add text"
        )
    if starts is None:
        first = torch.randint(len(ids) - block_size, (batch_size,), generator=generator)
    else:
        first = _pick_starts(starts, len(ids), block_size, batch_size, generator)
    at = first.to(ids.device)[:, None] + torch.arange(block_size, device=ids.device)
    return ids[at], ids[at + 1]  # (B, T), (B, T)


def story_starts(ids: Tensor, newline_id: int) -> Tensor:
    """Where the stories start: the place of each newline in ids (N,), but the last.

    Returns:
        (S,) int64, one place a story, in order.

    Raises:
        ValueError: fewer than two newlines, which is no story.
    """
    checked_ids("ids", ids, dim=1)
    places = (ids == checked_whole("newline_id", newline_id, least=0)).nonzero()[:, 0]
    if len(places) < 2:
        raise ValueError(
            f"a story stands between two newlines (id {newline_id}), but the "
            f"{len(ids)} ids have {len(places)}"
        )
    return places[:-1]


def window_starts(starts: Tensor, n: int, block_size: int) -> Tensor:
    """Where windows of stories may begin, so that every target can be drawn.

    A story that fits into a window begins one, and only there: what follows it in the
    window is the next story. In a longer story windows also begin at each later place
    from which they still end in it, its closing newline being their last target. The
    last stories are left out as far as the text ends before a window would.

    Args:
        starts: (S,) int64, increasing from 0, as `story_starts` gives them.
        n: how many tokens the text has; the last one closes the last story.
        block_size: T.

    Returns:
        (P,) int64, increasing: `starts`, and more where a story is longer than T.

    Raises:
        TypeError: starts are not an int64 tensor, or a size is not a whole number.
        ValueError: not 1-D, a size below 1, starts that would leave a part of the
            text out, or no place from which T + 1 tokens fit.
    """
    n, block_size = checked_whole("n", n), checked_whole("block_size", block_size)
    bounds = torch.tensor(_story_bounds(starts, n - 1), device=starts.device)
    # Each story's number of windows; they count on from its start.
    windows = (bounds.diff() - block_size).clamp(min=0) + 1
    earlier = windows.cumsum(0) - windows
    places = (starts - earlier).repeat_interleave(windows)
    places += torch.arange(len(places), device=places.device)
    places = places[places + block_size < n]
    if len(places) == 0:
        raise ValueError(
            f"a window of block_size {block_size} and the token after it need "
            f"{block_size + 1} tokens, but no story has them from its start on"
        )
    return places


def eval_rows(
    ids: Tensor, block_size: int, starts: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The whole text in rows, X (R, T) and y (R, T), each token asked for just once.

    Without `starts` the rows follow one another through the text. With `starts` every
    story begins a row of its own, with the newline before it, and its closing newline
    is its last target; a story longer than T goes on in the next row. Where a row is
    short, X is 0 and y is -1. Read in order, the targets that are not -1 are ids[1:].

    Args:
        ids: (N,) int64, the whole text.
        block_size: T.
        starts: (S,) int64, increasing from 0, as `story_starts` gives them.

    Raises:
        TypeError: ids or starts are not int64 tensors.
        ValueError: not 1-D, block_size below 1, fewer than two ids, or starts that
            would leave a part of the text out.
    """
    checked_ids("ids", ids, dim=1)
    block_size = checked_whole("block_size", block_size)
    last = len(ids) - 1  # nothing follows the last token, so no row holds it in X
    if last < 1:
        raise ValueError(f"need a token and one after it, got {len(ids)} ids")
    bounds = [0, last] if starts is None else _story_bounds(starts, last)
    first = [i for a, b in pairwise(bounds) for i in range(a, b, block_size)]
    first = torch.tensor([*first, last], device=ids.device)  # (R + 1,)
    at = first[:-1, None] + torch.arange(block_size, device=ids.device)  # (R, T)
    # A row ends where the next one begins.
    beyond = at >= first[1:, None]  # (R, T)
    at = at.clamp(max=last - 1)
    return ids[at].masked_fill(beyond, PAD), ids[at + 1].masked_fill(beyond, IGNORE)


def sort_batch(
    batch_size: int,
    length: int = 6,
    num_digits: int = 3,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """minGPT's first task: read `length` digits, then write them in order.

    A row is the digits followed by the same digits sorted. Only the sorted ones are
    asked for, so y is -1 until the last digit has been read. With length 3, the
    digits 2 0 1 are followed by 0 1 2:

        X = 2  0  1  0  1
        y = -1 -1 0  1  2

    Returns:
        X and y, (B, 2 * length - 1) each, with digits 0..num_digits-1.

    Raises:
        ValueError: a size below 1.

    Source: minGPT, demo.ipynb, with every sequence equally likely.
    """
    batch_size = checked_whole("batch_size", batch_size)
    length = checked_whole("length", length)
    num_digits = checked_whole("num_digits", num_digits)
    generator = checked_generator(generator)
    digits = torch.randint(num_digits, (batch_size, length), generator=generator)
    rows = torch.cat([digits, digits.sort(dim=1).values], dim=1)  # (B, 2 * length)
    X, y = rows[:, :-1].clone(), rows[:, 1:].clone()
    y[:, : length - 1] = IGNORE
    return X, y


# ---- checks -----------------------------------------------------------------------


def _pick_starts(
    starts: Tensor,
    n: int,
    block_size: int,
    batch_size: int,
    generator: torch.Generator | None,
) -> Tensor:
    """Random ones, (B,), of the starts that have block_size + 1 of n tokens to give."""
    checked_ids("starts", starts, dim=1)
    # They increase, so those that fit come first: to compare all of them in each step
    # could take longer than the step. That they do increase shows in what is picked.
    fit = int(torch.searchsorted(starts, n - block_size))
    if fit == 0:
        raise ValueError(
            f"none of the {len(starts)} starts has block_size + 1 = {block_size + 1} "
            f"of the {n} tokens from there on: take a smaller block_size"
        )
    first = starts[torch.randint(fit, (batch_size,), generator=generator)]
    low, high = int(first.min()), int(first.max())
    if low < 0 or high + block_size >= n:
        raise ValueError(
            f"starts must increase from 0 or more, but {low if low < 0 else high} "
            f"stands among the first {fit}: sort them"
        )
    return first


def _story_bounds(starts: Tensor, last: int) -> list[int]:
    checked_ids("starts", starts, dim=1)
    bounds = [*starts.tolist(), last]
    if bounds[0] != 0 or any(a >= b for a, b in pairwise(bounds)):
        raise ValueError(
            f"starts must increase from 0 and stay below {last}, the last token, or "
            f"a part of the text is lost: got {starts.tolist()[:5]}..."
        )
    return bounds
