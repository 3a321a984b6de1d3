"""Drawings of how a token is chosen.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREY, INK, ORANGE, plt

MOST = 14  # bars in a panel: the likeliest
Panel = tuple[str, Tensor, Sequence[str]]  # what it is, logits (V,), a name a token


def draw_change(ways: Mapping[str, Callable[[Tensor], Tensor]], *panels: Panel) -> str:
    """Probabilities before (outlines) and after (filled), a row for each way.

    Args:
        ways: from (V,) logits to (V,) probabilities, by their names.
        panels: one beside the other, each with the likeliest tokens first.
    """
    size = dict(figsize=(10, 2.5 * len(ways)), width_ratios=[1, 3][-len(panels) :])
    rows = plt.subplots(
        len(ways), len(panels), layout="constrained", squeeze=False, **size
    )[1]
    said = []
    for row, (name, change) in zip(rows, ways.items(), strict=True):
        for ax, (what, logits, labels) in zip(row, panels, strict=True):
            best = logits.argsort(descending=True)[:MOST]
            names = [labels[i] for i in best]
            after, before = change(logits), logits.softmax(dim=-1)
            ax.bar(names, after[best].tolist(), color=BLUE, label="after")
            ax.bar(
                names,
                before[best].tolist(),
                color="none",
                edgecolor=INK,
                label="before",
            )
            ax.set_title(f"{name}, {what}", fontsize=10)
            said.append(f"{name}, {what}: {_said(before, after, labels)}")
        row[0].set_ylabel("probability")
    rows[0, -1].legend()
    return f"Bars before and after. {'. '.join(said)}."


def _said(before: Tensor, after: Tensor, labels: Sequence[str]) -> str:
    top = before.argsort(descending=True)[:4]
    told = [f"{labels[i]} {before[i]:.2f} to {after[i]:.2f}" for i in top]
    return f"{', '.join(told)}; {int((after > 0).sum())} have any chance"


def draw_shares(probs: Tensor, shares: Tensor, labels: Sequence[str]) -> str:
    """What softmax says, as outlines, and how often each was drawn, as dots.

    Args:
        probs, shares: (V,), each with the sum 1.
    """
    best = probs.argsort(descending=True)[:MOST]
    names = [labels[i] for i in best]
    ax = plt.subplots(figsize=(8, 3))[1]
    bars = probs[best].tolist()
    ax.bar(names, bars, color="none", edgecolor=INK, label="softmax")
    ax.plot(names, shares[best].tolist(), "o", color=ORANGE, label="share of the draws")
    ax.set(xlabel=f"next character, the {len(names)} likeliest", ylabel="probability")
    ax.set_title("What is drawn is what softmax says")
    ax.legend()
    most = (probs - shares).abs().max()
    told = [f"{labels[i]} {probs[i]:.3f} and {shares[i]:.3f}" for i in best[:3]]
    return (
        f"A bar and a dot for each of {len(names)} characters, the dot at the bar's "
        f"top: {', '.join(told)}, and so on. At most {most:.3f} apart."
    )


def draw_curves(
    at: Sequence[float], curves: Mapping[str, Tensor], level: float, name: str, of: int
) -> str:
    """How many tales have no fault: a line for each way, and a level.

    Args:
        at: temperatures, (n,).
        curves: (rounds, n) by name; the line is their mean, the band their range.
        level: of one that has no temperature, called `name`.
        of: how many tales a round has.
    """
    ax = plt.subplots(figsize=(8, 3.4))[1]
    said = []
    marks = zip(curves.items(), ("o-", "s--", "^:"), strict=False)
    for (label, values), mark in marks:
        means = values.double().mean(dim=0).tolist()
        ax.plot(at, means, mark, label=label)
        low, high = values.amin(dim=0).tolist(), values.amax(dim=0).tolist()
        ax.fill_between(at, low, high, alpha=0.2)
        said.append(f"{label} {', '.join(f'{n:.1f}' for n in means)}")
    ax.axhline(level, color=GREY, linestyle="-.", label=name)
    ax.set(xlabel="temperature", ylabel="tales", yticks=range(0, of + 1, 5))
    ax.set_title(f"Tales of {of} without a fault")
    ax.legend()
    temperatures = ", ".join(f"{t:g}" for t in at)
    return (
        f"Tales of {of} without a fault, at temperatures {temperatures}: "
        f"{'; '.join(said)}; {name} {level:g} at a level. Bands: from the least to "
        f"the greatest of {len(next(iter(curves.values())))} rounds."
    )


def draw_grid(
    logits: Tensor,
    labels: Sequence[str],
    temperatures: Sequence[float],
    filters: Mapping[str, Callable[[Tensor], Tensor]],
) -> str:
    """Probabilities for each temperature (columns) and each filter (rows).

    Args:
        logits: (V,); filters: from (V,) logits to (V,) probabilities.
    """
    best = logits.argsort(descending=True)[:MOST]
    names = [labels[i] for i in best]
    size = dict(figsize=(10, 1.9 * len(filters)), sharex=True, sharey=True)
    rows = plt.subplots(len(filters), len(temperatures), layout="constrained", **size)[
        1
    ]
    said = []
    for row, (name, change) in zip(rows, filters.items(), strict=True):
        left = []
        for ax, temperature in zip(row, temperatures, strict=True):
            after = change(logits / temperature)
            left.append(f"{int((after > 0).sum())}")
            ax.bar(names, after[best].tolist(), color=BLUE)
            ax.bar(
                names,
                torch.softmax(logits, -1)[best].tolist(),
                color="none",
                edgecolor=INK,
            )
            title = f"temperature {temperature:g}, {name}: {left[-1]} left"
            ax.set_title(title, fontsize=9.5)
        said.append(f"{name}: {', '.join(left)}")
    named = ", ".join(f"{t:g}" for t in temperatures)
    return (
        f"Bars of probability, from left to right at temperatures {named}. How many "
        f"characters have any chance: {'; '.join(said)}."
    )
