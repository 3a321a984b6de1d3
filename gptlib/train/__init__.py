"""Training: its settings, its checkpoints, its processes, and the loop."""

from gptlib.train.loop import (
    TrainConfig,
    Trainer,
    World,
    make_batches,
    pick_device,
    train,
)

__all__ = ["TrainConfig", "Trainer", "World", "make_batches", "pick_device", "train"]
