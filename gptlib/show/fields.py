"""Fields with numbers in them: what drawings of tables are made of."""

from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, PALE, Axes, plt

HIDDEN = dict(facecolor="white", edgecolor=GREY, hatch="///", linewidth=0.6)


def cell(ax: Axes, x: float, y: float, text: str, **look) -> None:
    """A field of size 1 around (x, y) with a text in it."""
    light = look.pop("light", False)
    look = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.6) | look
    ax.add_patch(plt.Rectangle((x - 0.5, y - 0.5), 1, 1, **look))
    colour = "white" if light else INK
    back = dict(boxstyle="round,pad=0.15", fc="white", ec="none")
    box = back if look.get("hatch") and text else None
    ax.text(x, y, text, ha="center", va="center", fontsize=10, color=colour, bbox=box)


def shade(weight: float) -> dict:
    """The look of a field that shows a weight from 0 to 1."""
    strong = 0.08 + 0.92 * weight
    mixed = [1 - strong * (1 - part) for part in plt.matplotlib.colors.to_rgb(BLUE)]
    return dict(facecolor=mixed, light=weight > 0.55)


def bare(ax: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Only what is drawn, and as wide as it is high; x and y are the limits."""
    ax.set(xlim=x, ylim=y, aspect="equal")
    ax.axis("off")


def say(numbers: Tensor, digits: str = ".3g") -> str:
    """The numbers of one row, with commas."""
    return ", ".join(f"{n:{digits}}" for n in numbers.tolist())


def rows(table: Tensor, digits: str = ".3g") -> str:
    """The rows of a table, with semicolons."""
    return "; ".join(say(row, digits) for row in table)
