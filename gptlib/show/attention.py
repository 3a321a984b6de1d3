"""Drawings of attention: the mask, one row at work, heads cut and put together.

T time (positions), nh heads, hs numbers a head. Each function makes the figure and
returns what it shows in words, for `show`: `show(draw_mask(scores))`.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from gptlib.attention import attention_weights

# plots says what to do where there is no matplotlib.
from gptlib.show.fields import HIDDEN, bare, cell, rows, say, shade
from gptlib.show.plots import BLUE, GREEN, GREY, INK, ORANGE, PALE, RED, Axes, plt

HEADS = [BLUE, ORANGE, GREEN, RED]


def draw_mask(scores: Tensor) -> str:
    """Three tables: the scores, the same with the future hidden, the weights.

    Args:
        scores: (T, T), small enough to be read, one head, already scaled.
    """
    T = len(scores)
    hidden = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(hidden, -math.inf).softmax(-1)
    ax = plt.subplots(figsize=(10, 0.55 * T + 1.1))[1]
    step = T + 2.2
    titles = ["scores", "the future at minus infinity", "softmax of each row"]
    for number, title in enumerate(titles):
        ax.text(number * step + (T - 1) / 2, 1.0, title, ha="center", color=INK)
        for t in range(T):
            ax.text(number * step - 0.75, -t, f"t = {t}", ha="right", va="center",
                    fontsize=8.5, color=INK)  # fmt: skip
            for s in range(T):
                here = (number * step + s, -t)
                if number and hidden[t, s]:
                    cell(ax, *here, "-∞" if number == 1 else "0", **HIDDEN)
                elif number < 2:
                    cell(ax, *here, f"{scores[t, s]:.2f}")
                else:
                    weight = weights[t, s].item()
                    cell(ax, *here, f"{weight:.2f}", **shade(weight))
    arrow = dict(arrowstyle="-|>", color=INK)
    for number in (0, 1):
        start = number * step + T - 0.35
        ends = ((start + 0.75, -(T - 1) / 2), (start, -(T - 1) / 2))
        ax.annotate("", *ends, arrowprops=arrow)
    bare(ax, (-2, 2 * step + T - 0.3), (-T + 0.3, 1.5))
    return (
        f"Three tables of {T} rows and {T} columns. Left the scores, row by row: "
        f"{rows(scores, '.2f')}. In the middle the same with minus infinity above the "
        f"diagonal. Right the softmax of each row: {rows(weights, '.2f')}."
    )


def draw_row(q: Tensor, k: Tensor, v: Tensor, t: int) -> str:
    """Position t at work: its query meets each key, the weights mix the values.

    Args:
        q, k: (T, hs) with small hs, as they are written into the fields.
        v: (T, hv), likewise.
        t: the position that listens.
    """
    T, hs = q.shape
    weights = attention_weights(q, k)[t]
    scores = q[t] @ k.T / math.sqrt(hs)
    ax = plt.subplots(figsize=(10, 3.6))[1]
    wide, lines = 2.6, {"key k": 3, "score": 2, "weight": 1, "value v": 0}
    for name, y in lines.items():
        ax.text(-1.6, y, name, ha="right", va="center", color=INK)
    for s in range(T):
        texts = [say(k[s]), f"{scores[s]:.3g}", f"{weights[s]:.3g}", say(v[s])]
        ax.text(s * wide, 3.75, f"position {s}", ha="center", fontsize=9, color=INK)
        for y, text in zip(lines.values(), texts, strict=True):
            look = HIDDEN if s > t else shade(weights[s].item()) if y == 1 else {}
            look = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.6) | look
            light = look.pop("light", False)
            ax.add_patch(plt.Rectangle((s * wide - 1.1, y - 0.36), 2.2, 0.72, **look))
            ax.text(s * wide, y, "" if s > t else text, ha="center", va="center",
                    color="white" if light else INK)  # fmt: skip
    right = T * wide
    for y, words in ((3, f"query of {t}:  {say(q[t])}"), (0, say(weights @ v))):
        ax.add_patch(plt.Rectangle((right - 0.6, y - 0.36), 3.6, 0.72, fc="white",
                                   ec=BLUE, lw=1.6))  # fmt: skip
        ax.text(right + 1.2, y, words, ha="center", va="center", color=INK)
    ax.text(right + 1.2, 0.6, f"what {t} receives", ha="center", color=INK)
    arrow = dict(arrowstyle="-|>", color=BLUE, linewidth=1.5)
    for y, ends in ((3, (right - 1.4, right - 0.6)), (0, (right - 0.6, right - 1.4))):
        ax.annotate("", (ends[0], y), (ends[1], y), arrowprops=arrow)
    bare(ax, (-3.4, right + 3.1), (-0.5, 4.1))
    seen = t + 1
    return (
        f"Position {t} at work, with the query {say(q[t])}. It meets the keys of "
        f"positions 0 to {t}: {rows(k[:seen])}. The scores are {say(scores[:seen])}, "
        f"the weights {say(weights[:seen])}. They mix the values {rows(v[:seen])} "
        f"into {say(weights @ v)}.{' Later positions are hatched.' * (seen < T)}"
    )


def draw_divisors(scores: Tensor, divisors: Sequence[float]) -> str:
    """The weights of one query, a panel for each number that its scores are divided by.

    Args:
        scores: (n,), undivided; key 0, which may be a match, is hatched.
    """
    size = dict(figsize=(10, 2.6), sharey=True, squeeze=False, layout="constrained")
    row = plt.subplots(1, len(divisors), **size)[1][0]
    said = []
    for ax, divisor in zip(row, divisors, strict=True):
        weights = (scores / divisor).softmax(dim=-1).tolist()
        bars = ax.bar(range(len(weights)), weights, color=GREY)
        bars[0].set(color=BLUE, hatch="//", edgecolor=INK)
        ax.set(title=f"divided by {divisor:.3g}", xlabel="key")
        said.append(f"divided by {divisor:.3g} key 0 gets {weights[0]:.2f}")
        said[-1] += f", the largest other {max(weights[1:]):.2f}"
    row[0].set(ylabel="weight", ylim=(0, 1))
    return f"Bars of one query's weights: {'; '.join(said)}."


def draw_cut(T: int, nh: int, hs: int, wrong: bool = False) -> str:
    """The C columns of every position cut into heads, and put together again.

    Each field holds 10 t + c, so that it says where it came from, and has the colour of
    the head that it belongs to; with `wrong`, what `view(nh, T, hs)` alone makes of it,
    coloured by position instead.
    """
    C = nh * hs
    marked = torch.arange(T)[:, None] * 10 + torch.arange(C)
    heads = marked.view(nh, T, hs)
    if not wrong:
        heads = marked.view(T, nh, hs).transpose(0, 1)
    ax = plt.subplots(figsize=(10, 0.5 * T + 1.3))[1]

    def table(numbers: Tensor, x: float, title: str) -> float:
        ax.text(x + (numbers.shape[1] - 1) / 2, 0.95, title, ha="center", fontsize=9.5)
        for t, row in enumerate(numbers.tolist()):
            for column, number in enumerate(row):
                of = number // 10 if wrong else number % 10 // hs
                look = dict(facecolor=HEADS[of % len(HEADS)], alpha=0.35 + 0.12 * of)
                cell(ax, x + column, -t, f"{number}", **look)
        return x + numbers.shape[1]

    x = table(marked, 0, f"q, k or v: (T, C) = ({T}, {C})") + 1.6
    _arrow(ax, x - 1.7, T, "view" if wrong else "cut")
    for head, numbers in enumerate(heads):
        x = table(numbers, x, f"head {head}: (T, hs)") + 1.0
    if not wrong:
        x += 0.6
        _arrow(ax, x - 1.7, T, "join")
        x = table(marked, x, "again (T, C)")
    bare(ax, (-0.8, x), (-T + 0.3, 1.5))
    held = ". ".join(f"Head {i}: {rows(it)}" for i, it in enumerate(heads))
    end = "The colours are positions, and they mix" if wrong else "Joined: as before"
    return f"A table of {T} rows: {rows(marked)}. {held}. {end}."


def _arrow(ax: Axes, x: float, T: int, name: str) -> None:
    y = -(T - 1) / 2
    arrow = dict(arrowstyle="-|>", color=INK)
    ax.annotate("", (x + 0.8, y), (x - 0.2, y), arrowprops=arrow)
    ax.text(x + 0.3, y + 0.3, name, ha="center", fontsize=9, color=INK)


def draw_heads(maps: Tensor, marked: Sequence[tuple[int, int]] = ()) -> str:
    """Every head of a model on one text: a table each, rows look at columns.

    Args:
        maps: (n_layer, nh, T, T), weights from 0 to 1; shown as their square roots, so
            that small weights can be seen too.
        marked: (layer, head) of those to frame.
    """
    layers, nh = maps.shape[:2]
    figure, axes = plt.subplots(layers, nh, figsize=(2.1 * nh, 2.2 * layers))
    for layer in range(layers):
        for head in range(nh):
            ax = axes[layer][head]
            ax.imshow(
                maps[layer, head].sqrt().numpy(), vmin=0, vmax=1, interpolation="none"
            )
            ax.set(xticks=[], yticks=[])
            ax.set_title(f"layer {layer}, head {head}", fontsize=9)
            framed = (layer, head) in marked
            ax.spines[:].set(visible=True, color=RED if framed else GREY)
            ax.spines[:].set_linewidth(3 if framed else 0.6)
    figure.supxlabel("position looked at, from left to right", fontsize=9)
    figure.supylabel("position that looks, downwards", fontsize=9)
    figure.tight_layout()
    framed = " and ".join(f"layer {i}, head {j}" for i, j in marked)
    return (
        f"{layers * nh} square tables, {layers} rows of {nh}, each dark where one "
        "position listens much to another and empty above the diagonal. Framed: "
        f"{framed or 'none'}."
    )
