"""Checks of lesson heads: several heads, and the class.

B batch, T time (positions), C = nh * hs channels, nh heads, hs numbers a head.
"""

from collections.abc import Callable
from itertools import permutations

import torch
from torch import Tensor, nn

from gptlib.attention import attention_weights
from gptlib.checks.calls import advised, call, when
from gptlib.checks.expect import close, expect_gradients, expect_shape, expect_values
from gptlib.checks.head_mistakes import (
    attend,
    cut_mistakes,
    forward_mistakes,
    heads_of,
    join_mistakes,
)
from gptlib.checks.modules import loud, made
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]


NOT_ALL_NUMBERS = (
    "The axes that are asked for do not hold as many numbers as x: they are B, T, nh "
    "and hs = C // nh. Take the number of heads from nh."
)
NAMES = ("c_attn", "c_proj", "attn_dropout", "resid_dropout")


def _sizes(seed: int) -> tuple[int, int, int, int]:
    """B, T, nh and hs: each of another size, so that no axis passes for another."""
    return [(2, 5, 3, 4), (3, 7, 2, 5), (4, 6, 5, 3)][seed]


@part("cut-heads", "head i has the columns from i * hs on, of every position")
def cut(seed: int, mine: Function) -> None:
    """(B, T, C) and nh to (B, nh, T, hs)."""
    B, T, heads, hs = _sizes(seed)
    for nh in (1, heads):
        C = nh * hs
        x = torch.randn(B, T, C)
        with when(f"nh = {nh}"), advised("invalid for input of size", NOT_ALL_NUMBERS):
            out = call(mine, x, nh)
            _expect_axes(out, dict(B=B, nh=nh, T=T, hs=hs))
        expect_shape(out, (B, nh, T, hs), f"x of {(B, T, C)} and nh = {nh}")
        right = torch.stack(x.split(hs, dim=-1), dim=1)
        expect_values(out, right, cut_mistakes(x, nh))


def _expect_axes(out: Tensor, sizes: dict[str, int]) -> None:
    """Say so if the axes are the right ones in another order, or the heads too many."""
    B, nh, T, hs = sizes.values()
    if tuple(out.shape) == (B, T, nh, hs):
        raise Wrong(
            f"The last axis is cut, (B, T, nh, hs) = {tuple(out.shape)}, and the "
            "heads are not yet in front of the positions: (B, nh, T, hs)."
        )
    for names in permutations(sizes):
        found = tuple(sizes[name] for name in names)
        if tuple(out.shape) == found != (B, nh, T, hs):
            raise Wrong(
                f"The axes come as ({', '.join(names)}) = {found}, and (B, nh, T, hs) "
                "is asked for: which were exchanged?"
            )
    if out.dim() == 4 and out.shape[1] != nh and (len(out), out.shape[2]) == (B, T):
        raise Wrong(f"It makes {out.shape[1]} heads. Take the number of heads from nh.")


@part("cut-heads", "the gradient")
def cut_gradient(seed: int, mine: Function) -> None:
    """The same gradient as the reference."""
    B, T, nh, hs = _sizes(seed)
    x = torch.randn(B, T, nh * hs, requires_grad=True)
    right = torch.stack(x.split(hs, dim=-1), dim=1)
    expect_gradients(call(mine, x, nh), right, {"x": x}, {"x": x})


@part("join-heads", "head i comes back to the columns from i * hs on")
def join(seed: int, mine: Function) -> None:
    """(B, nh, T, hs) to (B, T, C)."""
    B, T, heads, hs = _sizes(seed)
    for nh in (1, heads):
        y = torch.randn(B, nh, T, hs)
        out = call(mine, y)
        expect_shape(out, (B, T, nh * hs), f"y of {(B, nh, T, hs)}")
        right = torch.cat(y.unbind(dim=1), dim=-1)
        expect_values(out, right, join_mistakes(y))


@part("join-heads", "the gradient")
def join_gradient(seed: int, mine: Function) -> None:
    """The same gradient as the reference."""
    B, T, nh, hs = _sizes(seed)
    y = torch.randn(B, nh, T, hs, requires_grad=True)
    right = torch.cat(y.unbind(dim=1), dim=-1)
    expect_gradients(call(mine, y), right, {"y": y}, {"y": y})


def _made(
    seed: int, cls: type, p: float = 0.0, heads: int | None = None
) -> tuple[nn.Module, Tensor, int]:
    """A module of the learner's class with weights that hide nothing, and an input."""
    B, T, nh, hs = _sizes(seed)
    nh = heads or nh
    module = loud(made(cls, nh * hs, nh, p), NAMES)
    return module, torch.randn(B, T, nh * hs), nh


@part("attention-forward", "head by head the same, for one head and for several")
def forward(seed: int, cls: type) -> None:
    """A class with `__init__(C, nh, p)` and `forward(x)`, (B, T, C) to (B, T, C)."""
    for heads in (None, 1):
        _expect_forward(*_made(seed, cls, heads=heads))


def _expect_forward(module: nn.Module, x: Tensor, nh: int) -> None:
    out = call(module, x)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    if not torch.equal(out, call(module, x)):
        raise Wrong(
            "With p = 0 the results differ from call to call: something is dropped, or "
            "drawn, besides attn_dropout and resid_dropout."
        )
    expect_values(out, attend(module, x, nh), forward_mistakes(module, x, nh))


@part("attention-forward", "five gradients")
def forward_gradients(seed: int, cls: type) -> None:
    """Of the input and the four parameters."""
    module, x, nh = _made(seed, cls)
    layers = {"c_attn": module.c_attn, "c_proj": module.c_proj}
    tensors = {"x": x.requires_grad_()} | {
        f"{name}.{kind}": parameter
        for name, layer in layers.items()
        for kind, parameter in layer.named_parameters()
    }
    out = call(module, x)
    expect_gradients(out, attend(module, x, nh), tensors, tensors)


@part("attention-forward", "both dropouts in their places")
def dropouts(seed: int, cls: type) -> None:
    """One on the weights, all heads at once or one by one; one on what comes out."""
    module, x, nh = _made(seed, cls, p=0.5)
    met = {"attn_dropout": [], "resid_dropout": []}
    for name, calls in met.items():
        getattr(module, name).register_forward_hook(_note(calls))
    out = call(module, x)
    dropped = _expect_attn_dropout(met["attn_dropout"], module, x, nh)
    if not met["resid_dropout"]:
        raise Wrong("resid_dropout is never called: it belongs on what c_proj gives.")
    given, last = met["resid_dropout"][-1]
    if not torch.equal(out, last):
        raise Wrong("resid_dropout must be last: it belongs on what c_proj gives.")
    _, _, v = heads_of(module, x, nh)
    joined = (dropped @ v).transpose(1, 2).flatten(2)
    if not close(given, module.c_proj(joined)):
        raise Wrong(
            "What attn_dropout gives is not what the values are weighted with: a "
            "dropout changes nothing in place, use what it returns."
        )


def _note(calls: list[tuple[Tensor, Tensor]]) -> Callable:
    def hook(_, inputs: tuple, output: Tensor) -> None:
        calls.append((inputs[0], output))

    return hook


def _expect_attn_dropout(
    calls: list[tuple[Tensor, Tensor]], module: nn.Module, x: Tensor, nh: int
) -> Tensor:
    """The weights as attn_dropout left them, (B, nh, T, T)."""
    if not calls:
        raise Wrong(
            "attn_dropout is never called: call it on the weights, after the softmax. "
            "(F.dropout in its place would drop in evaluation too.)"
        )
    q, k, _ = heads_of(module, x, nh)
    weights = attention_weights(q, k)
    given, dropped = calls[0]
    one_by_one = len(calls) == nh and given.dim() == 3  # head by head
    if one_by_one:
        given, dropped = (torch.stack(it, dim=1) for it in zip(*calls, strict=True))
    elif len(calls) > 1:
        raise Wrong(f"attn_dropout is called {len(calls)} times; once is enough.")
    if given.shape == weights.shape and not close(given, weights):
        raise Wrong(
            "attn_dropout was given a table of the right shape that is not the "
            "weights: is it called before the softmax? It belongs after it."
        )
    if given.shape != weights.shape:
        raise Wrong(
            f"attn_dropout was given a tensor of {tuple(given.shape)} that is not the "
            f"weights, {tuple(weights.shape)}: it belongs after the softmax, before v."
        )
    if torch.equal(given, dropped):
        raise Wrong("In training attn_dropout drops nothing: is eval() called?")
    return dropped
