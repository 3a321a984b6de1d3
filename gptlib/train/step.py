"""One step of training: its batches, its learning rate, and the step itself.

B batch, T time (positions), V vocabulary.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gptlib.loss import loss_fn
from gptlib.optim import cosine_lr, hold_lr
from gptlib.text.batches import Split, get_batch
from gptlib.train.processes import World, mix

Batches = Iterable[tuple[Tensor, Tensor]]


def make_batches(
    split: Split, settings: dict, step: int, block_size: int, world: World
) -> Batches:
    """This process's micro-batches of a step, each (B, T).

    The rows depend on seed and step alone, so that a run which goes on after a stop
    sees what it would have seen, and several processes share what one would see.
    """
    chance = torch.Generator().manual_seed(mix(settings["seed"], step))
    X, y = get_batch(
        split.ids, block_size, settings["batch_size"], chance, split.starts
    )  # (B, T), (B, T)
    mine, parts = slice(world.rank, None, world.size), settings["accumulate"]
    return zip(X[mine].chunk(parts), y[mine].chunk(parts), strict=True)


def lr_factor(settings: dict, step: int) -> float:
    """Which share of its peak a learning rate has in `step`, counted from 0."""
    shape = dict(
        peak=1.0,
        min_lr=settings["min_lr_factor"],
        warmup=settings["warmup"],
        total=settings["steps"],
    )
    if settings["schedule"] == "hold":
        return hold_lr(step, hold=settings["hold"], **shape)
    return cosine_lr(step, **shape)


def optimizer_step(
    forward: Callable[[Tensor], Tensor],
    parameters: list[nn.Parameter],
    optimizers: list[Optimizer],
    batches: Batches,
    *,
    accumulate: int = 1,
    grad_clip: float = 1.0,
    autocast: Callable = nullcontext,
    no_sync: Callable = nullcontext,
) -> Tensor:
    """Learn from the micro-batches of one step, `accumulate` of them.

    Nothing is read back from the device, so that it never waits for Python.

    Returns:
        (2), on the device: the mean loss, and the length of the gradient before it was
        clipped to `grad_clip`.
    """
    losses = []
    for micro, (X, y) in enumerate(batches, start=1):
        # Several processes share gradients once a step, with its last micro-batch.
        with nullcontext() if micro == accumulate else no_sync():
            with autocast():
                logits = forward(X)  # (B, T, V)
                # The mean of the means: each micro-batch counts 1 / accumulate.
                loss = loss_fn(logits, y) / accumulate
            loss.backward()
        losses.append(loss.detach())
    norm = nn.utils.clip_grad_norm_(parameters, grad_clip)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return torch.stack([torch.stack(losses).sum(), norm.detach()])
