"""Drawings of heads taken out: what each adds, what each costs, and a tuning's path.

nh heads, hs numbers a head, C = nh * hs. Each function makes the figure and returns
what it shows in words, for `show`.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.fields import HIDDEN, bare, cell, rows, say
from gptlib.show.plots import BLUE, GREEN, GREY, INK, ORANGE, RED, plt

HEADS = [BLUE, ORANGE, GREEN, RED]


def draw_out(y: Tensor, W: Tensor, nh: int, out: int) -> str:
    """What the heads hand over, times their rows of W; one head set to zero.

    Args:
        y: (C,), small whole numbers, the heads side by side.
        W: (C, C), likewise, as `y @ W`.
        out: the head that is taken out: its numbers become 0, its part is hatched.
    """
    C, hs = len(y), len(y) // nh
    ax = plt.subplots(figsize=(10, 0.62 * (C + 2)))[1]
    added = [y[i : i + hs] @ W[i : i + hs] for i in range(0, C, hs)]
    for c in range(C):
        head = c // hs
        look = _look(head, hidden=head == out)
        cell(ax, 0, -c, f"{y[c]:.0f}" + " → 0" * (head == out), **look)
        ax.text(-0.75, -c, f"head {head}", ha="right", va="center", fontsize=9)
        for column in range(C):
            text = f"{W[c, column]:.0f}"
            cell(ax, 2.2 + column, -c, text, **_look(head, hidden=False))
    titles = {0: "y", 2.2 + (C - 1) / 2: "rows of W", 2 * C + 1.9: "what each adds"}
    for x, title in titles.items():
        ax.text(x, 0.85, title, ha="center", fontsize=9.5, color=INK)
    left = sum(part for head, part in enumerate(added) if head != out)
    lines = [*enumerate(added), (-1, left)]
    for line, (head, part) in enumerate(lines):
        for column, value in enumerate(part):
            hidden = head == out
            look = {} if head < 0 else _look(head, hidden)
            place = (C + 4.4 + column, -line * (C - 1) / nh)
            cell(ax, *place, f"{value:.0f}", **look)
        name = "sum" if head < 0 else f"head {head}"
        ax.text(C + 3.6, place[1], name, ha="right", va="center", fontsize=9)
    bare(ax, (-2.6, 2 * C + 4.2), (-C + 0.3, 1.4))
    parts = ". ".join(f"Head {i} adds {say(part)}" for i, part in enumerate(added))
    return (
        f"The heads hand over y = {say(y)}, {hs} numbers each, and W has the rows "
        f"{rows(W)}. {parts}. Head {out} is hatched, taken out: 0 stands in the place "
        f"of its {say(y[out * hs : out * hs + hs])}, and {say(left)} is left."
    )


def _look(head: int, hidden: bool) -> dict:
    return HIDDEN if hidden else dict(facecolor=HEADS[head % 4], alpha=0.35)


def draw_costs(tables: Mapping[str, Tensor]) -> str:
    """A table of layers and heads for each kind of character: nats a head costs.

    Args:
        tables: (n_layer, nh) each, by what was to be predicted.
    """
    figure, axes = plt.subplots(1, len(tables), figsize=(4 * len(tables), 3.4))
    most = max(table.max().item() for table in tables.values())
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        ax.imshow(table.numpy(), vmin=0, vmax=most)
        for (layer, head), value in _places(table):
            colour = "white" if value > 0.55 * most else INK
            place = dict(ha="center", va="center", color=colour)
            ax.text(head, layer, f"{value:z.2f}", **place)
        layers, nh = table.shape
        ax.set(title=title, xlabel="head", xticks=range(nh), yticks=range(layers))
        ax.spines[:].set_visible(False)
    axes[0].set_ylabel("layer")
    figure.tight_layout()
    said = "; ".join(
        f"{' '.join(title.split())}: {rows(t, 'z.2f')}" for title, t in tables.items()
    )
    return f"Nats per character that each head costs, layer by layer. {said}."


def _places(table: Tensor) -> list[tuple[tuple[int, int], float]]:
    nh = table.shape[1]
    return [(divmod(i, nh), n) for i, n in enumerate(table.flatten().tolist())]


def draw_halves(one: Tensor, other: Tensor, named: Sequence[tuple[int, int]]) -> str:
    """Each head as a dot: its measure on one half of the stories, and on the other.

    Args:
        one, other: (n_layer, nh) each.
        named: (layer, head) of the dots that get their names.
    """
    ax = plt.subplots(figsize=(6, 4))[1]
    ends = [min(one.min(), other.min()).item(), max(one.max(), other.max()).item()]
    ax.plot(ends, ends, color=GREY, linestyle="--", linewidth=1)
    ax.scatter(one.flatten().tolist(), other.flatten().tolist(), color=BLUE, zorder=3)
    for layer, head in named:
        place = one[layer, head].item(), other[layer, head].item()
        ax.annotate(f"layer {layer}, head {head}", place, (24, -24),
                    textcoords="offset points", fontsize=9, va="center",
                    arrowprops=dict(arrowstyle="-", color=GREY))  # fmt: skip
    ax.set(xlabel="first half, nats per character", ylabel="second half")
    ax.set_title("Cost for names less cost for all else, each head a dot")
    said = "; ".join(
        f"layer {i}, head {j}: {one[i, j]:.2f} and {other[i, j]:.2f}" for i, j in named
    )
    return (
        f"{one.numel()} dots, first half across, second half upwards; a dashed line "
        f"where both are equal. {said}."
    )


def draw_paths(paths: Mapping[str, Sequence[Tensor]], steps: Sequence[int]) -> str:
    """Tuning as a path: the loss on the new text across, on the old one upwards.

    Args:
        paths: for each way of tuning one (steps, 2) tensor a seed, new text and old.
        steps: after how many steps each row was measured; a dot each.
    """
    ax = plt.subplots(figsize=(8, 4))[1]
    looks = [(ORANGE, "o", "-"), (BLUE, "s", "--")]
    for (name, runs), (colour, mark, line) in zip(paths.items(), looks, strict=False):
        for seed, run in enumerate(runs):
            label = name if seed == 0 else None
            ax.plot(*run.T.tolist(), color=colour, marker=mark, linestyle=line,
                    linewidth=1.3, label=label)  # fmt: skip
    ax.set(xlabel="loss on new text, all characters, nats (learned: to the left)")
    ax.set(ylabel="loss on old text (forgotten: up)")
    ax.set_title(f"Three seeds each, dots after {', '.join(map(str, steps))} steps")
    ax.legend()
    said = []
    for name, runs in paths.items():
        last = torch.stack(list(runs))[:, -1]
        new, old = ((n.min().item(), n.max().item()) for n in last.T)
        said.append(
            f"{name}: after {steps[-1]} steps new text {new[0]:.2f} to {new[1]:.2f}, "
            f"old text {old[0]:.3f} to {old[1]:.3f}"
        )
    start = next(iter(paths.values()))[0][0]
    return (
        f"Paths from new text {start[0]:.2f}, old text {start[1]:.3f} to the left and "
        f"up. {'. '.join(said)}."
    )
