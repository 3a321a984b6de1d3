"""Checks of lesson optimizer: a batch taken in parts.

B batch, T time (positions), V vocabulary.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import call
from gptlib.checks.expect import close, expect_shape, expect_values
from gptlib.checks.optimizer_mistakes import accumulate_mistakes
from gptlib.checks.verdict import Wrong, part
from gptlib.loss import IGNORE, loss_fn

Function = Callable[..., Tensor]


class _Model(nn.Module):
    """Scores for ids; it remembers what it was given, and how many graphs it kept."""

    def __init__(self, V: int, C: int):
        super().__init__()
        self.wte, self.head = nn.Embedding(V, C), nn.Linear(C, V)
        self.forget()

    def forget(self) -> None:
        self.rows, self.open, self.most_open = [], 0, 0

    def forward(self, idx: Tensor) -> Tensor:
        self.rows.append(len(idx))
        scores = self.head(self.wte(idx).tanh())
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        scores.register_hook(self._close)  # called when backward() comes by
        return scores

    def _close(self, _: Tensor) -> None:
        self.open -= 1


@part("accumulate", "the gradients of one big batch")
def accumulates(seed: int, mine: Function) -> None:
    """`accumulate(model, X, y, parts)` adds to each `.grad`, and returns the loss."""
    B, T, V, C = [(12, 5, 7, 3), (8, 3, 5, 4), (6, 4, 9, 2)][seed]
    for parts in ([3, 4, 2][seed], 1):
        _judge_accumulate(mine, _Model(V, C), (B, T, V), parts)


def _judge_accumulate(
    mine: Function, model: _Model, sizes: tuple[int, int, int], parts: int
) -> None:
    B, T, V = sizes
    X, y = torch.randint(V, (B, T)), torch.randint(V, (B, T))
    y[:, 0] = IGNORE
    whole = loss_fn(model(X), y)
    right = torch.cat([g.flatten() for g in torch.autograd.grad(whole, _all(model))])
    wrong = accumulate_mistakes(model, X, y, parts)
    model.forget()
    out = call(mine, model, X, y, parts)
    if odd := set(model.rows) - {B // parts}:
        more = ", and more may not fit into memory." if max(odd) > B // parts else "."
        raise Wrong(
            f"The model was given {max(odd)} rows at once. {B} rows in {parts} parts "
            f"are {B // parts} each{more} chunk takes the number of parts, split the "
            "size of each."
        )
    if sum(model.rows) != B:
        raise Wrong(f"The model has seen {sum(model.rows)} of the {B} rows.")
    if any(p.grad is None for p in _all(model)):
        raise Wrong("No gradient has arrived: call backward() on each part's loss.")
    if model.most_open > 1:
        raise Wrong(
            "The graphs of all parts are kept until one backward() at the end, and "
            "need the memory of the whole batch: call backward() inside the loop."
        )
    found = torch.cat([p.grad.flatten() for p in _all(model)])
    expect_values(found[None], right[None], [(it[None], said) for it, said in wrong])
    expect_shape(out, (), "rows in micro-batches the loss, and")
    if close(out.detach(), parts * whole.detach()) and parts > 1:
        raise Wrong(
            f"The gradients are right, and the loss that it returns is {parts} times "
            "too large: add up the divided losses."
        )
    if not close(out.detach(), whole.detach()):
        raise Wrong(
            f"The gradients are right, and it returns the loss {out.item():.4g}, not "
            f"{whole.item():.4g}: add up the parts' shares of it."
        )
    if out.requires_grad:
        raise Wrong("The loss that it returns still carries its graph: .detach() it.")


def _all(model: nn.Module) -> list[nn.Parameter]:
    return list(model.parameters())
