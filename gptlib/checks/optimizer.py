"""Checks of lesson optimizer: a step of AdamW, and clipping."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import call, run
from gptlib.checks.expect import expect_shape, expect_values
from gptlib.checks.optimizer_mistakes import (
    Moments,
    adamw_mistakes,
    adamw_reference,
    clip_mistakes,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., object]
OPTIONS = dict(lr=0.1, betas=(0.9, 0.95), weight_decay=0.1)


@part("adamw-step", "the first step, where both means are new")
def first_step(seed: int, mine: Function) -> None:
    """`adamw_step(p, grad, m, v, t, lr, betas, weight_decay)` to p, m and v."""
    _walk(seed, mine, steps=1)


@part("adamw-step", "five steps, each from the means of the one before")
def five_steps(seed: int, mine: Function) -> None:
    """With the learner's own means carried on, as an optimizer would."""
    _walk(seed, mine, steps=5)


@part("adamw-step", "a gradient of zero")
def zero_gradient(seed: int, mine: Function) -> None:
    """Only the decay acts, and nothing is divided by zero."""
    p, zero = torch.randn(3 + seed, 5), torch.zeros(3 + seed, 5)
    new = _called(mine, Moments(p, zero, zero), zero, 1, OPTIONS)
    if new.p.isnan().any():
        raise Wrong(
            "A gradient of 0 gives nan: 0 is divided by 0. Add eps to the root, not "
            "under it."
        )
    expect_values(new.p, p * (1 - 0.1 * 0.1))


@part("adamw-step", "small gradients, where the place of eps counts")
def small_gradients(seed: int, mine: Function) -> None:
    """Gradients near 1e-4: their squares are as small as eps."""
    _walk(seed, mine, steps=1, size=1e-4)


def _walk(seed: int, mine: Function, steps: int, size: float = 1.0) -> None:
    lr, betas, decay = [
        (0.1, (0.9, 0.95), 0.1),
        (0.02, (0.8, 0.99), 0.5),
        (0.3, (0.7, 0.9), 0.2),
    ][seed]
    options = dict(lr=lr, betas=betas, weight_decay=decay)
    shape = (2 + seed, 3, 7)
    zero = torch.zeros(shape)
    now = Moments(torch.randn(shape), zero, zero)
    for t in range(1, steps + 1):
        grad = size * torch.randn(shape)
        new = _called(mine, now, grad, t, options)
        right = adamw_reference(now, grad, t, **options)
        mistakes = adamw_mistakes(now, grad, t, **options)
        for name in ("m", "v"):
            wrong = [(getattr(it, name), words) for it, words in mistakes]
            _expect(name, t, getattr(new, name), getattr(right, name), wrong)
        if not new.p.isfinite().all():
            raise Wrong(f"Step {t} gives nan or infinity. {_why_nan(t)}")
        _expect("p", t, new.p, right.p, [(it.p, words) for it, words in mistakes])
        now = new


def _why_nan(t: int) -> str:
    """m and v are right, so what divides them is zero or has a negative root."""
    if t == 1:
        zero = "1 - beta ** t is 0 for t = 0, and t counts from 1."
        return f"Is something divided by zero? {zero}"
    return "m and v are right. Are they divided by 1 - beta ** t, and not beta * t?"


def _expect(
    name: str, t: int, out: Tensor, right: Tensor, mistakes: list[tuple[Tensor, str]]
) -> None:
    try:
        expect_values(out, right, mistakes)
    except Wrong as fault:
        raise Wrong(f"In step {t}, {name} is not right. {fault}") from None


def _called(
    mine: Function, now: Moments, grad: Tensor, t: int, options: dict
) -> Moments:
    out = run(mine, now.p, grad, now.m, now.v, t, **options)
    if not isinstance(out, tuple) or len(out) != 3:
        raise Wrong("It must return three tensors, p, m and v: the means are needed.")
    for name, it in zip("pmv", out, strict=True):
        if not isinstance(it, Tensor):
            raise Wrong(f"Of the three that it returned, {name} is no tensor.")
        expect_shape(it, tuple(now.p.shape), f"p of {tuple(now.p.shape)}, {name}:")
    return Moments(*out)


# ---- clip -------------------------------------------------------------------------


def _parameters(seed: int, longest: float) -> list[nn.Parameter]:
    """Three parameters of different shapes, whose gradients together are 4 long."""
    shapes = [(3, 5 + seed), (7,), (2, 4, 3)]
    made = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    grads = [torch.randn(shape) * (i + 1) for i, shape in enumerate(shapes)]
    length = math.sqrt(sum(g.square().sum().item() for g in grads))
    for p, g in zip(made, grads, strict=True):
        p.grad = g * (longest / length)
    return made


@part("clip", "gradients that are too long are scaled by one factor")
def clips(seed: int, mine: Function) -> None:
    """`clip(parameters, longest)` scales each `.grad`, and returns the length."""
    _judge_clip(mine, _parameters(seed, 4.0), [1.0, 0.5, 0.8][seed])


@part("clip", "shorter ones stay as they are")
def leaves_alone(seed: int, mine: Function) -> None:
    """No gradient grows."""
    _judge_clip(mine, _parameters(seed, 0.3), 1.0)


def _judge_clip(mine: Function, made: list[nn.Parameter], longest: float) -> None:
    before = [p.grad.clone() for p in made]
    weights = [p.detach().clone() for p in made]
    length = torch.stack([g.norm() for g in before]).norm()
    out = call(mine, made, longest)
    if any(p.grad is None for p in made):
        raise Wrong("A gradient is gone: scale what stands in .grad.")
    if not all(torch.equal(p, w) for p, w in zip(made, weights, strict=True)):
        raise Wrong("The parameters themselves were changed: scale their .grad.")
    flat = torch.cat([g.flatten() for g in before])
    found = torch.cat([p.grad.flatten() for p in made])
    right = flat * min(1.0, longest / length.item())
    mistakes = clip_mistakes(before, longest)
    for wrong, words in mistakes:
        if _near(found, wrong) and not _near(found, right):
            raise Wrong(words)
    if not _near(found, right):
        now = found.norm().item()
        raise Wrong(
            f"Gradients of length {length:.4g}, to be clipped to {longest:g}, are now "
            f"{now:.4g} long: is each scaled by the same factor?"
        )
    expect_shape(out, (), "a list of parameters the length, and")
    if length > longest and _near(out, torch.tensor(longest)):
        raise Wrong(
            "It returns the length after clipping: the log wants the one before."
        )
    if _near(out, length.square()):
        raise Wrong("It returns the square of the length: the root is missing.")
    if not _near(out, length):
        raise Wrong(f"It returns {out.item():.4g}, and the length was {length:.4g}.")


def _near(a: Tensor, b: Tensor) -> bool:
    """Equal but for PyTorch's own habit of adding a millionth to the length."""
    return torch.allclose(a.detach(), b.detach(), rtol=1e-4, atol=1e-6)
