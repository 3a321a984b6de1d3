"""What a GPU computes is what the CPU computes; skipped where there is no GPU."""

import copy
from dataclasses import replace

import pytest
import torch
from small import log, small_config
from torch.testing import assert_close

from gptlib import GPT, GPTConfig, loss_fn
from gptlib.baselines import NGram
from gptlib.flops import measure_peak
from gptlib.loss import evaluate
from gptlib.optim import configure_optimizers
from gptlib.train import train

HERE = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
NEAR = dict(rtol=1e-4, atol=1e-5)  # sums are made in another order


@pytest.fixture(
    params=[
        pytest.param(
            name,
            marks=[
                getattr(pytest.mark, name),
                pytest.mark.skipif(not here, reason=f"this machine has no {name}"),
            ],
        )
        for name, here in HERE.items()
    ]
)
def device(request):
    return torch.device(request.param)


def twins(device, **more):
    """One model twice, on the CPU and on the device, and ids (4, 12) for each."""
    config = GPTConfig(11, block_size=16, n_layer=2, n_head=3, n_embd=12, **more)
    model, idx = GPT(config).eval(), torch.randint(11, (4, 12))
    return (model, idx), (copy.deepcopy(model).to(device), idx.to(device))


@pytest.mark.parametrize("flash", [True, False])
def test_logits_loss_and_gradients_agree(device, flash):
    sides = twins(device, flash=flash)
    for model, idx in sides:
        loss_fn(model(idx[:, :-1]), idx[:, 1:]).backward()
    (here, idx), (there, moved) = sides
    assert_close(there(moved).cpu(), here(idx), **NEAR)
    for ours, theirs in zip(here.parameters(), there.parameters(), strict=True):
        assert_close(theirs.grad.cpu(), ours.grad, **NEAR)


def test_a_step_of_the_optimizer_agrees(device):
    sides = twins(device)
    for model, idx in sides:
        optimizer = configure_optimizers(model)
        loss_fn(model(idx[:, :-1]), idx[:, 1:]).backward()
        optimizer.step()
    (here, _), (there, _) = sides
    for ours, theirs in zip(here.parameters(), there.parameters(), strict=True):
        # Adam divides by sizes: where a gradient is all but zero its sign may differ.
        assert (theirs.cpu() - ours).abs().median() < 1e-5


@pytest.mark.parametrize("use_cache", [True, False])
def test_greedy_text_agrees_also_beyond_the_block(device, use_cache):
    (here, idx), (there, moved) = twins(device)
    options = dict(do_sample=False, use_cache=use_cache)
    written = there.generate(moved, 9, **options)
    assert torch.equal(written.cpu(), here.generate(idx, 9, **options))


def test_drawn_text_obeys_top_k_and_top_p(device):
    _, (there, moved) = twins(device)
    chance = torch.Generator(device).manual_seed(0)
    drawn = there.generate(moved, 4, top_k=1, top_p=0.5, generator=chance)
    assert torch.equal(drawn, there.generate(moved, 4, do_sample=False))


def test_the_loss_of_a_split_agrees(device):
    (here, idx), (there, _) = twins(device)
    X, y = idx[:, :-1], idx[:, 1:]
    assert evaluate(there, X, y) == pytest.approx(evaluate(here, X, y), rel=1e-5)


def test_counts_agree(device):
    ids, idx = torch.randint(7, (500,)), torch.randint(7, (2, 9))
    there = NGram(ids.to(device), 3, 7)
    assert_close(there(idx.to(device)).cpu(), NGram(ids, 3, 7)(idx), **NEAR)


def test_the_peak_is_measured_once_and_is_that_of_a_gpu(device):
    assert measure_peak(device) > 2e11
    assert measure_peak(device) == measure_peak(device)


def test_a_run_is_that_of_the_cpu_up_to_rounding_and_goes_on(device, tmp_path):
    small = replace(small_config(tmp_path), dropout=0.0, optimizer="adamw")
    here = replace(small, out=tmp_path / "here")
    there = replace(small, out=tmp_path / "there", device=device.type)
    for config in (here, there):
        train(config)
    losses = [[row["train_loss"] for row in log(config)] for config in (here, there)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-2)  # CUDA rounds to TF32
    assert train(replace(there, resume=True)).step == 20


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_run_in_bfloat16_learns(device, tmp_path, optimizer):
    small = replace(small_config(tmp_path), dtype="bfloat16", optimizer=optimizer)
    progress = train(replace(small, device=device.type, steps=60))
    assert progress.rows[-1]["val_loss"] < progress.rows[0]["val_loss"]
