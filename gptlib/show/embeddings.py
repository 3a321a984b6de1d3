"""Drawings of embeddings: a row looked up, two rows added, letters that are alike.

V rows of a table, T places, C numbers each. Each function makes the figure and returns
what it shows in words, for `show`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.fields import bare, cell, say
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, Axes, plt

LIT = dict(facecolor="#CFE3F1", edgecolor=BLUE, linewidth=1.6)


def _cells(
    ax: Axes, table: Tensor, x: float, y: float, lit: Sequence[int] = ()
) -> None:
    """A table with its numbers, its upper left field at (x, y); rows `lit` framed."""
    for i, row in enumerate(table.tolist()):
        look = LIT if i in lit else {}
        for j, number in enumerate(row):
            cell(ax, x + j + 0.5, y - i - 0.5, f"{number:.3g}", **look)


def _label(ax: Axes, x: float, y: float, text: str, **look) -> None:
    look = dict(ha="center", va="center", fontsize=10, color=INK) | look
    ax.text(x, y, text, **look)


def draw_lookup(table: Tensor, chosen: int, names: Sequence[str]) -> str:
    """A one-hot row times a table is one row of the table.

    Args:
        table: (V, C), small enough to be read.
        chosen: the id, which is the row that comes out.
        names: what each row stands for, V of them.
    """
    V, C = table.shape
    one_hot = torch.zeros(1, V)
    one_hot[0, chosen] = 1
    ax = plt.subplots(figsize=(10, 0.42 * V + 0.6))[1]
    middle = -V / 2 + 0.5
    _cells(ax, one_hot, 0, middle)
    ax.add_patch(plt.Rectangle((chosen, middle - 1), 1, 1, fc="none", ec=BLUE, lw=1.6))
    for column, name in enumerate(names):
        _label(ax, column + 0.5, middle + 0.45, repr(name), fontsize=8)
    _label(ax, V / 2, middle - 1.5, f"one-hot row of id {chosen}: (V)")
    _label(ax, V + 0.8, middle - 0.5, "times", fontsize=11)
    left = V + 2.9
    _cells(ax, table, left, 0, lit=[chosen])
    for row, name in enumerate(names):
        _label(ax, left - 0.15, -row - 0.5, repr(name), fontsize=8, ha="right")
    _label(ax, left + C / 2, 0.5, "table: (V, C)")
    _label(ax, left + C + 0.8, middle - 0.5, "=", fontsize=13)
    right = left + C + 1.6
    _cells(ax, one_hot @ table, right, middle, lit=[0])
    _label(ax, right + C / 2, middle - 1.5, f"row {chosen}: (C)")
    bare(ax, (-0.3, right + C + 0.3), (-V - 0.3, 1.0))
    return (
        f"A row of {V} numbers, a 1 at place {chosen} and 0 elsewhere, times a "
        f"table of {V} rows and {C} columns. Row {chosen} of the table is framed, and "
        f"is what comes out: {say(table[chosen])}."
    )


def draw_sum(tokens: Tensor, places: Tensor, text: str) -> str:
    """What each token gets: its own row plus the row of its place.

    Args:
        tokens: (T, C), the rows of the tokens, small enough to be read.
        places: (T, C), the rows of the places 0 to T - 1.
        text: T characters, one for each row.
    """
    T, C = tokens.shape
    twice = next((c for c in text if text.count(c) > 1 and c != " "), "")
    lit = [t for t, char in enumerate(text) if char == twice]
    ax = plt.subplots(figsize=(10, 0.5 * T + 0.7))[1]
    x = 0.0
    titles = {"rows of wte": tokens, "rows of wpe": places, "sum": tokens + places}
    for title, table in titles.items():
        _cells(ax, table, x, 0, lit=lit)
        _label(ax, x + C / 2, 0.5, title)
        for t, char in enumerate(text):
            name = f"place {t}" if title == "rows of wpe" else repr(char)
            _label(ax, x - 0.15, -t - 0.5, name, fontsize=8, ha="right")
        if title != "sum":
            sign = "=" if title == "rows of wpe" else "+"
            _label(ax, x + C + 0.9, -T / 2, sign, fontsize=14)
        x += C + 3.2
    bare(ax, (-1.2, x - 3.0), (-T - 0.2, 1.0))
    rows = "; ".join(
        f"at place {t} {say(tokens[t])} plus {say(places[t])} is "
        f"{say(tokens[t] + places[t])}"
        for t in lit
    )
    return (
        f"Three tables of {T} rows: those of the tokens of {text!r}, those of their "
        f"places, and the sums. Framed is the {twice}, which occurs {len(lit)} times: "
        f"{rows}."
    )


def draw_alike(groups: dict[str, float], chance: dict[str, list[float]]) -> str:
    """Mean cosines of real groups of letters, against those of groups drawn at random.

    Args:
        groups: the mean cosine of each kind of pair.
        chance: for the same kinds what random groups gave.
    """
    ax = plt.subplots(figsize=(8, 2.6))[1]
    said = []
    for y, (name, value) in enumerate(groups.items()):
        drawn = torch.tensor(chance[name])
        low, high = drawn.quantile(torch.tensor([0.025, 0.975])).tolist()
        ax.plot([low, high], [y, y], color=GREY, linewidth=7, solid_capstyle="butt")
        ax.plot(value, y, "D", color=ORANGE, markeredgecolor=INK, markersize=9)
        where = "inside" if low <= value <= high else "outside"
        said.append(f"{name} {value:.2f}, {where} of {low:.2f} to {high:.2f}")
    ax.set(yticks=range(len(groups)), yticklabels=list(groups))
    ax.set(xlabel="mean cosine", ylim=(len(groups) - 0.5, -0.5))
    ax.set_title("Diamonds: vowels and consonants. Bars: 95 % of random groups")
    return f"Mean cosines and where 95 % of random groups lie. {'; '.join(said)}."
