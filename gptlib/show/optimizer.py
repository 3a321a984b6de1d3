"""Drawings of an optimizer: one parameter under AdamW, and a step in micro-batches.

Each function makes the figure and returns what it shows in words, for `show`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, PALE, Axes, plt

EPS = 1e-8
COLOURS = (BLUE, ORANGE)


class State(NamedTuple):
    """One parameter after one step, and what moved it."""

    gradient: float
    m: float
    v: float
    step: float  # in learning rates, before the decay
    w: float


def adamw_path(
    gradients: Sequence[float],
    start: float,
    lr: float,
    betas: tuple[float, float],
    weight_decay: float,
) -> list[State]:
    """AdamW on one parameter that gets these gradients, a state for each."""
    m, v, w, path = 0.0, 0.0, start, []
    for t, g in enumerate(gradients, start=1):
        m += (1 - betas[0]) * (g - m)
        v += (1 - betas[1]) * (g * g - v)
        root = math.sqrt(v / (1 - betas[1] ** t)) + EPS
        step = m / (1 - betas[0] ** t) / root
        w = w - lr * weight_decay * w - lr * step
        path.append(State(g, m, v, step, w))
    return path


def draw_adamw(
    gradients: Sequence[float],
    *,
    start: float,
    lr: float,
    betas: tuple[float, float],
    weight_decay: float,
) -> str:
    """A table of gradient, m, v and step, and beside it the way of the parameter."""
    path = adamw_path(gradients, start, lr, betas, weight_decay)
    sizes = dict(width_ratios=[len(path) + 1.2, 2.2])
    left, right = plt.subplots(
        1, 2, figsize=(9, 2.9), gridspec_kw=sizes, layout="constrained"
    )[1]
    rows = ["gradient", "m", "v", "step, in learning rates", "w"]
    for y, name in enumerate(rows):
        left.text(-0.7, -y, name, ha="right", va="center", color=INK)
        for x, state in enumerate(path):
            _field(left, x, -y, f"{state[y]:.4g}", lit=name == "w")
    for x in range(len(path)):
        left.text(x, 0.62, f"step {x + 1}", ha="center", fontsize=9, color=INK)
    left.set(xlim=(-2.9, len(path) - 0.4), ylim=(-4.5, 0.9))
    left.axis("off")
    ways = [start, *(state.w for state in path)]
    right.plot(range(len(ways)), ways, "o-", color=BLUE)
    for x, w in enumerate(ways):
        right.annotate(f"{w:.4g}", (x, w), (4, 5), textcoords="offset points",
                       fontsize=9, color=INK)  # fmt: skip
    right.set(xlabel="step", ylabel="w", xticks=range(len(ways)))
    right.margins(x=0.2, y=0.25)
    told = "; ".join(
        f"step {t}: gradient {s.gradient:.4g}, m {s.m:.4g}, v {s.v:.4g}, step "
        f"{s.step:.4g} learning rates, w {s.w:.4g}"
        for t, s in enumerate(path, start=1)
    )
    return (
        f"One parameter under AdamW, from w = {start:g}. {told[0].upper()}{told[1:]}."
    )


def _field(ax: Axes, x: float, y: float, text: str, lit: bool = False) -> None:
    """A field of width 0.9 and height 0.8 around (x, y) with a text in it."""
    look = dict(facecolor=PALE, edgecolor=BLUE if lit else GREY)
    ax.add_patch(plt.Rectangle((x - 0.45, y - 0.4), 0.9, 0.8, **look))
    ax.text(x, y, text, ha="center", va="center", fontsize=10, color=INK)


def draw_accumulation(gradients: Sequence[Sequence[float]], processes: int = 1) -> str:
    """Rows in micro-batches: each one's mean, their sum over all parts, one step.

    Args:
        gradients: of one parameter, one number a row, a list for each micro-batch.
        processes: how many share the micro-batches, each a run of neighbours.

    Raises:
        ValueError: processes that cannot get equally many micro-batches.
    """
    if processes < 1 or len(gradients) % processes:
        raise ValueError(
            f"{len(gradients)} micro-batches do not divide among {processes} processes"
        )
    means = [sum(part) / len(part) for part in gradients]
    share = len(means) // processes
    ax = plt.subplots(figsize=(10, 3.6))[1]
    for i, (part, mean) in enumerate(zip(gradients, means, strict=True)):
        _micro_batch(ax, 3.0 * i, part, mean, share, COLOURS[i // share % 2])
    sums = []
    for p in range(processes):
        mine = range(p * share, (p + 1) * share)
        sums.append(sum(means[i] / share for i in mine))
        middle = 3.0 * sum(mine) / share
        for i in mine:
            _arrow(ax, (3.0 * i, 0.65), (middle, -0.45))
        name = "added up" if processes == 1 else f"process {p}, added up"
        _box(ax, middle, -0.85, f"{name}: {sums[-1]:.4g}", COLOURS[p % 2])
    end = sum(sums) / processes
    centre = 1.5 * (len(means) - 1)
    for p in range(processes):
        _arrow(ax, (3.0 * (p * share + (share - 1) / 2), -1.25), (centre, -1.85))
    same = "one step" if processes == 1 else "their mean: the same step in each"
    _box(ax, centre, -2.25, f"{same}, with the gradient {end:.4g}", INK, wide=6.4)
    ax.set(xlim=(-1.7, 3.0 * len(means) - 1.3), ylim=(-2.8, 3.2))
    ax.axis("off")
    return _told(gradients, means, sums, end, share)


def _micro_batch(
    ax: Axes, x: float, part: Sequence[float], mean: float, share: int, colour: str
) -> None:
    frame = dict(facecolor="white", edgecolor=colour, linewidth=1.6)
    ax.add_patch(plt.Rectangle((x - 1.3, 0.7), 2.6, 2.3, **frame))
    wide = 2.3 / len(part)
    for j, g in enumerate(part):
        at = x - 1.15 + (j + 0.5) * wide
        look = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.6)
        ax.add_patch(plt.Rectangle((at - 0.46 * wide, 2.1), 0.92 * wide, 0.7, **look))
        ax.text(at, 2.45, f"{g:.3g}", ha="center", va="center", color=INK)
    ax.text(x, 1.7, f"mean {mean:.3g}", ha="center", va="center", color=INK)
    text = f"divided by {share}: {mean / share:.3g}"
    ax.text(x, 1.1, text, ha="center", va="center", fontsize=10, color=INK)


def _box(
    ax: Axes, x: float, y: float, text: str, colour: str, wide: float = 4.2
) -> None:
    look = dict(facecolor="white", edgecolor=colour, linewidth=1.6)
    ax.add_patch(plt.Rectangle((x - wide / 2, y - 0.37), wide, 0.74, **look))
    ax.text(x, y, text, ha="center", va="center", fontsize=10, color=INK)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops=dict(arrowstyle="-|>", color=INK))


def _told(
    gradients: Sequence[Sequence[float]],
    means: Sequence[float],
    sums: Sequence[float],
    end: float,
    share: int,
) -> str:
    parts = "; ".join(
        f"rows with {', '.join(f'{g:.3g}' for g in part)} have the mean {mean:.3g}, "
        f"divided by {share} {mean / share:.3g}"
        for part, mean in zip(gradients, means, strict=True)
    )
    by = f"added up they are {sums[0]:.4g}"
    if len(sums) > 1:
        each = ", ".join(f"{it:.4g} in process {p}" for p, it in enumerate(sums))
        by = f"added up they are {each}; the mean of these is {end:.4g}"
    return (
        f"{len(means)} micro-batches as boxes, a gradient for each row: {parts}. "
        f"{by[0].upper()}{by[1:]}, and with that one step is made."
    )


def draw_decays(
    paths: Mapping[str, Sequence[Sequence[float]]], noises: Sequence[float]
) -> str:
    """The mean of many parameters over the steps, a panel for each optimizer.

    Args:
        paths: for each optimizer, by name, a path for each of three noises.
    """
    size = dict(figsize=(9, 3.2), sharey=True, layout="constrained")
    axes, said = plt.subplots(1, len(paths), **size)[1], []
    for ax, (name, three) in zip(axes, paths.items(), strict=True):
        for path, noise, style in zip(three, noises, ("-", "--", ":"), strict=True):
            ax.plot(path, style, label=f"noise {noise:g}")
        ax.set(title=name, xlabel="step")
        said.append(f"{name} at {', '.join(f'{path[-1]:.2f}' for path in three)}")
    axes[0].set_ylabel("mean of the parameters")
    axes[-1].legend()
    named = ", ".join(f"{noise:g}" for noise in noises)
    start = next(iter(paths.values()))[0][0]
    return (
        f"Paths from {start:.2f} on, with noise {named}, end in {'; in '.join(said)}."
    )
