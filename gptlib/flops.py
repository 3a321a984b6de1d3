"""How much arithmetic a training step is, and what share of the peak it reached."""

import time
from functools import cache

import torch
from torch import Tensor, nn

CPU_SIZE, GPU_SIZE = 1024, 8192  # rows and columns of the matrices
ENOUGH_SECONDS = 0.02  # against a launch of microseconds


def flops_per_token(model: nn.Module, T: int | None = None) -> int:
    """Floating point operations for one token, forward and backward.

    6 N + 12 L H Q T: every parameter multiplies and adds once forward and twice
    backward; attention has no parameters, and its two products grow with the length T
    (block_size unless given). N leaves out `wpe`, whose rows are only added; it holds
    `wte`, which is also the matrix of the last layer.

    Source: Chowdhery et al. 2022 (PaLM), appendix B; nanoGPT's `estimate_mfu`.
    """
    config = model.config
    T = config.block_size if T is None else T
    N = model.get_num_params(non_embedding=True)
    return 6 * N + 12 * config.n_layer * config.n_embd * T


def measure_peak(
    device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> float:
    """The most FLOP/s that square matrix products reach on `device`: best of several.

    Measured once in a process for each device, dtype and number of threads. What the
    maker of the chip promises is more: an A100 stands at 312e12 in bfloat16.
    """
    return measured_peak(torch.device(device), dtype, torch.get_num_threads())


@cache
def measured_peak(device: torch.device, dtype: torch.dtype, threads: int) -> float:
    """`measure_peak`, by all that the answer depends on."""
    size = CPU_SIZE if device.type == "cpu" else GPU_SIZE
    a, b = torch.randn(2, size, size, device=device).to(dtype)
    seconds_of(a, b, 1)  # warms up
    products = 1
    while seconds_of(a, b, products) < ENOUGH_SECONDS:
        products *= 2
    best = min(seconds_of(a, b, products) for _ in range(8))
    return 2 * size**3 * products / best


def seconds_of(a: Tensor, b: Tensor, products: int) -> float:
    """The time of that many products, the device idle before and afterwards.

    A GPU only takes orders: the products are queued one behind the other, so that
    the price of a launch hides behind the work.
    """
    wait_for(a.device)
    start = time.perf_counter()
    for _ in range(products):
        torch.mm(a, b)
    wait_for(a.device)
    return time.perf_counter() - start


def wait_for(device: torch.device) -> None:
    """Return when `device` has done all that it was told; a CPU always has."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def estimate_mfu(
    model: nn.Module, sequences: int, seconds: float, peak: float | None = None
) -> float:
    """Model FLOPs utilisation: the share of the peak spent on the model's arithmetic.

    (It is not a number of "milliflops", however the name sounds.)

    Args:
        model: a GPT; every sequence is block_size long.
        sequences: how many went forward and backward.
        seconds: the time that took.
        peak: FLOP/s of the device; measured on the model's own, in the dtype of its
            weights, when not given. For a run under autocast measure in that dtype:
            `measure_peak(model.device, torch.bfloat16)`.

    Returns:
        Between 0 and 1 for an honest peak.

    Raises:
        ValueError: a count, time or peak that is not above 0.
    """
    for name, value in (("sequences", sequences), ("seconds", seconds), ("peak", peak)):
        if value is not None and not value > 0:  # nor nan
            raise ValueError(f"{name} must be above 0, got {value}")
    if peak is None:
        peak = measure_peak(model.device, model.lm_head.weight.dtype)
    work = flops_per_token(model) * model.config.block_size * sequences
    return work / seconds / peak
