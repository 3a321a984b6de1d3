import torch
from torch.testing import assert_close

from gptlib import Block, GPTConfig, KVCache

CONFIG = GPTConfig(vocab_size=11, block_size=13, n_layer=2, n_head=3, n_embd=12)


def block():
    torch.manual_seed(0)
    module = Block(CONFIG)
    for p in module.parameters():
        torch.nn.init.normal_(p, std=0.5)
    return module


def test_it_adds_attention_then_mlp_each_behind_its_own_norm():
    module, x = block(), torch.randn(2, 7, 12)
    middle = x + module.attn(module.ln_1(x))
    assert_close(module(x), middle + module.mlp(module.ln_2(middle)))


def test_with_projections_of_zero_it_is_the_identity():
    module, x = block(), torch.randn(2, 7, 12)
    for proj in (module.attn.c_proj, module.mlp.c_proj):
        torch.nn.init.zeros_(proj.weight)
        torch.nn.init.zeros_(proj.bias)
    assert torch.equal(module(x), x)


def test_it_hands_the_cache_to_its_attention():
    module, cache, x = block(), KVCache(13), torch.randn(2, 7, 12)
    y = torch.cat([module(x[:, :4], cache), module(x[:, 4:], cache)], dim=1)
    assert_close(y, module(x))
    assert cache.length == 7
