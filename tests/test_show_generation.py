"""Drawings of choosing and of the cache hold their numbers, and say them."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.cache import draw_cache
from gptlib.show.generation import draw_change, draw_curves, draw_grid, draw_shares

LOGITS = torch.tensor([0.2, 0.4, 0.1, 0.3]).log()
WORDS = ["hen", "kite", "boat", "ring"]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def heights(ax):
    return [round(bar.get_height(), 4) for bar in ax.patches]


def test_a_change_is_drawn_over_what_was_before():
    ways = {"all on one": lambda z: torch.eye(4)[z.argmax()]}
    words = draw_change(ways, ("on paper", LOGITS, WORDS))
    (ax,) = plt.gcf().axes
    assert heights(ax) == [1, 0, 0, 0, 0.4, 0.3, 0.2, 0.1]
    assert "all on one, on paper: kite 0.40 to 1.00, ring 0.30 to 0.00" in words
    assert "1 have any chance" in words


def test_shares_are_dots_on_bars():
    words = draw_shares(LOGITS.exp(), torch.tensor([0.2, 0.45, 0.1, 0.25]), WORDS)
    (ax,) = plt.gcf().axes
    assert heights(ax) == [0.4, 0.3, 0.2, 0.1]
    assert [round(y, 2) for y in ax.lines[0].get_ydata()] == [0.45, 0.25, 0.2, 0.1]
    assert "kite 0.400 and 0.450" in words and "At most 0.050 apart." in words


def test_curves_are_means_with_their_range():
    plain = torch.tensor([[10, 4], [14, 5]])
    words = draw_curves([1.0, 2.0], {"plain": plain}, 7, "greedy", of=20)
    (ax,) = plt.gcf().axes
    assert list(ax.lines[0].get_ydata()) == [12, 4.5]
    assert words.startswith("Tales of 20 without a fault, at temperatures 1, 2: ")
    assert "plain 12.0, 4.5; greedy 7 at a level" in words and "2 rounds" in words


def test_a_grid_says_how_many_are_left():
    filters = {"largest": lambda z: torch.eye(4)[z.argmax()], "all": torch.exp}
    words = draw_grid(LOGITS, WORDS, (0.5, 2.0), filters)
    assert len(plt.gcf().axes) == 4
    assert "largest: 1, 1; all: 4, 4." in words


def test_what_a_cache_keeps_is_hatched_and_what_is_read_is_counted():
    words = draw_cache(prompt=3, n=4)
    (ax,) = plt.gcf().axes
    kept = [patch for patch in ax.patches if patch.get_hatch()]
    assert len(kept) == 3 + 4 + 5
    assert len(ax.patches) == 2 * (3 + 4 + 5 + 6)
    assert "18 in all" in words and "6 in all" in words
