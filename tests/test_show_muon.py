"""The drawings of Muon say in words, with their numbers, what they show."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.muon import draw_circles, draw_directions, draw_lift, lifted


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_one_round_is_the_polynomial_on_paper():
    assert lifted(torch.tensor(0.5), rounds=1).item() == pytest.approx(1.1889, abs=1e-4)


def test_a_circle_becomes_an_ellipse_whose_half_axes_are_named():
    words = draw_circles(
        {"G": torch.diag(torch.tensor([1.0, 0.25])), "I": torch.eye(2)}
    )
    assert "G: 1.00 and 0.25; I: 1.00 and 1.00." in words
    assert {"1.00", "0.25"} <= set(written())
    drawn = plt.gcf().axes[0].lines[1].get_xydata()
    assert drawn[:, 0].max() == pytest.approx(1, abs=1e-3)
    assert drawn[:, 1].max() == pytest.approx(0.25, abs=1e-3)


def test_the_curve_names_what_becomes_of_small_values():
    words = draw_lift(torch.tensor([0.9, 0.01, 0.0004, 0.0]))
    assert "0.0003 to 0.15, 0.001 to 0.47, 0.003 to" in words
    assert "3 marks" in words and "from 0.0004 to 0.90" in words
    assert "0.001 → 0.47" in written()


def test_directions_are_counted_by_half_the_strongest():
    steps = {"flat": torch.eye(4, 6), "steep": torch.diag(torch.tensor([1, 0.6, 0.1]))}
    words = draw_directions(steps)
    assert "flat 4, steep 2." in words
    dashes = {line.get_linestyle() for line in plt.gca().lines}
    assert len(dashes) == 2  # told apart without colour
