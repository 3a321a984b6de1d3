"""The second of the two lines: pred = model(X), loss = loss_fn(pred, y).

B batch, T time, V vocabulary.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gptlib.guard.values import (
    checked_floats,
    checked_ids,
    checked_type,
    checked_whole,
    readable,
)

IGNORE = -1  # a target of -1 asks nothing of the model at that place


def loss_fn(logits: Tensor, targets: Tensor, ignore_index: int = IGNORE) -> Tensor:
    """Mean cross-entropy in nats between what was predicted and what came.

    Args:
        logits: (B, T, V) float, or any (..., V).
        targets: (B, T) int64 in 0..V-1, or any (...); `ignore_index` is left out.
        ignore_index: the target that does not count, -1 as in minGPT and nanoGPT.

    Returns:
        A scalar: the mean over the targets that count.

    Raises:
        TypeError: logits that are not a tensor of floats, targets that are not int64.
        ValueError: shapes that do not fit; on the CPU also targets outside the
            vocabulary, or none that counts (their mean is 0 / 0). A GPU is not asked,
            it would have to wait: there CUDA's kernel stops at a wrong target, and a
            mean of nothing is nan.
    """
    _check(logits, targets, ignore_index)
    V = logits.shape[-1]
    # cross_entropy wants one row a prediction: B and T become one axis.
    return F.cross_entropy(
        logits.reshape(-1, V), targets.reshape(-1), ignore_index=ignore_index
    )


@torch.no_grad()
def evaluate(model: nn.Module, X: Tensor, y: Tensor, batch_size: int = 32) -> float:
    """Mean loss in nats over every target of all rows that counts, dropout off.

    Args:
        model: maps (B, T) ids to (B, T, V) logits.
        X, y: (N, T) int64, any N; targets of -1 do not count.
        batch_size: rows at a time; it changes the memory, not the result.

    Raises:
        TypeError, ValueError: see `loss_fn` and `GPT.forward`; also a model that is no
            module, batch_size below 1, or no target that counts.
    """
    checked_type("model", model, nn.Module, "a module, as in evaluate(model, X, y)")
    checked_ids("X", X, dim=2)
    checked_ids("y", y, dim=2)
    batch_size = checked_whole("batch_size", batch_size)
    device = next(model.parameters()).device
    total, count = 0.0, 0
    with evaluating(model):
        for rows, targets in zip(X.split(batch_size), y.split(batch_size), strict=True):
            n = int((targets != IGNORE).sum())
            if n:
                loss = loss_fn(model(rows.to(device)), targets.to(device))
                total, count = total + n * loss.item(), count + n
    if count == 0:
        raise ValueError(f"none of the {y.numel()} targets counts: nothing to measure")
    return total / count


def evaluating(model: nn.Module) -> AbstractContextManager[None]:
    """Dropout off inside, and each module in its own mode again afterwards."""
    return all_evaluating(list(model.modules()))


@contextmanager
def all_evaluating(modules: Iterable[nn.Module]) -> Iterator[None]:
    """`evaluating` for modules that were listed before, as a loop over tokens wants."""
    training = [module for module in modules if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _check(logits: Tensor, targets: Tensor, ignore_index: int) -> None:
    checked_floats("logits", logits, "pred = model(X) gives them")
    checked_ids("targets", targets)
    if logits.shape[:-1] != targets.shape:
        raise ValueError(
            f"logits {tuple(logits.shape)} need targets of shape "
            f"{tuple(logits.shape[:-1])}, got {tuple(targets.shape)}"
        )
    if not readable(targets):
        return
    V, counted = logits.shape[-1], targets[targets != ignore_index]
    if counted.numel() == 0:
        raise ValueError(
            f"none of the {targets.numel()} targets counts: all are {ignore_index}"
        )
    low, high = (end.item() for end in counted.aminmax())
    if low < 0 or high >= V:
        raise ValueError(
            f"targets must be 0..{V - 1} or {ignore_index}, got {low}..{high}"
        )
