"""Drawings of what a cache keeps, and of what it saves.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from torch import Tensor

from gptlib.show.fields import HIDDEN, bare, cell

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, plt


def draw_cache(prompt: int, n: int) -> str:
    """Writing n tokens behind a prompt, a row for each: without a cache, and with one.

    Filled: positions that the model reads for this token. Hatched: positions of which
    only the keys and values are looked at, as they were kept.
    """
    ax = plt.subplots(figsize=(9.5, 0.42 * n + 1.2))[1]
    wide = prompt + n + 2.5
    read = {"without a cache": 0, "with a cache": 0}
    for number, name in enumerate(read):
        x = number * wide
        ax.text(x + (prompt + n - 2) / 2, 1.4, name, ha="center", color=INK)
        for row in range(n):
            length = prompt + row
            first = length - 1 if number and row else 0
            for place in range(length):
                new = place >= first
                look = dict(facecolor=BLUE, light=True) if new else HIDDEN
                cell(ax, x + place, -row, f"{place}" if new else "", **look)
            read[name] += length - first
    for row in range(n):
        ax.text(-1.0, -row, f"token {row + 1}", ha="right", va="center", fontsize=9)
    bare(ax, (-3.2, 2 * wide - 2.0), (-n + 0.3, 2.0))
    without, kept = read.values()
    return (
        f"To write {n} tokens behind {prompt}: without a cache every row reads all "
        f"positions anew, {without} in all. With one the first row reads the {prompt} "
        f"of the prompt and each later row one, {kept} in all; the others are hatched, "
        f"their keys and values kept."
    )


def draw_times(without: Tensor, kept: Tensor, block_size: int, width: int = 9) -> str:
    """Milliseconds for each token, without and with a cache, smoothed by medians.

    Args:
        without, kept: (n,) seconds, token by token.
        block_size: where the window begins to slide; a dotted line.
    """
    ax = plt.subplots(figsize=(8, 3.4))[1]
    for seconds, style, label in (
        (without, "--", "without a cache"),
        (kept, "-", "with a cache"),
    ):
        curve = 1e3 * seconds.unfold(0, width, 1).median(dim=-1).values
        first = width // 2 + 1
        ax.plot(range(first, first + len(curve)), curve.tolist(), style, label=label)
    ax.axvline(block_size, color=GREY, linestyle=":", label="block_size")
    ax.set(xlabel="length of the text, tokens", ylabel="milliseconds per token")
    ax.set(ylim=(0, None), title="The price of one more token")
    ax.legend()
    near, past = slice(block_size - 30, block_size), slice(block_size + 10, None)
    ratios = [(without[at].median() / kept[at].median()).item() for at in (near, past)]
    return (
        "Two lines over the length of the text. Without a cache the price of a token "
        f"rises; with one it is nearly level. Just before {block_size} the first is "
        f"{ratios[0]:.1f} times the second, and beyond it {ratios[1]:.1f} times."
    )
