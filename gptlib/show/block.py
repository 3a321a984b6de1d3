"""Drawings of a block: where the norm stands, and what each part adds to the stream.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from collections.abc import Sequence

from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, PALE, Axes, plt

ARROW = dict(arrowstyle="-|>", color=INK, linewidth=1.3, shrinkA=0, shrinkB=0)


def _box(ax: Axes, x: float, y: float, text: str, norm: bool) -> None:
    look = dict(facecolor=BLUE if norm else PALE, edgecolor=BLUE if norm else GREY)
    field = plt.Rectangle((x - 0.55, y - 0.28), 1.1, 0.56, zorder=3, **look)
    ax.add_patch(field)
    colour = "white" if norm else INK
    ax.text(x, y, text, ha="center", va="center", color=colour, fontsize=9, zorder=4)


def _plus(ax: Axes, x: float) -> None:
    ring = dict(boxstyle="circle,pad=0.1", fc="white", ec=INK)
    ax.text(x, 0, "+", ha="center", va="center", zorder=5, bbox=ring)


def draw_orders() -> str:
    """One block in both orders: the norm in the branch, and the norm on the stream."""
    axes = plt.subplots(2, 1, figsize=(9, 4.4), layout="constrained")[1]
    for ax, pre in zip(axes, (True, False), strict=True):
        ax.annotate("", (10.6, 0), (-0.4, 0), arrowprops=ARROW)
        for start, number, part in ((0.6, 1, "attn"), (5.6, 2, "mlp")):
            norm = f"ln_{number}"
            ax.plot([start, start], [0, 1.1], color=INK, linewidth=1.3)
            ax.plot([start, start + 3], [1.1, 1.1], color=INK, linewidth=1.3)
            ax.annotate("", (start + 3, 0.22), (start + 3, 1.1), arrowprops=ARROW)
            _box(ax, start + 2.1, 1.1, part, norm=False)
            _plus(ax, start + 3)
            _box(ax, *((start + 0.8, 1.1) if pre else (start + 4, 0)), norm, norm=True)
        ax.set(xlim=(-1.2, 11.4), ylim=(-0.5, 1.6), aspect="equal")
        ax.axis("off")
        ax.text(-0.5, 0, "x", ha="right", va="center", color=INK)
        named = "pre-norm, GPT-2: the norm in the branch"
        ax.set_title(named if pre else "post-norm, GPT-1: the norm on the stream")
    return (
        "Two drawings of a block, a line from left to right with two branches that "
        "come back to it at a plus. Pre-norm: each branch passes its norm and then its "
        "part, ln_1 and attn, ln_2 and mlp, and nothing stands on the line but the two "
        "plus signs. Post-norm: the branches hold attn and mlp alone, and the norms "
        "stand on the line, each behind its plus."
    )


def draw_stream(
    names: Sequence[str], added: Sequence[float], after: Sequence[float]
) -> str:
    """The stream from left to right, as wide as it is large, and what each part adds.

    Args:
        names: of what adds to the stream, in order.
        added: how large the vectors are that each of them adds.
        after: how large those of the stream are behind it.
    """
    ax = plt.subplots(figsize=(10, 3.8))[1]
    top = max(*after, *added)
    for i, (name, plus, size) in enumerate(zip(names, added, after, strict=True)):
        half = size / top / 2
        band = plt.Rectangle((i, -half), 1, 2 * half, facecolor=BLUE, alpha=0.75)
        ax.add_patch(band)
        white = dict(boxstyle="round,pad=0.15", fc="white", ec="none", alpha=0.9)
        ax.text(i + 0.6, 0, f"{size:.2f}", ha="center", va="center", bbox=white,
                fontsize=9)  # fmt: skip
        bar = dict(facecolor=ORANGE, edgecolor=INK, hatch="//", linewidth=0.6)
        ax.add_patch(plt.Rectangle((i - 0.13, 0.8), 0.3, plus / top, **bar))
        ax.text(i + 0.02, 0.84 + plus / top, f"+{plus:.2f}", ha="center", fontsize=9)
        ax.annotate("", (i + 0.02, half + 0.02), (i + 0.02, 0.8), arrowprops=ARROW)
        ax.text(i + 0.02, -0.72, name, ha="center", fontsize=9, color=INK)
    highest = 1.05 + max(added) / top
    ax.set(xlim=(-0.5, len(names) + 0.1), ylim=(-0.85, highest))
    ax.axis("off")
    ax.set_title("hatched: what each part adds; the band: the stream behind it")
    steps = zip(names, added, after, strict=True)
    said = "; ".join(f"{n} adds {p:.2f}, then it is {s:.2f}" for n, p, s in steps)
    return f"A band from left to right, the stream, wider and wider: {said}."


def draw_gradients(panels: dict[str, dict[str, Sequence[Tensor]]]) -> str:
    """Gradients along a stack: a panel for each time, a curve for each kind and seed.

    Args:
        panels: by title, then by kind ("pre-norm" first), the curves: gradient at the
            input of each layer, the last at the output, which is 1.
    """
    size = dict(figsize=(9, 3.2), sharey=True, layout="constrained")
    axes = plt.subplots(1, len(panels), **size)[1]
    said = []
    for ax, (title, kinds) in zip(axes, panels.items(), strict=True):
        looks = (("o-", BLUE), ("s--", ORANGE))
        for (kind, curves), (style, colour) in zip(kinds.items(), looks, strict=True):
            for number, curve in enumerate(curves):
                label = kind if number == 0 else None
                look = dict(color=colour, alpha=1 - 0.3 * number, label=label)
                ax.semilogy(curve, style, **look)
            at_1 = [curve[1].item() for curve in curves]
            said.append(f"{title}, {kind}: {min(at_1):.1g} to {max(at_1):.1g}")
        ax.set(title=title, xlabel=f"input of layer ({len(curve) - 1}: the output)")
    axes[0].set_ylabel("gradient, output = 1")
    axes[0].legend()
    return (
        f"Gradient at the input of each of {len(curve) - 1} layers on a logarithmic "
        f"axis, {len(curves)} seeds each. At layer 1, {'; '.join(said)}."
    )
