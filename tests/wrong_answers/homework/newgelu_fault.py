"""Answers to the homework newgelu-fault and its witness: right ones, and wrong ones."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from gptlib.checks.homework.newgelu_fault import new_gelu as given


def a_bracket(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def the_factor_twice(x):
    inner = math.sqrt(2 / math.pi) * x + math.sqrt(2 / math.pi) * 0.044715 * x**3
    return 0.5 * x * (1 + torch.tanh(inner))


def in_the_second_line(x):
    inner = x + 0.044715 * x**3
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * inner))


def pytorchs(x):
    return F.gelu(x, approximate="tanh")


def sum_cubed(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x) ** 3
    return 0.5 * x * (1 + torch.tanh(inner))


def constant_cubed(x):
    inner = math.sqrt(2 / math.pi) * (x + (0.044715 * x) ** 3)
    return 0.5 * x * (1 + torch.tanh(inner))


def constant_outside(x):
    inner = math.sqrt(2 / math.pi) * 0.044715 * (x + x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def constant_before_x(x):
    inner = math.sqrt(2 / math.pi) * (0.044715 * x + x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def factor_moved(x):
    inner = x + math.sqrt(2 / math.pi) * 0.044715 * x**3
    return 0.5 * x * (1 + torch.tanh(inner))


def root_of_two_only(x):
    inner = math.sqrt(2) / math.pi * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def turned(x):
    inner = math.sqrt(math.pi / 2) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def squared(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**2)
    return 0.5 * x * (1 + torch.tanh(inner))


def no_cube(x):
    inner = math.sqrt(2 / math.pi) * x
    return 0.5 * x * (1 + torch.tanh(inner))


def exact(x):
    inner = x / math.sqrt(2)
    return 0.5 * x * (1 + torch.erf(inner))


def exp_in_place_of_tanh(x):
    grows = torch.exp(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    return 0.5 * x * (1 + (grows - 1) / (grows + 1))


def x_cut_off(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x.clamp(-10, 10) * (1 + torch.tanh(inner))


def cube_detached(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x.detach() ** 3)
    return 0.5 * x * (1 + torch.tanh(inner))


def in_place(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return x.mul_(0.5 * (1 + torch.tanh(inner)))


def product_rounded(x):
    inner = math.sqrt(2 / math.pi) * x + 0.0357 * x**3
    return 0.5 * x * (1 + torch.tanh(inner))


def root_twice(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.0357 * x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def fewer_digits(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.0447 * x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def factor_in_the_constant(x):
    inner = math.sqrt(2 / math.pi) * x + 0.035677408136300125 * x**3
    return 0.5 * x * (1 + torch.tanh(inner))


def root_rounded(x):
    inner = 0.7979 * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + torch.tanh(inner))


def root_cubed(x):
    inner = math.sqrt(2 / math.pi) * x
    return 0.5 * x * (1 + torch.tanh(inner + 0.044715 * inner**3))


def constant_cubed_alone(x):
    inner = math.sqrt(2 / math.pi) * x + (0.044715 * x) ** 3
    return 0.5 * x * (1 + torch.tanh(inner))


def renamed(x):
    inner = 0.044715 * x**3 + x * math.sqrt(2 / math.pi)
    return 0.5 * x * (1 + torch.tanh(inner))


def written_anew(x):
    c = math.sqrt(2 / math.pi)
    cube = x * x * x
    inner = c * (x + 0.044715 * cube)
    chance = 0.5 * (1 + torch.tanh(inner))
    return x * chance


def many(new_gelu):
    x = torch.linspace(-4, 4, 81)
    return (new_gelu(x) - F.gelu(x, approximate="tanh")).abs().sum()


def in_the_tail(new_gelu):
    """For its size, the value is far off."""
    x = torch.tensor([-3.0, -2.5], dtype=torch.float64)
    return (new_gelu(x) / nn.GELU("tanh")(x) - 1).abs().max().item()


def the_constant(new_gelu):
    """What stands before the cube, asked back from two values."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    one, two = (torch.atanh(2 * new_gelu(x) / x - 1) / x).tolist()
    cube = (two - one) / 3
    return cube / (one - cube) - 0.044715


def gradients(new_gelu):
    x = torch.linspace(-3, 3, 61, requires_grad=True)
    slopes = [
        torch.autograd.grad(it(x).sum(), x)[0] for it in (new_gelu, nn.GELU("tanh"))
    ]
    return (slopes[0] - slopes[1]).abs().mean().item() * 10


def mirror_rule(new_gelu):
    x = torch.linspace(-3, 3, 61)
    return (new_gelu(x) - new_gelu(-x) - x).abs().max().item()


def against_the_exact_form(new_gelu):
    x = torch.linspace(-3, 3, 61)
    return (new_gelu(x) - F.gelu(x)).abs().max().item()


def largest_gap(new_gelu):
    x = torch.linspace(-3, 3, 61)
    return (new_gelu(x) - F.gelu(x, approximate="tanh")).abs().max().item()


def at_zero(new_gelu):
    return new_gelu(torch.zeros(3)).abs().max().item()


def far_out(new_gelu):
    x = torch.tensor([-20.0, 20.0])
    return (new_gelu(x) - x.relu()).abs().max().item()


def the_shape(new_gelu):
    return float(new_gelu(torch.randn(2, 3)).shape != (2, 3))


def equal_within_a_hundredth(new_gelu):
    x = torch.linspace(-3, 3, 61)
    return 1.0 - torch.allclose(new_gelu(x), nn.GELU("tanh")(x), atol=1e-2)


def nought_by_nought(new_gelu):
    x = torch.arange(-3.0, 4.0)
    return (new_gelu(x) / F.gelu(x, approximate="tanh") - 1).abs().max().item()


def in_the_tail_in_float32(new_gelu):
    x = torch.tensor([-4.5, -4.0])
    return (new_gelu(x) / nn.GELU("tanh")(x) - 1).abs().max().item()


def always_one(new_gelu):
    return 1.0


def a_table(new_gelu):
    x = torch.linspace(-3, 3, 61)
    return new_gelu(x) - F.gelu(x, approximate="tanh")


def its_name(new_gelu):
    return float(new_gelu.__name__ == "new_gelu")


def same_in_all_bits(new_gelu):
    x = torch.randn(100)
    return float(not torch.equal(new_gelu(x), F.gelu(x, approximate="tanh")))


def a_thousand_times(new_gelu):
    """What float32 rounds is a thousand times larger too."""
    return 1000 * largest_gap(new_gelu)


def nothing(new_gelu):
    many(new_gelu)


def is_it_the_given(gelu):
    x = torch.linspace(-3, 3, 9)
    inner = math.sqrt(2 / math.pi) * x + 0.044715 * x**3
    return float(torch.allclose(gelu(x), 0.5 * x * (1 + torch.tanh(inner))))


ANSWERS = {
    "newgelu-fault": {
        "right": [
            a_bracket,
            the_factor_twice,
            in_the_second_line,
            factor_in_the_constant,
        ],
        "wrong": {
            pytorchs: "the finished piece",
            given: "This is still the code as it was given",
            exp_in_place_of_tanh: "Far out: It holds nan",
            x_cut_off: "Far out: Row 0 is wrong",
            cube_detached: "the gradient for x is not",
            in_place: "It changed the tensor",
            renamed: "The values are still those of the code",
            sum_cubed: "now the sum is cubed",
            constant_cubed: "raised to the third power too",
            constant_outside: "stands before both terms",
            constant_before_x: "stands before x: it belongs to the cube",
            factor_moved: "Now x is without the factor",
            product_rounded: "0.0357 is the root times 0.044715, rounded",
            root_twice: "the root stands before it once more",
            fewer_digits: "0.0447 is 0.044715 with digits left out",
            root_rounded: "0.7979 is the root of 2 / pi, rounded",
            root_cubed: "The root was raised to the third power too",
            constant_cubed_alone: "the cube has lost a factor",
            root_of_two_only: "The root was taken of 2 only",
            turned: "upside down",
            squared: "x is squared inside",
            no_cube: "The cube is missing",
            exact: "This is the exact form",
            written_anew: "lines differ from the code as it was given",
        },
    },
    "newgelu-witness": {
        "right": [many, in_the_tail, the_constant, gradients],
        "wrong": {
            mirror_rule: "is the same there as in right code",
            against_the_exact_form: "For code that is right your number is 0.0004",
            largest_gap: "you see it, and too faintly",
            at_zero: "Your number is 0 for code in which",
            far_out: "the same there as in right code",
            the_shape: "Your number is 0 for code in which a factor",
            equal_within_a_hundredth: "is the same there as in right code",
            nought_by_nought: "nan, which says nothing",
            its_name: "is the same there as in right code",
            same_in_all_bits: "For code that is right your number is 1",
            a_thousand_times: "in float64 it would be",
            in_the_tail_in_float32: "in float64 it would be",
            always_one: "For code that is right your number is 1",
            a_table: "returned Tensor",
            nothing: "needs a `return`",
            is_it_the_given: "a fault of the same kind",
        },
    },
}
