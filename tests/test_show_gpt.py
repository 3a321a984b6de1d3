import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.gpt import draw_shares, draw_tie

TABLE = torch.tensor([[2.0, 0.0], [0.0, 2.0], [3.0, 1.0]])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure, in the order in which they were drawn."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_one_table_stands_at_both_ends_and_its_logits_are_dot_products():
    words = draw_tie(TABLE, 2, torch.tensor([1.0, -1.0]))
    assert "its row goes into the stream: 3, 1." in words
    assert "is a logit: 2, -2, 2." in words
    assert written().count("3") == 2  # in the row, left and right
    assert "-2" in written()


def test_the_row_that_is_read_is_framed_and_no_other():
    draw_tie(TABLE, 2, torch.tensor([1.0, -1.0]))
    thick = [p for p in plt.gca().patches if p.get_linewidth() > 2]
    assert [round(p.get_y() + 0.4) for p in thick] == [-2, -2]


def test_shares_are_percent_of_each_models_own_sum():
    words = draw_shares({"one": [1, 3], "two": [10, 10]}, ["wte", "MLP"])
    assert "one: wte 25, MLP 75. two: wte 50, MLP 50." in words
    assert written() == ["25", "50", "75", "50"]
