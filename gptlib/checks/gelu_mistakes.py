"""What comes out of the classic mistakes with GELU, and words for each."""

import math

import torch
from torch import Tensor

from gptlib.checks.mistakes import Mistakes

ROOT = math.sqrt(2)
C, A = math.sqrt(2 / math.pi), 0.044715


def phi_mistakes(x: Tensor) -> Mistakes:
    """Instead of the chance to be below x: the shape of x each."""
    inside = torch.erf(x / ROOT)
    right = 0.5 * (1 + inside)
    bell = torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return [
        (inside, "This is erf alone, from -1 to 1: a chance lies between 0 and 1."),
        (inside / 2, "This runs from -0.5 to 0.5: at 0 half of all draws are below."),
        (1 + inside, "This runs from 0 to 2: half of it is the chance."),
        (0.5 + inside, "The half belongs to both terms: 0.5 times (1 + erf)."),
        (
            0.5 * (1 + torch.erf(x)),
            "erf was asked for x itself: erf(z) belongs to a bell of another width, "
            "and the one of variance 1 needs x divided by the root of 2.",
        ),
        (
            0.5 * (1 + torch.erf(x * ROOT)),
            "x is multiplied by the root of 2: divide.",
        ),
        (0.5 * (1 + torch.erf(x / 2)), "x is divided by 2: divide by its root."),
        (1 - right, "This is the chance to be above x: the sign of erf is turned."),
        (bell, "This is the height of the bell at x, not the share of it below x."),
        (x * right, "This is GELU already: here the chance alone is asked for."),
        (
            torch.sigmoid(1.702 * x),
            "This is a sigmoid, which is close and not the same.",
        ),
        (
            0.5 * (1 + torch.tanh(C * (x + A * x**3))),
            "This is the tanh form, which is close and not the same: use torch.erf.",
        ),
    ]


def _tanh_form(x: Tensor, c: float = C, a: float = A, power: int = 3) -> Tensor:
    return 0.5 * x * (1 + torch.tanh(c * (x + a * x**power)))


def new_gelu_mistakes(x: Tensor) -> Mistakes:
    """Instead of the tanh form: the shape of x each."""
    right, chance = _tanh_form(x), 0.5 * (1 + torch.tanh(C * (x + A * x**3)))
    return [
        (
            0.5 * x * (1 + torch.erf(x / ROOT)),
            "This is the exact form, with erf: here the one with tanh is asked for.",
        ),
        (chance, "This is the chance alone: x is still to be multiplied with it."),
        (2 * right, "It is twice too large: the factor 0.5 is missing."),
        (_tanh_form(x, a=0.0), "The cube is missing inside of tanh."),
        (_tanh_form(x, a=1.0), "The cube has no factor: 0.044715 belongs before it."),
        (_tanh_form(x, power=2), "x is squared inside of tanh: the third power."),
        (_tanh_form(x, a=-A), "The cube is subtracted: it is added."),
        (
            0.5 * x * (1 + torch.tanh(C * (x + (A * x) ** 3))),
            "0.044715 was raised to the third power too: only x is.",
        ),
        (
            0.5 * x * (1 + torch.tanh(C * x + A * x**3)),
            "The root of 2 / pi is multiplied with x alone: it stands before the sum.",
        ),
        (
            _tanh_form(x, c=1.0),
            "The factor before the sum, the root of 2 / pi, is missing.",
        ),
        (_tanh_form(x, c=2 / math.pi), "2 / pi stands without its root."),
        (
            _tanh_form(x, c=ROOT / math.pi),
            "The root was taken of 2 only, and belongs over 2 / pi.",
        ),
        (_tanh_form(x, c=1 / C), "The root is upside down: it is 2 / pi, not pi / 2."),
        (
            0.5 * x + torch.tanh(C * (x + A * x**3)),
            "The brackets are missing: 0.5 x is multiplied with (1 + tanh).",
        ),
        (
            0.5 * x * torch.tanh(C * (x + A * x**3)),
            "The 1 is missing: tanh runs from -1 to 1, and 1 + tanh from 0 to 2.",
        ),
        (
            x * torch.sigmoid(1.702 * x),
            "This is the sigmoid form, which is close and not the same.",
        ),
    ]
