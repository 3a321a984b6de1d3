"""The course's pictures: one style, in one place.

Colours are Okabe and Ito's: the colour-blind tell them apart. In grey BLUE, ORANGE and
INK differ, while GREEN, RED and GREY look alike: what has these needs a dash, a marker,
a hatch or a word as well.
"""

from collections.abc import Collection, Sequence

import numpy as np
import torch

try:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch
except ImportError as error:
    raise ImportError(
        "gptlib.show.plots draws with matplotlib: pip install matplotlib"
    ) from error

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY, INK, PALE = "#8A8A8A", "#222222", "#F1F1F1"
STYLE = {
    "figure.figsize": (8, 3.2),
    "figure.dpi": 100,
    "savefig.bbox": "tight",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, RED, GREY]),
    "lines.linewidth": 2,
    "legend.frameon": False,
    "image.cmap": "Blues",
}


def use_style() -> None:
    """Draw everything after this line in the style of the course."""
    plt.rcParams.update(STYLE)


def begin_lesson() -> None:
    """The first line of every lesson: the style of the course, and one thread.

    The models here are so small that one thread is as fast as several, and beside
    another busy program several are far slower, because they wait for one another.
    """
    use_style()
    torch.set_num_threads(1)


# Parts of the whole picture: key, label, the lines of lessons that build it (none in a
# small box), and centre x, y, width, height. The residual stream runs along y = 0; what
# reads from it and adds to it stands above.
ATTENTION = ["attention, heads", "flash_attention"]
BOXES = [
    ("tokens", "tokenizer", ["tokens", "byte_pairs"], 0.75, 0.0, 1.35, 0.9),
    ("embeddings", "wte + wpe", ["embeddings"], 2.95, 0.0, 1.5, 0.9),
    ("layernorm", "ln_1", [], 4.75, 1.15, 0.8, 0.55),
    ("attention", "attention", ATTENTION, 4.75, 2.15, 1.76, 0.95),
    ("layernorm", "ln_2", [], 6.95, 1.15, 0.8, 0.55),
    ("mlp", "MLP", ["gelu, mlp"], 6.95, 2.15, 1.76, 0.95),
    ("layernorm", "ln_f", [], 10.0, 0.0, 0.8, 0.55),
    ("gpt", "lm_head", ["gpt"], 11.4, 0.0, 1.3, 0.9),
    ("loss", "loss_fn", ["loss", "ladder"], 13.75, 0.0, 1.3, 0.9),
]
FRAME = (3.81, -0.55, 4.69, 3.85)  # of the block: x, y, width, height
PARTS = frozenset({key for key, *_ in BOXES} | {"block"})


def draw_gpt(lit: Collection[str] = PARTS, title: str | None = None) -> Axes:
    """Draw the whole GPT with some of its parts lit.

    Args:
        lit: names out of `PARTS`; the others stay pale. "gpt" is the head alone; give
            PARTS for the whole.
        title: what stands above.

    Raises:
        ValueError: a part that the picture does not have.
    """
    if unknown := set(lit) - PARTS:
        raise ValueError(
            f"unknown parts {sorted(unknown)}: choose from {sorted(PARTS)}"
        )
    ax = plt.subplots(figsize=(11, 3.2))[1]
    _draw_stream(ax)
    edge = BLUE if "block" in lit else GREY
    x, y, w, h = FRAME
    frame = FancyBboxPatch(
        (x, y), w, h, boxstyle="round,pad=0,rounding_size=0.15", fill=False
    )
    ax.add_patch(frame)
    frame.set(edgecolor=edge, linestyle="--", linewidth=1.5)
    ax.text(x + w - 0.1, y + h - 0.12, "Block, n_layer times", ha="right", va="top",
            fontsize=9.5, color=edge if "block" in lit else INK)  # fmt: skip
    for box in BOXES:
        _draw_box(ax, *box, lit=box[0] in lit)
    ax.set(xlim=(-1.1, 15.2), ylim=(-0.7, 3.4), aspect="equal")
    ax.axis("off")
    if title:
        ax.set_title(title)
    return ax


def _draw_box(ax, key, label, lessons, x, y, w, h, *, lit: bool) -> None:
    box = FancyBboxPatch(
        (x - w / 2, y - h / 2), w, h, boxstyle="round,pad=0,rounding_size=0.12"
    )
    box.set(facecolor=BLUE if lit else PALE, edgecolor=BLUE if lit else GREY, zorder=3)
    ax.add_patch(box)
    text = dict(ha="center", va="center", color="white" if lit else INK, zorder=4)
    ax.text(x, y + 0.12 * len(lessons), label, fontsize=10 if lessons else 9, **text)
    names = "\n".join(lessons).replace("_", " ")
    ax.text(x, y - 0.23, names, fontsize=7.3, style="italic", linespacing=1.1, **text)


def _draw_stream(ax) -> None:
    arrow = dict(arrowstyle="-|>", color=INK, linewidth=1.3, shrinkA=0, shrinkB=0)
    line = dict(color=INK, linewidth=1.3)
    along = [(-0.6, 0.07), (1.43, 2.2), (3.7, 9.6), (10.4, 10.75), (12.05, 13.1)]
    for start, end in [*along, (14.4, 15.0)]:
        ax.annotate("", (end, 0), (start, 0), arrowprops=arrow)
    ax.annotate("", (13.75, 0.45), (13.75, 1.0), arrowprops=arrow)
    for x in (4.75, 6.95):  # away from the stream, through a part, and back to it
        ax.annotate("", (x, 0.87), (x, 0.0), arrowprops=arrow)
        ax.plot([x, x], [1.4, 1.75], **line)
        ax.plot([x + 0.7, x + 1.1, x + 1.1], [2.15, 2.15, 0.3], **line)
        ax.annotate("", (x + 1.1, 0.19), (x + 1.1, 0.4), arrowprops=arrow)
        ring = dict(boxstyle="circle,pad=0.12", fc="white", ec=INK)
        ax.text(x + 1.1, 0, "+", ha="center", va="center", zorder=5, bbox=ring)
    names = [(-0.75, "text", ""), (1.8, "X", "(B, T)"), (9.05, "x", "(B, T, C)")]
    for x, name, shape in [*names, (12.57, "pred", "(B, T, V)"), (14.75, "loss", "")]:
        ax.text(x, 0.15, name, ha="center", fontsize=9.5, color=INK)
        ax.text(x, -0.4, shape, ha="center", fontsize=8, color=INK)
    ax.text(13.75, 1.1, "y  (B, T)", ha="center", fontsize=9.5, color=INK)


def draw_text(
    text: str,
    values: Sequence[float],
    *,
    width: int = 72,
    mark: int | None = None,
    colour: str = BLUE,
    title: str | None = None,
    label: str = "",
    top: float | None = None,
) -> Axes:
    """Write a text in a fixed grid, each character on a field as dark as its value.

    Args:
        text: what to write; a newline is shown as a return sign.
        values: one number from 0 up for each character; the largest is darkest.
        width: characters a line.
        mark: index of a character to frame.
        colour: of the darkest field.
        title: what stands above.
        label: what a value is; the legend names that of the darkest field.
        top: the value of the darkest field, the largest of the values unless it is
            given; several texts can so be compared.

    Raises:
        ValueError: not one value for each character, or a value above `top`.
    """
    values = np.asarray(values, dtype=float)
    if len(text) != len(values):
        raise ValueError(f"{len(text)} characters need as many values: {len(values)}")
    if top is not None and values.max() > top:
        raise ValueError(f"top = {top} is less than the largest value, {values.max()}")
    scale = "full colour" if top else "darkest field"
    top = top or values.max() or 1.0
    lines = -(-len(text) // width)
    size = (width * 0.135, lines * 0.27 + 0.55)
    ax = plt.subplots(figsize=size)[1]
    for i, (char, value) in enumerate(zip(text, values / top, strict=True)):
        row, column = divmod(i, width)
        ax.add_patch(
            plt.Rectangle((column, -row), 1, 1, color=colour, alpha=value, lw=0)
        )
        ax.text(column + 0.5, 0.45 - row, "⏎" if char == "\n" else char, fontsize=10,
                family="monospace", ha="center", va="center",
                color="white" if value > 0.55 else INK)  # fmt: skip
    if mark is not None:
        row, column = divmod(mark, width)
        frame = plt.Rectangle((column, -row), 1, 1, fill=False, ec=RED, lw=2, zorder=5)
        ax.add_patch(frame)
    ax.set(xlim=(-0.2, width + 0.2), ylim=(1 - lines - 0.2, 1.2))
    ax.axis("off")
    if title:
        ax.set_title(title)
    if label:
        ax.text(width, 1 - lines - 0.35, f"{scale}: {label} {top:.3g}",
                ha="right", va="top", fontsize=9, color=INK)  # fmt: skip
    return ax


def draw_tokens(rows: Sequence[Sequence[str]], lit: Sequence[str]) -> Axes:
    """Draw one text cut into tokens in several ways, a row each.

    Args:
        rows: the tokens of each row, which joined are the same text in every row.
        lit: for each row the token to light, wherever it stands; "" for none.
    """
    width = len("".join(rows[0]))
    ax = plt.subplots(figsize=(width * 0.3, len(rows) * 0.42 + 0.5))[1]
    for y, (tokens, light) in enumerate(zip(rows, lit, strict=True)):
        x = 0
        for token in tokens:
            on = token == light
            field = plt.Rectangle((x + 0.05, -y - 0.4), len(token) - 0.1, 0.8)
            field.set(facecolor=BLUE if on else PALE, edgecolor=GREY, linewidth=0.8)
            ax.add_patch(field)
            ax.text(x + len(token) / 2, -y, token.replace(" ", "␣"), ha="center",
                    va="center", family="monospace", fontsize=10,
                    color="white" if on else INK)  # fmt: skip
            x += len(token)
        ax.text(width + 0.4, -y, f"{len(tokens)}", va="center", fontsize=10, color=INK)
    ax.text(width + 0.4, 0.9, "tokens", ha="center", va="center", fontsize=9, color=INK)
    ax.set(xlim=(-0.2, width + 1.6), ylim=(-len(rows) + 0.4, 1.2))
    ax.axis("off")
    return ax


def main() -> None:
    """Draw the picture of the README: data/gpt.png."""
    from gptlib.guard.files import DATA

    use_style()
    draw_gpt().figure.savefig(DATA / "gpt.png", dpi=150, metadata={"Software": None})


if __name__ == "__main__":
    plt.switch_backend("agg")
    main()
