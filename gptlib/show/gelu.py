"""Drawings of GELU: the gate, the gap between its two forms, the grain of a dtype.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.distributions import Normal

from gptlib.gelu import exact_gelu, new_gelu

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREEN, GREY, INK, ORANGE, RED, plt

STANDARD = Normal(0.0, 1.0)


def draw_gate(numbers: Sequence[float]) -> str:
    """For each number: the share of the bell curve below it, and what is kept of it."""
    grid = torch.linspace(-3.5, 3.5, 401)
    bell = STANDARD.log_prob(grid).exp()
    axes = plt.subplots(1, len(numbers), figsize=(10, 2.4), sharey=True)[1]
    said = []
    for ax, x in zip(axes, numbers, strict=True):
        share = STANDARD.cdf(torch.tensor(x)).item()
        below = grid <= x
        ax.plot(grid, bell, color=INK, linewidth=1.5)
        ax.fill_between(
            grid[below], bell[below], facecolor="#CFE3F1", edgecolor=BLUE, hatch="///"
        )
        ax.axvline(x, color=RED, linewidth=1.5)
        ax.set_title(f"x = {x:g}\nbelow it: {share:.2f}", fontsize=11)
        ax.set_xlabel(f"{x:g} times {share:.2f} is {x * share:.2f}")
        ax.set(yticks=[], xticks=[-2, 0, 2])
        said.append(f"below {x:g} lies {share:.2f}, and GELU is {x * share:.2f}")
    axes[0].set_ylabel("bell curve")
    plt.gcf().tight_layout()
    return (
        "The bell curve once for each number, the part below it hatched: "
        f"{'; '.join(said)}."
    )


def draw_bends() -> str:
    """ReLU, GELU and its tanh form; on the right the dip from close by."""
    grid = torch.linspace(-4, 4, 1601, dtype=torch.float64)
    y = exact_gelu(grid)
    left, right = plt.subplots(1, 2, figsize=(10, 3))[1]
    curves = {
        "ReLU": (torch.relu(grid), dict(color=GREY, linestyle="--", linewidth=1.5)),
        "GELU": (y, dict(color=BLUE, linewidth=3.5)),
        "tanh form": (new_gelu(grid), dict(color=ORANGE, linestyle=":")),
    }
    for name, (values, look) in curves.items():
        left.plot(grid, values, label=name, **look)
        right.plot(grid, values, label=name, **look)
    at = y.argmin()
    right.plot(grid[at], y[at], "o", color=RED)
    right.annotate("lowest point", (grid[at], y[at] - 0.02), ha="center", va="top")
    left.set(xlabel="x, what goes in", ylabel="what comes out", title="Far away")
    right.set(xlim=(-4, 0.5), ylim=(-0.25, 0.2), xlabel="x", title="The dip")
    left.legend()
    return (
        "GELU follows ReLU far from zero on both sides and has a round corner between; "
        f"its lowest point is {y[at]:.2f} at {grid[at]:.2f}. The tanh form lies on it."
    )


def draw_gap(grid: Tensor, gap: Tensor) -> str:
    """exact - tanh, with its largest distances from zero marked.

    Args:
        grid, gap: (N), where, and how far the exact form is above the tanh form.
    """
    ax = plt.subplots(figsize=(8, 2.8))[1]
    ax.plot(grid, 1e4 * gap)
    ax.axhline(0, color=GREY, linewidth=1)
    top = gap.abs().max()
    for sign in (-1, 1):
        side = (grid * sign) > 0
        at = grid[side][gap[side].abs().argmax()]
        ax.plot(at, -1e4 * top, "o", color=RED)
        ax.annotate(f"x = {at:.3f}", (at, -1e4 * top), xytext=(8 * sign, 0), color=RED,
                    textcoords="offset points", va="center",
                    ha="left" if sign > 0 else "right")  # fmt: skip
    ax.set(xlabel="x", ylabel="exact - tanh, in 0.0001")
    ax.set_title("The difference of the two forms, on an axis of its own")
    return (
        f"The difference is 0 at 0, rises to {gap.max():.1e} on both sides, falls to "
        f"{gap.min():.1e} at {-at:.3f} and at {at:.3f}, and is 0 again far out."
    )


def half_step(y: Tensor, dtype: torch.dtype) -> Tensor:
    """Half the distance from each number to the next one that dtype has."""
    return torch.finfo(dtype).eps * 2 ** torch.floor(torch.log2(y.abs())) / 2


def draw_grain(grid: Tensor, exact: Tensor, gap: Tensor) -> str:
    """The difference of the forms against half a step of bfloat16, on both sides.

    Args:
        grid, exact, gap: (N), where, the exact form there, and the difference there.
    """
    axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True)[1]
    said = []
    for ax, sign, name in zip(axes, (-1, 1), ("left of 0", "right of 0"), strict=True):
        side = (sign * grid > 0.02) & (sign * grid < 5)
        half = half_step(exact[side], torch.bfloat16)
        size = gap[side].abs()
        ax.semilogy(grid[side], size, color=BLUE, label="|exact - tanh|")
        ax.semilogy(grid[side], half, color=RED, linestyle="--", linewidth=1.5,
                    label="half a step of bfloat16")  # fmt: skip
        above = size > half
        ax.fill_between(
            grid[side], size, half, where=above, facecolor=GREEN, alpha=0.3, hatch=".."
        )
        ax.set(xlabel="x", title=name, ylim=(1e-9, 1))
        share = above.double().mean().item()
        said.append(f"{name} the difference is above half a step at {share:.0%} of x")
    axes[0].set_ylabel("size")
    axes[0].legend(loc="upper left", fontsize=9)
    return (
        "The difference of the forms and half a step of bfloat16, between -5 and 5: "
        f"{'; '.join(said)}."
    )
