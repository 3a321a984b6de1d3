"""Checks of the homework accumulation-fault: a step in micro-batches, not all alike."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import run
from gptlib.checks.expect import close
from gptlib.checks.faults import expect_mended, expect_witness, relatives
from gptlib.checks.verdict import Wrong, part
from gptlib.loss import loss_fn

Function = Callable[..., float]
Batches = list[tuple[Tensor, Tensor]]


def train_step(model, optimizer, batches):
    """One step on micro-batches (X, y); the mean loss of all targets that count."""
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) / len(batches)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


LOOK = (
    "Give it two micro-batches, one with many targets and one with a single target, "
    "and work out on paper what the mean over all targets is."
)
ONE_BIG = (
    "The model was given batches of {}, and the micro-batches are {}: each of them "
    "goes through it once, by itself, since all together need not fit into memory."
)
NOTHING = "Nothing was learned from: no gradient arrived before optimizer.step()."


def _weights(batches: Batches) -> dict[str, tuple[list[float], str]]:
    """How much each micro-batch's mean counts, right and wrong, and words for it."""
    n = [int((y != -1).sum()) for _, y in batches]
    rows, places = [len(y) for _, y in batches], [y.numel() for _, y in batches]
    last = [0.0] * (len(n) - 1) + [1.0]
    return {
        "right": ([it / sum(n) for it in n], ""),
        "given": (
            [1 / len(n)] * len(n),
            "Each micro-batch still counts alike, however many targets it has.",
        ),
        "summed": (
            [1.0] * len(n),
            "The means are added up and divided by nothing: the step is too long.",
        ),
        "by rows": (
            [it / sum(rows) for it in rows],
            "Each micro-batch counts by its rows, and a row may ask little: count the "
            "targets that are not -1.",
        ),
        "by places": (
            [it / sum(places) for it in places],
            "Each micro-batch counts by all its places: those whose target is -1 do "
            "not count.",
        ),
        "not divided": (
            [float(it) for it in n],
            "Each mean is multiplied by its number of targets: divide by how many "
            "there are in all micro-batches together.",
        ),
        "twice": (
            [it / sum(n) / len(n) for it in n],
            "It is divided once too often: the shares of the micro-batches sum to 1 "
            "already.",
        ),
        "by the largest": (
            [it / max(n) for it in n],
            "The shares of the micro-batches must sum to 1: divide by the targets of "
            "all together.",
        ),
        "last": (
            last,
            "Only the last micro-batch is in the step: were the gradients emptied, or "
            "overwritten, on the way?",
        ),
    }


class _Model(nn.Module):
    """Scores for ids, (B, T) to (B, T, V)."""

    def __init__(self, V: int):
        super().__init__()
        self.wte, self.head = nn.Embedding(V, 3), nn.Linear(3, V)
        self.read: list[tuple[int, ...]] = []  # the shapes of its batches so far

    def forward(self, idx: Tensor) -> Tensor:
        self.read.append(tuple(idx.shape))
        return self.head(self.wte(idx).tanh())


def _drawn(seed: int, V: int) -> Batches:
    """Micro-batches of unequal rows and lengths, in which many places ask nothing."""
    batches = []
    for B, T, asked in ((2, 7 + seed, 1.0), (5, 3, 0.5), (3, 4 + seed, 0.2)):
        X, y = torch.randint(V, (2, B, T))
        y = y.masked_fill(torch.rand(B, T) > asked, -1)
        y[0, 0] = 1
        batches.append((X, y))
    return batches


def _loss(model: nn.Module, batches: Batches, weights: list[float]) -> Tensor:
    parts = [loss_fn(model(X), y) for X, y in batches]
    return sum(w * it for w, it in zip(weights, parts, strict=True))


def _moved(model: nn.Module, batches: Batches, weights: list[float]) -> Tensor:
    loss = _loss(model, batches, weights)
    return torch.cat(
        [g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))]
    )


def _flat(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def _judged(mine: Function, seed: int) -> tuple[nn.Module, Batches, Tensor, object]:
    """The model before, the batches, how far each weight went down, and the loss.

    The loss is as it was returned, and can be made a float.
    """
    expect_mended(mine, train_step, LOOK)
    V = 6 + seed
    model, before, batches = _Model(V), _Model(V), _drawn(seed, V)
    before.load_state_dict(model.state_dict())
    for p in model.parameters():
        p.grad = torch.ones_like(p)  # from an earlier step
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    out = run(mine, model, optimizer, list(batches))
    shapes = [tuple(X.shape) for X, _ in batches]
    if model.read and sorted(model.read) != sorted(shapes):
        raise Wrong(ONE_BIG.format(model.read, shapes))
    try:
        float(out)
    except (TypeError, ValueError, RuntimeError):
        kind = type(out).__name__
        raise Wrong(f"It must return the loss, one number, and not {kind}.") from None
    return before, batches, _flat(before) - _flat(model), out


@part("accumulation-fault", "the step is that of one big batch", points=1)
def step(seed: int, mine: Function) -> None:
    """Plain descent at a rate of 1, so that a weight moves by its gradient."""
    model, batches, moved, _ = _judged(mine, seed)
    known = _weights(batches)
    right = _moved(model, batches, known["right"][0])
    if close(moved, right):
        return
    if not moved.any():
        raise Wrong(NOTHING)
    if close(moved, right + 1):
        raise Wrong(
            "What stood in .grad before the step is in it: empty the gradients first."
        )
    for weights, words in known.values():
        if close(moved, _moved(model, batches, weights)):
            raise Wrong(f"The step is not that of one big batch. {words}")
    raise Wrong(
        "The step is not that of one big batch: its length is "
        f"{moved.norm():.4f}, and it should be {right.norm():.4f}."
    )


@part("accumulation-fault", "and the loss is the mean over all targets", points=1)
def loss(seed: int, mine: Function) -> None:
    """What the log shows."""
    model, batches, _, out = _judged(mine, seed)
    carries_graph = isinstance(out, Tensor) and out.requires_grad
    found = float(out)
    known = _weights(batches)
    right = _loss(model, batches, known["right"][0]).detach()
    if carries_graph:
        raise Wrong(
            "The loss that it returns still carries the graphs of all micro-batches, "
            "and their memory: add up plain numbers, as by .item()."
        )
    found = torch.tensor(found)
    if close(found, right):
        return
    for weights, words in known.values():
        if close(found, _loss(model, batches, weights).detach()):
            raise Wrong(f"The loss that it returns is not the mean. {words}")
    raise Wrong(f"It returns the loss {found:.4f}, and it should be {right:.4f}.")


def _by_share(model: nn.Module, optimizer: object, batches: Batches) -> float:
    optimizer.zero_grad()
    total = _loss(model, batches, _weights(batches)["right"][0])
    total.backward()
    optimizer.step()
    return total.item()


def _divided_last(model: nn.Module, optimizer: object, batches: Batches) -> float:
    """Right too: sums first, and the gradients are divided before the step."""
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        summed = loss_fn(model(X), y) * (y != -1).sum()
        summed.backward()
        total += summed.item()
    count = sum(int((y != -1).sum()) for _, y in batches)
    for p in model.parameters():
        p.grad /= count
    optimizer.step()
    return total / count


def _like(far: float) -> Function:
    def stepped(model: nn.Module, optimizer: object, batches: Batches) -> float:
        weights = _weights(batches)
        both = zip(weights["right"][0], weights["given"][0], strict=True)
        optimizer.zero_grad()
        # No share below 0: a loss that is below 0 would give it away.
        shares = [max(a + far * (b - a), 0.0) for a, b in both]
        total = _loss(model, batches, shares)
        total.backward()
        optimizer.step()
        return total.item()

    return stepped


@part("accumulation-witness", "your number is 0 for right code, and not for this", 1)
def witness(seed: int, mine: Callable) -> None:
    """Two right implementations, the one that was given, and some like it."""
    given = {_like(1): "all micro-batches count alike"} | relatives(_like)
    expect_witness(mine, [_by_share, _divided_last], given)
