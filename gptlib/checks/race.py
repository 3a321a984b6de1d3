"""Checks of lesson race: Muon's step for one matrix, (m, n)."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import call, run
from gptlib.checks.expect import close, expect_no_nan, expect_shape, expect_values
from gptlib.checks.race_mistakes import (
    lift_mistakes,
    mean_mistakes,
    right_one,
    step_mistakes,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]


@part("orthogonalise", "one round and five, wide, tall and square, any scale")
def orthogonalise(seed: int, mine: Function) -> None:
    """(m, n) to (m, n)."""
    for rounds in (1, 5, 3):
        for shape in ((3, 5), (6, 4), (4, 4)):
            _expect_lifted(mine, torch.randn(shape) * 10 ** (1 - seed), rounds)


def _expect_lifted(mine: Function, G: Tensor, rounds: int) -> None:
    m, n = G.shape
    out = call(mine, G, rounds)
    if m != n and tuple(out.shape) == (n, m):
        raise Wrong(
            f"For G of {(m, n)} the result is {(n, m)}: where G was transposed before "
            "the rounds, the result must be turned back after them."
        )
    expect_shape(out, (m, n), f"G of {(m, n)}")
    if not out.isfinite().all():
        raise Wrong(
            "It holds nan or infinity: values above 1 explode. Divide G by its norm, "
            "the root of the sum of all squares, before the first round."
        )
    right = right_one(G, rounds)
    # Looked for only where something is wrong: they take longer than the rest.
    expect_values(out, right, [] if close(out, right) else lift_mistakes(G, rounds))


@part("orthogonalise", "a matrix of zeros stays zero")
def nothing_to_learn(seed: int, mine: Function) -> None:
    """A parameter that nothing reaches has a gradient of zero."""
    out = call(mine, torch.zeros(3, 5), 5)
    why = "the norm of zeros is 0, and 0 / 0 is nan: do not divide by less than 1e-7."
    expect_no_nan(out, why)
    expect_values(out, torch.zeros(3, 5))


@part("muon-step", "mean, look ahead, scale, decay, in three shapes")
def muon_step(seed: int, mine: Function) -> None:
    """w, grad and m, all (m, n), to the new w and the new m."""
    for number, shape in enumerate(((3, 5), (6, 3), (4, 4))):
        given = (0.1, (0.8, 0.95, 0.6)[number], (0.5, 0.1, 0.3)[seed])
        _expect_step(mine, *torch.randn(3, *shape), *given)


def _expect_step(
    mine: Function,
    w: Tensor,
    grad: Tensor,
    m: Tensor,
    lr: float,
    momentum: float,
    weight_decay: float,
) -> None:
    new_w, new_m = _both(mine, w, grad, m, lr, momentum, weight_decay)
    given = f"w of {tuple(w.shape)}"
    expect_shape(new_m, tuple(m.shape), f"{given}, m")
    right_m = momentum * m + (1 - momentum) * grad
    expect_values(new_m, right_m, mean_mistakes(m, grad, momentum))
    expect_shape(new_w, tuple(w.shape), given)
    ahead = momentum * right_m + (1 - momentum) * grad
    tall = math.sqrt(max(1, w.shape[0] / w.shape[1]))
    right = w * (1 - lr * weight_decay) - lr * tall * right_one(ahead)
    mistakes = step_mistakes(w, grad, m, lr, momentum, weight_decay)
    expect_values(new_w, right, mistakes)


def _both(mine: Function, w: Tensor, *others: object) -> tuple[Tensor, Tensor]:
    """The new w and m, whatever the learner's function returns."""
    out = run(mine, w, *others)
    if not isinstance(out, tuple | list) or len(out) != 2:
        raise Wrong("It must return two tensors, the new w and the new m: return w, m.")
    for name, it in zip(("first", "second"), out, strict=True):
        if not isinstance(it, Tensor):
            raise Wrong(f"The {name} thing that it returns must be a tensor: w, m.")
    return out[0], out[1]
