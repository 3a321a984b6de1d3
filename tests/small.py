"""A training run of seconds, for the tests of the engine."""

import csv
import subprocess
import sys
from dataclasses import fields

import torch
from safetensors.torch import load_file

from gptlib.train import TrainConfig

TEXT = "".join(f"{n} little kites, and {n + 1} in the wind.\n" for n in range(60))


def small_config(folder):
    """One small layer with dropout on a text in `folder`, checkpoints every 5 steps."""
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    return TrainConfig(
        out=folder / "run",
        data=str(folder / "text.txt"),
        n_layer=1,
        n_head=2,
        n_embd=16,
        block_size=16,
        dropout=0.2,
        steps=20,
        batch_size=8,
        warmup=2,
        eval_interval=5,
        threads=1,
    )


def options(config):
    """What a person would type for this config."""
    given = {f.name: getattr(config, f.name) for f in fields(TrainConfig)}
    given = {n: v for n, v in given.items() if v != getattr(TrainConfig, n)}
    flags = [f"--{name.replace('_', '-')}" for name in given]
    pairs = zip(flags, given.values(), strict=True)
    return [flag if value is True else f"{flag}={value}" for flag, value in pairs]


def python(*arguments, **more):
    """A Python program, run to its end."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **more)


def weights(config):
    """The newest weights of a run."""
    return load_file(config.out / "last" / "model.safetensors")


def log(config):
    """The rows of a run's log, without the seconds, which no two runs share."""
    rows = csv.DictReader((config.out / "log.csv").open())
    return [{n: float(v) for n, v in row.items() if n != "seconds"} for row in rows]


def same_run(one, other):
    """Whether two runs ended bit for bit alike, in weights and log."""
    mine, theirs = weights(one), weights(other)
    assert mine.keys() == theirs.keys()
    same = all(torch.equal(mine[name], theirs[name]) for name in mine)
    return same and log(one) == log(other)
