import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.gelu import exact_gelu, new_gelu
from gptlib.show.gelu import draw_bends, draw_gap, draw_gate, draw_grain, half_step

GRID = torch.linspace(-6, 6, 12_001, dtype=torch.float64)
GAP = exact_gelu(GRID) - new_gelu(GRID)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_the_gate_says_what_share_lies_below_and_what_is_kept():
    words = draw_gate([-1.0, 2.0])
    assert "below -1 lies 0.16, and GELU is -0.16; below 2 lies 0.98, and" in words
    labels = [ax.get_xlabel() for ax in plt.gcf().axes]
    assert labels == ["-1 times 0.16 is -0.16", "2 times 0.98 is 1.95"]


def test_the_share_below_is_hatched_and_not_only_coloured():
    draw_gate([0.0, 1.0])
    assert all(ax.collections[0].get_hatch() for ax in plt.gcf().axes)


def test_the_dip_is_marked_at_its_lowest_point():
    assert "lowest point is -0.17 at -0.75" in draw_bends()


def test_the_gap_is_marked_on_both_sides():
    assert "rises to 2.3e-04 on both sides, falls to -4.7e-04 at -2.699" in draw_gap(
        GRID, GAP
    )
    texts = {text.get_text() for text in plt.gca().texts}
    assert texts == {"x = -2.699", "x = 2.699"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_half_a_step_is_half_the_way_to_the_next_number(dtype):
    y = torch.tensor([0.3, 1.0, 1.9, 5.0], dtype=dtype)
    step = torch.nextafter(y, y + 1) - y
    assert torch.equal(half_step(y, dtype), step / 2)


def test_the_grain_hides_the_gap_on_the_right_only():
    words = draw_grain(GRID, exact_gelu(GRID), GAP)
    assert "right of 0 the difference is above half a step at 0% of x" in words
    assert "left of 0 the difference is above half a step at 60% of x" in words
