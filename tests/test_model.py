import inspect
import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig, loss_fn
from gptlib.attention import CausalSelfAttention

CONFIG = GPTConfig(vocab_size=11, block_size=13, n_layer=2, n_head=3, n_embd=12)


def gpt(**changes):
    """A small GPT whose every parameter, biases too, differs from its start."""
    torch.manual_seed(0)
    model = GPT(replace(CONFIG, **changes))
    for p in model.parameters():
        nn.init.normal_(p, std=0.3)
    return model


def on_meta(name):
    with torch.device("meta"):
        return GPT(GPTConfig.create(name))


def test_ids_in_logits_out():
    idx = torch.randint(11, (2, 7))
    assert gpt()(idx).shape == (2, 7, 11)


def test_the_names_are_gpt2s():
    model = GPT(replace(CONFIG, n_layer=1))
    assert list(model.transformer) == ["wte", "wpe", "drop", "h", "ln_f"]
    parts = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
    pairs = [f"h.0.{part}.{kind}" for part in parts for kind in ("weight", "bias")]
    names = ["wte.weight", "wpe.weight", *pairs, "ln_f.weight", "ln_f.bias"]
    expected = [f"transformer.{name}" for name in names] + ["lm_head.weight"]
    assert list(model.state_dict()) == expected


@pytest.mark.parametrize(
    "name, total",
    [
        ("gpt2", 124_439_808),
        ("gpt2-medium", 354_823_168),
        ("gpt2-large", 774_030_080),
        ("gpt2-xl", 1_557_611_200),
    ],
)
def test_parameter_counts_are_gpt2s(name, total):
    assert on_meta(name).get_num_params(non_embedding=False) == total


def test_gpt2s_count_is_the_sum_of_its_parts():
    model = on_meta("gpt2")
    part = model.transformer
    count = lambda module: sum(p.numel() for p in module.parameters())
    counts = [count(m) for m in (part.wte, part.wpe, part.h[0], part.ln_f)]
    assert counts == [38_597_376, 786_432, 7_087_872, 1_536]
    assert (count(part.h[0].attn), count(part.h[0].mlp)) == (2_362_368, 4_722_432)
    assert counts[0] + counts[1] + 12 * counts[2] + counts[3] == 124_439_808
    assert model.get_num_params() == 123_653_376
    assert 124_439_808 + counts[0] == 163_037_184  # untied


def test_wte_and_lm_head_share_memory_and_gradient():
    model = gpt()
    wte, head = model.transformer.wte.weight, model.lm_head.weight
    assert wte is head
    idx = torch.tensor([[1, 2, 3]])
    loss_fn(model(idx), idx).backward()
    # Reading touches rows 1 to 3 only; scoring on the way out touches all rows.
    assert (wte.grad.abs().sum(dim=1) > 0).all()
    wte.data[5, 0] = 7.0
    assert head[5, 0] == 7.0


@pytest.mark.parametrize("flash", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_no_gradient_flows_from_a_logit_to_a_later_token(flash, bias):
    model = gpt(flash=flash, bias=bias)
    seen = {}
    model.transformer.drop.register_forward_hook(lambda m, i, x: seen.update(x=x))
    logits = model(torch.randint(11, (1, 6)))
    for t in range(6):
        (grad,) = torch.autograd.grad(logits[0, t].sum(), seen["x"], retain_graph=True)
        reach = grad[0].abs().sum(dim=1)
        assert (reach[t + 1 :] == 0).all() and (reach[: t + 1] > 0).all()


@pytest.mark.parametrize("flash", [True, False])
def test_other_later_tokens_change_no_earlier_logit(flash):
    """Which a gradient cannot promise: it is blind to what has none."""
    model = gpt(flash=flash)
    for _ in range(20):
        idx, other = torch.randint(11, (2, 1, 9))
        t = int(torch.randint(8, ()))
        other[:, : t + 1] = idx[:, : t + 1]
        assert torch.equal(model(other)[:, : t + 1], model(idx)[:, : t + 1])


def test_flash_and_naive_models_agree():
    naive, flash = gpt(flash=False), gpt(flash=True)
    idx = torch.randint(11, (2, 13))
    assert_close(flash(idx), naive(idx))


def test_flash_false_reaches_every_layer():
    for flash in (True, False):
        layers = [
            m for m in gpt(flash=flash).modules() if type(m) is CausalSelfAttention
        ]
        assert [m.flash for m in layers] == [flash, flash]


def test_gelu_reaches_every_layer():
    idx = torch.randint(11, (1, 5))
    assert [b.mlp.gelu.approximate for b in gpt(gelu="exact").transformer.h] == [
        "none"
    ] * 2
    gap = (gpt(gelu="exact")(idx) - gpt(gelu="tanh")(idx)).abs().max().item()
    assert 0 < gap < 1e-2


def test_init_statistics_are_gpt2s():
    torch.manual_seed(0)
    model = GPT(
        GPTConfig(vocab_size=999, block_size=64, n_layer=8, n_head=4, n_embd=256)
    )
    for name, p in model.named_parameters():
        if name.endswith("c_proj.weight"):
            assert p.std().item() == pytest.approx(0.02 / math.sqrt(16), rel=0.02), name
        elif p.dim() == 2:
            assert p.std().item() == pytest.approx(0.02, rel=0.02), name
            assert abs(p.mean().item()) < 5e-4, name
        else:
            assert (p == (1 if "ln_" in name and "weight" in name else 0)).all(), name


def test_c_proj_of_gpt2_starts_with_spread_0_004082():
    torch.manual_seed(0)
    model = GPT(GPTConfig.create("gpt2", vocab_size=7, block_size=5))
    weight = model.transformer.h[11].mlp.c_proj.weight
    assert weight.std().item() == pytest.approx(0.004082, rel=0.005)


def test_the_loss_at_init_is_ln_v_plus_half_the_variance_of_the_logits():
    torch.manual_seed(0)
    model = GPT(
        GPTConfig(vocab_size=5000, block_size=64, n_layer=2, n_head=4, n_embd=256)
    )
    X, y = torch.randint(5000, (2, 48, 64))
    pred = model(X)
    guess = math.log(5000) + pred.var(dim=-1).mean().item() / 2
    assert loss_fn(pred, y).item() == pytest.approx(guess, abs=0.02)
    assert guess > math.log(5000) + 0.04


def test_cropping_keeps_what_the_model_says_about_short_texts():
    model, idx = gpt(), torch.randint(11, (2, 5))
    before = model(idx)
    model.crop_block_size(5)
    assert torch.equal(model(idx), before)
    assert model.config == replace(CONFIG, block_size=5)
    assert model.transformer.wpe.weight.shape == (5, 12)
    with pytest.raises(ValueError, match="6 tokens, block_size is 5"):
        model(torch.zeros(1, 6, dtype=torch.int64))


def test_a_cropped_model_trains_its_positions():
    model, idx = gpt(), torch.randint(11, (2, 5))
    model.crop_block_size(5)
    loss_fn(model(idx), idx).backward()
    assert (model.transformer.wpe.weight.grad.abs().sum(dim=1) > 0).all()


def test_cropping_to_more_or_to_nothing_is_refused_and_changes_nothing():
    model = gpt()
    with pytest.raises(ValueError, match="13 to the larger 14"):
        model.crop_block_size(14)
    with pytest.raises(ValueError, match="block_size must be at least 1, got 0"):
        model.crop_block_size(0)
    assert model.config == CONFIG
    assert model.transformer.wpe.weight.shape == (13, 12)


def test_a_cropped_table_knows_its_size_and_stays_frozen_if_it_was():
    model = gpt()
    model.transformer.wpe.weight.requires_grad = False
    model.crop_block_size(5)
    assert model.transformer.wpe.num_embeddings == 5
    assert not model.transformer.wpe.weight.requires_grad


def test_what_the_cache_holds_counts_against_block_size():
    model, cache = gpt(), gpt().new_cache()
    with torch.no_grad():
        model(torch.zeros(1, 10, dtype=torch.int64), cache=cache)
        with pytest.raises(ValueError, match="4 tokens after 10 in the cache.*1 to 3"):
            model(torch.zeros(1, 4, dtype=torch.int64), cache=cache)
        rest = torch.zeros(1, 3, dtype=torch.int64)
        assert model(rest, cache=cache).shape == (1, 3, 11)
        with pytest.raises(ValueError, match="full, it holds all 13.*new_cache"):
            model(rest[:, :1], cache=cache)


def test_a_cache_of_another_depth_is_refused():
    with pytest.raises(ValueError, match="1 parts, the model 2 layers"):
        gpt()(torch.zeros(1, 3, dtype=torch.int64), cache=gpt(n_layer=1).new_cache())


def test_dropout_acts_in_training_and_not_in_eval():
    model, idx = gpt(dropout=0.5), torch.randint(11, (2, 5))
    assert not torch.equal(model(idx), model(idx))
    model.eval()
    assert torch.equal(model(idx), model(idx))


def test_help_shows_what_forward_takes():
    signature = inspect.signature(GPT.forward)
    assert list(signature.parameters) == ["self", "idx", "cache"]
    assert signature.parameters["cache"].kind is inspect.Parameter.KEYWORD_ONLY
    assert "**" not in str(inspect.signature(GPT.generate))


def test_ids_on_a_device_that_would_have_to_wait_are_not_read_back():
    with torch.device("meta"):  # to read a number there is an error
        model, idx = GPT(CONFIG), torch.zeros(2, 5, dtype=torch.int64)
    assert loss_fn(model(idx), idx).is_meta


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_training_step_never_makes_cuda_wait():
    model, idx = gpt().cuda(), torch.randint(11, (2, 5)).cuda()
    loss_fn(model(idx), idx).backward()  # the first step may wait: it starts libraries
    torch.cuda.set_sync_debug_mode("error")
    try:
        loss_fn(model(idx), idx).backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_model_compiles_to_one_graph():
    model, idx = gpt(), torch.randint(11, (2, 5))
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    assert_close(compiled(idx), model(idx))


def test_a_compiled_forward_takes_the_checks_out_of_the_graph():
    model, idx = gpt(), torch.randint(11, (2, 5))
    graph = torch.export.export(model, (idx,)).module()
    assert_close(graph(idx), model(idx))
