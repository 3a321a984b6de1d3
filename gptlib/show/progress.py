"""How far a learner has come, page by page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, PALE, STYLE, plt

# What a bar's parts are called, and how they look: also in grey each is its own.
STATES = {
    "passed": {"color": BLUE},
    "written": {"color": ORANGE, "hatch": "///"},
    "open": {"color": PALE},
}


def draw_progress(pages: Mapping[str, Sequence[int]], title: str) -> str:
    """A bar for each page: how many exercises passed, are written, are open.

    Args:
        pages: those three numbers, by the page's name.
        title: all of it in a line.

    Returns the picture's words.
    """
    with plt.rc_context(STYLE):
        ax = plt.subplots(figsize=(8, 0.3 * len(pages) + 1.4))[1]
        left = [0] * len(pages)
        for place, (state, look) in enumerate(STATES.items()):
            widths = [counts[place] for counts in pages.values()]
            ax.barh(list(pages), widths, left=left, label=state, edgecolor=GREY, **look)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        for row, counts in enumerate(pages.values()):
            said = f"{counts[0]} of {sum(counts)}"
            ax.text(sum(counts) + 0.1, row, said, va="center", color=INK, size=9)
        ax.set(xlabel="exercises", title=title)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.invert_yaxis()
        ax.margins(x=0.1, y=0.01)
        below = dict(loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=3.5)
        ax.legend(ncols=3, **below)
    each = "; ".join(
        f"{name} {counts[0]} of {sum(counts)}" for name, counts in pages.items()
    )
    return f"{title}. Exercises passed: {each}."


def save(path: Path) -> str:
    """Write the current figure as a PNG and close it; returns where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plt.savefig(path, bbox_inches="tight")
    plt.close()
    return str(path)
