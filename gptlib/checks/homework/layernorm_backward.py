"""Checks of the homework layernorm-backward: LayerNorm's gradients by hand."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from gptlib.checks.calls import advised, run, when
from gptlib.checks.expect import expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.operations import NO_AUTOGRAD, expect_no_backward, expect_no_loop
from gptlib.checks.verdict import Wrong, part

NAME = "layernorm-backward"
TWO = (
    "It must return two tensors, the gradient for x and the one for weight, in this "
    "order"
)
LOST = (
    "A mean over the last axis takes that axis away, and what is left no longer fits "
    "under x: keepdim=True leaves an axis of size 1 there."
)
BY_PULL = (
    "The means must be those of weight x pull: what arrives behind the norm's weight "
    "has been multiplied by it."
)


def _right(x: Tensor, weight: Tensor, eps: float, pull: Tensor) -> tuple:
    """Both gradients, by autograd."""
    x, weight = (it.detach().clone().requires_grad_() for it in (x, weight))
    with torch.enable_grad():
        out = F.layer_norm(x, weight.shape, weight, eps=eps)
        return torch.autograd.grad(out, (x, weight), pull)


def _mistakes(x: Tensor, weight: Tensor, eps: float, pull: Tensor) -> Mistakes:
    """Instead of the gradient for x, (..., C)."""
    mean = lambda it: it.mean(-1, keepdim=True)
    away = x - mean(x)
    variance = mean(away.square())
    s = (variance + eps).sqrt()
    z, g = away / s, weight * pull
    C = x.shape[-1]
    loose = (variance * C / (C - 1) + eps).sqrt()
    bare = variance.sqrt()
    full = lambda z, g, s: (g - mean(g) - z * mean(g * z)) / s
    down = lambda it: it.mean(-2, keepdim=True)
    return [
        (
            g / s,
            "That is the first of three ways: x_i also moves the mean and the root.",
        ),
        (pull / s, "That is the first of three ways, and without the weight."),
        ((g - mean(g)) / s, "The way through the root is missing: x_i changes it too."),
        (
            (g - z * mean(g * z)) / s,
            "The way through the mean is missing: x_i raises the mean, and so lowers "
            "all others.",
        ),
        (full(z, pull, s), "The weight is missing: it multiplies the pull first."),
        (
            weight * full(z, pull, s),
            "The weight comes last in your line, and it came last in the forward pass: "
            "backward it comes first, before the means are taken.",
        ),
        ((g - mean(pull) - z * mean(pull * z)) / s, BY_PULL),
        ((g - mean(pull) - z * mean(g * z)) / s, BY_PULL),
        ((g - mean(g) - z * mean(pull * z)) / s, BY_PULL),
        (
            full(away / loose, g, loose),
            "The variance is divided by C - 1, which is what var does unless told "
            "otherwise: correction=0 divides by C.",
        ),
        (full(away / bare, g, bare), "eps is missing: it is added to the variance."),
        (
            full(away / (bare + eps), g, bare + eps),
            "eps was added after the root: it belongs inside, to the variance.",
        ),
        (full(z, g, s**2), "It was divided by the variance: divide by its root, once."),
        (full(z, g, 1), "The 1 / s is missing: a norm divides the gradient too."),
        (
            (g - mean(g) + z * mean(g * z)) / s,
            "The last of the three signs is turned round: a larger root makes all "
            "smaller.",
        ),
        ((g + mean(g) - z * mean(g * z)) / s, "The sign of mean(...) is turned round."),
        (-full(z, g, s), "All signs are turned round."),
        (
            (g - mean(g) - away * mean(g * away)) / s,
            "The root's way takes z, which has been divided by the root, and not the "
            "distance from the mean.",
        ),
        (
            (g - mean(g) - x * mean(g * x)) / s,
            "The root's way takes z, what the norm gives before its weight, and not x.",
        ),
        (
            (g - mean(g) - z * weight * mean(g * z * weight)) / s,
            "z is what the norm gives before its weight: the weight is in it twice.",
        ),
        (
            (g - C * mean(g) - z * C * mean(g * z)) / s,
            "Those are sums, and means are needed: divide both by C.",
        ),
        (
            (g - down(g) - z * down(g * z)) / s,
            "The means run over the positions: each vector has its own, over the last "
            "axis.",
        ),
        (
            (g - g.mean() - z * (g * z).mean()) / s,
            "The means run over everything: each vector has its own, over the last "
            "axis.",
        ),
    ]


def _for_weight(x: Tensor, weight: Tensor, eps: float, pull: Tensor) -> Mistakes:
    """Instead of the gradient for weight, (C)."""
    axes = tuple(range(x.dim() - 1))
    z = F.layer_norm(x, weight.shape, eps=eps)
    away = x - x.mean(-1, keepdim=True)
    s = (away.square().mean(-1, keepdim=True) + eps).sqrt()
    first = (pull * z).flatten(0, -2)[0]
    by = "It must be pull x z, added up over all vectors: "
    return [
        (-(pull * z).sum(axes), f"{by}your sign is turned round."),
        (
            (pull * z / s).sum(axes),
            f"{by}the root is in z already, and you divided by it once more.",
        ),
        (
            (pull * away).sum(axes),
            f"{by}z is the distance from the mean divided by the root, and you left "
            "the root out.",
        ),
        (
            (pull * x / s).sum(axes),
            f"{by}in z the mean has been subtracted before the division by the root.",
        ),
        (first, f"{by}yours is what the first vector gives."),
        (pull.sum(axes), f"{by}pull alone is the bias's gradient."),
        (
            (pull * x).sum(axes),
            f"{by}z is what the norm gives before its weight, not x.",
        ),
        ((pull * z).mean(axes), f"{by}yours is their mean."),
        ((pull * z * weight).sum(axes), f"{by}weight itself has no say in it."),
    ]


def _judge(mine: Callable, x: Tensor, weight: Tensor, eps: float, second: bool) -> None:
    """Judge the first gradient, or the second."""
    pull = torch.randn_like(x)
    given = (x, weight, eps, pull)
    lost = advised("must match the size", LOST)
    with torch.inference_mode(), lost, advised("does not require grad", NO_AUTOGRAD):
        out = run(mine, *given)
        expect_no_backward(mine, *given)
    if not isinstance(out, tuple | list) or len(out) != 2:
        kind = "1 tensor" if isinstance(out, Tensor) else f"a {type(out).__name__}"
        raise Wrong(f"{TWO}, and yours returned {kind}.")
    if not all(isinstance(it, Tensor) for it in out):
        raise Wrong(f"{TWO}, and yours are no tensors.")
    place = int(second)
    right = _right(*given)[place]
    with when(f"The gradient for {('x', 'weight')[place]}"):
        expect_shape(out[place], tuple(right.shape), f"x of {tuple(x.shape)}")
        mistakes = (_for_weight if second else _mistakes)(*given)
        expect_values(out[place], right, mistakes)


def _x(*shape: int) -> Tensor:
    """With a mean and a spread of its own."""
    return 2 * torch.randn(shape) + 1


@part(NAME, "the gradient for x while all weights are 1", points=1)
def ones(seed: int, mine: Callable) -> None:
    """As in lesson 10, for tables."""
    C = 5 + seed
    _judge(mine, _x(3, C), torch.ones(C), 0.5, second=False)


@part(NAME, "with any weight, in a table and in a batch of tables", points=1)
def weights(seed: int, mine: Callable) -> None:
    """Where the weight must come first."""
    C = 5 + seed
    for shape in ((4, C), (2, 3, C)):
        _judge(mine, _x(*shape), _x(C), 0.5, second=False)
        _judge(mine, _x(*shape), _x(C), 1e-5, second=False)
    few, many = ((_x(n, C), _x(C), 0.5, _x(n, C)) for n in (2, 8))
    expect_no_loop(mine, few, many, "vectors", lambda *it: _right(*it)[:1])


@part(NAME, "a single vector, and one whose numbers are all alike", points=1)
def edges(seed: int, mine: Callable) -> None:
    """And a variance of 0, where eps alone is under the root."""
    C = 4 + seed
    _judge(mine, _x(1, C), _x(C), 0.5, second=False)
    x = _x(3, C)
    x[1] = 3
    _judge(mine, x, _x(C), 0.01, second=False)


@part(NAME, "the gradient for weight, from all vectors", points=1)
def weight_too(seed: int, mine: Callable) -> None:
    """One weight serves all vectors, so their gradients add up."""
    C = 5 + seed
    for shape in ((4, C), (2, 3, C)):
        _judge(mine, _x(*shape), _x(C), 0.5, second=True)
        _judge(mine, 0.1 * _x(*shape), _x(C), 0.01, second=True)
