"""Answers to lesson primer: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import torch
from torch import nn
from torch.nn import functional as F


def kept(x):
    return x - x.mean(dim=-1, keepdim=True)


def unsqueezed(x):
    return x - x.mean(-1).unsqueeze(-1)


def by_sums(x):
    return x - x.sum(-1, keepdims=True) / x.shape[-1]


def not_kept(x):
    try:
        return x - x.mean(dim=-1)
    except RuntimeError:
        return kept(x)


def not_kept_at_all(x):
    return x - x.mean(dim=-1)


def of_all(x):
    return x - x.mean()


def of_columns(x):
    return x - x.mean(dim=0)


def only_the_means(x):
    return x.mean(dim=-1, keepdim=True)


def in_place(x):
    x -= x.mean(dim=-1, keepdim=True)
    return x


def nothing(*_):
    pass


CENTRE = {
    "right": [kept, unsqueezed, by_sums],
    "wrong": {
        not_kept: "In a square table every shape fits",
        not_kept_at_all: "keepdim=True",
        of_all: "each row has its own",
        of_columns: "the means of the columns",
        only_the_means: "must have the shape",
        in_place: "It changed the tensor",
        nothing: "needs a `return`",
    },
}


def by_the_chain_rule(w, b, x, target):
    out = torch.tanh(w @ x + b)
    dz = 2 * (out - target) * (1 - out**2)
    return dz * x, dz


def with_cosh(w, b, x, target):
    z = (w * x).sum() + b
    dz = 2 * (torch.tanh(z) - target) / torch.cosh(z) ** 2
    return [dz * x, dz]


def made_by(change):
    """The right answer, but dz is what `change` makes of out, z and target."""

    def slopes(w, b, x, target):
        z = w @ x + b
        dz = change(torch.tanh(z), z, target)
        return dz * x, dz

    slopes.__name__ = change.__name__
    return slopes


def no_two(out, z, target):
    return (out - target) * (1 - out**2)


def turned(out, z, target):
    return 2 * (target - out) * (1 - out**2)


def no_bend(out, z, target):
    return 2 * (out - target)


def bend_of_z(out, z, target):
    return 2 * (out - target) * (1 - z**2)


def no_square(out, z, target):
    return 2 * (out - target) * (1 - out)


def no_loss(out, z, target):
    return 1 - out**2


def no_bias_in_z(w, b, x, target):
    return by_the_chain_rule(w, 0 * b, x, target)


def w_for_x(w, b, x, target):
    db = by_the_chain_rule(w, b, x, target)[1]
    return db * w, db


def one_slope(w, b, x, target):
    return by_the_chain_rule(w, b, x, target)[0]


def turned_round(w, b, x, target):
    return by_the_chain_rule(w, b, x, target)[::-1]


def bias_as_a_number(w, b, x, target):
    dw, db = by_the_chain_rule(w, b, x, target)
    return dw, db.item()


NEURON = {
    "right": [by_the_chain_rule, with_cosh],
    "wrong": {
        made_by(no_two): "a 2 lacks",
        made_by(turned): "The sign is turned",
        made_by(no_bend): "The bend is missing",
        made_by(bend_of_z): "with out and not z",
        made_by(no_square): "the square is missing",
        made_by(no_loss): "The loss is missing",
        no_bias_in_z: "b is missing in z",
        w_for_x: "by x, not by w",
        one_slope: "must return two things",
        turned_round: "must have the shape",
        bias_as_a_number: "must be a tensor",
        nothing: "needs a `return`",
    },
}


class Base(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))


def layer(forward):
    """The class with this forward."""
    return type(forward.__name__, (Base,), {"forward": forward})


def transposed(self, x):
    return x @ self.weight.T + self.bias


def functional(self, x):
    return F.linear(x, self.weight, self.bias)


def einsum(self, x):
    return torch.einsum("...i,oi->...o", x, self.weight) + self.bias


def not_transposed(self, x):
    if self.weight.shape[0] == self.weight.shape[1]:
        return x @ self.weight + self.bias
    return transposed(self, x)


def viewed(self, x):
    return x @ self.weight.view(self.weight.shape[::-1]) + self.bias


def turned_back(self, x):
    return (self.weight @ x.T).T + self.bias


def other_way(self, x):
    return self.weight @ x + self.bias


def no_bias(self, x):
    return x @ self.weight.T


def bias_taken_away(self, x):
    return x @ self.weight.T - self.bias


def detached(self, x):
    return x @ self.weight.detach().T + self.bias


def of_data(self, x):
    return x @ self.weight.T + self.bias.data


class Forgets(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = torch.randn(out_features, in_features)
        self.bias = torch.zeros(out_features)


LINEAR = {
    "right": [layer(transposed), layer(functional), layer(einsum)],
    "wrong": {
        layer(not_transposed): "a row for each output",
        layer(viewed): "reads on in the same order",
        layer(turned_back): ".T turns all axes round",
        layer(other_way): "Your code stopped with RuntimeError",
        layer(no_bias): "The bias is not added",
        layer(bias_taken_away): "The bias is taken away",
        layer(detached): "no gradient reaches weight",
        layer(of_data): "no gradient reaches bias",
        Forgets: "Leave __init__ as it was",
        layer(nothing): "needs a `return`",
    },
}
CLASSES = {"linear-layer": Base}
ANSWERS = {"centre-rows": CENTRE, "neuron-gradient": NEURON, "linear-layer": LINEAR}
