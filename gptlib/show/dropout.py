"""Drawings of dropout: where it stands in a GPT, and losses with and without it.

Each function makes the figure and returns what it shows in words, for `show`.
"""

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, PALE, plt

# The four places: what is dropped there, its name in GPT-2's modules, in every block?
PLACES = [
    ("the embedding sum", "drop", False),
    ("the attention weights", "attn_dropout", True),
    ("attention's output", "resid_dropout", True),
    ("the MLP's output", "dropout", True),
]


def draw_dropout(n_layer: int) -> str:
    """The way through a GPT with the places marked where dropout stands."""
    ax = plt.subplots(figsize=(10.5, 2.9))[1]
    ax.add_patch(plt.Rectangle((3.1, 0.25), 11.6, 2.5, fc="none", ec=GREY, ls="--"))
    ax.text(14.6, 2.95, f"block, {n_layer} times", fontsize=9, ha="right", va="center")
    boxes = {0.9: "wte\n+ wpe", 4.6: "weights\n(softmax)", 6.9: "times v",
             9.2: "c_proj",
             12.4: "MLP", 16.2: "ln_f,\nlm_head"}  # fmt: skip
    for x, name in boxes.items():
        high = 1.5 if 4 < x < 14 else 0.0
        look = dict(facecolor=PALE, edgecolor=GREY)
        ax.add_patch(plt.Rectangle((x - 0.75, high - 0.35), 1.5, 0.7, **look))
        ax.text(x, high, name, fontsize=9, ha="center", va="center")
    arrow = dict(arrowstyle="-|>", color=INK, linewidth=1.2)
    along = [(1.65, 2.05, 0.0), (2.55, 15.45, 0.0), (5.35, 5.5, 1.5), (6.0, 6.15, 1.5)]
    for start, end, y in [*along, (7.65, 8.45, 1.5)]:
        ax.annotate("", (end, y), (start, y), arrowprops=arrow)
    for start, end in ((3.6, 3.85), (11.2, 11.65)):
        ax.plot([start, start], [0, 1.5], color=INK, linewidth=1.2)
        ax.annotate("", (end, 1.5), (start, 1.5), arrowprops=arrow)
    for start in (9.95, 13.15):
        ax.plot([start, start + 0.6], [1.5, 1.5], color=INK, linewidth=1.2)
        ax.annotate("", (start + 0.6, 0.12), (start + 0.6, 1.5), arrowprops=arrow)
    marks = [(2.3, 0.0), (5.75, 1.5), (10.55, 0.85), (13.75, 0.85)]
    for number, ((x, y), (what, name, _)) in enumerate(
        zip(marks, PLACES, strict=True), 1
    ):
        ax.text(x, y, str(number), ha="center", va="center", fontsize=10, zorder=5,
                bbox=dict(boxstyle="circle,pad=0.25", fc=ORANGE, ec=INK))  # fmt: skip
        down = -0.75 - 0.45 * ((number - 1) % 2)
        column = 0.0 if number < 3 else 8.4
        ax.text(
            column,
            down,
            f"{number}  {what}: {name}",
            fontsize=9,
            ha="left",
            va="center",
        )
    ax.set(xlim=(-0.1, 17.2), ylim=(-1.5, 3.2))
    ax.axis("off")
    once = "; ".join(
        f"{number}, {what}, called {name}, {'in every block' if per_block else 'once'}"
        for number, (what, name, per_block) in enumerate(PLACES, 1)
    )
    return (
        f"The way of the numbers through a GPT with {n_layer} blocks, four places "
        f"marked: {once}."
    )


def draw_curves(curves: dict[float, list[list[float]]], every: int) -> str:
    """Validation loss along the way, a line a seed, for each p of dropout.

    Args:
        curves: for each p the losses of each seed, the first after `every` steps.
    """
    ax = plt.subplots(figsize=(8, 3.4))[1]
    said = []
    for (p, runs), colour, dashes in zip(
        curves.items(), (BLUE, ORANGE), ("-", "--"), strict=True
    ):
        for number, losses in enumerate(runs):
            label = None if number else f"p = {p:g}, {len(runs)} seeds"
            steps = range(every, every * (len(losses) + 1), every)
            ax.plot(steps, losses, color=colour, linestyle=dashes, label=label, lw=1.5)
            at = min(range(len(losses)), key=losses.__getitem__)
            ax.plot(steps[at], losses[at], "o", color=colour, markeredgecolor=INK)
        best, last = [min(it) for it in runs], [it[-1] for it in runs]
        said.append(
            f"with p = {p:g} the lowest of each seed lie at {min(best):.1f} to "
            f"{max(best):.1f}, the last at {min(last):.1f} to {max(last):.1f}"
        )
    ax.set(xlabel="step", ylabel="validation loss, nats per character")
    ax.set_title("The lowest point of each run has a dot")
    ax.legend()
    return f"Validation loss by step: {'; '.join(said)}."
