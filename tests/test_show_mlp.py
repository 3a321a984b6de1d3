import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.mlp import draw_mlp, draw_widths

W_FC = torch.tensor([[1.0], [-1.0], [2.0], [0.0]])
W_PROJ = torch.ones(1, 4)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure, in the order in which they were drawn."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_a_position_is_drawn_with_its_numbers_and_said_in_words():
    words = draw_mlp(torch.tensor([[1.0], [0.0]]), W_FC, W_PROJ)
    said = "1 is widened to 1, -1, 2, 0, bent to 0.841, -0.159, 1.95, 0 and narrowed to"
    assert f"Position 0: {said} 2.64." in words
    assert {"0.84", "-0.16", "1.95", "2.64"} <= set(written())
    assert "-0" not in written()


def test_every_position_has_arrows_of_its_own():
    draw_mlp(torch.randn(3, 1), W_FC, W_PROJ)
    arrows = [text for text in plt.gca().texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 3 * 3
    assert all(arrow.xy[1] == arrow.xyann[1] for arrow in arrows)


def test_a_vector_of_two_numbers_has_eight_in_the_middle():
    words = draw_mlp(torch.randn(1, 2), torch.randn(8, 2), torch.randn(2, 8))
    middle = words.split("widened to ")[1].split(", bent")[0]
    assert middle.count(",") == 7


def test_the_widths_are_said_with_their_spread():
    words = draw_widths({"1": [0.2, 0.3], "4": [0.7, 0.7]}, chance=0.05)
    assert "1 20% to 30%, 4 70% to 70%" in words
    assert {"25%", "70%", "guessing"} <= set(written())
