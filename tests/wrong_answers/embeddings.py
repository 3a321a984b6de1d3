"""Answers to lesson embeddings: right ones, written differently, and the classic wrong.

Each wrong one stands with words that its verdict must hold.
"""

import torch
from torch.nn import functional as F


def by_slice(idx, wte, wpe):
    return wte[idx] + wpe[: idx.shape[1]]


def by_product(idx, wte, wpe):
    T = idx.shape[1]
    places = F.one_hot(torch.arange(T), len(wpe)).float()
    return F.one_hot(idx, len(wte)).float() @ wte + places @ wpe


def by_loop(idx, wte, wpe):
    rows = [torch.stack([wte[i] + wpe[t] for t, i in enumerate(row)]) for row in idx]
    return torch.stack(rows)


def no_positions(idx, wte, wpe):
    return wte[idx]


def no_tokens(idx, wte, wpe):
    B, T = idx.shape
    return wpe[:T].expand(B, T, -1)


def from_one(idx, wte, wpe):
    T = idx.shape[1]
    return wte[idx] + wpe[torch.arange(1, T + 1)]


def whole_table(idx, wte, wpe):
    return wte[idx] + wpe


def by_id(idx, wte, wpe):
    return wte[idx] + wpe[idx]


def one_row_too_few_colons(idx, wte, wpe):
    return wte[idx] + wpe[idx.shape[1]]


def tables_exchanged(idx, wte, wpe):
    return wpe[idx] + wte[: idx.shape[1]]


def along_the_batch(idx, wte, wpe):
    B = idx.shape[0]
    return wte[idx] + wpe[torch.arange(B)][:, None]


def side_by_side(idx, wte, wpe):
    B, T = idx.shape
    return torch.cat([wte[idx], wpe[:T].expand(B, T, -1)], dim=-1)


def one_row_only(idx, wte, wpe):
    return wte[idx[0]] + wpe[: idx.shape[1]]


def averaged(idx, wte, wpe):
    return by_slice(idx, wte, wpe) / 2


def first_place(idx, wte, wpe):
    return wte[idx] + wpe[0]


def wte_twice(idx, wte, wpe):
    return wte[idx] + wte[torch.arange(idx.shape[1])]


def wpe_detached(idx, wte, wpe):
    return wte[idx] + wpe.data[: idx.shape[1]]


def wte_detached(idx, wte, wpe):
    return wte.detach()[idx] + wpe[: idx.shape[1]]


def of_numbers(idx, wte, wpe):
    return torch.tensor(by_slice(idx, wte, wpe).tolist())


def added_in_place(idx, wte, wpe):
    wpe += 0.1
    return by_slice(idx, wte, wpe)


def of_five(idx, wte, wpe):
    return wte[idx] + wpe[:5]


def nothing(*_):
    pass


EMBED = {
    "right": [by_slice, by_product, by_loop],
    "wrong": {
        no_positions: "The positions are missing",
        no_tokens: "The tokens are missing",
        from_one: "counted from 1",
        whole_table: "wpe has 9 rows: only the first T rows",
        by_id: "wpe was asked by id",
        one_row_too_few_colons: "wpe[:T]",
        tables_exchanged: "The tables are exchanged",
        along_the_batch: "along the batch",
        side_by_side: "must have the shape",
        one_row_only: "must have the shape",
        averaged: "averaged",
        first_place: "Every place got row 0",
        wte_twice: "their own table",
        wpe_detached: "no gradient reaches wpe",
        wte_detached: "no gradient reaches wte",
        of_numbers: "no gradient reaches",
        of_five: "stopped with RuntimeError",
        added_in_place: "It changed the tensor",
        nothing: "needs a `return`",
    },
}


def by_mask(x, p, u, training):
    return x * (u >= p) / (1 - p) if training else x


def by_where(x, p, u, training):
    if not training or p == 0:
        return x
    return torch.where(u < p, torch.zeros_like(x), x / (1 - p))


def by_fill(x, p, u, training):
    return x.masked_fill(u < p, 0) / (1 - p) if training else x


def not_scaled(x, p, u, training):
    return x * (u >= p) if training else x


def scaled_down(x, p, u, training):
    return x * (u >= p) * (1 - p) if training else x


def divided_by_p(x, p, u, training):
    return x * (u >= p) / max(p, 1e-9) if training else x


def wrong_way_round(x, p, u, training):
    return x * (u < p) / (1 - p) if training else x


def keeps_with_p(x, p, u, training):
    return x * (u < p) / p if training else x


def other_end(x, p, u, training):
    return x * (u < 1 - p) / (1 - p) if training else x


def always(x, p, u, training):
    return x * (u >= p) / (1 - p)


def never(x, p, u, training):
    return x


def only_scaled(x, p, u, training):
    return x / (1 - p) if training else x


def scaled_later(x, p, u, training):
    return x * (u >= p) if training else x * (1 - p)


def scaled_at_the_end(x, p, u, training):
    return x * (u >= p) / (1 - p) if training else x * (1 - p)


def below_or_equal(x, p, u, training):
    return x * (u > p) / (1 - p) if training else x


def draws_itself(x, p, u, training):
    return F.dropout(x, p, training)


def in_place(x, p, u, training):
    if training:
        x[u < p] = 0
        return x / (1 - p)
    return x


def mask_alone(x, p, u, training):
    return (u >= p) / (1 - p) if training else x


def kept_only(x, p, u, training):
    return x[u >= p] / (1 - p) if training else x


def dropped_to_minus_infinity(x, p, u, training):
    return x.masked_fill(u < p, -torch.inf) / (1 - p) if training else x


def detached(x, p, u, training):
    return by_mask(x.detach(), p, u, training)


DROP = {
    "right": [by_mask, by_where, by_fill],
    "wrong": {
        not_scaled: "the rest is not scaled up",
        scaled_down: "do not multiply",
        divided_by_p: "the chance to be kept",
        wrong_way_round: "the wrong way round: what is below p is kept",
        keeps_with_p: "with chance p a number is dropped",
        other_end: "exactly these",
        always: "With training=False",
        never: "Nothing is dropped",
        only_scaled: "none is dropped",
        scaled_later: "the rest is not scaled up",
        scaled_at_the_end: "neither dropped nor scaled",
        below_or_equal: "not even where the draw is exactly 0",
        draws_itself: "draw nothing yourself",
        in_place: "It changed the tensor",
        mask_alone: "multiply x with it",
        kept_only: "must have the shape",
        dropped_to_minus_infinity: "not minus infinity",
        detached: "no gradient reaches",
        nothing: "needs a `return`",
    },
}


ANSWERS = {"embed": EMBED, "drop": DROP}
