"""Answers to lesson gelu: right ones, written differently, and the classic wrong.

Each wrong one stands with words that its verdict must hold.
"""

import math

import torch
from torch.nn import functional as F

root = math.sqrt(2)


def by_erf(x):
    return (1 + torch.erf(x / root)) / 2


def by_erfc(x):
    return 0.5 * torch.erfc(-x / root)


def by_power(x):
    return 0.5 + 0.5 * torch.erf(x * 2**-0.5)


def erf_alone(x):
    return torch.erf(x / root)


def half_of_erf(x):
    return torch.erf(x / root) / 2


def without_half(x):
    return 1 + torch.erf(x / root)


def half_of_one_term(x):
    return 0.5 + torch.erf(x / root)


def without_root(x):
    return 0.5 * (1 + torch.erf(x))


def times_root(x):
    return 0.5 * (1 + torch.erf(x * root))


def over_two(x):
    return 0.5 * (1 + torch.erf(x / 2))


def above(x):
    return 0.5 * (1 - torch.erf(x / root))


def bell(x):
    return torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def gelu_already(x):
    return x * by_erf(x)


def sigmoid(x):
    return torch.sigmoid(1.702 * x)


def of_the_math_module(x):
    return 0.5 * (1 + math.erf(x / root))


def root_by_torch(x):
    return 0.5 * (1 + torch.erf(x / torch.sqrt(2)))


def detached(x):
    return by_erf(x.detach())


def of_numbers(x):
    found = [0.5 * (1 + math.erf(it / root)) for it in x.flatten().tolist()]
    return torch.tensor(found, dtype=x.dtype).view_as(x)


def always_float32(x):
    return by_erf(x.float())


def nothing(x):
    pass


PHI = {
    "right": [by_erf, by_erfc, by_power],
    "wrong": {
        erf_alone: "erf alone",
        half_of_erf: "from -0.5 to 0.5",
        without_half: "from 0 to 2",
        half_of_one_term: "both terms",
        without_root: "erf was asked for x itself",
        times_root: "multiplied by the root of 2",
        over_two: "divide by its root",
        above: "above x",
        bell: "the height of the bell",
        gelu_already: "GELU already",
        sigmoid: "a sigmoid",
        of_the_math_module: "Your code stopped with",
        root_by_torch: "such as math.sqrt",
        detached: "no gradient reaches",
        of_numbers: "no gradient reaches",
        always_float32: "must be torch.float64",
        nothing: "needs a `return`",
    },
}

c, a = math.sqrt(2 / math.pi), 0.044715


def as_in_the_paper(x):
    return 0.5 * x * (1 + torch.tanh(c * (x + a * torch.pow(x, 3))))


def factored(x):
    return x / 2 * (1 + torch.tanh(c * x * (1 + a * x * x)))


def by_sigmoid(x):  # 1 + tanh(u) is 2 sigmoid(2 u)
    return x * torch.sigmoid(2 * c * (x + a * x**3))


def exact(x):
    return F.gelu(x)


def chance_alone(x):
    return 0.5 * (1 + torch.tanh(c * (x + a * x**3)))


def twice(x):
    return x * (1 + torch.tanh(c * (x + a * x**3)))


def no_cube(x):
    return 0.5 * x * (1 + torch.tanh(c * x))


def bare_cube(x):
    return 0.5 * x * (1 + torch.tanh(c * (x + x**3)))


def squared(x):
    return 0.5 * x * (1 + torch.tanh(c * (x + a * x**2)))


def all_cubed(x):
    return 0.5 * x * (1 + torch.tanh(c * (x + (a * x) ** 3)))


def root_on_x_alone(x):
    return 0.5 * x * (1 + torch.tanh(c * x + a * x**3))


def no_root_factor(x):
    return 0.5 * x * (1 + torch.tanh(x + a * x**3))


def two_over_pi(x):
    return 0.5 * x * (1 + torch.tanh(2 / math.pi * (x + a * x**3)))


def root_of_two_only(x):
    return 0.5 * x * (1 + torch.tanh(root / math.pi * (x + a * x**3)))


def upside_down(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(math.pi / 2) * (x + a * x**3)))


def no_brackets(x):
    return 0.5 * x * 1 + torch.tanh(c * (x + a * x**3))


def no_one(x):
    return 0.5 * x * torch.tanh(c * (x + a * x**3))


def sigmoid_form(x):
    return x * torch.sigmoid(1.702 * x)


def math_tanh(x):
    return 0.5 * x * (1 + math.tanh(c * (x + a * x**3)))


def new_detached(x):
    return as_in_the_paper(x.data)


def slope_lost(x):
    return x * chance_alone(x.detach())


NEW_GELU = {
    "right": [as_in_the_paper, factored, by_sigmoid],
    "wrong": {
        exact: "the exact form",
        chance_alone: "the chance alone",
        twice: "twice too large",
        no_cube: "The cube is missing",
        bare_cube: "The cube has no factor",
        squared: "the third power",
        all_cubed: "raised to the third power too",
        root_on_x_alone: "multiplied with x alone",
        no_root_factor: "the root of 2 / pi, is missing",
        two_over_pi: "without its root",
        root_of_two_only: "The root was taken of 2 only",
        upside_down: "upside down",
        no_brackets: "The brackets are missing",
        no_one: "The 1 is missing",
        sigmoid_form: "the sigmoid form",
        math_tanh: "Your code stopped with",
        new_detached: "no gradient reaches",
        slope_lost: "the gradient for x is not",
        nothing: "needs a `return`",
    },
}
ANSWERS = {"phi": PHI, "new-gelu": NEW_GELU}
