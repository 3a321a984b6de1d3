"""Training: its settings, its start, its step, its loop, its checkpoints."""

from gptlib.train.config import TrainConfig
from gptlib.train.loop import Trainer
from gptlib.train.processes import World, pick_device
from gptlib.train.progress import Progress
from gptlib.train.run import train
from gptlib.train.step import lr_factor, make_batches, optimizer_step

__all__ = [
    "Progress",
    "TrainConfig",
    "Trainer",
    "World",
    "lr_factor",
    "make_batches",
    "optimizer_step",
    "pick_device",
    "train",
]
