"""What comes out of the classic mistakes with an optimizer, and words for each."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from gptlib.checks.mistakes import Mistakes
from gptlib.loss import loss_fn

NOT_DIVIDED = "Divide each part's loss by the number of parts, before backward()."


class Moments(NamedTuple):
    """A parameter and its two running means, of one shape."""

    p: Tensor
    m: Tensor
    v: Tensor


def adamw_reference(
    now: Moments,
    grad: Tensor,
    t: int,
    lr: float,
    betas: tuple[float, float],
    weight_decay: float,
    eps: float = 1e-8,
    fault: str = "",
) -> Moments:
    """A step of AdamW, the `t`-th from 1; or one with a fault, by its name."""
    p, m, v = now
    b1, b2 = betas
    if fault == "in gradient":
        grad = grad + weight_decay * p
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * (grad if fault == "not squared" else grad**2)
    c1, c2 = 1 - b1**t, 1 - b2**t
    if fault == "t from 0":
        c1, c2 = 1 - b1 ** (t - 1) or 1.0, 1 - b2 ** (t - 1) or 1.0
    if fault == "first betas":
        c1, c2 = 1 - b1, 1 - b2
    if fault in ("uncorrected", "m uncorrected"):
        c1 = 1.0
    if fault in ("uncorrected", "v uncorrected"):
        c2 = 1.0
    root = (v / c2).abs() if fault == "no root" else (v / c2).sqrt()
    if fault == "eps under root":
        root = (v / c2 + eps).sqrt() - eps
    step = m / c1 / (root + eps)
    if fault == "gradient itself":
        step = grad / (root + eps)
    shrink = {
        "in gradient": 1.0,
        "no decay": 1.0,
        "decay without lr": 1 - weight_decay,
    }.get(fault, 1 - lr * weight_decay)
    if fault == "no lr":
        lr = 1.0
    p = (p - lr * step) * shrink if fault == "decay last" else p * shrink - lr * step
    if fault == "uphill":
        p = now.p * shrink + lr * step
    kept = (m / c1, v / c2) if fault == "corrected kept" else (m, v)
    return Moments(p, *kept)


ADAMW = {
    "in gradient": "The weight decay stands in the gradient, as in the older Adam: "
    "leave the gradient alone, and multiply p by 1 - lr * weight_decay.",
    "not squared": "v is the mean of the squared gradient: square it.",
    "uncorrected": "Neither mean is divided by what it has taken in so far: "
    "1 - beta ** t.",
    "m uncorrected": "m is not divided by 1 - betas[0] ** t.",
    "v uncorrected": "v is not divided by 1 - betas[1] ** t.",
    "first betas": "The means are divided by 1 - beta, which is right in step 1 alone: "
    "in step t it is 1 - beta ** t.",
    "t from 0": "The corrections are those of the step before: t counts from 1.",
    "no root": "m is divided by v itself: take the root of v.",
    "gradient itself": "The step is made of the gradient: it is made of m.",
    "no decay": "The weight decay is missing: p is multiplied by "
    "1 - lr * weight_decay as well.",
    "decay without lr": "The decay is multiplied by the learning rate too: "
    "1 - lr * weight_decay.",
    "decay last": "The decay acts on the parameter before the step, and not on what "
    "the step gives.",
    "no lr": "The step is taken off whole: take off the learning rate times the step.",
    "eps under root": "eps stands under the root: add it to the root.",
    "uphill": "The step goes uphill: it is taken off, not added.",
    "corrected kept": "It returns the corrected means: return m and v as they are, "
    "or the next step corrects them twice.",
}


def adamw_mistakes(
    now: Moments, grad: Tensor, t: int, **options: object
) -> list[tuple[Moments, str]]:
    """Instead of a step: p, m and v, as each classic mistake gives them."""
    made = [
        (adamw_reference(now, grad, t, fault=fault, **options), words)
        for fault, words in ADAMW.items()
    ]
    b1, b2 = options["betas"]
    swapped = adamw_reference(now, grad, t, **options | {"betas": (b2, b1)})
    said = "The two betas have changed places: betas[0] is for m, betas[1] for v."
    turned = adamw_reference(now, grad, t, **options | {"betas": (1 - b1, 1 - b2)})
    other = "beta is the share of the old mean, and 1 - beta that of the gradient."
    return [*made, (swapped, said), (turned, other)]


def clip_mistakes(grads: list[Tensor], longest: float) -> Mistakes:
    """Instead of clipped gradients: all of them in one row each."""
    flat = torch.cat([g.flatten() for g in grads])
    length = flat.norm()
    each = [g * min(1.0, longest / g.norm().item()) for g in grads]
    by_sum = sum(g.norm() for g in grads)
    square = length.square()
    up = "Short gradients are made longer: only scale when they are too long."
    apart = "Each parameter is clipped by itself. Their length is one, of all together."
    cut = "Each number is cut off by itself, so the direction changes: scale them all."
    return [
        (flat, "Nothing is clipped: does it change the numbers that stand in .grad?"),
        (flat * longest / length, up),
        (torch.cat([g.flatten() for g in each]), apart),
        (flat.clamp(-longest, longest), cut),
        (flat / length, "They are scaled to a length of 1, and not to `longest`."),
        (
            flat * (longest / square).clamp(max=1),
            "They are divided by the square of the length: the root is missing.",
        ),
        (flat * longest / square, "Divide by the length, and not by its square."),
        (
            flat * (longest / by_sum).clamp(max=1),
            "The lengths of the parameters are added: add the squares, then the root.",
        ),
        (flat * longest, "They are multiplied by `longest` and not divided by length."),
    ]


def accumulate_mistakes(model: nn.Module, X: Tensor, y: Tensor, parts: int) -> Mistakes:
    """Instead of the gradient of the whole batch: all parameters in one row each."""
    weights = list(model.parameters())
    grads = []
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        loss = loss_fn(model(rows), targets)
        found = torch.autograd.grad(loss, weights)
        grads.append(torch.cat([g.flatten() for g in found]))
    summed = torch.stack(grads).sum(dim=0)
    only = "Only the {} part's gradient is there: zero_grad() belongs before the loop, "
    only += "and backward() in it."
    return [
        (summed, f"The gradients are {parts} times too long. {NOT_DIVIDED}"),
        (grads[-1] / parts, only.format("last")),
        (grads[-1], only.format("last")),
        (grads[0] / parts, "It stops after the first part: the return is in the loop."),
        (
            summed / len(X),
            "The loss is divided by the number of rows. It is a mean over a part's "
            "rows already: divide by the number of parts.",
        ),
        (
            summed / parts**2,
            "The loss is divided twice: once by the number of parts is enough.",
        ),
    ]
