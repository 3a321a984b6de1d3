"""Where a run stands, and whether it stands well."""

import math
import time
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Progress:
    """Where a run stands. All of it goes into the checkpoint."""

    step: int = 0
    best: float = float("inf")
    seconds: float = 0.0  # of building and training: reading and measuring do not count
    cpu_seconds: float = 0.0  # the same, of all threads together
    rows: list[dict[str, float]] = field(default_factory=list)
    pending: list[list[float]] = field(default_factory=list)  # steps since the last row


def clocks() -> np.ndarray:
    """The time on the wall, and that of all this process's threads, in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def check_finite(row: dict[str, float], *names: str) -> None:
    for name in names:
        if not math.isfinite(row[name]):
            raise FloatingPointError(
                f"{name} is {row[name]} at step {row['step']:.0f}: training has come "
                f"apart. What was saved before is still there; begin anew with a "
                f"smaller learning_rate"
            )


def rising(losses: list[float]) -> str:
    """A warning, if the last three losses rise and are now well above the best one.

    From one checkpoint to the next the loss of a whole validation split wavers by about
    1 %: to rise three times in a row, and to 5 % above the best, is no chance.
    """
    best, last = min(losses), losses[-3:]
    if len(losses) < 4 or last != sorted(last) or last[-1] < 1.05 * best:
        return ""
    return (
        f"the validation loss has risen from {best:.3f} to {last[-1]:.3f}: the model "
        f"begins to learn the training text by heart. More text, dropout or a smaller "
        f"model help; the best weights are kept"
    )
