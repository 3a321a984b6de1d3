"""Drawings of the whole GPT: one table used twice, and where its parameters are.

T time (positions), C = n_embd, V vocabulary. Each function makes the figure and returns
what it shows in words, for `show`: `show(draw_tie(table, token, stream))`.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gptlib.show.plots import BLUE, GREEN, GREY, INK, ORANGE, PALE, Axes, plt

SHARE_COLOURS = [BLUE, GREY, ORANGE, GREEN, INK]
HATCHES = ["", "//", "", "\\\\", ""]


def _field(ax: Axes, x: float, y: float, text: str, lit: bool = False) -> None:
    """A field of size 1 around (x, y) with a text in it; lit ones have a thick edge."""
    look = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.6)
    if lit:
        look = dict(facecolor="white", edgecolor=BLUE, linewidth=2.2, zorder=3)
    ax.add_patch(plt.Rectangle((x - 0.5, y - 0.4), 1, 0.8, **look))
    ax.text(x, y, text, ha="center", va="center", fontsize=10, color=INK, zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = dict(arrowstyle="-|>", color=INK, linewidth=1.3, shrinkA=0, shrinkB=0)
    ax.annotate("", end, start, arrowprops=look)


def _say(numbers: Tensor) -> str:
    return ", ".join(f"{n:.3g}" for n in numbers.tolist())


def draw_tie(table: Tensor, token: int, stream: Tensor) -> str:
    """One table at both ends: a row is looked up, and every row meets the stream.

    Args:
        table: the shared matrix, (V, C), small enough to be read.
        token: the id that is read at the entrance.
        stream: what `ln_f` gives at the exit, (C,).
    """
    V, C = table.shape
    logits = table @ stream
    ax = plt.subplots(figsize=(10, 0.5 * V + 1.3))[1]
    exit_, result = C + 10.0, 2 * C + 11.8
    for x, title in ((0, "wte: one row"), (exit_, "lm_head: every row")):
        ax.text(x + (C - 1) / 2, 1.0, title, ha="center", color=INK)
        for v, row in enumerate(table.tolist()):
            ax.text(
                x - 0.7, -v, f"{v}", ha="right", va="center", fontsize=9, color=GREY
            )
            for c, number in enumerate(row):
                _field(ax, x + c, -v, f"{number:g}", lit=x == 0 and v == token)
    ax.text(-2.3, -token, f"id {token}", ha="right", va="center", color=INK)
    _arrow(ax, (-2.2, -token), (-1.2, -token))
    _arrow(ax, (C - 0.4, -token), (C + 0.6, -token))
    ax.text(C + 0.8, -token, _say(table[token]), va="center", color=INK)
    _arrow(ax, (C + 2.0, -token), (C + 5.4, -token))
    ax.text(C + 3.7, -token + 0.25, "wpe, blocks, ln_f", ha="center", fontsize=9)
    ax.text(C + 5.6, -token, _say(stream), va="center", color=INK)
    middle = -(V - 1) / 2
    _arrow(ax, (C + 7.1, -token), (exit_ - 1.5, middle))
    _arrow(ax, (exit_ + C - 0.4, middle), (result - 1.1, middle))
    ax.text(result - 0.3, 1.0, "logits", ha="center", color=INK)
    for v, logit in enumerate(logits.tolist()):
        _field(ax, result - 0.3, -v, f"{logit:.3g}")
    ax.set(xlim=(-4.2, result + 0.6), ylim=(-V + 0.4, 1.5), aspect="equal")
    ax.axis("off")
    rows = "; ".join(_say(row) for row in table)
    return (
        f"The same table of {V} rows and {C} columns stands left and right: {rows}. "
        f"Left, id {token} is read, and its row goes into the stream: "
        f"{_say(table[token])}. Right, the stream has become {_say(stream)}, and its "
        f"dot product with each row is a logit: {_say(logits)}."
    )


def draw_shares(counts: Mapping[str, Sequence[int]], labels: Sequence[str]) -> str:
    """A bar a model: what share of its parameters each kind of part holds.

    Args:
        counts: of each model, how many parameters each kind of part has.
        labels: the kinds, in the order of the counts.
    """
    plt.figure(figsize=(9, 3))
    names = list(counts)
    shares = torch.tensor([counts[name] for name in names], dtype=torch.float64)
    shares = 100 * shares / shares.sum(dim=1, keepdim=True)
    left = torch.zeros(len(names), dtype=torch.float64)
    for kind, label in enumerate(labels):
        look = dict(color=SHARE_COLOURS[kind], hatch=HATCHES[kind], edgecolor="white")
        plt.barh(names, shares[:, kind], left=left, label=label, **look)
        for y, (share, start) in enumerate(zip(shares[:, kind], left, strict=True)):
            if share > 6:
                back = dict(boxstyle="round,pad=0.12", fc="white", ec="none")
                plt.text(start + share / 2, y, f"{share:.0f}", ha="center", va="center",
                         fontsize=9, color=INK, bbox=back)  # fmt: skip
        left = left + shares[:, kind]
    plt.gca().invert_yaxis()
    plt.xlabel("share of all parameters, %")
    plt.legend(ncol=5, loc="upper center", bbox_to_anchor=(0.45, -0.2), fontsize=9)
    said = [
        f"{name}: "
        + ", ".join(
            f"{label} {share:.0f}" for label, share in zip(labels, row, strict=True)
        )
        for name, row in zip(names, shares.tolist(), strict=True)
    ]
    return f"Bars of the shares of all parameters, in percent. {'. '.join(said)}."
