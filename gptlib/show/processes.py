"""Drawings of several processes: how all-reduce adds up what each of them holds.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, PALE, plt


def ring_rounds(vectors: Tensor) -> list[Tensor]:
    """What all hold at the start and after each round of a ring all-reduce.

    Args:
        vectors: (n, n): process i holds row i, cut into n pieces.

    In each round every process sends one piece to the next one in the ring. In the
    first n - 1 rounds it is added there, in the others it replaces what was there.
    """
    n = len(vectors)
    held = [vectors.clone()]
    for number in range(2 * (n - 1)):
        now = held[-1].clone()
        for sender in range(n):
            piece, receiver = (sender - number) % n, (sender + 1) % n
            if number >= n - 1:
                now[receiver, piece] = held[-1][sender, piece]
            else:
                now[receiver, piece] += held[-1][sender, piece]
        held.append(now)
    return held


def draw_ring(vectors: Tensor) -> str:
    """The rounds of a ring all-reduce side by side; whole sums are framed and dark."""
    held, n = ring_rounds(vectors), len(vectors)
    total = vectors.sum(dim=0)
    figure, axes = plt.subplots(1, len(held), figsize=(2.3 * len(held), 0.6 * n + 0.9))
    for number, (ax, table) in enumerate(zip(axes, held, strict=True)):
        for (row, column), value in _cells(table):
            whole = value == total[column].item()
            look = dict(facecolor=BLUE if whole else PALE, linewidth=0.6)
            look["edgecolor"] = INK if whole else GREY
            ax.add_patch(plt.Rectangle((column - 0.5, -row - 0.5), 1, 1, **look))
            colour = "white" if whole else INK
            ax.text(column, -row, f"{value:g}", ha="center", va="center", color=colour,
                    fontsize=9, weight="bold" if whole else "normal")  # fmt: skip
        title = f"after round {number}" if number else "at the start"
        ax.set_title(title, fontsize=9.5, loc="center")
        ax.set(xlim=(-0.6, n - 0.4), ylim=(-n + 0.4, 0.6), aspect="equal")
        ax.set(xticks=[], yticks=range(0, -n, -1))
        ax.set_yticklabels(
            [f"process {i}" for i in range(n)] if not number else [""] * n
        )
        ax.tick_params(length=0, labelsize=8.5)
        ax.spines[:].set_visible(False)
    figure.tight_layout()
    said = "; ".join(
        f"{f'after round {number}' if number else 'at the start'} {_rows(table)}"
        for number, table in enumerate(held)
    )
    return (
        f"{len(held)} tables with a row for each of {n} processes and a column for "
        f"each piece: {said}. Whole sums are dark."
    )


def _cells(table: Tensor) -> list[tuple[tuple[int, int], float]]:
    n = len(table)
    return [((i, j), table[i, j].item()) for i in range(n) for j in range(n)]


def _rows(table: Tensor) -> str:
    rows = (", ".join(f"{value:g}" for value in row) for row in table.tolist())
    return " | ".join(rows)


def draw_memory(parts: dict[str, dict[str, float]]) -> str:
    """Stacked bars: for each case, how many gigabytes go into what."""
    ax = plt.subplots(figsize=(9, 0.7 * len(parts) + 1.4))[1]
    colours = [BLUE, GREY, "#56B4E9", "#E69F00"]
    for row, case in enumerate(parts.values()):
        left = 0.0
        for colour, hatch, (name, size) in zip(
            colours, ["", "//", "", ".."], case.items(), strict=False
        ):
            look = dict(color=colour, hatch=hatch, edgecolor="white")
            ax.barh(row, size, left=left, label=name if not row else None, **look)
            left += size
        ax.text(left, row, f" {left:.1f} GB", va="center", fontsize=9.5, color=INK)
    ax.set_yticks(range(len(parts)), list(parts))
    ax.invert_yaxis()
    ax.set_xlabel("gigabytes in each process")
    ax.legend(loc="upper right")
    said = "; ".join(
        f"{name}: {', '.join(f'{what} {size:.1f}' for what, size in case.items())}"
        for name, case in parts.items()
    )
    return f"Stacked bars of gigabytes in each process. {said}."
