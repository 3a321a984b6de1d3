"""What comes out of the classic mistakes with Muon's step, and words for each."""

import math

import torch
from torch import Tensor

from gptlib.checks.mistakes import Mistakes

A, B, C = 3.4445, -4.7750, 2.0315


def rounds_of(x: Tensor, rounds: int) -> Tensor:
    """So many rounds of the polynomial, on a matrix as it is."""
    for _ in range(rounds):
        square = x @ x.T
        x = A * x + (B * square + C * square @ square) @ x
    return x


def right_one(G: Tensor, rounds: int = 5) -> Tensor:
    return rounds_of(G / G.norm().clamp(min=1e-7), rounds)


def lift_mistakes(G: Tensor, rounds: int) -> Mistakes:
    """Instead of what `rounds` rounds make of G: (m, n) each."""
    x = G / G.norm()
    by_number = once_squared = added = x
    for _ in range(rounds):
        by_number = A * by_number + B * by_number**3 + C * by_number**5
        square = once_squared @ once_squared.T
        once_squared = A * once_squared + (B + C) * square @ once_squared
        square = added @ added.T
        added = A * added + (-B * square + C * square @ square) @ added
    norm = "The norm of a matrix is the root of the sum of all its squares, G.norm(): "
    found = [
        (rounds_of(G, rounds), "G is not divided by its norm before the first round."),
        (
            by_number,
            "Powers were taken number by number. The cube of a matrix is the product "
            "x @ x.T @ x: only that acts on each singular value alone.",
        ),
        (
            once_squared,
            "The last term has the fifth power: two factors x @ x.T before x, and "
            "yours has one.",
        ),
        (added, "The middle coefficient is negative: b = -4.775."),
        (
            rounds_of(G / torch.linalg.matrix_norm(G, 2), rounds),
            f"{norm}you divided by the largest singular value, which would have to "
            "be computed first.",
        ),
        (rounds_of(G / G.abs().max(), rounds), f"{norm}not the largest number."),
        (
            rounds_of(G / G.norm(dim=1, keepdim=True), rounds),
            f"{norm}you divided each row by its own.",
        ),
        (G / G.norm(), "The norm is divided out, and no round was made."),
    ]
    for other in (1, 2, 3, 4, 5, 6):
        words = (
            f"For rounds = {rounds} these are {other}: the loop runs `rounds` times."
        )
        found += [(right_one(G, other), words)] if other != rounds else []
    return found


def mean_mistakes(m: Tensor, grad: Tensor, momentum: float) -> Mistakes:
    """Instead of the new running mean: (m, n) each."""
    return [
        (m, "The mean m was not moved: it must take in the new gradient."),
        (
            momentum * m + grad,
            "m is a running mean: the new gradient counts 1 - momentum, not 1.",
        ),
        (
            (1 - momentum) * m + momentum * grad,
            "momentum and 1 - momentum have changed places: most of m is kept.",
        ),
        (
            momentum * (momentum * m + (1 - momentum) * grad) + (1 - momentum) * grad,
            "You returned the direction that looks ahead as m: keep the two apart, "
            "m goes into the next step.",
        ),
    ]


def step_mistakes(
    w: Tensor,
    grad: Tensor,
    m: Tensor,
    lr: float,
    momentum: float,
    weight_decay: float,
) -> Mistakes:
    """Instead of the new w: (m, n) each."""
    mean = momentum * m + (1 - momentum) * grad
    ahead = momentum * mean + (1 - momentum) * grad
    tall = math.sqrt(max(1, w.shape[0] / w.shape[1]))
    wide = math.sqrt(max(1, w.shape[1] / w.shape[0]))
    no_floor = math.sqrt(w.shape[0] / w.shape[1])
    kept, step = w * (1 - lr * weight_decay), lr * tall * right_one(ahead)
    early = momentum * m + (1 - momentum) * grad
    return [
        (kept + step, "The step goes uphill: subtract it."),
        (
            kept - lr * tall * right_one(early),
            "The step is made of m itself: look ahead first, by one more share of the "
            "newest gradient.",
        ),
        (kept - lr * tall * ahead, "The direction was not orthogonalised."),
        (
            kept - lr * right_one(ahead),
            "The factor for matrices taller than wide is missing: the root of rows / "
            "columns, and at least 1.",
        ),
        (
            kept - lr * wide * right_one(ahead),
            "The factor is upside down: it is the root of rows / columns.",
        ),
        (
            kept - lr * no_floor * right_one(ahead),
            "The factor went below 1: the root of rows / columns is for matrices "
            "taller than wide, and for all others the factor is 1.",
        ),
        (
            kept - lr * tall**2 * right_one(ahead),
            "The factor is the root of rows / columns, not the ratio itself.",
        ),
        (w - step, "The weight decay is missing: w shrinks by lr * weight_decay."),
        (
            w * (1 - weight_decay) - step,
            "w shrinks by lr * weight_decay, and yours by weight_decay alone.",
        ),
        (
            (w - step) * (1 - lr * weight_decay),
            "The decay came after the step: shrink the old w, then subtract.",
        ),
        (
            w - lr * tall * right_one(ahead + weight_decay * w),
            "The decay went into the direction, where its size is lost: it shrinks w "
            "itself, beside the step.",
        ),
    ]
