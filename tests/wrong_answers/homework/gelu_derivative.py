"""Answers to the homework gelu-derivative: right ones, and the classic wrong ones."""

import math

import torch
from torch.nn import functional as F

C, A = math.sqrt(2 / math.pi), 0.044715


def inner(x):
    return C * (x + A * x**3)


def product_rule(x):
    t = torch.tanh(inner(x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * C * (1 + 3 * A * x**2)


def by_sech(x):
    """As llm.c has it, with cosh."""
    u = inner(x)
    sech = 1 / torch.cosh(u) ** 2
    return 0.5 * (1 + torch.tanh(u)) + x * 0.5 * sech * C * (1 + 3 * A * x * x)


def by_sigmoid(x):
    """(1 + tanh u) / 2 is sigmoid(2 u), and its slope s (1 - s)."""
    s = torch.sigmoid(2 * inner(x))
    return s + x * s * torch.sigmoid(-2 * inner(x)) * 2 * C * (1 + 3 * A * x.square())


def one_fraction(x):
    t = inner(x).tanh()
    slope = C + 3 * C * A * x.pow(2)
    return (1 + t) * (1 + x * (1 - t) * slope) / 2


def gate_alone(x):
    return 0.5 * (1 + torch.tanh(inner(x)))


def no_x(x):
    t = torch.tanh(inner(x))
    return 0.5 * (1 + t) + 0.5 * (1 - t**2) * C * (1 + 3 * A * x**2)


def second_alone(x):
    t = torch.tanh(inner(x))
    return 0.5 * x * (1 - t**2) * C * (1 + 3 * A * x**2)


def with_second(second):
    """The gate, and x times another second term of x and t."""

    def mine(x):
        t = torch.tanh(inner(x))
        return 0.5 * (1 + t) + x * second(x, t)

    return mine


no_chain = with_second(lambda x, t: 0.5 * (1 - t**2))
no_root = with_second(lambda x, t: 0.5 * (1 - t**2) * (1 + 3 * A * x**2))
no_cube = with_second(lambda x, t: 0.5 * (1 - t**2) * C)
no_three = with_second(lambda x, t: 0.5 * (1 - t**2) * C * (1 + A * x**2))
still_cubed = with_second(lambda x, t: 0.5 * (1 - t**2) * C * (1 + 3 * A * x**3))
times_inner = with_second(lambda x, t: 0.5 * (1 - t**2) * inner(x))
one_minus_t = with_second(lambda x, t: 0.5 * (1 - t) * C * (1 + 3 * A * x**2))
no_half = with_second(lambda x, t: (1 - t**2) * C * (1 + 3 * A * x**2))
subtracted = with_second(lambda x, t: -0.5 * (1 - t**2) * C * (1 + 3 * A * x**2))
bell = with_second(lambda x, t: torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi))


def exact_slope(x):
    phi = 0.5 * (1 + torch.erf(x / math.sqrt(2)))
    return phi + x * torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def itself(x):
    return F.gelu(x, approximate="tanh")


def by_autograd(x):
    leaf = x.clone().requires_grad_()
    F.gelu(leaf, approximate="tanh").sum().backward()
    return leaf.grad


def by_differences(x, h=1e-3):
    return (F.gelu(x + h, approximate="tanh") - F.gelu(x, approximate="tanh")) / h


def by_autograd_all_the_same(x):
    with torch.enable_grad():
        leaf = x.clone().requires_grad_()
        return torch.autograd.grad(itself(leaf).sum(), leaf)[0]


def by_functional_autograd(x):
    return torch.func.grad(lambda x: itself(x).sum())(x)


def of_its_own_formula(x):
    return torch.func.vjp(lambda x: x * gate_alone(x), x)[1](torch.ones_like(x))[0]


def forward_mode(x):
    return torch.func.jvp(itself, (x,), (torch.ones_like(x),))[1]


def by_small_differences(x, h=1e-5):
    z = x.double()
    return ((itself(z + h) - itself(z - h)) / (2 * h)).to(x.dtype)


def one_minus_t_squared(x):
    t = torch.tanh(inner(x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t) ** 2 * C * (1 + 3 * A * x**2)


twice_a_square = with_second(lambda x, t: 0.5 * (1 - t**2) * C * (1 + 2 * A * x**2))
constant_lost = with_second(lambda x, t: 0.5 * (1 - t**2) * C * (1 + 3 * x**2))


def sigmoid_form(x):
    s = torch.sigmoid(1.702 * x)
    return s + 1.702 * x * s * (1 - s)


def cut_off_at_three(x):
    return torch.where(x > 3, 1.0, torch.where(x < -3, 0.0, product_rule(x))).to(x)


def no_nan_any_more(x):
    return torch.nan_to_num(overflows(x), nan=1.0)


def by_central_differences(x, h=1e-3):
    right, left = (F.gelu(it, approximate="tanh") for it in (x + h, x - h))
    return (right - left) / (2 * h)


def rounded(x):
    t = torch.tanh(0.8 * (x + 0.0447 * x**3))
    return 0.5 * (1 + t) + 0.4 * x * (1 - t**2) * (1 + 3 * 0.0447 * x**2)


def twice_the_gate(x):
    return product_rule(x) + gate_alone(x)


root_on_one_term = with_second(lambda x, t: 0.5 * (1 - t**2) * (C + 3 * A * x**2))


def overflows(x):
    grows, falls = torch.exp(inner(x)), torch.exp(-inner(x))
    t = (grows - falls) / (grows + falls)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * C * (1 + 3 * A * x**2)


def with_math(x):
    t = math.tanh(inner(x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * C * (1 + 3 * A * x**2)


ANSWERS = {
    "gelu-derivative": {
        "right": [product_rule, by_sech, by_sigmoid, one_fraction],
        "wrong": {
            gate_alone: "That is the gate alone",
            no_x: "In the second term of the product rule x is missing",
            second_alone: "The first term of the product rule is missing",
            no_chain: "has a slope of its own",
            no_root: "The factor before the sum",
            no_cube: "The cube has a slope too",
            no_three: "the 3 is missing",
            still_cubed: "not a cube",
            times_inner: "multiplied with what tanh is given",
            one_minus_t: "The slope of tanh is 1 - tanh squared",
            no_half: "The 0.5 belongs to the second term too",
            subtracted: "The second term is added",
            exact_slope: "the slope of the exact form",
            bell: "that of the exact form, the bell",
            itself: "That is the function itself",
            by_autograd: "Derive it on paper",
            by_differences: "digits are missing",
            by_central_differences: "A difference of two neighbours",
            rounded: "a constant written with few",
            root_on_one_term: "it reaches only one term",
            twice_the_gate: "must sum to 1",
            overflows: "torch.tanh is safe",
            by_autograd_all_the_same: "PyTorch found them",
            by_functional_autograd: "PyTorch found them",
            of_its_own_formula: "PyTorch found them",
            forward_mode: "PyTorch found them",
            by_small_differences: "PyTorch found them",
            one_minus_t_squared: "you squared 1 - tanh",
            twice_a_square: "not twice",
            constant_lost: "The cube's constant belongs",
            sigmoid_form: "the slope of the sigmoid form",
            cut_off_at_three: "Yours",
            no_nan_any_more: "Far out on the left",
            with_math: "only one element tensors",
        },
    }
}
