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
    """n models of one shape, each with a gradient of its own.

    Their weights differ, as those of real copies never do: a mean of weights shows.
    """
    models = [nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)) for _ in range(n)]
    for model in models:
        for p in model.parameters():
            p.grad = torch.randn_like(p)
    return models


def _grads(models: list[nn.Module]) -> list[list[Tensor]]:
    """For each model, its gradients."""
    return [[p.grad for p in model.parameters()] for model in models]


def _weights(models: list[nn.Module]) -> list[list[Tensor]]:
    """For each model, its weights."""
    return [[p.detach() for p in model.parameters()] for model in models]


@part("average-gradients", "two, three and four copies: the mean of all, in each")
def average_gradients(seed: int, mine: Function) -> None:
    """A list of models, whose gradients it changes."""
    for n in (2, 3, 4):
        models = _copies(n)
        given = [[g.clone() for g in grads] for grads in _by_parameter(_grads(models))]
        weights = [[w.clone() for w in row] for row in _by_parameter(_weights(models))]
        attempt(mine, models)
        now, found = _by_parameter(_weights(models)), _by_parameter(_grads(models))
        for position in range(len(given)):
            _expect_weights(now[position], weights[position], given[position])
        _expect_all_changed(found, given)
        for position, held in enumerate(found):
            _expect_mean(held, given[position], weights[position], position)


def _by_parameter(rows: list[list]) -> list[list]:
    """A row for each parameter, of what each copy has, out of a row for each copy."""
    return [list(it) for it in zip(*rows, strict=True)]


def _expect_weights(now: list[Tensor], was: list[Tensor], given: list[Tensor]) -> None:
    """The weights of all copies are what they were."""
    if all(torch.equal(a, b) for a, b in zip(now, was, strict=True)):
        return
    if all(close(it, torch.stack(was).mean(dim=0)) for it in now):
        raise Wrong(
            "You averaged the weights, and it is the gradients that are exchanged: "
            "what you read and what you write must be p.grad, and not p or p.data."
        )
    if all(close(it, torch.stack(given).mean(dim=0)) for it in now):
        raise Wrong(
            "The mean of the gradients stands in the weights now: put it into p.grad, "
            "and the optimizer will use it."
        )
    raise Wrong(
        "It changed weights. Only gradients are exchanged, p.grad; the weights "
        "stay equal because every optimizer then takes the same step."
    )


def _expect_all_changed(after: list[list], before: list[list]) -> None:
    """No parameter was left out: its gradients in all copies are not what they were."""
    same = [
        all(a is not None and torch.equal(a, b) for a, b in zip(*pair, strict=True))
        for pair in zip(after, before, strict=True)
    ]
    if all(same):
        raise Wrong(
            "No gradient has changed. The mean must be put back into p.grad of every "
            "copy; a new tensor that is only computed is lost."
        )
    if any(same):
        left = ", ".join(str(i) for i, it in enumerate(same) if it)
        raise Wrong(
            f"Some gradients have changed, and those of these parameters have not: "
            f"{left} of 0 to {len(same) - 1}. Is the mean put back for every "
            "parameter, inside of the loop over them?"
        )


def _expect_mean(
    found: list[Tensor | None],
    before: list[Tensor],
    weights: list[Tensor],
    position: int,
) -> None:
    """What the copies hold of one parameter afterwards; before, they held `before`."""
    if any(grad is None for grad in found):
        raise Wrong(f"Parameter {position} has lost its gradient: it is None now.")
    given = torch.stack(before)
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
        named = f"With {len(given)} copies, the gradient of parameter {position} in "
        named += f"copy {copy} is not the mean of all."
        mistakes = [*_mistakes(given, copy), *_miscounted(given, copy)]
        words = "p.grad holds the mean of the weights: average p.grad, and not p."
        mistakes += [(torch.stack(weights).mean(dim=0), words)]
        _expect_row(grad.detach(), right, mistakes, named)
    places = {grad.data_ptr() for grad in found}
    if len(places) < len(found):
        raise Wrong(
            "All copies hold the same tensor, not equal ones. In one process that goes "
            "wrong as soon as somebody writes into it, as clipping does: it would be "
            "scaled once for each copy. Give each its own, with clone()."
        )


def _expect_row(grad: Tensor, right: Tensor, mistakes: Mistakes, named: str) -> None:
    as_rows = lambda it: it.reshape(1, -1)
    found = [(as_rows(wrong), words) for wrong, words in mistakes]
    try:
        expect_values(as_rows(grad), as_rows(right), found)
    except Wrong as fault:
        raise Wrong(str(fault).replace("Row 0 is wrong.", named)) from None


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


def _miscounted(given: Tensor, copy: int) -> Mistakes:
    """The same, where something was counted too often, too rarely, or not at all."""
    n, total = len(given), given.sum(dim=0)
    halves = given[0]
    for grad in given[1:]:
        halves = (halves + grad) / 2
    twice = "A copy's own gradient is in its sum twice: it was there before the others "
    twice += "were added, and was added once more."
    return [
        (
            total / 2,
            f"The sum of {n} gradients is divided by 2: divide by as many copies as "
            "the list holds.",
        ),
        (
            given[:2].mean(dim=0),
            f"Only the first two copies are averaged, and here the list holds {n}: it "
            "may hold any number.",
        ),
        (
            halves,
            "Each further gradient is averaged with the mean so far, so the last one "
            "counts as much as all before it: add all, then divide once.",
        ),
        (total + given[copy], twice),
        ((total + given[copy]) / n, twice),
        (
            given[copy] / n,
            "Each gradient is divided by the number of copies, and nothing is added: "
            "the gradients of the other copies are missing.",
        ),
    ]
