import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from gptlib import CausalSelfAttention, GPTConfig, KVCache, attention_weights
from gptlib.attention import causal_mask, fused_attention

B, T, nh, hs = 2, 7, 3, 5
CONFIG = GPTConfig(vocab_size=11, block_size=13, n_layer=2, n_head=nh, n_embd=nh * hs)


def qkv(Tq=T, Tk=T):
    torch.manual_seed(0)
    return [torch.randn(B, nh, n, hs, requires_grad=True) for n in (Tq, Tk, Tk)]


def attention(**changes):
    torch.manual_seed(1)
    module = CausalSelfAttention(replace(CONFIG, **changes))
    for p in module.parameters():  # biases too: a zero bias hides a missing one
        torch.nn.init.normal_(p, std=0.5)
    return module


def test_three_positions_by_hand():
    q = torch.tensor([[1.0], [1.0], [2.0]])
    k = torch.tensor([[0.0], [math.log(3)], [math.log(2) / 2]])
    expected = [[1, 0, 0], [1 / 4, 3 / 4, 0], [1 / 12, 9 / 12, 2 / 12]]
    assert_close(attention_weights(q, k), torch.tensor(expected))


def test_each_row_sums_to_one_and_the_future_is_exactly_zero():
    q, k, _ = qkv()
    att = attention_weights(q, k)
    assert_close(att.sum(-1), torch.ones(B, nh, T))
    assert (att.triu(1) == 0).all()
    assert (att.tril() > 0)[..., *torch.tril_indices(T, T)].all()


def test_the_mask_lets_the_last_queries_see_their_past():
    assert causal_mask(2, 4).tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]


@pytest.mark.parametrize("Tq, Tk", [(T, T), (1, T), (3, T), (1, 1)])
def test_fused_equals_naive_forward_and_backward(Tq, Tk):
    q, k, v = qkv(Tq, Tk)
    naive, fused = attention_weights(q, k) @ v, fused_attention(q, k, v)
    assert_close(fused, naive)
    pull = torch.randn_like(naive)
    grads = torch.autograd.grad(naive, (q, k, v), pull)
    assert_close(torch.autograd.grad(fused, (q, k, v), pull), grads)


@pytest.mark.parametrize("bias", [True, False])
def test_flash_and_naive_modules_agree_in_values_and_every_gradient(bias):
    # Sums of many terms in float64: rounding is no part of the question.
    naive, flash = (attention(bias=bias, flash=f).double() for f in (False, True))
    flash.load_state_dict(naive.state_dict())
    x = torch.randn(B, T, nh * hs, dtype=torch.float64, requires_grad=True)
    assert_close(flash(x), naive(x))
    pull = torch.randn_like(x)
    ours = torch.autograd.grad(naive(x), (x, *naive.parameters()), pull)
    theirs = torch.autograd.grad(flash(x), (x, *flash.parameters()), pull)
    assert_close(theirs, ours)


def test_it_equals_pytorchs_multihead_attention():
    mine = attention()
    theirs = torch.nn.MultiheadAttention(nh * hs, nh, batch_first=True)
    names = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
    theirs.load_state_dict(dict(zip(names, mine.state_dict().values(), strict=True)))
    x = torch.randn(B, T, nh * hs)
    y, att = theirs(x, x, x, attn_mask=~causal_mask(T, T), average_attn_weights=False)
    assert_close(mine(x), y)
    assert_close(mine.weights(x), att)


@pytest.mark.parametrize("flash", [True, False])
def test_no_gradient_flows_from_an_output_to_a_later_input(flash):
    module = attention(flash=flash)
    jacobian = torch.autograd.functional.jacobian(module, torch.randn(1, T, nh * hs))
    reach = jacobian[0, :, :, 0].abs().amax(dim=(1, 3))  # output t, input s
    assert (reach.triu(1) == 0).all()
    assert (reach[*torch.tril_indices(T, T)] > 0).all()


@pytest.mark.parametrize("flash", [True, False])
def test_dropout_acts_on_both_paths_in_training_and_on_neither_in_eval(flash):
    module, x = attention(dropout=0.5, flash=flash), torch.randn(B, T, nh * hs)
    module.resid_dropout.p = 0.0
    assert not torch.equal(module(x), module(x))
    module.eval()
    assert torch.equal(module(x), module(x))
    assert_close(module(x), attention(dropout=0.0)(x))


@pytest.mark.parametrize("flash", [True, False])
@pytest.mark.parametrize("pieces", [(7,), (1,) * 7, (3, 1, 3), (4, 3)])
def test_a_cache_gives_the_same_in_pieces(flash, pieces):
    module, cache = attention(flash=flash), KVCache(block_size=T)
    x = torch.randn(B, T, nh * hs)
    y = torch.cat([module(part, cache) for part in x.split(pieces, dim=1)], dim=1)
    assert_close(y, module(x))


def test_a_full_cache_refuses_more_and_keeps_what_it_has():
    cache = KVCache(block_size=4)
    k, v = torch.randn(2, 1, 1, 3, 2)
    cache.append(k, v)
    with pytest.raises(ValueError, match="holds 3 of 4 positions and 3 more"):
        cache.append(k, v)
    assert cache.length == 3


def test_a_cache_refuses_other_rows_than_it_was_begun_with():
    cache = KVCache(block_size=9)
    cache.append(*torch.randn(2, 3, 1, 3, 2))
    with pytest.raises(ValueError, match=r"\(3, 1, 9, 2\).*\(1, 1, 3, 2\)"):
        cache.append(*torch.randn(2, 1, 1, 3, 2))


def test_more_queries_than_keys_are_refused():
    with pytest.raises(ValueError, match="4 queries are not the last of only 3 keys"):
        attention_weights(torch.randn(4, 2), torch.randn(3, 2))


@pytest.mark.parametrize("flash", [True, False])
def test_both_dropouts_are_there(flash):
    module, x = attention(dropout=0.5, flash=flash), torch.randn(B, T, nh * hs)
    assert (module(x) == 0).float().mean().item() == pytest.approx(0.5, abs=0.15)
    module.resid_dropout.p = 0.0
    assert not torch.equal(module(x), module(x))


def test_without_the_fused_kernel_it_warns_and_falls_back(monkeypatch):
    x, expected = torch.randn(B, T, nh * hs), attention(flash=True)
    monkeypatch.delattr(F, "scaled_dot_product_attention")
    with pytest.warns(UserWarning, match="hand-written path"):
        module = attention(flash=True)
    assert module.flash is False
    module.load_state_dict(expected.state_dict())
    monkeypatch.undo()
    assert_close(module(x), expected(x))
