"""Answers to lesson cache: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import math

import torch
from torch.nn import functional as F


def with_past(attn, x, past, last=True):
    """q, k and v with all of the past."""
    q, k, v = attn.heads(x)
    if past is not None:
        pairs = ((past[0], k), (past[1], v))
        k, v = (torch.cat(p if last else p[::-1], dim=2) for p in pairs)
    return q, k, v


def joined(y):
    return y.transpose(1, 2).flatten(2)


def by_hand(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return attn.c_proj(joined(weights @ v)), (k, v)


def fused(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    return attn.c_proj(joined(F.scaled_dot_product_attention(q, k, v))), (k, v)


def is_causal(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return attn.c_proj(joined(y)), (k, v)


def not_scaled(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    return attn.c_proj(joined((q @ k.mT).softmax(dim=-1) @ v)), (k, v)


def by_the_root_of_c(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    weights = (q @ k.mT / math.sqrt(x.shape[-1])).softmax(dim=-1)
    return attn.c_proj(joined(weights @ v)), (k, v)


def new_in_front(attn, x, past=None):
    q, k, v = with_past(attn, x, past, last=False)
    return attn.c_proj(joined(F.scaled_dot_product_attention(q, k, v))), (k, v)


def past_not_used(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    _, new_k, new_v = attn.heads(x)
    y = F.scaled_dot_product_attention(q, new_k, new_v)
    return attn.c_proj(joined(y)), (k, v)


def only_new_kept(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    y = attn.c_proj(joined(F.scaled_dot_product_attention(q, k, v)))
    return y, attn.heads(x)[1:]


def no_projection(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    return joined(F.scaled_dot_product_attention(q, k, v)), (k, v)


def joined_wrongly(attn, x, past=None):
    q, k, v = with_past(attn, x, past)
    y = F.scaled_dot_product_attention(q, k, v)
    y = y.permute(0, 3, 2, 1).reshape(len(x), 1, -1)
    return attn.c_proj(y), (k, v)


def only_the_output(attn, x, past=None):
    return by_hand(attn, x, past)[0]


def past_detached(attn, x, past=None):
    q, k, v = with_past(attn, x, past and tuple(it.detach() for it in past))
    return attn.c_proj(joined(F.scaled_dot_product_attention(q, k, v))), (k, v)


def nothing(*_):
    pass


ATTENTION = {
    "right": [by_hand, fused],
    "wrong": {
        is_causal: "It listens to position 0 alone",
        not_scaled: "The scale 1 / sqrt(hs) is missing",
        by_the_root_of_c: "by the root of C, not hs",
        new_in_front: "put in front of the old",
        past_not_used: "It listens to itself alone",
        only_new_kept: "with all T so far",
        no_projection: "attn.c_proj, is missing",
        joined_wrongly: "is wrong",
        only_the_output: "must return two things",
        past_detached: "The values are right, and the gradient",
        nothing: "needs a `return`",
    },
}


@torch.no_grad()
def by_cache(model, idx, n):
    cache, new = model.new_cache(), idx
    for _ in range(n):
        new = model(new, cache=cache)[:, -1].argmax(dim=-1, keepdim=True)
        idx = torch.cat((idx, new), dim=1)
    return idx


@torch.no_grad()
def by_length(model, idx, n):
    cache = model.new_cache()
    for _ in range(n):
        logits = model(idx[:, cache[0].length :], cache=cache)[:, -1]
        idx = torch.cat((idx, logits.argmax(dim=-1, keepdim=True)), dim=1)
    return idx


@torch.no_grad()
def no_cache(model, idx, n):
    for _ in range(n):
        new = model(idx)[:, -1].argmax(dim=-1, keepdim=True)
        idx = torch.cat((idx, new), dim=1)
    return idx


@torch.no_grad()
def all_again(model, idx, n):
    cache = model.new_cache()
    for _ in range(n):
        new = model(idx, cache=cache)[:, -1].argmax(dim=-1, keepdim=True)
        idx = torch.cat((idx, new), dim=1)
    return idx


@torch.no_grad()
def cache_forgotten(model, idx, n):
    new = idx
    for _ in range(n):
        new = model(new)[:, -1].argmax(dim=-1, keepdim=True)
        idx = torch.cat((idx, new), dim=1)
    return idx


@torch.no_grad()
def new_cache_each_time(model, idx, n):
    new = idx
    for _ in range(n):
        new = model(new, cache=model.new_cache())[:, -1].argmax(-1, keepdim=True)
        idx = torch.cat((idx, new), dim=1)
    return idx


@torch.no_grad()
def reads_the_last_too(model, idx, n):
    cache, new = model.new_cache(), idx
    logits = model(new, cache=cache)[:, -1]
    for _ in range(n):
        new = logits.argmax(dim=-1, keepdim=True)
        idx = torch.cat((idx, new), dim=1)
        logits = model(new, cache=cache)[:, -1]
    return idx


@torch.no_grad()
def all_rows(model, idx, n):
    cache, new = model.new_cache(), idx
    for _ in range(n):
        new = model(new, cache=cache).argmax(dim=-1)
        idx = torch.cat((idx, new), dim=1)
    return idx


def only_the_new(model, idx, n):
    return by_cache(model, idx, n)[:, idx.shape[1] :]


def with_gradients(model, idx, n):
    return by_cache.__wrapped__(model, idx, n)


WRITE = {
    "right": [by_cache, by_length],
    "wrong": {
        no_cache: "The whole text was read each time",
        all_again: "The whole text was read each time",
        cache_forgotten: "give every call the same cache",
        new_cache_each_time: "give every call the same cache",
        reads_the_last_too: "need not be read any more",
        all_rows: "only the last one",
        only_the_new: "Only the new tokens come back",
        nothing: "needs a `return`",
    },
}
ANSWERS = {"cached-attention": ATTENTION, "write-cached": WRITE}
