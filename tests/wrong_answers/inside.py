"""Answers to lesson inside: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import torch


def sliced(y, head, nh, value=0.0):
    hs = y.shape[-1] // nh
    y = y.clone()
    y[..., head * hs : (head + 1) * hs] = value
    return y


def viewed(y, head, nh, value=0.0):
    B, T, C = y.shape
    heads = y.reshape(B, T, nh, C // nh).clone()
    heads[:, :, head] = value
    return heads.flatten(2)


def chosen(y, head, nh, value=0.0):
    hs = y.shape[-1] // nh
    own = torch.arange(y.shape[-1]) // hs == head
    return torch.where(own, torch.as_tensor(value).expand(hs).repeat(nh), y)


def in_place(y, head, nh, value=0.0):
    hs = y.shape[-1] // nh
    y[..., head * hs : (head + 1) * hs] = value
    return y


def all_others(y, head, nh, value=0.0):
    out = y.clone()
    for other in range(nh):
        if other != head:
            out = sliced(out, other, nh, value)
    return out


def always_zero(y, head, nh, value=0.0):
    return sliced(y, head, nh)


def added(y, head, nh, value=0.0):
    hs = y.shape[-1] // nh
    y = y.clone()
    y[..., head * hs : (head + 1) * hs] += value
    return y


def every_nh_th(y, head, nh, value=0.0):
    y = y.clone()
    y[..., head::nh] = value
    return y


def a_position(y, head, nh, value=0.0):
    y = y.clone()
    hs = y.shape[-1] // nh
    y[:, head] = torch.as_tensor(value).expand(hs).repeat(nh)
    return y


def wrong_view(y, head, nh, value=0.0):
    B, T, C = y.shape
    heads = y.reshape(B, nh, T, C // nh).clone()
    heads[:, head] = value
    return heads.reshape(B, T, C)


def from_head_on(y, head, nh, value=0.0):
    hs = y.shape[-1] // nh
    y = y.clone()
    y[..., head : head + hs] = value
    return y


def one_column(y, head, nh, value=0.0):
    hs = y.shape[-1] // nh
    y = y.clone()
    y[..., head * hs] = torch.as_tensor(value).expand(hs)[0]
    return y


def only_the_head(y, head, nh, value=0.0):
    hs = y.shape[-1] // nh
    return sliced(y, head, nh, value)[..., head * hs : (head + 1) * hs]


def last_position(y, head, nh, value=0.0):
    y = y.clone()
    y[:, -1:] = sliced(y[:, -1:], head, nh, value)
    return y


def first_position(y, head, nh, value=0.0):
    return torch.cat([sliced(y[:, :1], head, nh, value), y[:, 1:]], dim=1)


def first_piece(y, head, nh, value=0.0):
    return torch.cat([sliced(y[:1], head, nh, value), y[1:]])


def second_position(y, head, nh, value=0.0):
    out = y.clone()
    out[:, 1] = sliced(y, head, nh, value)[:, 1]
    return out


def detached(y, head, nh, value=0.0):
    return sliced(y.detach(), head, nh, value)


def nothing(*_):
    pass


ANSWERS = {
    "ablate-head": {
        "right": [sliced, viewed, chosen, detached],
        "wrong": {
            in_place: "write into a clone",
            all_others: "all others are taken out",
            always_zero: "whatever `value` is",
            added: "to take its place",
            every_nh_th: "from head * hs on",
            a_position: "a position and no head",
            wrong_view: "The view mixes positions",
            from_head_on: "they begin at head * hs",
            one_column: "Only the head's first column",
            only_the_head: "must have the shape",
            last_position: "Only the last position is changed",
            first_position: "Only the first position is changed",
            first_piece: "Only the first piece of the batch",
            second_position: "Row 0 is wrong",
            nothing: "needs a `return`",
        },
    }
}
