"""Checks of lesson training: the learning rate at a step."""

import math
from collections.abc import Callable

import torch

from gptlib.checks.calls import run
from gptlib.checks.verdict import Wrong, part
from gptlib.optim import cosine_lr

Function = Callable[..., float]
Sizes = dict[str, float]


def _sizes(seed: int) -> Sizes:
    """Peak, end, warm-up and total: nothing is round, and no two are alike."""
    return [
        dict(peak=1.0, min_lr=0.1, warmup=4, total=12),
        dict(peak=0.03, min_lr=0.004, warmup=7, total=31),
        dict(peak=6e-4, min_lr=6e-5, warmup=10, total=90),
    ][seed]


def _rate(mine: Function, step: int, sizes: Sizes) -> float:
    rate = run(mine, step, **sizes)
    if isinstance(rate, torch.Tensor):
        if rate.numel() != 1:
            raise Wrong(f"The learning rate is one number; yours has {rate.numel()}.")
        raise Wrong("It returned a tensor: the learning rate is a plain number.")
    if not isinstance(rate, int | float):
        kind = type(rate).__name__
        raise Wrong(f"It returned an object of type {kind}, and a number is expected.")
    return float(rate)


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-9)


@part("schedule", "the warm-up rises in equal parts and reaches the peak after it")
def warm_up(seed: int, mine: Function) -> None:
    """`schedule(step, peak, min_lr, warmup, total)`, a number."""
    sizes = _sizes(seed)
    peak, least, warmup = sizes["peak"], sizes["min_lr"], sizes["warmup"]
    steps = range(warmup)
    found = [_rate(mine, step, sizes) for step in steps]
    for ramp, words in [
        (
            [peak * s / warmup for s in steps],
            "Step 0 has the rate 0, so its batch teaches nothing: count step + 1, and "
            "divide by warmup + 1.",
        ),
        (
            [peak * s / (warmup + 1) for s in steps],
            "Step 0 has the rate 0, so its batch teaches nothing: count step + 1.",
        ),
        (
            [peak * (s + 1) / warmup for s in steps],
            "The last step of the warm-up has the peak already, which belongs to step "
            "warmup: divide by warmup + 1.",
        ),
        (
            [least + (peak - least) * (s + 1) / (warmup + 1) for s in steps],
            "It rises from min_lr, which is for the end: in the warm-up a step has its "
            "share of the peak alone.",
        ),
        ([peak] * warmup, "There is no warm-up: the peak stands in step 0."),
    ]:
        if all(map(_same, found, ramp)):
            raise Wrong(words)
    _expect(found, [cosine_lr(step, **sizes) for step in steps], first=0)


@part("schedule", "half a cosine from the peak to the end, also without a warm-up")
def fall(seed: int, mine: Function) -> None:
    """From step `warmup` to step `total`."""
    for warmup in (_sizes(seed)["warmup"], 0):
        sizes = _sizes(seed) | dict(warmup=warmup)
        steps = range(warmup, sizes["total"])
        found = [_rate(mine, step, sizes) for step in steps]
        for words, wrong in _falls(**sizes).items():
            if all(map(_same, found, map(wrong, steps))):
                raise Wrong(words)
        _expect(found, [cosine_lr(step, **sizes) for step in steps], first=warmup)


def _falls(
    peak: float, min_lr: float, warmup: int, total: int
) -> dict[str, Callable[[int], float]]:
    """What the classic mistakes give in a step after the warm-up."""
    left, size = total - warmup, peak - min_lr
    half = lambda share: 0.5 * (1 + math.cos(math.pi * share))
    late = {
        "The progress counts from step 0: it begins at 0 in step warmup, and ends at 1 "
        "in step total.": lambda s: min_lr + size * half(s / total),
        "The progress is divided by total: from warmup to total there are total - "
        "warmup steps.": lambda s: min_lr + size * half((s - warmup) / total),
    }
    return (late if warmup else {}) | {
        "It falls to 0 and not to min_lr: let it fall by peak - min_lr, and add min_lr."
        "": lambda s: peak * half((s - warmup) / left),
        "It falls towards 0 and is cut off at min_lr: let it fall by peak - min_lr, "
        "and add min_lr.": lambda s: max(min_lr, peak * half((s - warmup) / left)),
        "math.cos takes radians and not degrees: the angle goes from 0 to math.pi.": (
            lambda s: min_lr + size * half(180 / math.pi * (s - warmup) / left)
        ),
        "It begins above the peak: what falls is peak - min_lr.": lambda s: (
            min_lr + peak * half((s - warmup) / left)
        ),
        "The cosine is not halved: it goes from 1 to -1, so add 1 and halve.": (
            lambda s: min_lr + size * math.cos(math.pi * (s - warmup) / left)
        ),
        "One plus the cosine goes from 2 to 0: halve it.": lambda s: (
            min_lr + size * 2 * half((s - warmup) / left)
        ),
        "It falls along a line: take half a cosine.": lambda s: (
            peak - size * (s - warmup) / left
        ),
        "This is a quarter of the cosine's circle: the angle goes from 0 to pi.": (
            lambda s: min_lr + size * math.cos(math.pi / 2 * (s - warmup) / left)
        ),
        "It runs twice round: the angle goes from 0 to pi, not to 2 pi.": lambda s: (
            min_lr + size * half(2 * (s - warmup) / left)
        ),
        "It rises: swap what it begins with and what it ends with.": lambda s: (
            peak - size * half((s - warmup) / left)
        ),
        "After the warm-up nothing falls.": lambda s: peak,
    }


@part("schedule", "the end stays")
def end(seed: int, mine: Function) -> None:
    """Step `total` and far beyond."""
    sizes = _sizes(seed)
    total, least = sizes["total"], sizes["min_lr"]
    if not _same(_rate(mine, total, sizes), least):
        raise Wrong(f"In step total, {total}, the rate must be min_lr, {least:g}.")
    for step in (total + 1, total + sizes["warmup"] + 2, 2 * total, 5 * total):
        rate = _rate(mine, step, sizes)
        if not _same(rate, least):
            raise Wrong(
                f"With total = {total} it gives {rate:.4g} in step {step}: it "
                f"stays at min_lr. From step {total} on it is {least:g}."
            )


def _expect(found: list[float], right: list[float], first: int) -> None:
    for step, (a, b) in enumerate(zip(found, right, strict=True), start=first):
        if not _same(a, b):
            raise Wrong(f"In step {step} it gives {a:.4g}, and should give {b:.4g}.")
