"""How long a call takes and how much memory it needs, one against another."""

import os
import platform
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import NamedTuple

import torch

Call = Callable[[], object]


class Pair(NamedTuple):
    """Two ways of doing the same thing, made before the first round."""

    name: str
    against: str
    make: Callable[[], tuple[Call, Call]]  # ours and theirs, ready to be called


class Row(NamedTuple):
    """What a pair gave: how many times less ours takes."""

    name: str
    against: str
    ratio: float
    low: float  # the lower quartile of the ratios
    high: float  # the upper one

    def cells(self) -> tuple[str, ...]:
        spread = f"{self.low:.2f} to {self.high:.2f}"
        return self.name, self.against, f"{self.ratio:.2f}", spread


def seconds(call: Call) -> float:
    """How long one call takes, in seconds."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(ours: Call, theirs: Call, ours_first: bool) -> float:
    """Time of theirs over time of ours, each called once."""
    if ours_first:
        ours_took, theirs_took = seconds(ours), seconds(theirs)
    else:
        theirs_took, ours_took = seconds(theirs), seconds(ours)
    return theirs_took / ours_took


def ratios(ours: Call, theirs: Call, rounds: int) -> list[float]:
    """`ratio` of one pair, `rounds` times, the first to go changing."""
    ours(), theirs()  # warm up
    return [ratio(ours, theirs, ours_first=bool(i % 2)) for i in range(rounds)]


def summary(name: str, against: str, found: list[float]) -> Row:
    """The row of a table for the ratios of a pair."""
    low, _, high = quantiles(found, n=4) if len(found) > 1 else found * 3
    return Row(name, against, median(found), low, high)


def peak_memory(call: Call) -> int:
    """The most bytes on the CPU that one call held at any moment, beside its inputs."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler talks otherwise
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as report:
        call()
    events = report.profiler.kineto_results.events()
    moves = [event for event in events if event.name() == "[memory]"]
    held = top = 0
    for event in sorted(moves, key=lambda event: event.start_ns()):
        held += event.nbytes()
        top = max(top, held)
    return top


def machine() -> str:
    """What the numbers were measured on."""
    names = (platform.processor() or platform.machine(), platform.system())
    threads = f"{torch.get_num_threads()} threads"
    return ", ".join([*names, threads, f"torch {torch.__version__.split('+')[0]}"])
