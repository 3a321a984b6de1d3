"""Drawings of LayerNorm: one vector step by step, and what eps does to a small one.

C numbers a vector. Each function makes the figure and returns what it shows in words,
for `show`: `show(draw_norm(x, weight, bias))`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, PALE, Axes, plt


def _say(numbers: Tensor) -> str:
    # z: a zero is never written as -0.00
    return ", ".join(f"{n:z.2f}" for n in numbers.tolist())


def _bars(ax: Axes, numbers: Tensor, title: str) -> None:
    """A bar for each number, with the number beyond its end."""
    ax.bar(range(len(numbers)), numbers.tolist(), width=0.62, color=BLUE)
    for i, n in enumerate(numbers.tolist()):
        ends = dict(xytext=(0, -3 if n < 0 else 3), textcoords="offset points")
        up = "top" if n < 0 else "bottom"
        ax.annotate(f"{n:z.2f}", (i, n), **ends, ha="center", va=up, fontsize=9)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_title(title, fontsize=10)
    ax.set(xticks=range(len(numbers)), xlim=(-0.6, len(numbers) - 0.4))
    ax.margins(y=0.16)


def _line(ax: Axes, y: float, text: str) -> None:
    """A dashed line right across, with its number at the left edge."""
    ax.axhline(y, color=ORANGE, linestyle="--", linewidth=1.5)
    back = dict(boxstyle="round,pad=0.15", fc="white", ec="none", alpha=0.8)
    place = dict(ha="left", va="bottom", fontsize=9)
    ax.text(-0.55, y, text, color=INK, bbox=back, **place)


def norm_steps(x: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """What LayerNorm makes of x, (C), on its way: mean, distances and their root."""
    away = x - x.mean()
    return x.mean(), away, (away.square().mean() + eps).sqrt()


def draw_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> str:
    """One vector on its way through LayerNorm, in four rows of bars.

    Args:
        x, weight, bias: (C) each, C small enough that the numbers can be read.
        eps: what is added to the variance.
    """
    mean, away, root = norm_steps(x, eps)
    z = away / root
    out = z * weight + bias
    axes = plt.subplots(1, 4, figsize=(11, 2.9), layout="constrained")[1]
    titles = ["x", "minus the mean", "divided by the root", "times weight, plus bias"]
    for ax, numbers, title in zip(axes, (x, away, z, out), titles, strict=True):
        _bars(ax, numbers, title)
    _line(axes[0], mean.item(), f"mean {mean:.2f}")
    axes[1].axhspan(-root.item(), root.item(), color=GREY, alpha=0.25, linewidth=0)
    axes[1].set_xlabel(f"grey: up to ±{root:.2f}, the root", fontsize=9)
    axes[3].set_xlabel(f"weight {_say(weight)}\nbias {_say(bias)}", fontsize=9)
    return (
        f"Four rows of bars. The vector {_say(x)}, with a dashed line at its mean, "
        f"{mean:.2f}; its distances from the mean, {_say(away)}, with a grey band as "
        f"wide as the root of the variance, {root:.2f}, to both sides; the distances "
        f"divided by it, {_say(z)}; and these times the weight {_say(weight)} plus the "
        f"bias {_say(bias)}: {_say(out)}."
    )


def draw_eps(
    x: Tensor, eps: float, sizes: Sequence[float] = (1, 0.1, 0.01, 0.001, 0.0001)
) -> str:
    """What the norm makes of x when x is made smaller and smaller, at this eps.

    Left: x as it is, normalised. Right: the spread of the result, which would be 1
    without eps, against the factor by which x was multiplied.
    """
    axes = plt.subplots(1, 2, figsize=(10, 3.1), layout="constrained")[1]
    out = F.layer_norm(x, x.shape, eps=eps)
    _bars(axes[0], out, f"x, normalised with eps = {eps:.0e}")
    axes[0].set_ylim(-1.7, 2.1)
    ends = torch.tensor([min(sizes) / 10, max(sizes) * 3]).log10().tolist()
    fine = torch.logspace(*ends, 200, dtype=torch.float64)
    axes[1].plot(fine, _spreads(x, fine, eps))
    dots = _spreads(x, torch.tensor(sizes, dtype=torch.float64), eps)
    axes[1].plot(sizes, dots, "o", color=BLUE)
    for size, spread in zip(sizes, dots.tolist(), strict=True):
        away = dict(xytext=(-5, 5), textcoords="offset points", ha="right", fontsize=9)
        axes[1].annotate(f"{spread:.2f}", (size, spread), **away)
    equal = (eps / x.var(correction=0).item()) ** 0.5
    axes[1].axvline(equal, color=ORANGE, linestyle="--", linewidth=1.5)
    axes[1].set(xscale="log", ylim=(-0.05, 1.25), xlim=(fine[0], fine[-1]))
    axes[1].set_xlabel("factor that x is multiplied by; dashed: its variance is eps")
    axes[1].set_title("spread of the result", fontsize=10)
    said = ", ".join(
        f"{n:.2f} at {s:g}" for n, s in zip(dots.tolist(), sizes, strict=True)
    )
    return (
        f"Left the bars of x normalised with eps = {eps:.0e}: {_say(out)}. Right a "
        f"curve that rises from 0 to 1 with the size of x. The spread of the result is "
        f"{said} times x. A dashed line at {equal:.1e}, where the variance equals eps."
    )


def _spreads(x: Tensor, factors: Tensor, eps: float) -> Tensor:
    """The spread of the normalised vector for each factor that x is multiplied by."""
    small = x.double() * factors[:, None]
    return F.layer_norm(small, x.shape, eps=eps).std(dim=-1, correction=0)


def draw_shared(B: int, T: int, C: int) -> str:
    """Which numbers share a mean: a row in LayerNorm, all texts' column in BatchNorm.

    Two rows of B tables, T positions by C numbers; what shares the mean of one chosen
    number is lit and hatched, and that number is framed.
    """
    axes = plt.subplots(2, B, figsize=(2.6 * B, 0.62 * T + 1.6), layout="constrained")[
        1
    ]
    chosen, counts = (0, 1, 2), {}
    for line, name in enumerate(("LayerNorm", "BatchNorm")):
        for b in range(B):
            ax = axes[line][b]
            for t in range(T):
                for c in range(C):
                    row, column = (b, t) == chosen[:2], c == chosen[2]
                    lit = row if name == "LayerNorm" else column
                    counts[name] = counts.get(name, 0) + lit
                    _field(ax, c, -t, lit, framed=(b, t, c) == chosen)
            ax.set(xlim=(-0.1, C + 0.1), ylim=(-T + 0.9, 1.1), aspect="equal")
            ax.axis("off")
            ax.set_title(f"{name}, text {b}", fontsize=10)
    return (
        f"Two rows of {B} tables, one table a text, each of {T} positions (rows) and "
        f"{C} numbers (columns). One number is framed, text 0, position 1, number 2. "
        f"LayerNorm: {counts['LayerNorm']} fields are hatched, the row that it stands "
        f"in. BatchNorm: {counts['BatchNorm']} fields are hatched, its column in every "
        "text, later positions among them."
    )


def _field(ax: Axes, x: float, y: float, lit: bool, framed: bool) -> None:
    look = dict(facecolor=BLUE if lit else PALE, alpha=0.55 if lit else 1)
    hatch = "///" if lit else None
    ax.add_patch(plt.Rectangle((x, y), 1, 1, edgecolor=GREY, hatch=hatch, **look))
    if framed:
        frame = dict(fill=False, edgecolor=ORANGE, linewidth=3, zorder=5)
        ax.add_patch(plt.Rectangle((x, y), 1, 1, **frame))
