import pytest
import torch
from torch.testing import assert_close

from gptlib import GPT, GPTConfig
from gptlib.trace import attention_maps


def model_and_ids(**more):
    config = GPTConfig(11, block_size=13, n_layer=2, n_head=3, n_embd=12, **more)
    return GPT(config).eval(), torch.randint(11, (2, 7))


@pytest.mark.parametrize("flash", [True, False])
def test_maps_are_those_of_every_layer_and_head(flash):
    model, idx = model_and_ids(flash=flash)
    maps = attention_maps(model, idx)
    assert maps.shape == (2, 2, 3, 7, 7)
    x = model.transformer.wte(idx) + model.transformer.wpe.weight[:7]
    for layer, block in enumerate(model.transformer.h):
        assert_close(maps[layer], block.attn.weights(block.ln_1(x)))
        x = block(x)


def test_looking_leaves_nothing_behind():
    model, idx = model_and_ids()
    before = model(idx)
    attention_maps(model, idx)
    assert torch.equal(model(idx), before)
    assert not any(block.attn._forward_hooks for block in model.transformer.h)


def test_a_failed_look_leaves_nothing_behind_either():
    model, _ = model_and_ids()
    with pytest.raises(TypeError):
        attention_maps(model, torch.zeros(1, 2))
    assert not any(block.attn._forward_hooks for block in model.transformer.h)
