"""Numbers side by side, as bars."""

from collections.abc import Mapping

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, plt


def draw_bars(
    values: Mapping[str, float], unit: str, title: str, digits: str = ".3f"
) -> str:
    """A bar for each number, with the number at its end, the first one on top.

    Args:
        values: from 0 up, by their names.
        unit: what they are numbers of, written at the axis.
        digits: how they are written; ".0%" for shares from 0 to 1.

    Returns the picture's words.
    """
    ax = plt.subplots(figsize=(8, 0.6 * len(values) + 1.1))[1]
    bars = ax.barh(list(values), list(values.values()), color=BLUE)
    ax.bar_label(bars, [f"{value:{digits}}" for value in values.values()], padding=4)
    ax.set(xlabel=unit, title=title)
    ax.margins(x=0.12)
    ax.invert_yaxis()
    said = "; ".join(f"{name} {value:{digits}}" for name, value in values.items())
    return f"{title}. Bars of {unit}: {said}."
