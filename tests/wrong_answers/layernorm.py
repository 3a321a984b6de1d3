"""Answers to lesson layernorm: right ones written differently, and classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import torch
from torch import nn
from torch.nn import functional as F


def by_squares(x, weight, bias, eps):
    away = x - x.mean(-1, keepdim=True)
    z = away / ((away**2).mean(-1, keepdim=True) + eps) ** 0.5
    return z * weight + (0 if bias is None else bias)


def by_var_mean(x, weight, bias=None, eps=1e-5):
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    z = (x - mean) * torch.rsqrt(variance + eps)
    return z * weight if bias is None else torch.addcmul(bias, z, weight)


def pytorchs_own(x, weight, bias, eps):
    return F.layer_norm(x, weight.shape, weight, bias, eps)


def finished(z, weight, bias):
    return z * weight if bias is None else z * weight + bias


def unbiased(x, weight, bias, eps):
    away = x - x.mean(-1, keepdim=True)
    return finished(away / (x.var(-1, keepdim=True) + eps).sqrt(), weight, bias)


def std_and_eps(x, weight, bias, eps):
    away = x - x.mean(-1, keepdim=True)
    return finished(away / (x.std(-1, keepdim=True) + eps), weight, bias)


def outside(x, weight, bias, eps):
    away = x - x.mean(-1, keepdim=True)
    root = x.std(-1, correction=0, keepdim=True)
    return finished(away / (root + eps), weight, bias)


def no_eps(x, weight, bias, eps):
    return outside(x, weight, bias, 0)


def usual_eps(x, weight, bias, eps):
    return by_squares(x, weight, bias, 1e-5)


def by_variance(x, weight, bias, eps):
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return finished((x - mean) / (variance + eps), weight, bias)


def not_divided(x, weight, bias, eps):
    return finished(x - x.mean(-1, keepdim=True), weight, bias)


def no_mean(x, weight, bias, eps):
    variance = x.var(-1, correction=0, keepdim=True)
    return finished(x / (variance + eps).sqrt(), weight, bias)


def mean_square(x, weight, bias, eps):
    away = x - x.mean(-1, keepdim=True)
    return finished(
        away / (x.square().mean(-1, keepdim=True) + eps).sqrt(), weight, bias
    )


def nothing_learned(x, weight, bias, eps):
    return by_squares(x, 1, None, eps)


def no_bias(x, weight, bias, eps):
    return by_squares(x, weight, None, eps)


def swapped(x, weight, bias, eps):
    return by_squares(x, bias, weight, eps)


def bias_first(x, weight, bias, eps):
    return (by_squares(x, 1, None, eps) + (0 if bias is None else bias)) * weight


def over(axes):
    def norm(x, weight, bias, eps):
        axes_here = tuple(a for a in axes if -a <= x.dim()) or (-1,)
        variance, mean = torch.var_mean(x, axes_here, correction=0, keepdim=True)
        return finished((x - mean) / (variance + eps).sqrt(), weight, bias)

    norm.__name__ = f"over_{'_'.join(str(-axis) for axis in axes)}"
    return norm


def everything(x, weight, bias, eps):
    z = (x - x.mean()) / (x.var(correction=0) + eps).sqrt()
    return finished(z, weight, bias)


def no_keepdim(x, weight, bias, eps):
    variance, mean = torch.var_mean(x, dim=-1, correction=0)
    return finished((x - mean) / (variance + eps).sqrt(), weight, bias)


def always_a_bias(x, weight, bias, eps):
    return by_squares(x, weight, None, eps) + bias


def detached_statistics(x, weight, bias, eps):
    away = x - x.mean(-1, keepdim=True).detach()
    variance = away.square().mean(-1, keepdim=True).detach()
    return finished(away / (variance + eps).sqrt(), weight, bias)


def in_place(x, weight, bias, eps):
    x -= x.mean(-1, keepdim=True)
    return by_squares(x, weight, bias, eps)


def nothing(*_, **__):
    pass


FUNCTION = {
    "right": [by_squares, by_var_mean, pytorchs_own],
    "wrong": {
        unbiased: "correction=0 divides by C",
        std_and_eps: "correction=0 divides by C",
        outside: "after the root",
        no_eps: "eps is missing",
        usual_eps: "always the same",
        by_variance: "divide by its root",
        not_divided: "nothing was divided",
        no_mean: "The mean was not subtracted",
        mean_square: "The squares of x itself",
        nothing_learned: "weight and bias are missing",
        no_bias: "The bias was not added",
        swapped: "changed places",
        bias_first: "weight first",
        over((-2,)): "over the positions",
        over((-3, -2)): "over the positions",
        everything: "over everything",
        no_keepdim: "keepdim=True",
        always_a_bias: "With bias = None",
        detached_statistics: "the gradient for x is not",
        in_place: "It changed the tensor",
        nothing: "needs a `return`",
    },
}


class Base(nn.Module):
    """The learner's class as the page has it; what differs is its __init__."""

    def forward(self, x):
        return by_squares(x, self.weight, self.bias, self.eps)


class Mine(Base):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.bias = None
        self.weight = nn.Parameter(torch.ones(size))
        if bias:
            self.bias = nn.Parameter(torch.zeros(size))


class Registered(Base):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.register_parameter("weight", nn.Parameter(torch.full((size,), 1.0)))
        made = nn.Parameter(torch.zeros(size)) if bias else None
        self.register_parameter("bias", made)


class NoParameter(Base):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight, self.bias = torch.ones(size), torch.zeros(size)


class AlwaysABias(Base):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size))


class BiasOfZerosKept(Mine):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__(size, bias, eps)
        if not bias:
            del self.bias
            self.bias = torch.zeros(size)


class StartsAtZero(Mine):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__(size, bias, eps)
        self.weight = nn.Parameter(torch.zeros(size))


class BiasOfOnes(Mine):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__(size, bias, eps)
        if bias:
            self.bias = nn.Parameter(torch.ones(size))


class Random(Mine):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__(size, bias, eps)
        self.weight = nn.Parameter(torch.randn(size))


class OneNumber(Mine):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__(size, bias, eps)
        self.weight = nn.Parameter(torch.ones(1))


class OtherName(Mine):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__(size, bias, eps)
        self.gain = nn.Parameter(torch.ones(size))


class UsualEps(Mine):
    def __init__(self, size, bias=True, eps=1e-5):
        super().__init__(size, bias)


class NoSuper(Base):
    def __init__(self, size, bias=True, eps=1e-5):
        self.weight = nn.Parameter(torch.ones(size))


CLASS = {
    "right": [Mine, Registered],
    "wrong": {
        NoParameter: "no parameter weight",
        AlwaysABias: "must not have a parameter bias",
        BiasOfZerosKept: "its bias must be None",
        StartsAtZero: "weight must be ones",
        BiasOfOnes: "bias must be zeros",
        Random: "weight must be ones",
        OneNumber: "one number for each",
        OtherName: "must not have a parameter gain",
        UsualEps: "eps that the class is given is not used",
        NoSuper: "It cannot be made",
    },
}
ANSWERS = {"layernorm": FUNCTION, "norm-class": CLASS}
