import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlib import NewGELU, new_gelu
from gptlib.gelu import exact_gelu, make_gelu

X = torch.linspace(-8, 8, 160_001, dtype=torch.float64, requires_grad=True)
PAIRS = [(new_gelu, "tanh"), (NewGELU(), "tanh"), (exact_gelu, "exact")]


@pytest.mark.parametrize("mine, kind", PAIRS)
def test_hand_written_equals_pytorch_in_values_and_gradients(mine, kind):
    y, ours = mine(X), make_gelu(kind)(X)
    assert_close(y, ours)
    (grad,) = torch.autograd.grad(y.sum(), X)
    (expected,) = torch.autograd.grad(ours.sum(), X)
    assert_close(grad, expected)


@pytest.mark.parametrize("mine, kind", PAIRS)
def test_also_in_float32(mine, kind):
    x = torch.randn(3, 5, 7)
    assert_close(mine(x), make_gelu(kind)(x))


def test_exact_is_x_times_the_chance_to_be_below_x():
    normal = torch.distributions.Normal(0.0, 1.0)
    x = X.detach()
    assert_close(exact_gelu(x), x * normal.cdf(x))


def test_the_two_differ_most_at_2_699_and_by_4_73e_4():
    x = X.detach()
    gap = (exact_gelu(x) - new_gelu(x)).abs()
    assert gap.max().item() == pytest.approx(4.73e-4, abs=5e-7)
    assert x[gap.argmax()].abs().item() == pytest.approx(2.699, abs=5e-4)


def test_the_minimum_is_minus_0_16997_at_minus_0_7518():
    x = X.detach()
    y = exact_gelu(x)
    assert y.min().item() == pytest.approx(-0.16997, abs=5e-6)
    assert x[y.argmin()].item() == pytest.approx(-0.7518, abs=5e-5)


def test_two_values_by_hand():
    assert exact_gelu(torch.tensor(0.0)) == 0
    half_normal = 0.5 * (1 + math.erf(1 / math.sqrt(2)))
    assert_close(exact_gelu(torch.tensor(1.0)), torch.tensor(half_normal))


def test_make_gelu_gives_pytorchs_module():
    assert make_gelu("tanh").approximate == "tanh"
    assert make_gelu("exact").approximate == "none"
    assert isinstance(make_gelu("tanh"), nn.GELU)
