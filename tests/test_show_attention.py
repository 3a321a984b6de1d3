import math

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.attention import (
    draw_cut,
    draw_divisors,
    draw_heads,
    draw_mask,
    draw_row,
)

SCORES = torch.tensor([[0.0, 2, 5], [0, math.log(3), 5], [1, 1, 1]])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure, in the order in which they were drawn."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_the_mask_is_drawn_with_its_numbers_and_said_in_words():
    words = draw_mask(SCORES)
    assert written().count("-∞") == 3
    assert {"0.25", "0.75", "0.33"} <= set(written())
    assert "softmax of each row: 1.00, 0.00, 0.00; 0.25, 0.75, 0.00; 0.33," in words


def test_what_is_hidden_is_hatched_and_not_only_coloured():
    draw_mask(SCORES)
    hatched = [p for p in plt.gca().patches if p.get_hatch()]
    assert len(hatched) == 2 * 3  # three cells of two tables


def test_a_row_at_work_shows_what_it_mixes_and_hides_the_future():
    q = k = torch.tensor([[0.0], [1.0], [2.0]])
    v = torch.tensor([[2.0, 0.0], [4.0, 2.0], [77.0, 77.0]])
    words = draw_row(q, k, v, t=1)
    share = math.e / (1 + math.e)
    received = f"{2 + 2 * share:.3g}, {2 * share:.3g}"
    assert received in written()
    assert received in words
    assert not any("77" in text for text in written())
    assert "77" not in words


def test_heads_are_cut_by_columns_and_joined_again():
    words = draw_cut(T=3, nh=2, hs=2)
    assert "Head 0: 0, 1; 10, 11; 20, 21. Head 1: 2, 3; 12, 13; 22, 23." in words
    assert written().count("23") == 3


def test_the_wrong_view_mixes_positions():
    words = draw_cut(T=3, nh=2, hs=2, wrong=True)
    assert "Head 1: 12, 13; 20, 21; 22, 23." in words
    assert "view" in written()
    assert written().count("23") == 2  # nothing is joined


def test_every_head_has_a_table_and_the_marked_ones_a_frame():
    words = draw_heads(torch.rand(2, 3, 5, 5), marked=[(1, 2)])
    axes = plt.gcf().axes
    assert [ax.get_title() for ax in axes][-1] == "layer 1, head 2"
    wide = [ax.spines["left"].get_linewidth() > 1 for ax in axes]
    assert wide == [False] * 5 + [True]
    assert "6 square tables" in words
    assert "layer 1, head 2" in words


def test_each_divisor_has_its_panel_and_key_0_its_share():
    words = draw_divisors(torch.tensor([math.log(9.0), 0.0]), [1.0, 2.0])
    assert len(plt.gcf().axes) == 2
    assert "divided by 1 key 0 gets 0.90, the largest other 0.10" in words
    assert "divided by 2 key 0 gets 0.75, the largest other 0.25" in words
