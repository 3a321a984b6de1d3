"""Checks of lesson layernorm: the norm as a function, and the class.

B batch, T time (positions), C numbers a position.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gptlib.checks.calls import call, when
from gptlib.checks.expect import (
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.layernorm_mistakes import norm_mistakes
from gptlib.checks.modules import made
from gptlib.checks.verdict import Wrong, part

EPS = (1e-5, 0.5)  # the usual one, and one so large that its place shows


def _sizes(seed: int) -> tuple[int, int, int]:
    """B, T and C: each of another size, so that no axis passes for another."""
    return [(2, 3, 5), (4, 5, 7), (3, 6, 4)][seed]


def _norm(mine: Callable, x: Tensor, *more: object) -> Tensor:
    """Call it, with more words where a mean or a spread has lost its axis."""
    try:
        return call(mine, x, *more)
    except Wrong as fault:
        if "must match the size" not in str(fault):
            raise
        raise Wrong(
            f"{fault}\nA mean over the last axis takes that axis away, and it no "
            "longer fits under x: keepdim=True leaves an axis of size 1 there."
        ) from None


@part("layernorm", "one vector, a table and a batch of tables; eps small and large")
def function(seed: int, mine: Callable) -> None:
    """`layernorm(x, weight, bias, eps)`, (..., C) to (..., C)."""
    B, T, C = _sizes(seed)
    weight, bias = torch.randn(2, C)
    for eps in EPS:
        for shape in ((1, C), (T, C), (B, T, C)):
            x = 2 * torch.randn(shape) + 1
            out = _norm(mine, x, weight, bias, eps)
            expect_shape(out, shape, f"x of {shape}")
            right = F.layer_norm(x, (C,), weight, bias, eps)
            with when(f"With eps = {eps}"):
                expect_values(out, right, norm_mistakes(x, weight, bias, eps))


@part("layernorm", "without a bias")
def without_bias(seed: int, mine: Callable) -> None:
    """The same with None for a bias."""
    B, T, C = _sizes(seed)
    x, weight = torch.randn(B, T, C), torch.randn(C)
    with when("With bias = None"):
        out = _norm(mine, x, weight, None, 1e-5)
        expect_shape(out, (B, T, C), f"x of {(B, T, C)}")
        right = F.layer_norm(x, (C,), weight, None, 1e-5)
        expect_values(out, right, norm_mistakes(x, weight, torch.zeros(C), 1e-5))


@part("layernorm", "a vector whose numbers are all alike")
def alike(seed: int, mine: Callable) -> None:
    """Where the variance is 0 only eps keeps it from 0 / 0."""
    T, C = _sizes(seed)[1:]
    x, weight, bias = torch.full((T, C), 3.0), *torch.randn(2, C)
    out = _norm(mine, x, weight, bias, 1e-5)
    expect_no_nan(out, "where all numbers are alike the variance is 0, so add eps.")
    expect_values(out, bias.expand(T, C).contiguous())


@part("layernorm", "three gradients")
def gradients(seed: int, mine: Callable) -> None:
    """Of x, weight and bias."""
    B, T, C = _sizes(seed)
    given = {"x": torch.randn(B, T, C), "weight": torch.randn(C)}
    given |= {"bias": torch.randn(C)}
    for tensor in given.values():
        tensor.requires_grad_()
    out = _norm(mine, *given.values(), 1e-5)
    expect_gradients(out, F.layer_norm(given["x"], (C,), *list(given.values())[1:]),
                     given, given)  # fmt: skip


@part("norm-class", "its parameters, with and without a bias, and their start")
def parameters(seed: int, cls: type) -> None:
    """`cls(size, bias, eps)` has PyTorch's parameters."""
    size = _sizes(seed)[2]
    starts = {"weight": torch.ones(size), "bias": torch.zeros(size)}
    for with_bias in (True, False):
        said = f"Made with bias={with_bias}"
        module = made(cls, size, bias=with_bias)
        found = dict(module.named_parameters())
        expected = ["weight", "bias"] if with_bias else ["weight"]
        if missing := [name for name in expected if name not in found]:
            raise Wrong(
                f"{said} it has no parameter {missing[0]}: only an nn.Parameter is "
                "learned, and it needs this name."
            )
        if more := [name for name in found if name not in expected]:
            raise Wrong(f"{said} it must not have a parameter {more[0]}.")
        for name in expected:
            _expect_start(name, found[name], starts[name])
        if not with_bias and getattr(module, "bias", 0) is not None:
            raise Wrong(f"{said} its bias must be None, so that forward can ask.")


def _expect_start(name: str, found: Tensor, start: Tensor) -> None:
    if found.shape != start.shape:
        raise Wrong(
            f"{name} must have one number for each of the {len(start)}, the shape "
            f"{tuple(start.shape)}, and yours has {tuple(found.shape)}."
        )
    if not torch.equal(found, start):
        kind = "ones" if name == "weight" else "zeros"
        raise Wrong(f"At first {name} must be {kind}, so that it changes nothing.")


@part("norm-class", "PyTorch's values and gradients")
def values(seed: int, cls: type) -> None:
    """With random parameters, with and without bias, at both eps."""
    B, T, C = _sizes(seed)
    x = torch.randn(B, T, C, requires_grad=True)
    for eps in EPS:
        for bias in (True, False):
            module = made(cls, C, bias=bias, eps=eps)
            for p in module.parameters():
                nn.init.normal_(p)
            known = dict(module.named_parameters())
            right = F.layer_norm(x, (C,), known["weight"], known.get("bias"), eps)
            usual = F.layer_norm(x, (C,), known["weight"], known.get("bias"))
            out = call(module, x)
            expect_shape(out, (B, T, C), f"x of {(B, T, C)}")
            words = "The eps that the class is given is not used."
            expect_values(out, right, [(usual, words)])
            tensors = {"x": x} | known
            expect_gradients(out, right, tensors, tensors)
