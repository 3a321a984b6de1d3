import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlib import LayerNorm


def pair(bias, eps=1e-5):
    torch.manual_seed(0)
    mine, theirs = LayerNorm(5, bias, eps), nn.LayerNorm(5, eps, bias=bias)
    for p in mine.parameters():
        nn.init.normal_(p)
    theirs.load_state_dict(mine.state_dict())
    return mine, theirs


@pytest.mark.parametrize("bias", [True, False])
def test_it_equals_pytorchs_in_values_and_gradients(bias):
    mine, theirs = pair(bias)
    x = torch.randn(2, 3, 5, requires_grad=True)
    assert_close(mine(x), theirs(x))
    pull = torch.randn(2, 3, 5)
    grads = torch.autograd.grad(mine(x), (x, *mine.parameters()), pull)
    assert_close(grads, torch.autograd.grad(theirs(x), (x, *theirs.parameters()), pull))


def test_the_variance_is_biased_and_eps_is_inside_the_root():
    # A large eps shows where it stands; four numbers show by what is divided.
    x = torch.tensor([1.0, 2.0, 3.0, 6.0])  # mean 3, sum of squares 14
    expected = (x - 3) / torch.tensor(14 / 4 + 0.5).sqrt()
    assert_close(LayerNorm(4, eps=0.5)(x), expected)


def test_it_starts_as_weight_one_and_bias_zero():
    assert LayerNorm(3).weight.tolist() == [1, 1, 1]
    assert LayerNorm(3).bias.tolist() == [0, 0, 0]
    assert LayerNorm(3, bias=False).bias is None
