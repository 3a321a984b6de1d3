"""Checks of lesson many_machines: the gradients of several processes, made one."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import attempt
from gptlib.checks.expect import close, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

Function = Callable[[list[nn.Module]], None]


def _copies(n: int) -> list[nn.Module]:
    """One model n times, with a gradient of its own in each."""
    models = [nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)) for _ in range(n)]
    for model in models:
        model.load_state_dict(models[0].state_dict())
        for p in model.parameters():
            p.grad = torch.randn_like(p)
    return models


def _grads(models: list[nn.Module]) -> list[list[Tensor]]:
    """For each model, its gradients."""
    return [[p.grad for p in model.parameters()] for model in models]


@part("average-gradients", "two, three and four copies: the mean of all, in each")
def average_gradients(seed: int, mine: Function) -> None:
    """A list of models, whose gradients it changes."""
    for n in (2, 3, 4):
        models = _copies(n)
        before = [[g.clone() for g in grads] for grads in _grads(models)]
        weights = [p.detach().clone() for model in models for p in model.parameters()]
        attempt(mine, models)
        after = [p for model in models for p in model.parameters()]
        if any(not torch.equal(p, w) for p, w in zip(after, weights, strict=True)):
            raise Wrong(
                "It changed weights. Only gradients are exchanged, p.grad; the weights "
                "stay equal because every optimizer then takes the same step."
            )
        for position, (found, given) in enumerate(
            zip(
                zip(*_grads(models), strict=True),
                zip(*before, strict=True),
                strict=True,
            )
        ):
            _expect_mean(list(found), torch.stack(given), position)


def _expect_mean(found: list[Tensor | None], given: Tensor, position: int) -> None:
    """What the copies hold of one parameter afterwards; `given` is (n, ...)."""
    if any(grad is None for grad in found):
        raise Wrong(f"Parameter {position} has lost its gradient: it is None now.")
    if all(torch.equal(a, b) for a, b in zip(found, given, strict=True)):
        raise Wrong(
            "No gradient has changed. The mean must be put back into p.grad of every "
            "copy; a new tensor that is only computed is lost."
        )
    right = given.mean(dim=0)
    if close(found[0], right) and all(
        torch.equal(a, b) for a, b in zip(found[1:], given[1:], strict=True)
    ):
        raise Wrong("Only the first copy has the mean: every copy needs it.")
    for copy, grad in enumerate(found):
        if tuple(grad.shape) != tuple(right.shape):
            raise Wrong(
                f"A gradient must have its parameter's shape, {tuple(right.shape)}, "
                f"and yours has {tuple(grad.shape)}: take the mean over the copies."
            )
        _expect_row(grad, right, _mistakes(given, copy))
    places = {grad.data_ptr() for grad in found}
    if len(places) < len(found):
        raise Wrong(
            "All copies hold the same tensor, not equal ones. In one process that goes "
            "wrong as soon as somebody writes into it, as clipping does: it would be "
            "scaled once for each copy. Give each its own, with clone()."
        )


def _expect_row(grad: Tensor, right: Tensor, mistakes: Mistakes) -> None:
    as_rows = lambda it: it.reshape(1, -1)
    found = [(as_rows(wrong), words) for wrong, words in mistakes]
    expect_values(as_rows(grad), as_rows(right), found)


def _mistakes(given: Tensor, copy: int) -> Mistakes:
    """Instead of the mean of `given`, (n, ...), what copy number `copy` may hold."""
    held = given.clone()
    for i in range(copy + 1):  # each reads what those before it have overwritten
        held[i] = held.mean(dim=0)
    return [
        (
            given.sum(dim=0),
            "The gradients are added up and not divided by the number of copies: the "
            "loss of each is a mean over its own rows, so the mean of them is needed.",
        ),
        (
            held[copy],
            "The second copy averages what the first has already overwritten: compute "
            "the mean once, before you change any gradient.",
        ),
        (
            torch.full_like(given[0], given.mean().item()),
            "The mean runs over all numbers: it must run over the copies alone, "
            "dim=0 of the stack.",
        ),
        (given[0], "Every copy has the first one's gradient, and no mean was taken."),
    ]
