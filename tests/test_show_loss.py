import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.loss import draw_push, draw_surprise

LOGITS = torch.tensor([[1.0, 1, 2], [6.0, 1, 1]]).log()
Y = torch.tensor([2, 1])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_a_surprise_has_its_probabilities_and_its_nats_in_bars_and_words():
    words = draw_surprise("abc", LOGITS, Y, after="ca")
    first, second, curve = plt.gcf().axes
    assert written(first) == ["0.250", "0.250", "0.500"]
    assert written(second) == ["0.750", "0.125", "0.125"]
    assert written(curve) == ["c after c: 0.693", "b after a: 2.079"]
    assert (
        "After a: a 0.750, b 0.125, c 0.125; b came, with a surprise of 2.079" in words
    )


def test_what_came_is_hatched_and_not_only_coloured():
    draw_surprise("abc", LOGITS, Y, after="ca")
    hatched = [[bool(bar.get_hatch()) for bar in ax.patches] for ax in plt.gcf().axes]
    assert hatched == [[False, False, True], [False, True, False], []]


def test_a_push_is_minus_the_gradient():
    gradient = torch.tensor([[0.125, 0.125, -0.25]])
    words = draw_push("abc", gradient, torch.tensor([2]), after="b")
    assert written(plt.gca()) == ["-0.1250", "-0.1250", "+0.2500"]
    assert "After b came c: a -0.1250, b -0.1250, c +0.2500." in words
