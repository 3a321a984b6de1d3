import pytest
import torch

from gptlib import GPT, GPTConfig, flops
from gptlib.flops import estimate_mfu, flops_per_token, measure_peak


def gpt2_on_meta():
    with torch.device("meta"):
        return GPT(GPTConfig.create("gpt2"))


def test_flops_of_gpt2_are_palms_formula():
    # 6 N + 12 L H Q T, with N = 123,653,376, L = 12, H Q = 768, T = 1024
    assert flops_per_token(gpt2_on_meta()) == 6 * 123_653_376 + 12 * 12 * 768 * 1024


def test_a_shorter_text_saves_attention_only():
    model = gpt2_on_meta()
    saved = flops_per_token(model) - flops_per_token(model, T=24)
    assert saved == 12 * 12 * 768 * 1000


def test_the_formula_agrees_with_what_pytorch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    torch.manual_seed(0)
    model = GPT(
        GPTConfig(64, block_size=64, n_layer=2, n_head=2, n_embd=64, flash=False)
    )
    with FlopCounterMode(display=False) as counter:
        model(torch.randint(64, (2, 64))).sum().backward()
    # PyTorch counts matrix products only, the formula all parameters: biases are few.
    ratio = counter.get_total_flops() / (2 * 64 * flops_per_token(model))
    assert ratio == pytest.approx(1, abs=0.02)


def test_mfu_is_work_over_time_over_peak():
    model = gpt2_on_meta()
    work = flops_per_token(model) * 1024
    assert estimate_mfu(model, 3, 2.0, peak=312e12) == 3 * work / 2.0 / 312e12
    assert model.estimate_mfu(3, 2.0, peak=312e12) == 3 * work / 2.0 / 312e12


def test_the_peak_is_measured_once_in_a_process():
    assert measure_peak() == measure_peak(torch.device("cpu")) > 1e8


def test_the_price_of_a_launch_does_not_count_into_the_peak(monkeypatch):
    one, launch = 1e-6, 3e-5
    monkeypatch.setattr(flops, "seconds_of", lambda a, b, n: launch + n * one)
    peak = flops.measured_peak.__wrapped__(torch.device("cpu"), torch.float32, 1)
    assert peak == pytest.approx(2 * flops.CPU_SIZE**3 / one, rel=0.01)


def test_without_a_peak_this_machines_is_measured():
    model = GPT(GPTConfig(vocab_size=7, block_size=5, n_layer=1, n_head=1, n_embd=4))
    assert 0 < model.estimate_mfu(sequences=1, seconds=1.0) < 1


@pytest.mark.parametrize("bad", [dict(sequences=0), dict(seconds=0.0), dict(peak=-1.0)])
def test_what_is_not_above_zero_is_refused(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be above 0"):
        estimate_mfu(gpt2_on_meta(), **(dict(sequences=1, seconds=1.0) | bad))
