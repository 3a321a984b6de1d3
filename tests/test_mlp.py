import pytest
import torch
from torch.testing import assert_close

from gptlib import MLP, GPTConfig, new_gelu
from gptlib.gelu import exact_gelu

SIZES = dict(vocab_size=11, block_size=13, n_layer=2, n_head=2, n_embd=6)


def mlp(**more):
    torch.manual_seed(0)
    module = MLP(GPTConfig(**SIZES, **more))
    for p in module.parameters():
        torch.nn.init.normal_(p, std=0.5)
    return module


@pytest.mark.parametrize("kind, bend", [("tanh", new_gelu), ("exact", exact_gelu)])
def test_it_widens_bends_and_narrows(kind, bend):
    module, x = mlp(gelu=kind), torch.randn(2, 3, 6)
    w = module.state_dict()
    hidden = bend(x @ w["c_fc.weight"].T + w["c_fc.bias"])
    assert hidden.shape == (2, 3, 24)
    assert_close(module(x), hidden @ w["c_proj.weight"].T + w["c_proj.bias"])


def test_each_position_is_alone():
    module, x = mlp(), torch.randn(2, 7, 6)
    order = torch.randperm(7)
    assert_close(module(x[:, order]), module(x)[:, order])


def test_bias_false_leaves_two_matrices():
    shapes = [tuple(p.shape) for p in mlp(bias=False).parameters()]
    assert shapes == [(24, 6), (6, 24)]


def test_dropout_acts_in_training_only():
    module, x = mlp(dropout=0.5), torch.randn(2, 3, 6)
    dropped = module(x) == 0
    assert dropped.any() and not dropped.all()
    assert not (module.eval()(x) == 0).any()
