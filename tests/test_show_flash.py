import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.flash import draw_costs, draw_tiles, draw_walk


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure, in the order in which they were drawn."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_tiles_are_counted_by_kind_and_their_pairs_too():
    words = draw_tiles(T=12, size=4)
    assert "9 tiles of 4 by 4: 3 below the diagonal are full, 3 on" in words
    assert "3 above it are hatched and skipped. 96 of 144 pairs" in words
    assert "78 may be seen" in words
    assert written().count("skipped") == 3


@pytest.mark.parametrize("size", [1, 4, 5, 12, 20])
def test_the_pairs_of_tiles_that_do_not_divide_T_are_counted_as_they_are(size):
    T = 12
    t = torch.arange(T)
    multiplied = (t // size <= t[:, None] // size).sum().item()
    assert f"{multiplied} of 144 pairs" in draw_tiles(T, size)


def test_what_is_hidden_in_a_tile_is_crossed_out_and_skipped_tiles_are_hatched():
    draw_tiles(T=12, size=4)
    hatches = [patch.get_hatch() for patch in plt.gca().patches]
    assert hatches.count("xxx") == 3 * 6  # above the diagonal of a tile of 4 by 4
    assert hatches.count("//") == 3


def test_a_row_carries_its_maximum_and_its_sums_from_tile_to_tile():
    scores = torch.tensor([1.0, 3, 6, 2]).log()
    values = torch.tensor([[12.0], [0], [2], [6]])
    words = draw_walk(scores, values, size=2)
    assert "Tile 0: e to its scores 1, 3;" in words
    assert "m is ln 3, total 1.33, acc 4." in words
    assert "are multiplied by 0.5; m is ln 6, total 2, acc 6." in words
    assert words.endswith("acc / total is 3.")
    assert {"\u00d7 0.5", "ln 6", "1.33"} <= set(written())


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_row_ends_where_softmax_does(size):
    scores, values = torch.randn(7), torch.randn(7, 2)
    expected = ", ".join(f"{n:.3g}" for n in (scores.softmax(0) @ values).tolist())
    assert f"acc / total is {expected}." in draw_walk(scores, values, size)


def test_costs_are_compared_at_both_ends():
    times = {"with the table": [2e-3, 9e-3], "fused": [1e-3, 1e-3]}
    memory = {"with the table": [3e6, 8e7], "fused": [2e6, 4e6]}
    words = draw_costs([64, 256], times, memory)
    assert "In time 'with the table' is 2.0 times 'fused' at T = 64" in words
    assert "9.0 times at T = 256. In memory 'with the table' is 1.5" in words
    assert words.endswith("20.0 times at T = 256.")
