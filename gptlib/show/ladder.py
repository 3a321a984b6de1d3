"""Drawings of the ladder: who pays what for a text, and how much of it is necessary.

Each function makes the figure and returns what it shows in words, for `show`:
`show(draw_possible(stories, "Tom ran.\n"))`.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    RED,
    draw_text,
    plt,
)

GONE = dict(facecolor="white", edgecolor=GREY, hatch="///", linewidth=0.5)
HERE = dict(facecolor=PALE, edgecolor=GREY, linewidth=0.5)
FLOOR = dict(color=RED, linewidth=1.5)


def _shown(char: str) -> str:
    return {"\n": "⏎", " ": "␣"}.get(char, char)


def draw_possible(possible: Sequence[tuple[str, float]], story: str) -> str:
    """All stories of a small language while one is read: which are ruled out, and when.

    Args:
        possible: (text, probability) of each story.
        story: the one that is read, one of them.
    """
    width = max(len(text) for text, _ in possible)
    ax = plt.subplots(figsize=(0.55 * width + 3, 0.5 * len(possible) + 1.3))[1]
    left = []  # of the probability, before each character and at the end
    for t in range(len(story) + 1):
        left.append(math.fsum(p for text, p in possible if text[:t] == story[:t]))
    for row, (text, p) in enumerate(possible):
        ax.text(-0.8, -row, f"p = {p:.3f}", ha="right", va="center", fontsize=10)
        for t, char in enumerate(text):
            ruled_out = t >= len(story) or text[:t] != story[:t]
            look = GONE if ruled_out else HERE
            ax.add_patch(plt.Rectangle((t - 0.5, -row - 0.4), 1, 0.8, **look))
            words = "" if ruled_out else _shown(char)
            ax.text(t, -row, words, ha="center", va="center", family="monospace")
    costs = [math.log(before / after) for before, after in pairwise(left)]
    y = -len(possible) - 0.2
    for name, shift, numbers in (("left", 0, left[1:]), ("nats", 0.7, costs)):
        ax.text(-0.8, y - shift, name, ha="right", va="center", fontsize=10)
        for t, number in enumerate(numbers):
            ax.text(t, y - shift, f"{number:.2f}", ha="center", va="center",
                    fontsize=9, color=INK)  # fmt: skip
    ax.set(xlim=(-3, width - 0.3), ylim=(y - 1.1, 0.7))
    ax.axis("off")
    paid = ", ".join(
        f"{_shown(char)} {cost:.2f}" for char, cost in zip(story, costs, strict=True)
    )
    return (
        f"{len(possible)} stories, one a row, while {story.strip()!r} is read; a story "
        "that is ruled out is hatched from the next character on. Nats paid: "
        f"{paid}; {sum(costs):.3f} in all."
    )


def draw_ladder(
    rungs: Mapping[str, float], floor: tuple[str, float] | None = None, title: str = ""
) -> str:
    """Losses as the rungs of a ladder, the lowest at the bottom, the floor in red.

    Args:
        rungs: a name and a loss in nats per character for each; those whose name holds
            "nanoGPT" are orange and dashed.
        floor: name and loss of what nobody can get below.
    """
    ax = plt.subplots(figsize=(6.5, 4.4))[1]
    top = max(rungs.values()) + 0.2
    ax.vlines([0, 1], 0, top, color=GREY, linewidth=3)
    taken = {"right": math.inf, "left": math.inf}  # the height of the last name there
    ordered = sorted(rungs.items(), key=lambda rung: -rung[1])
    for name, height in ordered:
        quoted = "nanoGPT" in name
        look = dict(color=ORANGE, linestyle=":") if quoted else dict(color=BLUE)
        ax.hlines(height, 0, 1, linewidth=5, **look)
        side = "right" if taken["right"] - height > 0.06 * top else "left"
        taken[side] = height
        x, align = (1.1, "left") if side == "right" else (-0.1, "right")
        ax.text(x, height, f"{name} {height:.3f}", ha=align, va="center")
    said = ", ".join(f"{name} {height:.3f}" for name, height in ordered)
    if floor:
        ax.hlines(floor[1], -3.3, 1, **FLOOR)
        ax.text(-3.2, floor[1] - 0.03 * top, f"{floor[0]} {floor[1]:.3f}", va="top")
        said += f"; below them, as a red line, {floor[0]} {floor[1]:.3f}"
    ax.set(xlim=(-3.3, 3.6), ylim=(0, top), xticks=[], title=title)
    ax.set_ylabel("loss, nats per character")
    return f"A ladder. Its rungs from the top, in nats per character: {said}."


def draw_counting(
    lengths: Sequence[int], new: Sequence[float], seen: Sequence[float], gpt: float
) -> str:
    """The loss of ever longer n-grams, on new stories and on those that were counted.

    Args:
        lengths: each n.
        new, seen: the loss for each, in nats per character.
        gpt: the GPT's loss on the new stories.
    """
    ax = plt.subplots()[1]
    ax.plot(lengths, new, "s-", label="new stories")
    ax.plot(lengths, seen, "o--", label="stories that were counted")
    ax.axhline(gpt, color=GREEN, linestyle=":", label="the GPT, new stories")
    ax.set(xlabel="n, characters in a piece", ylabel="nats per character", yscale="log")
    ax.set(xticks=lengths, title="Counting ever longer pieces (log scale)")
    ax.set_yticks([0.25, 0.5, 1, 2, 4], ["0.25", "0.5", "1", "2", "4"])
    ax.minorticks_off()
    ax.legend()
    best = min(range(len(new)), key=new.__getitem__)
    return (
        f"Loss against n. On new stories it falls from {new[0]:.2f} to {new[best]:.2f} "
        f"at n = {lengths[best]} and rises to {new[-1]:.2f}; on stories that were "
        f"counted it falls to {seen[-1]:.2f}. The GPT's {gpt:.2f} is a dotted line."
    )


def draw_costs(text: str, costs: Tensor, name: str, top: float) -> str:
    """A text, each character on a field as dark as its cost.

    Args:
        costs: nats for each character, (N).
        name: who pays.
        top: the cost of the darkest field, the same for all whom one compares.
    """
    total = costs.sum().item()
    title = f"What {name} pays: {total:.0f} nats in all"
    draw_text(text, costs.clamp(min=0), title=title, label="nats", width=76, top=top)
    order = costs.argsort(descending=True)[:3].tolist()
    dear = ", ".join(
        f"{_shown(text[t])} of {text[max(0, t - 4) : t + 4].strip()!r} {costs[t]:.1f}"
        for t in order
    )
    dark = (costs > 1).sum().item()
    return (
        f"The story as {name} pays for it, {total:.0f} nats in all; {dark} of "
        f"{len(text)} characters cost more than 1 nat. The dearest: {dear}."
    )


def draw_cheat(
    old: Mapping[str, float], fresh: Mapping[str, float], floors: tuple[float, float]
) -> str:
    """Losses of models on two sets of stories, with the floor of each set.

    Args:
        old, fresh: the loss of each model on the validation stories, on new ones.
        floors: of the first set, of the second.
    """
    ax = plt.subplots(figsize=(8, 3.6))[1]
    sets = [("validation stories", old, -0.2, BLUE, "", "-"),
            ("new stories", fresh, 0.2, ORANGE, "//", "--")]  # fmt: skip
    for (name, losses, shift, colour, hatch, line), floor in zip(
        sets, floors, strict=True
    ):
        places = [place + shift for place in range(len(losses))]
        look = dict(color=colour, hatch=hatch, edgecolor="white", label=name)
        bars = ax.bar(places, list(losses.values()), 0.38, **look)
        ax.bar_label(bars, fmt="%.2f", padding=2)
        label = f"floor of the {name}, {floor:.4f}"
        ax.axhline(floor, label=label, linestyle=line, **FLOOR)
    ax.set_xticks(range(len(old)), list(old))
    ax.set(ylim=(0, 1.25 * max(fresh.values())), ylabel="nats per character")
    ax.legend(loc="upper left", fontsize=9)
    said = "; ".join(f"{name} {old[name]:.2f} and {fresh[name]:.2f}" for name in old)
    return (
        f"Two bars for each model, on the validation stories and on new ones: {said}. "
        f"Two red lines, the floors of these sets: {floors[0]:.4f} and "
        f"{floors[1]:.4f}."
    )
