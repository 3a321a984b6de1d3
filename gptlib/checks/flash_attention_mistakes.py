"""What comes out of the classic mistakes with softmax in one pass, and words for each.

T time (positions), hs numbers a head, R rows in a tile of queries.
"""

import math

import torch
from torch import Tensor

from gptlib.attention import attention_weights
from gptlib.checks.mistakes import Mistakes

AT_FIRST = (
    "at the first score m is minus infinity. exp(m - new) is 0 there, as it should be; "
    "exp(new - m) and exp(score - m) are infinite. Find the new maximum first."
)
TWICE = (
    "The scores are asked for a second time, and a stream can be read only once: keep "
    "the largest score so far and two sums, and correct them when a larger one comes."
)
LARGE = (
    "exp of a large score is more than a number holds (in 32 bits exp(88) still fits, "
    "in 64 exp(709)): what is subtracted must "
)
SMALL = "in 32 bits exp(-500) is 0, and nothing is left: let m begin at -inf, "
OVERFLOW = "with scores of several hundred exp overflows: subtract the largest so far."
ONE_FOR_ALL = (
    "with scores of several hundred all shares of a row round to 0, and 0 / 0 is nan: "
    "the maximum is wanted per row, amax(dim=-1, keepdim=True)."
)
NOT_CORRECTED = (
    "The old sums are not corrected when a larger score comes: multiply both by "
    "exp(old maximum - new maximum), and overwrite the old maximum only after that."
)
TOTAL_ONLY = "total is corrected when a larger score comes, and acc is not."
ACC_ONLY = "acc is corrected when a larger score comes, and total is not."
NOT_DIVIDED = "The division is missing: the answer is acc / total."
LAST_ONLY = "Only the last of them counts: add to the sums, do not replace them."
INVERTED = (
    "The factor for the old sums is upside down: exp(old maximum - new maximum), which "
    "is never above 1."
)
OLD_SHARE = (
    "The share of a new score is taken with the old maximum: exp(score - new maximum)."
)
PER_TILE = (
    "Each tile has a softmax of its own: the shares are exp(scores - new maximum), and "
    "only the sum over all tiles divides them, at the end."
)


def _walk(
    scores: Tensor, values: Tensor, size: int, on_total: bool, on_acc: bool
) -> tuple[Tensor, Tensor]:
    """total (..., R, 1) and acc (..., R, hs), corrected or not, in tiles of `size`.

    Scores are (..., R, N), minus infinity where nothing may be seen, values (..., N,
    hs).
    """
    m = torch.full_like(scores[..., :1], -math.inf)
    total, acc = torch.zeros_like(m), 0.0
    for j in range(0, scores.shape[-1], size):
        s = scores[..., j : j + size]
        new = torch.maximum(m, s.amax(dim=-1, keepdim=True))
        fix, share = (m - new).exp(), (s - new).exp()
        total = total * (fix if on_total else 1) + share.sum(dim=-1, keepdim=True)
        acc = acc * (fix if on_acc else 1) + share @ values[..., j : j + size, :]
        m = new
    return total, acc


def _uncorrected(scores: Tensor, values: Tensor, size: int) -> Mistakes:
    """What the walk gives with a step left out: (..., R, hs) each."""
    cases = {NOT_CORRECTED: (False, False)}
    cases |= {TOTAL_ONLY: (True, False), ACC_ONLY: (False, True)}
    found = []
    for words, (on_total, on_acc) in cases.items():
        total, acc = _walk(scores, values, size, on_total, on_acc)
        found.append((acc / total, words))
    total, acc = _walk(scores, values, size, True, True)
    return [*found, (acc, NOT_DIVIDED)]


def _from_first(scores: Tensor, values: Tensor, inverted: bool) -> Tensor:
    """A walk that begins with the first score, and a slip after it: (hs,)."""
    m, total, acc = scores[0], torch.tensor(1.0), values[0]
    for score, value in zip(scores[1:], values[1:], strict=True):
        new = torch.maximum(m, score)
        fix = (new - m if inverted else m - new).exp()
        share = (score - (new if inverted else m)).exp()
        total, acc, m = total * fix + share, acc * fix + share * value, new
    return acc / total


def _per_tile(scores: Tensor, values: Tensor, size: int) -> Mistakes:
    """A softmax in each tile, with the old sums corrected, or not, or not divided."""
    m = torch.full_like(scores[..., :1], -math.inf)
    fixed, weights, plain, number = 0.0, torch.zeros_like(m), 0.0, 0
    for j in range(0, scores.shape[-1], size):
        s = scores[..., j : j + size]
        new = torch.maximum(m, s.amax(dim=-1, keepdim=True))
        fix, here = (m - new).exp(), s.softmax(dim=-1) @ values[..., j : j + size, :]
        fixed, weights, m = fixed * fix + here, weights * fix + 1, new
        plain, number = plain + here, number + 1
    kinds = (fixed / weights, plain / number, plain, fixed)
    return [(it, PER_TILE) for it in kinds]


def stream_mistakes(scores: Tensor, values: Tensor) -> Mistakes:
    """Instead of softmax(scores) @ values, (hs,) each."""
    walked = [(it[0], said) for it, said in _uncorrected(scores[None], values, 1)]
    total = (scores - scores.max()).exp().sum()
    none = "The weights are missing: what comes out is the mean of the values."
    return [
        *walked,
        (_from_first(scores, values, inverted=True), INVERTED),
        (_from_first(scores, values, inverted=False), OLD_SHARE),
        (values[-1], LAST_ONLY),
        (values.mean(dim=0), none),
        (scores.exp() @ values, NOT_DIVIDED),
        (total.expand(values.shape[1]), "That is total: the answer is acc / total."),
    ]


def tile_mistakes(q: Tensor, k: Tensor, v: Tensor, rows: slice, size: int) -> Mistakes:
    """Instead of the answer of some rows, (..., R, hs) each."""
    T, hs = q.shape[-2:]
    free = q[..., rows, :] @ k.transpose(-2, -1) / math.sqrt(hs)
    t = torch.arange(T)
    scores = free.masked_fill(t[rows, None] < t, -math.inf)
    past = scores[..., : rows.start]
    seen = free[..., : rows.stop]
    unscaled = (scores * math.sqrt(hs)).softmax(dim=-1)
    own = scores[..., rows].softmax(dim=-1) @ v[..., rows, :]
    found = [
        (
            past.softmax(dim=-1) @ v[..., : rows.start, :],
            "The tile on the diagonal is missing: the rows see their own tile too, so "
            "the tiles of keys go on to the one that begins at rows.start.",
        ),
        (
            seen.softmax(dim=-1) @ v[..., : rows.stop, :],
            "In the diagonal tile the future is not masked: tile_scores does it.",
        ),
        (free.softmax(dim=-1) @ v, "The future is not masked: tile_scores does it."),
        (unscaled @ v, "The scores are not divided by the root of hs."),
        (own, LAST_ONLY),
        (
            attention_weights(k, q)[..., rows, :] @ v,
            "q and k have changed places.",
        ),
    ]
    known = scores[..., : rows.stop], v[..., : rows.stop, :], size
    return found + _uncorrected(*known) + _per_tile(*known)


def lse_mistakes(q: Tensor, k: Tensor, rows: slice) -> Mistakes:
    """Instead of the rows' logarithm of the sum of e to the scores, (..., R) each."""
    free = q[..., rows, :] @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    t = torch.arange(q.shape[-2])
    scores = free.masked_fill(t[rows, None] < t, -math.inf)
    m, lse = scores.amax(dim=-1), scores.logsumexp(dim=-1)
    total = (lse - m).exp()
    without = "The answer is right, and lse lacks m, which was subtracted on the way: "
    return [
        (lse - m, without + "m + log(total)."),
        (total, "The answer is right, and lse is total itself: it is m + log(total)."),
        (m, "The answer is right, and lse is m alone: it is m + log(total)."),
        (m + total, "The answer is right, and lse has no logarithm: m + log(total)."),
        (lse.exp(), "The answer is right, and lse has no logarithm: m + log(total)."),
    ]
