"""Checks of the homework newgelu-fault: a bracket is missing in the tanh form."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from gptlib.checks.calls import call, run, when
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.faults import (
    CLEAR,
    ZERO,
    blend,
    expect_mended,
    expect_witness,
    relatives,
    unsigned,
)
from gptlib.checks.gelu_mistakes import A, C, new_gelu_mistakes
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

Function = Callable[[Tensor], Tensor]


def new_gelu(x):
    """GELU by tanh, as GPT-2 was trained with it: (...) to (...)."""
    inner = math.sqrt(2 / math.pi) * x + 0.044715 * x**3
    return 0.5 * x * (1 + torch.tanh(inner))


ROUNDING = (
    "For code that is right your number is not 0, and in float64 it would be: two "
    "ways of writing it round differently, which shows where values are small."
)
LOOK = "What is tanh given for x = 1, and what was it on paper in lesson 05?"


def _right(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


def _mistakes(x: Tensor) -> Mistakes:
    """What mends it not, the shape of x each."""
    by = lambda inner: 0.5 * x * (1 + torch.tanh(inner))
    return [
        (
            new_gelu(x),
            "The values are still those of the code as it was given: the cube counts "
            "for too much against x.",
        ),
        (
            by(C * (x + A * x) ** 3),
            "The bracket closes too early: now the sum is cubed, and only x is.",
        ),
        (
            by(C * (x + x**3) * A),
            "The constant 0.044715 stands before both terms: it belongs to the cube.",
        ),
        (
            by(C * (A * x + x**3)),
            "The constant 0.044715 stands before x: it belongs to the cube.",
        ),
        (
            by(x + C * A * x**3),
            "Now x is without the factor that the cube has.",
        ),
        (
            by(C * (x + A / C * x**3)),
            "The root was divided out of the cube: it is to stand before it too.",
        ),
        (
            by(C * x + (A * x) ** 3),
            "0.044715 was raised to the third power too, and the cube has lost a "
            "factor.",
        ),
        (by(C * x + A * (C * x) ** 3), "The root was raised to the third power too."),
        *_rounded(x),
        *new_gelu_mistakes(x),
    ]


def _rounded(x: Tensor) -> Mistakes:
    """A constant with too few digits, the shape of x each."""
    by = lambda root, cube: 0.5 * x * (1 + torch.tanh(root * x + cube * x**3))
    product = "{} is the root times 0.044715, rounded: let the code multiply."
    twice = "{} is the root times 0.044715, and the root stands before it once more."
    short = "{} is 0.044715 with digits left out."
    made = [(by(C, it), product.format(it)) for it in (0.0357, 0.03568, 0.0356774)]
    made += [(by(C, C * it), twice.format(it)) for it in (0.0357, 0.03568, C * A)]
    made += [(by(C, C * it), short.format(it)) for it in (0.0447, 0.04471, 0.045)]
    root = "{} is the root of 2 / pi, rounded: let the code take the root."
    for it in (0.8, 0.798, 0.7979, 0.79788, 0.797885):
        made.append((by(it, it * A), root.format(it)))
    return made


def _judge(mine: Function, x: Tensor) -> Tensor:
    out = call(mine, x)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    expect_no_nan(
        out,
        "is a root taken of a negative number, or exp of a large one? torch.tanh is "
        "safe far out.",
    )
    expect_values(out, _right(x), _mistakes(x))
    return out


@part("newgelu-fault", "mended in a line or two, the values are right", points=1)
def values(seed: int, mine: Function) -> None:
    """In float32 and in float64."""
    expect_mended(mine, new_gelu, LOOK)
    _judge(mine, torch.linspace(-3, 3, 12 + 4 * seed).view(-1, 4))
    _judge(mine, 2 * torch.randn(2, 3, 5 + seed, dtype=torch.float64))
    with when("Far out"):
        far = torch.tensor([[12.0 + seed, 40, 1e3, 1e4]])
        _judge(mine, torch.cat([far, -far]))


@part("newgelu-fault", "the gradient", points=1)
def gradient(seed: int, mine: Function) -> None:
    """As PyTorch's own."""
    expect_mended(mine, new_gelu, LOOK)
    x = torch.randn(4, 5 + seed, requires_grad=True)
    expect_gradients(_judge(mine, x), _right(x), {"x": x}, {"x": x})


def _by_sigmoid(x: Tensor) -> Tensor:
    """Right too: (1 + tanh z) / 2 is sigmoid(2 z)."""
    return unsigned(x * torch.sigmoid(2 * C * (x + A * x**3)))


def _by_tanh(x: Tensor) -> Tensor:
    """PyTorch's, as a witness is given it."""
    return unsigned(_right(x))


def _right_in_float64(mine: Callable, rights: list[Function]) -> bool:
    """Whether right code gets 0 once tensors are float64 unless another is asked."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        expect_witness(mine, rights, {})
    except Wrong:
        return False
    finally:
        torch.set_default_dtype(usual)
    return True


def _faint(mine: Callable) -> str | None:
    """What to say where the fault is seen, and too faintly."""
    try:
        number = abs(float(run(mine, new_gelu)))
    except (TypeError, ValueError, RuntimeError, Wrong):
        return None  # the words for this are expect_witness's
    if not ZERO < number <= CLEAR:
        return None
    return (
        f"Your number is {number:.4f} for the code with the fault: you see it, and "
        f"too faintly, since only more than {CLEAR} counts. Put many faint signs "
        "together, or look where the fault is large for the size of the value."
    )


def _like(far: float) -> Function:
    def bent(x: Tensor) -> Tensor:
        return blend(_right(x), new_gelu(x), far)

    return bent


@part("newgelu-witness", "your number is 0 for right code, and not for this", points=2)
def witness(seed: int, mine: Callable) -> None:
    """Two right implementations, the one that was given, and some like it."""
    rights = [_by_tanh, _by_sigmoid]
    given = {_like(1): "a factor reaches one term of two"} | relatives(_like)
    try:
        expect_witness(mine, rights, given)
    except Wrong as fault:
        # Only now: what is asked in a known order tells which one it is.
        if "right your number" in str(fault):
            found = ROUNDING if _right_in_float64(mine, rights) else None
        else:
            found = _faint(mine)
        raise (Wrong(found) if found else fault) from None
