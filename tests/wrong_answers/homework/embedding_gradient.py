"""Answers to the homework embedding-gradient: right ones, and the classic wrong."""

import math

import torch
import torch.nn.functional as F


def by_index_add(ids, pull, V):
    C = pull.shape[-1]
    grad = torch.zeros(V, C)
    grad.index_add_(0, ids.flatten(), pull.reshape(-1, C))
    return grad * math.sqrt(C)


def by_one_hot(ids, pull, V):
    one_hot = F.one_hot(ids, V).float()
    return torch.einsum("btv,btc->vc", one_hot, pull) * pull.shape[-1] ** 0.5


def by_index_put(ids, pull, V):
    grad = torch.zeros(V, pull.shape[-1])
    scaled = pull * math.sqrt(pull.shape[-1])
    return grad.index_put((ids,), scaled, accumulate=True)


def token_by_token(ids, pull, V):
    """Slow, and right."""
    rows = [pull[ids == i].sum(dim=0) for i in range(V)]
    return torch.stack(rows) * math.sqrt(pull.shape[-1])


def written_over(ids, pull, V):
    grad = torch.zeros(V, pull.shape[-1])
    grad[ids] = pull * math.sqrt(pull.shape[-1])
    return grad


def plus_equals(ids, pull, V):
    grad = torch.zeros(V, pull.shape[-1])
    grad[ids] += pull * math.sqrt(pull.shape[-1])
    return grad


def plus_equals_no_root(ids, pull, V):
    grad = torch.zeros(V, pull.shape[-1])
    grad[ids] += pull
    return grad


def no_root(ids, pull, V):
    return by_one_hot(ids, pull, V) / math.sqrt(pull.shape[-1])


def upside_down(ids, pull, V):
    return by_one_hot(ids, pull, V) / pull.shape[-1]


def squared(ids, pull, V):
    return by_one_hot(ids, pull, V) * math.sqrt(pull.shape[-1])


def root_of_V(ids, pull, V):
    return no_root(ids, pull, V) * math.sqrt(V)


def mean(ids, pull, V):
    times = F.one_hot(ids, V).sum(dim=(0, 1)).clamp(min=1)
    return by_index_add(ids, pull, V) / times[:, None]


def first_text(ids, pull, V):
    return by_index_add(ids[:1], pull[:1], V)


def gathered(ids, pull, V):
    """The pulls, in the places of the ids."""
    return pull * math.sqrt(pull.shape[-1])


def as_many_as_seen(ids, pull, V):
    return by_index_add(ids, pull, int(ids.max()) + 1)


def never_quite_zero(ids, pull, V):
    return by_index_add(ids, pull, V) + 1e-8


def root_of_T(ids, pull, V):
    return no_root(ids, pull, V) * math.sqrt(ids.shape[1])


def root_rounded_down(ids, pull, V):
    return no_root(ids, pull, V) * int(math.sqrt(pull.shape[-1]))


def nought_is_padding(ids, pull, V):
    return by_index_add(ids, pull * (ids > 0)[..., None], V)


def text_by_text(ids, pull, V):
    grad = torch.zeros(V, pull.shape[-1])
    for row, pulls in zip(ids, pull, strict=True):
        grad[row] += pulls * math.sqrt(pull.shape[-1])
    return grad


def place_by_place(ids, pull, V):
    grad = torch.zeros(V, pull.shape[-1])
    for t in range(ids.shape[1]):
        grad[ids[:, t]] += pull[:, t] * math.sqrt(pull.shape[-1])
    return grad


def squeezed(ids, pull, V):
    """A batch of one text has no first axis any more."""
    grad = torch.zeros(V, pull.shape[-1])
    for row, pulls in zip(ids.squeeze(), pull.squeeze(), strict=True):
        grad = grad.index_add(0, row, pulls)
    return grad * math.sqrt(pull.shape[-1])


def in_the_pull(ids, pull, V):
    pull *= math.sqrt(pull.shape[-1])
    return torch.zeros(V, pull.shape[-1]).index_put((ids,), pull, accumulate=True)


def flattened_alone(ids, pull, V):
    grad = torch.zeros(V, pull.shape[-1])
    return grad.index_add(0, ids.flatten(), pull)


ANSWERS = {
    "embedding-gradient": {
        "right": [by_index_add, by_one_hot, by_index_put, token_by_token],
        "wrong": {
            written_over: "write over one another",
            plus_equals: "the row needs their sum",
            plus_equals_no_root: "The factor is missing",
            no_root: "counts that much more",
            upside_down: "The factor is upside down",
            squared: "and yours is C",
            root_of_V: "not of V",
            mean: "you took their mean",
            first_text: "the first text of the batch alone",
            gathered: "must have the shape",
            as_many_as_seen: "must have the shape",
            never_quite_zero: "must be exactly 0",
            root_of_T: "not of T",
            root_rounded_down: "was rounded down",
            nought_is_padding: "a token like any other",
            text_by_text: "a loop over the texts does not help",
            place_by_place: "in a loop over places too",
            squeezed: "For ids of (1, 3)",
            in_the_pull: "It changed the tensor",
            flattened_alone: "Your code stopped with",
        },
    }
}
