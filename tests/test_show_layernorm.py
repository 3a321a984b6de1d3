import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

matplotlib.use("Agg")

from gptlib.show.layernorm import draw_eps, draw_norm, draw_shared, norm_steps

X = torch.tensor([1.0, 2.0, 3.0, 6.0])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def heights(number):
    """Of the bars of one of the figure's panels."""
    bars = plt.gcf().axes[number].containers[0]
    return torch.tensor([bar.get_height() for bar in bars], dtype=torch.float32)


def test_the_steps_of_the_drawing_are_pytorchs_norm():
    mean, away, root = norm_steps(X, 0.5)
    assert (mean, root) == (3, 2)
    assert_close(away / root, F.layer_norm(X, (4,), eps=0.5))


def test_every_step_is_drawn_and_said_with_its_numbers():
    weight, bias = torch.tensor([1.0, 2.0, 1.0, 2.0]), torch.tensor([0.0, 0, 1, 0])
    words = draw_norm(X, weight, bias, eps=0.5)
    assert_close(heights(1), torch.tensor([-2.0, -1, 0, 3]))
    assert_close(heights(3), F.layer_norm(X, (4,), weight, bias, 0.5))
    assert "The vector 1.00, 2.00, 3.00, 6.00" in words
    assert "its mean, 3.00; its distances from the mean, -2.00, -1.00, 0.00" in words
    assert "-1.00, -1.00, 1.00, 3.00." in words


def test_a_vector_that_is_smaller_than_eps_is_drawn_and_said_to_be_small():
    words = draw_eps(X, eps=3.5e-4, sizes=(1, 0.01))
    assert "1.00 at 1, 0.71 at 0.01 times x" in words
    assert "dashed line at 1.0e-02" in words
    assert_close(heights(0), F.layer_norm(X, (4,), eps=3.5e-4))


def test_batchnorm_shares_a_mean_with_every_text_and_position():
    words = draw_shared(B=3, T=4, C=5)
    axes = plt.gcf().axes
    lit = [sum(bool(p.get_hatch()) for p in ax.patches) for ax in axes]
    assert lit == [5, 0, 0, 4, 4, 4]
    assert "LayerNorm: 5 fields" in words
    assert "BatchNorm: 12 fields" in words
