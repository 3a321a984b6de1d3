"""Answers to the homework grouped-queries: right ones, and the classic wrong ones."""

import math

import torch
import torch.nn.functional as F


def causal(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def side_by_side(q, k, v):
    group = q.shape[1] // k.shape[1]
    k = k.repeat_interleave(group, dim=1)
    v = v.repeat_interleave(group, dim=1)
    return causal(q, k, v)


def an_axis_more(q, k, v):
    B, _, T, hs = q.shape
    q = q.view(B, k.shape[1], -1, T, hs)
    scores = q @ k[:, :, None].transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T).triu(1) == 1
    weights = scores.masked_fill(future, -math.inf).softmax(dim=-1)
    return (weights @ v[:, :, None]).flatten(1, 2)


def head_by_head(q, k, v):
    group = q.shape[1] // k.shape[1]
    heads = [
        causal(q[:, h], k[:, h // group], v[:, h // group]) for h in range(q.shape[1])
    ]
    return torch.stack(heads, dim=1)


def folded_into_the_batch(q, k, v):
    group = q.shape[1] // k.shape[1]
    k, v = (it.flatten(0, 1).repeat_interleave(group, 0) for it in (k, v))
    return causal(q.flatten(0, 1), k, v).view(q.shape)


def expanded(q, k, v):
    B, nh, T, hs = q.shape
    shape = (B, k.shape[1], nh // k.shape[1], T, hs)
    k, v = (it[:, :, None].expand(shape).reshape(q.shape) for it in (k, v))
    return causal(q, k, v)


def dealt_like_cards(q, k, v):
    group = q.shape[1] // k.shape[1]
    return causal(q, k.repeat(1, group, 1, 1), v.repeat(1, group, 1, 1))


def values_dealt_otherwise(q, k, v):
    group = q.shape[1] // k.shape[1]
    k = k.repeat_interleave(group, dim=1)
    return causal(q, k, v.repeat(1, group, 1, 1))


def the_first_for_all(q, k, v):
    return causal(q, k[:, :1].expand_as(q), v[:, :1].expand_as(q))


def no_mask(q, k, v):
    group = q.shape[1] // k.shape[1]
    k = k.repeat_interleave(group, dim=1)
    v = v.repeat_interleave(group, dim=1)
    return F.scaled_dot_product_attention(q, k, v)


def no_scale(q, k, v):
    return side_by_side(q * math.sqrt(q.shape[-1]), k, v)


def root_of_C(q, k, v):
    return side_by_side(q / math.sqrt(q.shape[1]), k, v)


def averaged(q, k, v):
    out = an_axis_more(q, k, v)
    B, nh, T, hs = out.shape
    kv = k.shape[1]
    mean = out.view(B, kv, -1, T, hs).mean(dim=2)
    return mean.repeat_interleave(nh // kv, dim=1)


def too_few_heads(q, k, v):
    return causal(q[:, : k.shape[1]], k, v)


def the_wrong_axis(q, k, v):
    group = q.shape[1] // k.shape[1]
    k = k.repeat_interleave(group, dim=2)
    v = v.repeat_interleave(group, dim=2)
    return causal(q, k, v)


def nearly_hidden(q, k, v):
    group, (T, hs) = q.shape[1] // k.shape[1], q.shape[-2:]
    k, v = (it.repeat_interleave(group, dim=1) for it in (k, v))
    scores = q @ k.mT / math.sqrt(hs)
    future = torch.ones(T, T).triu(1) == 1
    return scores.masked_fill(future, -30).softmax(dim=-1) @ v


def squeezed(q, k, v):
    return side_by_side(q, k, v).squeeze()


def detached(q, k, v):
    return side_by_side(q, k.detach(), v)


ANSWERS = {
    "grouped-queries": {
        "right": [side_by_side, an_axis_more, expanded, folded_into_the_batch],
        "wrong": {
            dealt_like_cards: "dealt out like cards",
            values_dealt_otherwise: "in the same way",
            the_first_for_all: "hear key head 0",
            no_mask: "The future is not masked",
            no_scale: "not divided by the root of hs",
            root_of_C: "only hs terms",
            averaged: "each keeps its own result",
            too_few_heads: "the result must have the shape",
            the_wrong_axis: "Row 0 is right, row 1 is not",
            head_by_head: "goes through the heads one by one",
            nearly_hidden: "exactly weight 0",
            squeezed: "must have the shape (1, 1, 1, 4)",
            detached: "no gradient reaches the keys",
        },
    }
}
