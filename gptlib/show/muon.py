"""Drawings of Muon: what a step does to directions, and five rounds of its polynomial.

Each function makes the figure and returns what it shows in words, for `show`.
"""

import torch
from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREEN, GREY, INK, ORANGE, Axes, plt

COEFFICIENTS = 3.4445, -4.7750, 2.0315  # Jordan et al. 2024, as in PyTorch's Muon
SMALL = 3e-4, 1e-3, 3e-3  # singular values whose fate the curve names
DASHES = ["-", "--", ":"]


def lifted(values: Tensor, rounds: int = 5) -> Tensor:
    """What so many rounds of the polynomial make of singular values."""
    a, b, c = COEFFICIENTS
    for _ in range(rounds):
        values = a * values + b * values**3 + c * values**5
    return values


def draw_circles(matrices: dict[str, Tensor]) -> str:
    """What each matrix, (2, 2), makes of a circle of arrows of length 1.

    The longest arrow of the ellipse and the shortest are drawn with their lengths,
    which are the singular values.
    """
    figure, axes = plt.subplots(1, len(matrices), figsize=(4 * len(matrices), 3.4))
    angles = torch.linspace(0, 2 * torch.pi, 200)
    circle = torch.stack([angles.cos(), angles.sin()])
    said = []
    for ax, (name, matrix) in zip(axes, matrices.items(), strict=True):
        directions, values, _ = torch.linalg.svd(matrix)
        ax.plot(*circle.numpy(), ":", color=GREY, linewidth=1.2)
        ax.plot(*(matrix @ circle).numpy(), color=BLUE)
        for direction, value in zip(directions.T, values, strict=True):
            _arrow(ax, *(direction * value).tolist(), f"{value:.2f}")
        ax.set(title=name, aspect="equal", xlim=(-1.6, 1.6), ylim=(-1.35, 1.35))
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        said.append(f"{name}: {values[0]:.2f} and {values[1]:.2f}")
    figure.tight_layout()
    return (
        f"{len(matrices)} panels, each with a dotted circle of radius 1 and what a "
        "matrix makes of it, an ellipse. Longest and shortest arrow: "
        f"{'; '.join(said)}."
    )


def _arrow(ax: Axes, x: float, y: float, text: str) -> None:
    look = dict(arrowstyle="-|>", color=ORANGE, linewidth=2)
    ax.annotate("", (x, y), (0, 0), arrowprops=look)
    box = dict(boxstyle="round,pad=0.1", fc="white", ec="none", alpha=0.85)
    length = max((x * x + y * y) ** 0.5, 1e-9)
    at = (x + 0.28 * x / length, y + 0.2 * y / length)
    ax.text(*at, text, ha="center", va="center", fontsize=9.5, color=INK, bbox=box)


def draw_lift(values: Tensor) -> str:
    """The curve: a singular value before five rounds of the polynomial, and after.

    Args:
        values: the singular values of a gradient, the largest at most 1; those of 0
            are left out. They are marked along the axis.
    """
    before = torch.logspace(-4.3, 0, 600)
    after, small = lifted(before), torch.tensor(SMALL)
    shown = values[values > 1e-5]
    ax = plt.subplots()[1]
    ax.semilogx(before, after, color=BLUE, label="after five rounds")
    ax.semilogx(before, before, ":", color=GREY, label="before")
    ax.plot(shown, torch.zeros_like(shown), "|", color=ORANGE, ms=10, label="G's own")
    for x, y in zip(small.tolist(), lifted(small).tolist(), strict=True):
        ax.plot(x, y, "o", color=INK, ms=5)
        ax.annotate(f"{x:g} → {y:.2f}", (x, y), (-8, 2), fontsize=9, color=INK,
                    textcoords="offset points", ha="right")  # fmt: skip
    ax.set(xlim=(5e-5, 1.2), xlabel="singular value before (log scale)")
    ax.set(ylabel="after", title="What is small comes up, unless it is very small")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    points = [f"{x:g} to {y:.2f}" for x, y in zip(small, lifted(small), strict=True)]
    high = after[before > 2e-3]
    return (
        f"A curve over the singular value before. It rises steeply, {', '.join(points)}"
        f", and from 0.002 on it wavers between {high.min():.2f} and {high.max():.2f}. "
        f"{len(shown)} marks are the gradient's values, from {shown.min():.1g} to "
        f"{shown.max():.2f}."
    )


def draw_directions(steps: dict[str, Tensor]) -> str:
    """How much each of some steps, all (m, n), changes each direction of a matrix."""
    ax, said = plt.subplots()[1], []
    colours = [GREY, ORANGE, BLUE, GREEN]
    for number, (name, step) in enumerate(steps.items()):
        values = torch.linalg.svdvals(step)
        shares = values / values[0]
        look = dict(color=colours[number], linestyle=DASHES[-1 - number % 3])
        ax.semilogy(range(1, len(shares) + 1), shares, label=name, **look)
        said.append(f"{name} {(shares > 0.5).sum()}")
    ax.set(ylim=(1e-4, 2), xlabel="direction, the strongest first")
    ax.set(ylabel="singular value, the largest = 1")
    ax.set_title("How much a step changes each direction of one matrix")
    ax.legend()
    return (
        f"Falling curves over {len(values)} directions, the strongest first. So many "
        f"are changed at least half as much as the strongest: {', '.join(said)}."
    )
