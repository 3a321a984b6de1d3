"""Drawings of tokens: bytes of characters, merges, windows of X and y.

B windows, T tokens each. Each function makes the figure and returns what it shows in
words, for `show`: `show(draw_windows(tokens, starts, T))`.
"""

from collections.abc import Sequence

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, PALE, Axes, draw_tokens, plt

X_LOOK = dict(facecolor="#CFE3F1", edgecolor=BLUE, linewidth=0.9)
Y_LOOK = dict(facecolor="white", edgecolor=GREY, linewidth=0.9, hatch="///")


def seen(text: str) -> str:
    """The text with a sign where a space or a newline would not be seen."""
    return text.replace(" ", "␣").replace("\n", "⏎")


def _row(ax: Axes, x: float, y: float, texts: Sequence[str], **look) -> None:
    """Fields of size 1 from (x, y) to the right, each with a text in it."""
    look = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.6) | look
    back = dict(boxstyle="round,pad=0.12", fc="white", ec="none")
    box = back if look.get("hatch") else None
    for i, text in enumerate(texts):
        ax.add_patch(plt.Rectangle((x + i - 0.5, y - 0.5), 1, 1, **look))
        ax.text(x + i, y, seen(text), ha="center", va="center", fontsize=10,
                color=INK, bbox=box)  # fmt: skip


def _bare(ax: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    ax.set(xlim=x, ylim=y, aspect="equal")
    ax.axis("off")


def draw_windows(tokens: Sequence[str], starts: Sequence[int], T: int) -> str:
    """A strip of tokens, windows under the places they come from, then X and y.

    Args:
        tokens: the whole text, cut into tokens, few enough to be read.
        starts: where the windows begin: B places from which T + 1 tokens fit.
        T: tokens a window.
    """
    n, B = len(tokens), len(starts)
    windows = [(tokens[s : s + T], tokens[s + 1 : s + T + 1]) for s in starts]
    ax = plt.subplots(figsize=(11, 0.42 * (3.6 * B + 4)))[1]
    for place in range(n):
        ax.text(place, 0.85, f"{place}", ha="center", fontsize=7.5, color=GREY)
    _row(ax, 0, 0, tokens)
    y = -1.6
    for s, (x_row, y_row) in zip(starts, windows, strict=True):
        _side(ax, y, f"start {s}: X")
        _row(ax, s, y, x_row, **X_LOOK)
        _side(ax, y - 1, "y")
        _row(ax, s + 1, y - 1, y_row, **Y_LOOK)
        y -= 2.4
    _tables(ax, y - 0.9, windows, T)
    _bare(ax, (-4.6, n), (y - B - 0.7, 1.4))
    rows = "; ".join(
        f"from place {s} X is {_quoted(x_row)} and y is {_quoted(y_row)}"
        for s, (x_row, y_row) in zip(starts, windows, strict=True)
    )
    return (
        f"A strip of {n} tokens, {_quoted(tokens)}. Under it {B} windows of {T}, and "
        f"under each the same window one place further right: {rows}. At the bottom "
        f"the windows stacked: X and y, two tables of {B} rows and {T} columns."
    )


def _side(ax: Axes, y: float, text: str) -> None:
    ax.text(-0.8, y, text, ha="right", va="center", fontsize=9.5, color=INK)


def _quoted(texts: Sequence[str]) -> str:
    return f"'{seen(''.join(texts))}'"


def _tables(ax: Axes, y: float, windows: Sequence, T: int) -> None:
    """The windows' rows stacked into X and, beside it, y."""
    places = {"X": (0, X_LOOK), "y": (T + 3, Y_LOOK)}
    for column, (name, (x, look)) in enumerate(places.items()):
        title = f"{name}: (B, T) = ({len(windows)}, {T})"
        ax.text(x + (T - 1) / 2, y + 0.8, title, ha="center", fontsize=9.5, color=INK)
        for b, rows in enumerate(windows):
            _row(ax, x, y - b, rows[column], **look)


def draw_bytes(text: str) -> str:
    """Each character with its number, and under it its bytes in UTF-8, bit by bit.

    The bits that only say how many bytes there are stand on a hatched field.
    """
    ax = plt.subplots(figsize=(11, 2.1))[1]
    x, said = 0, []
    for char in text:
        codes = char.encode()
        middle = x + (len(codes) * 3.4 - 0.4) / 2
        number = f"number {ord(char):,}"
        ax.text(middle, 2.15, seen(char), ha="center", va="center", fontsize=17)
        ax.text(middle, 1.25, number, ha="center", va="center", fontsize=9.5, color=INK)
        for code in codes:
            _byte(ax, x, code)
            x += 3.4
        bits = ", ".join(f"{code} ({code:08b})" for code in codes)
        plural = "s" * (len(codes) > 1)
        said.append(f"{seen(char)}, {number}, is {len(codes)} byte{plural}: {bits}")
        x += 0.9
    ax.set(xlim=(-0.3, x - 1.0), ylim=(-1.0, 2.8))
    ax.axis("off")
    return f"Characters and their bytes. {'. '.join(said)}."


def _byte(ax: Axes, x: float, code: int) -> None:
    """One byte: its eight bits, the leading ones hatched, and its value under them."""
    bits = f"{code:08b}"
    lead = bits.index("0") + 1  # 0, 10, 110, 1110 or 11110
    step = 3.0 / 8
    for i, bit in enumerate(bits):
        look = Y_LOOK if i < lead else X_LOOK
        ax.add_patch(plt.Rectangle((x + i * step, 0.1), step, 0.7, **look))
        back = dict(boxstyle="round,pad=0.1", fc="white", ec="none")
        ax.text(x + (i + 0.5) * step, 0.45, bit, ha="center", va="center", fontsize=9,
                color=INK, bbox=back if i < lead else None)  # fmt: skip
    ax.text(x + 1.5, -0.45, f"{code}", ha="center", va="center", fontsize=11, color=INK)


def draw_merges(rows: Sequence[Sequence[str]], made: Sequence[str]) -> str:
    """One text cut into tokens, a row more after each merge.

    Args:
        rows: the tokens of each row, which joined are the same text in every row.
        made: for each row the token that was made last, "" for none; it is lit.
    """
    draw_tokens(rows, made)
    lines = [
        f"after {seen(token)!r} {len(row)}: {'|'.join(map(seen, row))}"
        for row, token in zip(rows[1:], made[1:], strict=True)
    ]
    return (
        f"{len(rows)} rows, the same text in each. At first it is {len(rows[0])} "
        f"tokens, {'|'.join(map(seen, rows[0]))}; {'; '.join(lines)}."
    )


def draw_packing(
    sizes: Sequence[int], per_token: Sequence[float], per_word: Sequence[float]
) -> str:
    """What a larger vocabulary buys: two curves over the number of tokens in it.

    Args:
        sizes: of the vocabularies, ascending.
        per_token: characters per token of a text, for each size.
        per_word: tokens per word of the same text, for each size.
    """
    ax = plt.subplots()[1]
    ax.plot(sizes, per_token, marker="o", label="characters per token")
    ax.plot(sizes, per_word, marker="s", linestyle="--", label="tokens per word")
    ax.set(xlabel="vocabulary, tokens", ylim=(0, None))
    ax.set_title("A larger vocabulary packs more text into a token")
    ax.legend()
    return (
        f"From {sizes[0]:,} to {sizes[-1]:,} tokens, characters per token go from "
        f"{per_token[0]:.2f} to {per_token[-1]:.2f}, and tokens per word from "
        f"{per_word[0]:.2f} to {per_word[-1]:.2f}."
    )
