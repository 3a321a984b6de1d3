"""Drawings of a training step: where its time goes.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from gptlib.show.plots import BLUE, plt


def draw_shares(shares: dict[str, float]) -> str:
    """Bars of the shares, from 0 to 1, of the time in each kind of operation."""
    bars = plt.barh(list(shares), [100 * s for s in shares.values()], color=BLUE)
    plt.bar_label(bars, fmt="%.0f %%", padding=4)
    plt.gca().invert_yaxis()
    plt.xlabel("share of the time inside operations, %")
    plt.title("One training step of nanoGPT's CPU recipe")
    said = ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items())
    return f"Bars, the first on top, of the share of the time in each kind: {said}."
