"""Checks of the homework gelu-derivative: the slope of the tanh form, by hand."""

import math
import re
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from gptlib.checks.calls import advised, call, when
from gptlib.checks.expect import close, expect_no_nan, expect_shape, expect_values
from gptlib.checks.gelu_mistakes import A, C
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.operations import Noted
from gptlib.checks.verdict import Wrong, part

NAME = "gelu-derivative"
Function = Callable[[Tensor], Tensor]
OVERFLOW = (
    "somewhere exp of a large number is more than a float holds, and inf / inf or "
    "0 * inf is nan. torch.tanh is safe."
)
NEARLY = 5e-3
DIGITS = (
    "It is nearly right: digits are missing. A difference of two neighbours loses "
    "them, and so does a constant written with few; a formula in x has them all."
)
BY_HAND = "Derive it on paper: nothing records a gradient here."
FINISHED = "gelu|_backward|dual"  # operations
ASKED = (
    "The values are right, and PyTorch found them: a gradient was recorded, or its own "
    "GELU was called. Write the slope with tanh, from x alone."
)
MIRROR = "The slopes at x and at -x must sum to 1 (take the slope of f(x) - f(-x) = x)."


def _slope(x: Tensor) -> Tensor:
    """What autograd finds, (...) to (...)."""
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(F.gelu(leaf, approximate="tanh").sum(), leaf)
    return slope


def _mistakes(x: Tensor) -> Mistakes:
    """Instead of the slope: the shape of x each."""
    t = torch.tanh(C * (x + A * x**3))
    chance, bell = (1 + t) / 2, (1 - t**2) / 2
    inside = C * (1 + 3 * A * x**2)
    phi = torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    by = lambda second: chance + x * second
    return [
        (
            chance,
            "That is the gate alone, the first term of the product rule: x also moves "
            "the gate.",
        ),
        (
            chance + bell * inside,
            "In the second term of the product rule x is missing.",
        ),
        (x * bell * inside, "The first term of the product rule is missing: the gate."),
        (by(bell), "The chain rule: what tanh is given has a slope of its own."),
        (
            by(bell * inside / C),
            "The factor before the sum inside of tanh belongs to its slope too.",
        ),
        (by(bell * C), "The cube has a slope too: it is missing in the second term."),
        (
            by(bell * (C + 3 * A * x**2)),
            "The factor before the sum inside of tanh belongs to both of its slopes: "
            "it reaches only one term.",
        ),
        (
            by(bell * C * (1 + A * x**2)),
            "The slope of a cube is three times a square: the 3 is missing.",
        ),
        (
            by(bell * C * (1 + 3 * A * x**3)),
            "The slope of a cube is three times a square, not a cube.",
        ),
        (
            by(bell * C * (x + A * x**3)),
            "The second term is multiplied with what tanh is given: its slope is due.",
        ),
        (by((1 - t) / 2 * inside), "The slope of tanh is 1 - tanh squared."),
        (by((1 - t**2).sqrt() / 2 * inside), "The slope of tanh is 1 - tanh squared."),
        (
            by((1 + t**2) / 2 * inside),
            "The sign is wrong: the slope of tanh is 1 - t².",
        ),
        (by(2 * bell * inside), "The 0.5 belongs to the second term too."),
        (2 * by(bell * inside), "It is twice too large: the factor 0.5 is missing."),
        (by(-bell * inside), "The second term is added: x moves the gate upwards."),
        (
            torch.special.ndtr(x) + x * phi,
            "That is the slope of the exact form: here it is that of the tanh form.",
        ),
        (
            by(phi),
            "The slope of the gate is that of the exact form, the bell: here the gate "
            "is made by tanh.",
        ),
        (
            chance + x * ((1 - t) / 2) ** 2 * 2 * inside,
            "The slope of tanh is 1 - tanh squared, and you squared 1 - tanh.",
        ),
        (
            by(bell * C * (1 + 2 * A * x**2)),
            "The slope of a cube is three times a square, not twice.",
        ),
        (
            by(bell * C * (1 + 3 * x**2)),
            "The cube's constant belongs to its slope too.",
        ),
        (
            torch.sigmoid(1.702 * x)
            + 1.702 * x * torch.sigmoid(1.702 * x) * torch.sigmoid(-1.702 * x),
            "That is the slope of the sigmoid form: here it is that of the tanh form.",
        ),
        (x * chance, "That is the function itself: its slope is asked for."),
    ]


def _judge(mine: Function, x: Tensor) -> None:
    by_hand = advised("does not require grad", BY_HAND)
    with torch.no_grad(), by_hand, Noted() as noted:
        out = call(mine, x)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    expect_no_nan(out, OVERFLOW)
    rows = lambda it: it if it.dim() > 1 else it[:, None]
    wrong = [(rows(it), words) for it, words in _mistakes(x)]
    try:
        expect_values(rows(out), rows(_slope(x)), wrong)
    except Wrong as fault:
        off = (out - _slope(x)).abs().max() if "\nYours:" in str(fault) else 1.0
        if off < NEARLY:
            raise Wrong(f"{DIGITS}\n{fault}") from None
        with torch.no_grad():
            both = out + call(mine, -x)
        if "\nYours:" not in str(fault) or close(both, torch.ones_like(both)):
            raise
        raise Wrong(f"{MIRROR}\n{fault}") from None
    if any(re.search(FINISHED, name) for name in noted.names):
        raise Wrong(ASKED)


def _inputs(seed: int) -> Iterator[Tensor]:
    yield torch.linspace(-3, 3, 9 + seed)
    yield 2 * torch.randn(2, 3 + seed, 4)
    yield 2 * torch.randn(3, 5, dtype=torch.float64)


@part(NAME, "the slope that autograd finds, in float32 and in float64", points=1)
def values(seed: int, mine: Function) -> None:
    """Tensors of one axis, two and three."""
    for x in _inputs(seed):
        with when("In float64") if x.dtype == torch.float64 else when("In float32"):
            _judge(mine, x)


@part(NAME, "far out, where it is 0 or 1", points=1)
def far(seed: int, mine: Function) -> None:
    """Up to 10,000, where exp overflows and x cubed does not; and near as well."""
    near, out = 0.5 + torch.rand(2), torch.tensor([10.0 + seed, 40.0, 1e3, 1e4])
    x = torch.cat((near, out))[None]
    for sign, name in ((1, "right"), (-1, "left")):
        with when(f"Far out on the {name}"):
            _judge(mine, sign * x)
