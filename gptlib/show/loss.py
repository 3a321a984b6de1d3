"""Drawings of the loss: how surprised a model is, and where it is pushed.

T predictions (positions), V characters. Each function makes the figure and returns what
it shows in words, for `show`: `show(draw_surprise("ehn", logits, y, after="he"))`.
"""

import math

import torch
from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.plots import BLUE, GREEN, GREY, INK, Axes, plt


def _bars(ax: Axes, chars: str, heights: Tensor, right: int, digits: str) -> None:
    """One bar for each character; the right one is green and hatched."""
    looks = [dict(facecolor=GREY, alpha=0.6)] * len(chars)
    looks[right] = dict(facecolor=GREEN, hatch="//", edgecolor="white")
    for place, (height, look) in enumerate(zip(heights.tolist(), looks, strict=True)):
        bar = ax.bar(place, height, **look)
        ax.bar_label(bar, [f"{height:{digits}}"], padding=2)
    ax.set_xticks(range(len(chars)), list(chars))
    ax.axhline(0, color=INK, linewidth=0.8)


def _named(chars: str, numbers: Tensor, digits: str) -> str:
    pairs = zip(chars, numbers.tolist(), strict=True)
    return ", ".join(f"{char} {number:{digits}}" for char, number in pairs)


def draw_surprise(chars: str, logits: Tensor, y: Tensor, after: str) -> str:
    """Bars for what each prediction gave, and the curve that makes a surprise of it.

    Args:
        chars: the V characters.
        logits: (T, V).
        y: (T), the index of the character that came.
        after: the T characters after which was predicted.
    """
    probs = logits.softmax(dim=-1)
    widths = [1] * len(y) + [1.6]
    axes = plt.subplots(1, len(y) + 1, figsize=(10, 3.2), width_ratios=widths)[1]
    said = []
    for t, (char, right) in enumerate(zip(after, y.tolist(), strict=True)):
        _bars(axes[t], chars, probs[t], right, ".3f")
        axes[t].set(title=f"after {char}", ylim=(0, 1))
        nats = -math.log(probs[t, right])
        said.append(
            f"After {char}: {_named(chars, probs[t], '.3f')}; {chars[right]} came, "
            f"with a surprise of {nats:.3f} nats."
        )
        axes[-1].plot(probs[t, right], nats, "o", color=GREEN, markersize=9)
        words = f"{chars[right]} after {char}: {nats:.3f}"
        place = (probs[t, right] + 0.04, nats + 0.12)
        axes[-1].text(*place, words, color=INK, fontsize=10)
    axes[0].set_ylabel("probability")
    p = torch.linspace(0.02, 1, 200)
    axes[-1].plot(p, -p.log(), color=BLUE, zorder=0)
    axes[-1].set(title="surprise: -ln p", xlabel="p", ylabel="nats", ylim=(0, 4))
    plt.tight_layout()
    return (
        f"{len(y)} bar charts of probabilities, the character that came hatched, and "
        f"the curve of minus ln p, falling to 0 at p = 1. {' '.join(said)}"
    )


def draw_push(chars: str, gradient: Tensor, y: Tensor, after: str) -> str:
    """Bars for minus the gradient: which way a step moves each score, and how far.

    Args:
        chars: the V characters.
        gradient: (T, V), of the loss by each score.
        y: (T), the index of the character that came.
        after: the T characters after which was predicted.
    """
    figure, axes = plt.subplots(1, len(y), figsize=(8, 3), sharey=True, squeeze=False)
    said = []
    for t, (char, right) in enumerate(zip(after, y.tolist(), strict=True)):
        ax = axes[0][t]
        _bars(ax, chars, -gradient[t], right, "+.4f")
        ax.set_title(f"after {char} came {chars[right]}")
        pushes = _named(chars, -gradient[t], "+.4f")
        said.append(f"After {char} came {chars[right]}: {pushes}.")
    low, high = -gradient.max().item(), -gradient.min().item()
    room = 0.2 * (high - low)  # for the numbers on the bars
    axes[0][0].set(ylabel="push on the score", ylim=(low - room, high + room))
    figure.tight_layout()
    return (
        "Bars for minus the gradient; the character that came is hatched and goes up, "
        f"the others down. {' '.join(said)}"
    )
