"""Drawings of the primer: broadcasting, and one neuron forward and backward.

Each function makes the figure and returns what it shows in words, for `show`.
"""

import math

from torch import Tensor

from gptlib.show.fields import HIDDEN, bare, cell, rows, say
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, PALE, Axes, plt


def draw_broadcast(column: Tensor, row: Tensor) -> str:
    """A column and a row, each as if it were repeated, and their sum.

    Args:
        column: (n, 1); row: (m,), both small enough to be read.
    """
    n, m = len(column), len(row)
    total = column + row
    ax = plt.subplots(figsize=(9, 0.6 * n + 1.0))[1]
    step = m + 1.6
    real = [
        lambda i, j: j == 0,  # of the column only its own numbers are stored
        lambda i, j: i == 0,
        lambda i, j: True,
    ]
    tables = [column.expand(n, m), row.expand(n, m), total]
    titles = [f"({n}, 1)", f"({m},)", f"({n}, {m})"]
    for number, table in enumerate(tables):
        x = number * step
        ax.text(x + (m - 1) / 2, 0.95, titles[number], ha="center", color=INK)
        for i in range(n):
            for j in range(m):
                look = {} if real[number](i, j) else HIDDEN
                cell(ax, x + j, -i, f"{table[i, j]:.3g}", **look)
    for number, sign in enumerate("+="):
        x = number * step + m - 0.5 + (step - m) / 2
        ax.text(x, -(n - 1) / 2, sign, ha="center", va="center", fontsize=15)
    bare(ax, (-0.8, 2 * step + m - 0.2), (-n + 0.3, 1.5))
    return (
        f"A column, {say(column.flatten())}, and a row, {say(row)}. Hatched: the "
        f"column is used again in each of {m} columns, the row in each of {n} rows. "
        f"Their sum, row by row: {rows(total)}."
    )


def draw_neuron(x: Tensor, w: Tensor, b: float, target: float) -> str:
    """One neuron from its inputs to its loss, and the gradient on the way back.

    It computes z = w x + b, out = tanh(z) and loss = (out - target)².

    Args:
        x, w: two numbers each; b, target: one.
    """
    z = (w @ x).item() + b
    out = math.tanh(z)
    d_out = 2 * (out - target)
    d_z = d_out * (1 - out**2)
    d_w = d_z * x
    ax = plt.subplots(figsize=(10, 3.3))[1]
    places = {"w": (0, 1.1), "b": (0, -1.1), "z": (4, 0), "out": (7.6, 0)}
    places["loss"] = (11.5, 0)
    values = {"w": say(w), "b": f"{b:.3g}", "z": f"{z:.3g}", "out": f"{out:.3g}"}
    values["loss"] = f"{(out - target) ** 2:.3g}"
    slopes = {"w": say(d_w), "b": f"{d_z:.3g}", "z": f"{d_z:.3g}"}
    slopes |= {"out": f"{d_out:.3g}", "loss": "1"}
    for name, (left, y) in places.items():
        _node(ax, left, y, name, values[name], slopes[name])
    said = {("w", "z"): f"times x = ({say(x)})", ("b", "z"): "+ b"}
    said |= {("z", "out"): "tanh", ("out", "loss"): f"(out - {target:.3g})²"}
    for (start, end), words in said.items():
        _edge(ax, places[start], places[end], words)
    bare(ax, (-1.3, 12.8), (-2.2, 2.2))
    forward = ", ".join(f"{name} = {value}" for name, value in values.items())
    back = ", ".join(f"{name} {slope}" for name, slope in slopes.items())
    return (
        f"Boxes from left to right, w and b into z, then out, then loss. In black what "
        f"each holds: {forward}. Under it the slope of the loss with respect to it, "
        f"found from right to left: {back}."
    )


def _node(ax: Axes, x: float, y: float, name: str, value: str, slope: str) -> None:
    look = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.8)
    ax.add_patch(plt.Rectangle((x - 1.1, y - 0.75), 2.2, 1.5, **look))
    ax.text(x, y + 0.42, name, ha="center", va="center", color=BLUE)
    ax.text(x, y + 0.02, value, ha="center", va="center", color=INK)
    ax.text(x, y - 0.45, f"slope {slope}", ha="center", va="center", fontsize=9.5,
            color=INK, bbox=dict(fc="white", ec=ORANGE, pad=1.5))  # fmt: skip


def _edge(ax: Axes, start: tuple, end: tuple, words: str) -> None:
    ends = (start[0] + 1.1, start[1]), (end[0] - 1.1, end[1])
    arrow = dict(arrowstyle="-|>", color=INK)
    ax.annotate("", ends[1], ends[0], arrowprops=arrow)
    high = 0.3 if start[1] >= 0 else -0.45
    x, y = ((a + b) / 2 for a, b in zip(*ends, strict=True))
    aside = 0.45 if start[1] else 0  # beside a line that slopes
    where = "left" if start[1] else "center"
    ax.text(x + aside, y + high, words, ha=where, fontsize=9, color=INK)
