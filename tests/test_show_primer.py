"""The primer's drawings hold their numbers, and say them."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.primer import draw_broadcast, draw_neuron


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_broadcasting_is_drawn_with_what_is_only_used_again_hatched():
    words = draw_broadcast(torch.tensor([[0], [10], [20]]), torch.tensor([1, 2, 3, 4]))
    assert {"(3, 1)", "(4,)", "(3, 4)", "24"} <= set(written())
    hatched = [patch for patch in plt.gca().patches if patch.get_hatch()]
    assert len(hatched) == 3 * 3 + 2 * 4
    assert words.endswith("1, 2, 3, 4; 11, 12, 13, 14; 21, 22, 23, 24.")


def test_a_neuron_is_drawn_with_the_slopes_that_autograd_finds():
    x, w = torch.tensor([1.0, 2.0]), torch.tensor([0.5, -0.25], requires_grad=True)
    b = torch.tensor(0.5, requires_grad=True)
    words = draw_neuron(x, w.detach(), 0.5, target=1.0)
    ((torch.tanh(w @ x + b) - 1) ** 2).backward()
    slopes = [", ".join(f"{s:.3g}" for s in w.grad.tolist()), f"{b.grad.item():.3g}"]
    for name, slope in zip("wb", slopes, strict=True):
        assert f"slope {slope}" in written()
        assert f"{name} {slope}" in words
