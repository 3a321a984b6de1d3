"""Where a run computes: which process of how many, on which device, how precisely."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor


class World(NamedTuple):
    """Which of how many processes this is; torchrun says so in the environment."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @classmethod
    def from_environment(cls) -> "World":
        names = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0}
        return cls(*(int(os.environ.get(name, n)) for name, n in names.items()))


def pick_device(name: str, local_rank: int = 0) -> torch.device:
    """The device for `name`; "auto" takes a GPU if there is one.

    Raises:
        ValueError: a device that this machine, or this PyTorch, does not have.
    """
    here = {"cpu": True}
    here["cuda"] = torch.cuda.is_available()
    here["mps"] = torch.backends.mps.is_available()
    if name == "auto":
        name = next(d for d in ("cuda", "mps", "cpu") if here[d])
    if not here[name]:
        have = [d for d, yes in here.items() if yes]
        raise ValueError(f"device {name!r} is not available: this machine has {have}")
    return torch.device(name, local_rank) if name == "cuda" else torch.device(name)


def check_shares(settings: dict, world: World) -> None:
    """Each process and each micro-batch gets as many rows as the others."""
    share = world.size * settings["accumulate"]
    if settings["batch_size"] % share:
        raise ValueError(
            f"batch_size = {settings['batch_size']} does not divide by {share}: "
            f"{world.size} processes times accumulate = {settings['accumulate']}"
        )


@contextmanager
def processes(device: str, threads: int | None = None) -> Iterator[World]:
    """Inside, this process is one of those that torchrun started, or the only one."""
    world = World.from_environment()
    before = torch.get_num_threads()
    if threads:
        torch.set_num_threads(threads)
    if world.size > 1:
        where = pick_device(device, world.local_rank)
        if where.type == "cuda":
            torch.cuda.set_device(where)
        # The first process measures and saves alone, and the others wait for it.
        backend = "nccl" if where.type == "cuda" else "gloo"
        dist.init_process_group(backend, timeout=timedelta(hours=2))
    try:
        yield world
    finally:
        torch.set_num_threads(before)
        if world.size > 1:
            dist.destroy_process_group()


def use_tensor_cores(device: torch.device) -> None:
    """On CUDA, let float32 matrix products round to TF32: much faster, as nanoGPT."""
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")


def send(tensors: tuple[Tensor, ...], device: torch.device) -> list[Tensor]:
    """Tensors on the device; to CUDA they travel while it still computes."""
    if device.type == "cuda":
        return [x.pin_memory().to(device, non_blocking=True) for x in tensors]
    return [x.to(device) for x in tensors]


def mix(*numbers: int) -> int:
    """One seed from several, so that neighbours do not share a stream."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


@contextmanager
def ctrl_c_waits(world: World) -> Iterator[threading.Event]:
    """Inside, Ctrl-C only sets the event, so that a step is never left half done.

    A second Ctrl-C does not wait. Several processes cannot agree on a step to stop at,
    nor can a thread take signals: there Ctrl-C stops at once.
    """
    asked = threading.Event()
    if world.size > 1 or threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt("stopped at once")
        asked.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
