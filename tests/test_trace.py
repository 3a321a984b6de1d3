import pytest
import torch
from torch.testing import assert_close

from gptlib import GPT, GPTConfig
from gptlib.show.trace import attention_maps, trace


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


def test_a_trace_lists_every_module_that_runs_once_in_order():
    model, idx = model_and_ids(flash=False)  # the fused path has no dropout module
    steps = trace(model, idx)
    ran = [
        n for n, m in model.named_modules() if n and not n.endswith(("former", ".h"))
    ]
    assert sorted(step.name for step in steps) == sorted(ran)
    names = [step.name for step in steps]
    assert names[:3] == [f"transformer.{n}" for n in ("wte", "wpe", "drop")]
    assert names[-2:] == ["transformer.ln_f", "lm_head"]


def test_a_step_holds_shape_letters_parameters_mean_and_spread():
    model, idx = model_and_ids()
    steps = {step.name: step for step in trace(model, idx)}
    head, wide = steps["lm_head"], steps["transformer.h.1.mlp.c_fc"]
    logits = model(idx)
    assert (head.letters, head.shape, head.kind) == ("(B, T, V)", (2, 7, 11), "Linear")
    assert head.mean == pytest.approx(logits.mean().item())
    assert head.spread == pytest.approx(logits.std(correction=0).item())
    assert (wide.letters, wide.shape, wide.parameters) == (
        "(B, T, 4C)",
        (2, 7, 48),
        624,
    )
    assert steps["transformer.wpe"].letters == "(T, C)"


def test_letters_mean_the_same_size_wherever_they_stand():
    model, idx = model_and_ids(flash=False)
    sizes = {"B": 2, "nh": 3, "T": 7, "C": 12, "3C": 36, "4C": 48, "V": 11}
    for step in trace(model, idx):
        letters = step.letters.strip("()").split(", ")
        assert step.shape == tuple(sizes[letter] for letter in letters), step.name


def test_a_trace_reads_as_a_table_and_leaves_nothing_behind():
    model, idx = model_and_ids()
    steps = trace(model, idx)
    lines = str(steps).split("\n")
    assert len(lines) == len(steps) + 1
    assert lines[0].split() == list(steps.HEAD)
    assert lines[-1].startswith("lm_head") and "(B, T, V)" in lines[-1]
    assert not any(module._forward_hooks for module in model.modules())
