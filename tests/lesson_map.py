"""The picture of which lesson needs which, data/lessons.png.

    python tests/lesson_map.py

What a lesson needs is what its first cell says.
"""

import matplotlib.pyplot as plt
from lessons import ROOT, lessons, needs, slug

from gptlib.show.plots import BLUE, GREY, INK, use_style


def needed() -> dict[str, list[str]]:
    """For each lesson, in reading order, the lessons that it needs."""
    return {slug(path): needs(path) for path in lessons()}


def draw(needed: dict[str, list[str]]) -> str:
    """A row for each lesson: a ring in its own column, a dot in each that it needs."""
    names = list(needed)
    ax = plt.subplots(figsize=(9, 0.27 * len(names) + 0.4))[1]
    for y, name in enumerate(names):
        before = [names.index(it) for it in needed[name]]
        ax.plot([min([y, *before]), y], [y, y], color=GREY, linewidth=1, zorder=1)
        ax.scatter(before, [y] * len(before), color=BLUE, s=42, zorder=2)
        ax.scatter([y], [y], facecolor="white", edgecolor=INK, s=48, zorder=2)
        ax.text(y + 0.6, y, name.replace("_", " "), va="center", fontsize=9, color=INK)
    ax.set_xticks(
        range(len(names)), [f"{n:02d}" for n in range(len(names))], fontsize=8
    )
    ax.set_yticks([])
    ax.xaxis.tick_top()
    ax.set(xlim=(-0.6, len(names) + 4.5), ylim=(len(names) - 0.4, -0.6))
    ax.spines[:].set_visible(False)
    ax.grid(axis="x", color=GREY, alpha=0.25)
    said = [f"{n} needs {' and '.join(needed[n])}" for n in names if needed[n]]
    return f"Which lesson needs which: {'; '.join(said)}.".replace("_", " ")


def main() -> None:
    """Draw it and print its words, which README.md has too."""
    plt.switch_backend("agg")
    use_style()
    words = draw(needed())
    plt.savefig(ROOT / "data" / "lessons.png", dpi=130, metadata={"Software": None})
    print(words)


if __name__ == "__main__":
    main()
