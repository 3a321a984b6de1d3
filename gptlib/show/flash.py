"""Drawings of flash attention: the tiles, one row walking through them, the costs.

T time (positions), hs numbers a head. Each function makes the figure and returns what
it shows in words, for `show`: `show(draw_tiles(T=12, size=4))`.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gptlib.show.fields import say

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, PALE, Axes, plt

LOOKS = {  # of a tile: colour and hatch
    "full": dict(facecolor="#BBD9EC", hatch=""),
    "masked": dict(facecolor="#FBE5B6", hatch=""),
    "skipped": dict(facecolor="white", hatch="//"),
}


def draw_tiles(T: int, size: int) -> str:
    """The T x T table cut into tiles: full, masked on the diagonal, skipped.

    The last tile of a row or column may be smaller than `size`.
    """
    ax = plt.subplots(figsize=(6.4, 4.6))[1]
    starts, found = range(0, T, size), {kind: 0 for kind in LOOKS}
    pairs = 0
    for i in starts:
        for j in starts:
            kind = "skipped" if j > i else "masked" if j == i else "full"
            high, wide = min(size, T - i), min(size, T - j)
            found[kind] += 1
            pairs += high * wide * (kind != "skipped")
            look = dict(edgecolor=INK, linewidth=1.8) | LOOKS[kind]
            ax.add_patch(plt.Rectangle((j, i), wide, high, **look))
            # On the diagonal below its middle, where nothing is crossed out.
            low = 0.72 if kind == "masked" and size > 1 else 0.5
            _name(ax, j + wide * (1.02 - low), i + high * low, kind)
    for t in range(T):
        for s in range(t + 1, min(T, (t // size + 1) * size)):  # masked in its tile
            hidden = dict(facecolor="white", edgecolor=GREY, hatch="xxx", linewidth=0)
            ax.add_patch(plt.Rectangle((s + 0.1, t + 0.1), 0.8, 0.8, **hidden))
    ax.set(xlim=(0, T), ylim=(T, 0), aspect="equal")
    ax.set(xlabel="key s", ylabel="query t", xticks=starts, yticks=starts)
    seen = T * (T + 1) // 2
    return (
        f"A table of {T} by {T} pairs in {sum(found.values())} tiles of {size} by "
        f"{size}: {found['full']} below the diagonal are full, {found['masked']} on "
        f"the diagonal have their future crossed out, {found['skipped']} above it are "
        f"hatched and skipped. {pairs} of {T * T} pairs are multiplied; {seen} may be "
        "seen."
    )


def _name(ax: Axes, x: float, y: float, kind: str) -> None:
    back = dict(boxstyle="round,pad=0.2", fc="white", ec="none")
    ax.text(x, y, kind, ha="center", va="center", color=INK, zorder=3, bbox=back)


def draw_walk(scores: Tensor, values: Tensor, size: int) -> str:
    """One row walks along its tiles; its largest score and its sums are carried on.

    Args:
        scores: (T), what this row may see, at most about eight.
        values: (T, hs) with small hs, as the sums are written into the fields.
        size: scores in one tile.
    """
    steps = list(_walk(scores, values, size))
    ax = plt.subplots(figsize=(10, 4))[1]
    rows = {"exp(score)": 4.9, "value": 4, "largest, m": 2.6, "total": 1.6, "acc": 0.6}
    for name, y in rows.items():
        ax.text(-0.15, y, name, ha="right", va="center", color=INK)
    wide = 3.4
    for number, (tile, fix, m, total, acc) in enumerate(steps):
        x = number * wide
        step, first = 2.0 / len(tile), number * size
        for place, score in enumerate(tile.tolist()):
            here = x + 0.1 + place * step
            _field(ax, here, 4.9, step - 0.1, f"{math.exp(score):.3g}")
            _field(ax, here, 4, step - 0.1, say(values[first + place]))
        ax.text(x + 1.1, 5.6, f"tile {number}", ha="center", fontsize=9, color=INK)
        for y, text in ((2.6, f"ln {math.exp(m):.3g}"), (1.6, f"{total:.3g}"),
                        (0.6, say(acc))):  # fmt: skip
            _field(ax, x + 0.1, y, 1.9, text)
        _arrow(ax, (x + 1.05, 3.6), (x + 1.05, 3.05))
        if number:
            _arrow(ax, (x - 1.35, 1.1), (x + 0.05, 1.1))
            ax.text(x - 0.65, 1.22, f"\u00d7 {fix:.3g}", ha="center", color=BLUE)
    answer = acc / total
    end = len(steps) * wide
    _arrow(ax, (end - 1.35, 1.1), (end + 0.05, 1.1))
    ax.text(end - 0.65, 1.22, "acc / total", ha="center", fontsize=9, color=BLUE)
    _field(ax, end + 0.1, 1.1, 1.9, say(answer), edgecolor=BLUE, linewidth=1.8)
    ax.set(xlim=(-1.6, end + 2.2), ylim=(0.1, 6))
    ax.axis("off")
    said = [
        f"Tile {n}: e to its scores {say(tile.exp())}; the old sums are multiplied by "
        f"{fix:.3g}; m is ln {math.exp(m):.3g}, total {total:.3g}, acc {say(acc)}."
        for n, (tile, fix, m, total, acc) in enumerate(steps)
    ]
    return f"{' '.join(said)} At the end acc / total is {say(answer)}."


def _walk(scores: Tensor, values: Tensor, size: int):
    """Each tile of scores with the factor, and m, total and acc after it."""
    m, total, acc = -math.inf, 0.0, torch.zeros_like(values[0])
    for tile, some in zip(scores.split(size), values.split(size), strict=True):
        new = max(m, tile.max().item())
        fix, share = math.exp(m - new), (tile - new).exp()
        m, total, acc = new, total * fix + share.sum().item(), acc * fix + share @ some
        yield tile, fix, m, total, acc


def _field(ax: Axes, x: float, y: float, wide: float, text: str, **look) -> None:
    look = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.6) | look
    ax.add_patch(plt.Rectangle((x, y - 0.36), wide, 0.72, **look))
    ax.text(x + wide / 2, y, text, ha="center", va="center", fontsize=10, color=INK)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops=dict(arrowstyle="-|>", color=BLUE))


def draw_costs(
    lengths: Sequence[int],
    times: Mapping[str, Sequence[float]],
    memory: Mapping[str, Sequence[float]],
) -> str:
    """Time and memory of two ways against T, on two logarithmic axes each.

    Args:
        lengths: the values of T.
        times: seconds by the name of the way, the one with the table first.
        memory: bytes, likewise.
    """
    axes = plt.subplots(1, 2, figsize=(10, 3.6))[1]
    for name, colour, mark in zip(times, (ORANGE, BLUE), ("s--", "o-"), strict=True):
        look = dict(color=colour, label=name)
        axes[0].loglog(lengths, [1e3 * t for t in times[name]], mark, **look)
        axes[1].loglog(lengths, [m / 1e6 for m in memory[name]], mark, **look)
    axes[0].set(title="Time of one forward pass", xlabel="T", ylabel="milliseconds")
    axes[1].set(title="Memory at the peak", xlabel="T", ylabel="megabytes")
    for ax in axes:
        ax.set_xticks(lengths, lengths, fontsize=9)
        ax.minorticks_off()
        ax.legend()
    plt.tight_layout()
    table, other = times
    said = []
    for what, kind in (("time", times), ("memory", memory)):
        short, long = (kind[table][i] / kind[other][i] for i in (0, -1))
        said.append(
            f"In {what} {table!r} is {short:.1f} times {other!r} at T = {lengths[0]} "
            f"and {long:.1f} times at T = {lengths[-1]}."
        )
    return f"Two charts against T, each with two rising lines. {' '.join(said)}"
