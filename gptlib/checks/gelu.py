"""Checks of lesson gelu: the chance to be below x, and the tanh form."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn import functional as F

from gptlib.checks.calls import call, when
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.gelu_mistakes import new_gelu_mistakes, phi_mistakes
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import part

Function = Callable[[Tensor], Tensor]


def _inputs(seed: int) -> Iterator[Tensor]:
    """One axis, then three, then three in float64; both sides of zero in each."""
    shape = [(2, 3, 5), (3, 4, 2), (4, 2, 7)][seed]
    yield torch.linspace(-3, 3, 9 + seed)
    yield 2 * torch.randn(shape)
    yield 2 * torch.randn(shape, dtype=torch.float64)


def _expect(
    mine: Function, right: Function, mistakes: Callable[[Tensor], Mistakes], seed: int
) -> None:
    for x in _inputs(seed):
        out = call(mine, x)
        expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
        expect_no_nan(out, "is a root or a logarithm taken of a negative number?")
        rows = lambda it: it if it.dim() > 1 else it[:, None]
        wrong = [(rows(it), words) for it, words in mistakes(x)]
        with when("In float64") if x.dtype == torch.float64 else when("In float32"):
            expect_values(rows(out), rows(right(x)), wrong)


def _expect_gradient(mine: Function, right: Function, seed: int) -> None:
    for x in _inputs(seed):
        tensors = {"x": x.requires_grad_()}
        expect_gradients(call(mine, x), right(x), tensors, tensors)


def _phi(x: Tensor) -> Tensor:
    return Normal(x.new_zeros(()), x.new_ones(())).cdf(x)


@part("phi", "tensors of one axis and of three, in float32 and in float64")
def phi(seed: int, mine: Function) -> None:
    """(...) to (...), the share of the bell curve below each number."""
    _expect(mine, _phi, phi_mistakes, seed)


@part("phi", "the gradient, which is the height of the bell")
def phi_gradient(seed: int, mine: Function) -> None:
    """The same gradient as that of PyTorch's own."""
    _expect_gradient(mine, _phi, seed)


def _new_gelu(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


@part("new-gelu", "tensors of one axis and of three, in float32 and in float64")
def new_gelu(seed: int, mine: Function) -> None:
    """(...) to (...)."""
    _expect(mine, _new_gelu, new_gelu_mistakes, seed)


@part("new-gelu", "the gradient")
def new_gelu_gradient(seed: int, mine: Function) -> None:
    """The same gradient as that of PyTorch's own."""
    _expect_gradient(mine, _new_gelu, seed)
