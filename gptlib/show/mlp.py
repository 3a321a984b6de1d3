"""Drawings of the MLP: widen, bend, narrow. C channels, T positions.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from torch import Tensor
from torch.nn import functional as F

from gptlib.show.fields import bare, cell, say

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, INK, ORANGE, Axes, plt


def draw_mlp(x: Tensor, W_fc: Tensor, W_proj: Tensor) -> str:
    """Each position on its way: wide, bent by GELU (tanh), narrow again.

    Args:
        x: (T, C), small enough to be read.
        W_fc, W_proj: (4C, C) and (C, 4C), as `nn.Linear` keeps them; no biases.
    """
    wide = x @ W_fc.T + 0.0  # no -0
    bent = F.gelu(wide, approximate="tanh")
    out = bent @ W_proj.T
    (T, C), N = x.shape, len(W_fc)
    ax = plt.subplots(figsize=(10, 1.05 * T + 1.1))[1]
    starts = [0.0, C + 2.0, C + N + 4.0, C + 2 * N + 6.0]
    for t in range(T):
        ax.text(-0.75, -1.5 * t, f"position {t}", ha="right", va="center", color=INK)
        for start, row in zip(starts, (x[t], wide[t], bent[t], out[t]), strict=True):
            _row(ax, start, -1.5 * t, row)
        ends = [start + n - 0.5 for start, n in zip(starts, (C, N, N), strict=False)]
        for end, start in zip(ends, starts[1:], strict=True):
            arrow = dict(arrowstyle="-|>", color=BLUE)
            places = (start - 0.6, -1.5 * t), (end + 0.1, -1.5 * t)
            ax.annotate("", *places, arrowprops=arrow)
    top = 0.95
    for start, n, name in zip(
        starts, (C, N, N, C), ("x", "wide", "bent", "out"), strict=True
    ):
        ax.text(start + (n - 1) / 2, top, name, ha="center", color=INK)
    names = zip(starts[1:], ("c_fc", "GELU", "c_proj"), strict=True)
    for start, name in names:
        ax.text(start - 1.55, top, name, ha="center", color=BLUE, style="italic")
    bare(ax, (-3, starts[-1] + C), (-1.5 * (T - 1) - 0.7, 1.5))
    said = [
        f"Position {t}: {say(x[t])} is widened to {say(wide[t])}, bent to "
        f"{say(bent[t])} and narrowed to {say(out[t])}."
        for t in range(T)
    ]
    return f"{' '.join(said)} No arrow goes from one position to another."


def _row(ax: Axes, x: float, y: float, numbers: Tensor) -> None:
    for place, number in enumerate(numbers.tolist()):
        cell(ax, x + place, y, f"{round(number, 2):g}")


def draw_widths(shares: dict[str, list[float]], chance: float) -> str:
    """What share of the facts each MLP holds: a dot for every seed.

    Args:
        shares: shares from 0 to 1, one for each seed, by the name of the MLP.
        chance: the share that is right by guessing.
    """
    ax = plt.subplots(figsize=(8, 3.2))[1]
    for place, found in enumerate(shares.values()):
        ax.plot([place] * len(found), found, "o", color=BLUE, alpha=0.7)
        mean = sum(found) / len(found)
        ax.plot([place - 0.2, place + 0.2], [mean, mean], color=INK, linewidth=1.5)
        ax.text(place + 0.24, mean, f"{mean:.0%}", va="center", color=INK)
    ax.axhline(chance, color=ORANGE, linestyle="--", linewidth=1.2)
    ax.text(len(shares) - 0.5, chance + 0.02, "guessing", ha="right", fontsize=9)
    ax.set_xticks(range(len(shares)), shares)
    ax.set(ylim=(0, 1.08), ylabel="share of the facts", xlim=(-0.5, len(shares) - 0.4))
    ax.set_title("Facts held after training; a dot for each seed, a bar for the mean")
    said = ", ".join(
        f"{name} {min(found):.0%} to {max(found):.0%}" for name, found in shares.items()
    )
    return f"The share of the facts that is held, over the seeds: {said}."
