"""What comes out of the classic mistakes with embeddings and dropout, and words.

B batch, T time (positions), C channels, V rows of the token table.
"""

import torch
from torch import Tensor

from gptlib.checks.mistakes import Mistakes


def embed_mistakes(idx: Tensor, wte: Tensor, wpe: Tensor) -> Mistakes:
    """Instead of the sum: (B, T, C) each."""
    B, T = idx.shape
    tokens = wte[idx]
    by_place = lambda rows: (tokens + rows).expand(B, T, -1)
    return [
        (tokens, "The positions are missing: add the row of wpe for each place."),
        (
            0 * tokens + wpe[:T],
            "The tokens are missing: add wte's row of each id.",
        ),
        (
            by_place(wpe[1 : T + 1]),
            "The positions are counted from 1: the first has row 0.",
        ),
        (
            by_place(wpe[0]),
            "Every place got row 0 of wpe: place t needs row t.",
        ),
        (
            by_place(wpe[T]),
            "Every place got one row, wpe[T]: the first T rows are wpe[:T].",
        ),
        (
            wpe[idx] + wte[:T],
            "The tables are exchanged: wte is asked by id, and wpe by place.",
        ),
        (
            by_place(wpe[:T].flip(0)),
            "The positions run backwards: the first token has row 0.",
        ),
        (
            by_place(wpe[-T:]),
            "The last rows of wpe were taken: the first token has row 0.",
        ),
        (
            tokens + wpe[idx],
            "wpe was asked by id, as in wpe[idx]: its rows belong to the places 0 to "
            "T - 1.",
        ),
        (
            by_place(wte[:T]) if len(wte) >= T else tokens,
            "The row of a place was taken from wte: positions have their own table.",
        ),
        (
            tokens * wpe[:T],
            "The two vectors are multiplied: they are added.",
        ),
        (
            by_place(wpe[:T]) / 2,
            "The two vectors are averaged: they are added, and not divided by 2.",
        ),
        (
            tokens + wpe[torch.arange(B) % len(wpe)][:, None],
            "The places are counted along the batch: axis 0 of ids is B, axis 1 is T.",
        ),
    ]


def drop_mistakes(x: Tensor, p: float, u: Tensor) -> Mistakes:
    """Instead of inverted dropout in training: the shape of x each."""
    kept, other = x * (u >= p), x * (u < p)
    found = [
        (x, "Nothing is dropped: with training=True zeros belong where u is below p."),
        (
            kept,
            "The right ones are dropped, the rest is not scaled up: divide by 1 - p.",
        ),
        (kept * (1 - p), "The rest is scaled down: divide by 1 - p, do not multiply."),
        (kept / p, "The rest is divided by p: divide by the chance to be kept, 1 - p."),
        (kept * (1 + p), "The rest is multiplied by 1 + p: divide by 1 - p."),
        (
            other / (1 - p),
            "It is the wrong way round: what is below p is kept, and must be dropped.",
        ),
        (
            other / p,
            "It is the wrong way round: with chance p a number is dropped, not kept.",
        ),
        (
            x * (u < 1 - p) / (1 - p),
            "The share is right, and others are dropped than those whose draw is below "
            "p: here it must be exactly these.",
        ),
        (
            x / (1 - p),
            "All are scaled up and none is dropped: zero where u is below p.",
        ),
        (
            torch.where(u < p, -torch.inf, x / (1 - p)),
            "What is dropped must be 0, not minus infinity.",
        ),
        (
            (u >= p) / (1 - p) + 0 * x,
            "This is the mask, scaled: multiply x with it.",
        ),
    ]
    table = lambda it: it if it.dim() > 1 else it[:, None]
    return [(table(wrong), words) for wrong, words in found]
