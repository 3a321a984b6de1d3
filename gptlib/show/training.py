"""Drawings of a training run: its learning rate, and its losses.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from collections.abc import Callable, Mapping, Sequence

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, plt


def draw_schedule(
    schedule: Callable[..., float],
    *,
    peak: float,
    min_lr: float,
    warmup: int,
    total: int,
) -> str:
    """The learning rate of every step, a little beyond the end.

    Args:
        schedule: the rate of a step, called with the step and the other arguments.
    """
    sizes = dict(peak=peak, min_lr=min_lr, warmup=warmup, total=total)
    steps = range(total + total // 5 + 1)
    rates = [schedule(step, **sizes) for step in steps]
    ax = plt.subplots(figsize=(8, 3))[1]
    ax.plot(steps, rates, color=BLUE)
    for step, name in ((warmup, "warm-up ends"), (total, "the end")):
        ax.axvline(step, color=GREY, linestyle=":", linewidth=1.2)
        ax.annotate(name, (step, 1.02 * peak), (4, 2), textcoords="offset points",
                    fontsize=9, color=INK)  # fmt: skip
    ax.set(xlabel="step", ylabel="learning rate", ylim=(0, 1.15 * peak))
    middle = (warmup + total) // 2
    return (
        f"The learning rate over {len(steps)} steps. It rises from {rates[0]:.3g} in "
        f"step 0 to {rates[warmup]:.3g} in step {warmup}, falls along half a cosine, "
        f"is at {rates[middle]:.3g} in step {middle} and at {rates[total]:.3g} from "
        f"step {total} on."
    )


def draw_losses(
    steps: Sequence[int], curves: Mapping[str, Sequence[float]], floor: float
) -> str:
    """Losses over the steps of a run, by name, and the lowest loss that is possible."""
    ax = plt.subplots(figsize=(8, 3.2))[1]
    looks = ("o-", BLUE), ("s--", ORANGE)
    for (name, losses), (style, colour) in zip(curves.items(), looks, strict=True):
        ax.plot(steps, losses, style, color=colour, label=name, markersize=4)
    ax.axhline(floor, color=GREY, linestyle=":", label="floor")
    ax.set(xlabel="step", ylabel="loss, nats per character", ylim=(0, None))
    ax.legend()
    told = [
        f"{name} from {losses[0]:.2f} to {losses[-1]:.3f}"
        for name, losses in curves.items()
    ]
    return (
        f"Losses from step {steps[0]} to step {steps[-1]}: {'; '.join(told)}. "
        f"The floor is at {floor:.3f}."
    )
