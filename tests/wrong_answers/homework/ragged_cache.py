"""Answers to the homework ragged-cache: right ones, and the classic wrong ones."""

import math

import torch
import torch.nn.functional as F


def _behind(k, lengths):
    return torch.arange(k.shape[2]) >= lengths[:, None]  # (B, T)


def _hear(q, k, v, hidden):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    return scores.masked_fill(hidden, -math.inf).softmax(dim=-1) @ v


def both_hidden(q, k, v, lengths):
    hidden = _behind(k, lengths)[:, None, None]
    v = v.masked_fill(hidden.mT, 0)
    return _hear(q, k, v, hidden)


def row_by_row(q, k, v, lengths):
    rows = []
    for b, n in enumerate(lengths):
        weights = q[b] @ k[b, :, :n].mT / math.sqrt(q.shape[-1])
        rows.append(weights.softmax(dim=-1) @ v[b, :, :n])
    return torch.stack(rows)


def pytorchs(q, k, v, lengths):
    seen = ~_behind(k, lengths)[:, None, None]
    k, v = (torch.where(seen.mT, it, 0.0) for it in (k, v))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


def values_left_as_they_are(q, k, v, lengths):
    return _hear(q, k, v, _behind(k, lengths)[:, None, None])


def multiplied_away(q, k, v, lengths):
    seen = ~_behind(k, lengths)[:, None, :, None]
    return _hear(q, k, v * seen, ~seen.mT)


def no_mask(q, k, v, lengths):
    return _hear(q, k, v, torch.tensor(False))


def one_too_many(q, k, v, lengths):
    return _hear(q, k, v, _behind(k, lengths + 1)[:, None, None])


def one_too_few(q, k, v, lengths):
    return _hear(q, k, v, _behind(k, lengths - 1)[:, None, None])


def one_too_few_but_finite(q, k, v, lengths):
    hidden = _behind(k, lengths - 1)[:, None, None]
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    return scores.masked_fill(hidden, -1e9).softmax(dim=-1) @ v


def causal(q, k, v, lengths):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def cut_to_the_longest(q, k, v, lengths):
    n = lengths.max()
    return _hear(q, k[:, :, :n], v[:, :, :n], torch.tensor(False))


def cut_to_the_shortest(q, k, v, lengths):
    n = lengths.min()
    return _hear(q, k[:, :, :n], v[:, :, :n], torch.tensor(False))


def turned_round(q, k, v, lengths):
    hidden = ~_behind(k, lengths)[:, None, None]
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    return scores.masked_fill(hidden, -1e9).softmax(dim=-1) @ v


def all_hidden(q, k, v, lengths):
    return _hear(q, k, v, ~_behind(k, lengths)[:, None, None])


def hidden_afterwards(q, k, v, lengths):
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return weights.masked_fill(_behind(k, lengths)[:, None, None], 0) @ v


def zero_scores(q, k, v, lengths):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    hidden = _behind(k, lengths)[:, None, None]
    return scores.masked_fill(hidden, 0).softmax(dim=-1) @ v


def zero_keys_and_values(q, k, v, lengths):
    hidden = _behind(k, lengths)[:, None, :, None]
    k, v = k.masked_fill(hidden, 0), v.masked_fill(hidden, 0)
    return _hear(q, k, v, torch.tensor(False))


def not_low_enough(q, k, v, lengths):
    hidden = _behind(k, lengths)[:, None, None]
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(hidden, -20)
    return scores.softmax(dim=-1) @ v.masked_fill(hidden.mT, 0)


def added(q, k, v, lengths):
    hidden = _behind(k, lengths)[:, None, None]
    scores = q @ k.mT / math.sqrt(q.shape[-1]) + torch.where(hidden, -1e9, 0.0)
    return scores.softmax(dim=-1) @ v.masked_fill(hidden.mT, 0)


def keys_left_as_they_are(q, k, v, lengths):
    seen = ~_behind(k, lengths)[:, None, None]
    v = v.masked_fill(~seen.mT, 0)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


def written_in_place(q, k, v, lengths):
    v.masked_fill_(_behind(k, lengths)[:, None, :, None], 0)
    return both_hidden(q, k, v, lengths)


def squeezed(q, k, v, lengths):
    hidden = _behind(k, lengths)[:, None]
    scores = (q @ k.mT).squeeze() / math.sqrt(q.shape[-1])  # (B, nh, T), or less
    weights = scores.masked_fill(hidden, -math.inf).softmax(dim=-1)
    return weights[:, :, None] @ v.masked_fill(hidden[..., None], 0)


def not_scaled(q, k, v, lengths):
    return both_hidden(q * math.sqrt(q.shape[-1]), k, v, lengths)


def along_the_heads(q, k, v, lengths):
    if len(q) != q.shape[1]:
        return both_hidden(q, k, v, lengths)
    return _hear(q, k, v, _behind(k, lengths)[None, :, None])


def no_axes_between(q, k, v, lengths):
    return _hear(q, k, v, _behind(k, lengths))


def detached(q, k, v, lengths):
    return both_hidden(q, k.detach(), v, lengths)


def changes_the_cache(q, k, v, lengths):
    for b, n in enumerate(lengths.tolist()):
        v.data[b, :, n:] = 0
    return _hear(q, k, v, _behind(k, lengths)[:, None, None])


ANSWERS = {
    "ragged-cache": {
        "right": [both_hidden, row_by_row, pytorchs],
        "wrong": {
            values_left_as_they_are: "0 times nan is nan",
            multiplied_away: "A weight of 0 is not enough",
            no_mask: "What stands behind a row's length is heard",
            one_too_many: "One place too many is heard",
            one_too_few: "One place too few is heard: the new token",
            one_too_few_but_finite: "One place too few is heard",
            causal: "Only place 0 is heard",
            cut_to_the_longest: "Every row is cut to the longest length",
            cut_to_the_shortest: "cut to the shortest length",
            turned_round: "The mask is turned round",
            all_hidden: "nothing is left to hear",
            hidden_afterwards: "set to 0 after the softmax",
            zero_scores: "A score of 0 is not *nothing*",
            zero_keys_and_values: "A score of 0 is not *nothing*",
            not_low_enough: "With scores of about -60",
            added: "A key of nan makes a score of nan",
            keys_left_as_they_are: "A key of nan makes a score of nan",
            written_in_place: "writes in place",
            squeezed: "With a single head",
            not_scaled: "not divided by the root of hs",
            along_the_heads: "The lengths are laid along the heads",
            no_axes_between: "the result must have the shape",
            detached: "no gradient reaches the keys",
            changes_the_cache: "It changed the tensor that it was given",
        },
    }
}
