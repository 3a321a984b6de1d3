"""Training: `python -m gptlib train`, on one process or, with torchrun, on several.

B batch, T time (positions).
"""

import math
import os
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from tqdm import tqdm

from gptlib.config import GPTConfig
from gptlib.guard.files import read_state, to_csv, write_json, write_state, write_text
from gptlib.loss import evaluate, loss_fn
from gptlib.model import GPT
from gptlib.optim import cosine_lr
from gptlib.text.batches import Split, eval_rows, get_batch, make_split
from gptlib.text.corpora import load_text
from gptlib.text.tokenizers import (
    BPETokenizer,
    CharTokenizer,
    Tokenizer,
    gpt2_tokenizer,
    load_pretrained_tokenizer,
)


@dataclass(frozen=True)
class TrainConfig:
    """Train a GPT and keep its best weights, its log and what --resume needs.

    The defaults are the recipe of the model in data/tales-gpt.
    """

    out: Path = Path("runs/tales")
    """Folder for the model with the best validation loss, log.csv, and last/."""
    resume: bool = False
    """Go on from out/last: the same command as before, with this added."""

    data: str = "tales"
    """tales, shakespeare, or the path of a text file (UTF-8)."""
    stories: int = 36_000
    """Of the tales, train on this many new ones; 0 takes the 4,050 of data/tales.txt,
    which a model of this size learns by heart before it is done."""
    tokenizer: Literal["char", "bpe", "gpt2"] = "char"
    """Characters; byte pairs trained on the data; or GPT-2's vocabulary."""
    bpe_vocab_size: int = 512
    """Tokens of the bpe tokenizer, 256 bytes included."""

    init_from: str | None = None
    """Fine-tune: folder or hub name that gives the weights and the tokenizer, and in
    place of the next fields its n_layer, n_head, n_embd, bias, gelu and, if that is
    smaller, its block_size."""
    n_layer: int = 4
    n_head: int = 4
    n_embd: int = 128
    block_size: int = 320
    dropout: float = 0.0
    bias: bool = True
    gelu: Literal["tanh", "exact"] = "tanh"
    flash: bool = True

    steps: int = 5000
    """Optimizer steps in all."""
    batch_size: int = 16
    """Rows of block_size tokens a step, over all processes and micro-batches."""
    accumulate: int = 1
    """Micro-batches whose gradients are added up before a step."""
    learning_rate: float = 3e-3
    min_lr: float = 3e-5
    warmup: int = 200
    """Steps of linear warm-up; then half a cosine down to min_lr."""
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.99
    rule: Literal["nanogpt", "mingpt"] = "nanogpt"
    """Which parameters are decayed: by dimension, or by module type."""
    grad_clip: float = 1.0
    """Longest gradient that is applied as it is; longer ones are scaled down to it."""

    eval_interval: int = 250
    """Steps between checkpoints, each with the loss of the whole validation split."""
    seed: int = 1337
    device: Literal["cpu", "cuda", "mps", "auto"] = "cpu"
    dtype: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 runs the matrix products under autocast; weights stay float32."""
    compile: bool = False
    """Let torch.compile fuse the model: some minutes first, faster afterwards."""

    def __post_init__(self):
        object.__setattr__(self, "out", Path(self.out))
        for name in ("steps", "batch_size", "accumulate", "eval_interval"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, got {getattr(self, name)}"
                )
        for name in ("warmup", "weight_decay", "seed", "stories"):
            if not getattr(self, name) >= 0:
                raise ValueError(
                    f"{name} must not be below 0, got {getattr(self, name)}"
                )
        if not 0 <= self.min_lr <= self.learning_rate:
            raise ValueError(
                f"the learning rate falls from learning_rate = {self.learning_rate} to "
                f"min_lr = {self.min_lr}: min_lr must be at least 0 and not larger"
            )
        if not self.grad_clip > 0:
            raise ValueError(f"grad_clip must be above 0, got {self.grad_clip}")
        if self.warmup >= self.steps:
            raise ValueError(
                f"warmup = {self.warmup} steps leave nothing of steps = {self.steps}"
            )


class World(NamedTuple):
    """Which of how many processes this is; torchrun says so in the environment."""

    rank: int
    size: int
    local_rank: int

    @classmethod
    def from_environment(cls) -> "World":
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
        return cls(
            *(int(os.environ.get(n, d)) for n, d in zip(names, "010", strict=True))
        )


@dataclass
class Progress:
    """Where a run stands. All of it goes into the checkpoint."""

    step: int = 0
    best: float = float("inf")
    seconds: float = 0.0
    rows: list[dict[str, float]] = field(default_factory=list)


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


def make_model(
    config: TrainConfig, train_text: str, val_text: str
) -> tuple[GPT, Tokenizer]:
    """A new model and its tokenizer, or those to fine-tune."""
    if config.init_from:
        model = GPT.from_pretrained(
            config.init_from, dropout=config.dropout, flash=config.flash
        )
        if config.block_size < model.config.block_size:
            model.crop_block_size(config.block_size)
        return model, load_pretrained_tokenizer(config.init_from)
    tokenizer = make_tokenizer(config, train_text, val_text)
    same = ("block_size", "n_layer", "n_head", "n_embd", "dropout", "bias", "gelu")
    sizes = {name: getattr(config, name) for name in same}
    vocab_size = tokenizer.vocab_size
    return GPT(GPTConfig(vocab_size, flash=config.flash, **sizes)), tokenizer


def make_tokenizer(config: TrainConfig, train_text: str, val_text: str) -> Tokenizer:
    """The tokenizer that the config asks for."""
    if config.tokenizer == "char":
        return CharTokenizer.from_text(train_text + val_text)
    if config.tokenizer == "bpe":
        return BPETokenizer.train(train_text, config.bpe_vocab_size)
    return gpt2_tokenizer()


def make_batches(
    split: Split, config: TrainConfig, step: int, block_size: int, world: World
) -> Iterator[tuple[Tensor, Tensor]]:
    """This process's micro-batches of a step, each (B, T).

    The rows depend on seed and step alone, so that a run which goes on after a stop
    sees what it would have seen, and several processes share what one would see.
    """
    chance = torch.Generator().manual_seed(_mix(config.seed, step))
    X, y = get_batch(
        split.ids, block_size, config.batch_size, chance, split.starts
    )  # (B, T), (B, T)
    mine = slice(world.rank, None, world.size)
    return zip(
        X[mine].chunk(config.accumulate), y[mine].chunk(config.accumulate), strict=True
    )


class Trainer:
    """Everything that a run holds on to, and the loop over its steps."""

    def __init__(self, config: TrainConfig):
        self.config = config
        self.world = World.from_environment()
        share = self.world.size * config.accumulate
        if config.batch_size % share:
            raise ValueError(
                f"batch_size = {config.batch_size} does not divide by {share}: "
                f"{self.world.size} processes times accumulate = {config.accumulate}"
            )
        self.device = pick_device(config.device, self.world.local_rank)
        self._guard_folder()
        train_text, val_text = load_text(config.data, config.stories)
        torch.manual_seed(config.seed)
        self.model, self.tokenizer = make_model(config, train_text, val_text)
        self.model.to(self.device).train()
        by_story = config.data == "tales"
        self.train_split = make_split(train_text, self.tokenizer, by_story)
        val = make_split(val_text, self.tokenizer, by_story)
        self.settings = settings(config, self.model) | {
            "text_sha256": sha256((train_text + val_text).encode()).hexdigest(),
            "processes": self.world.size,
        }
        self.val_rows = eval_rows(val.ids, self.model.config.block_size, val.starts)
        self.optimizer = self.model.configure_optimizers(
            weight_decay=config.weight_decay,
            learning_rate=config.learning_rate,
            betas=(config.beta1, config.beta2),
            rule=config.rule,
        )
        self.progress = Progress()
        if config.resume:
            self._read_checkpoint()
        # The forward that trains may be wrapped; `self.model` stays the plain one.
        self.forward: nn.Module = (
            torch.compile(self.model) if config.compile else self.model
        )
        if self.world.size > 1:
            self.forward = nn.parallel.DistributedDataParallel(self.forward)

    def run(self) -> Progress:
        """Train to the last step; return where the run stands."""
        config, progress = self.config, self.progress
        started = time.perf_counter() - progress.seconds
        losses, norms = [], []
        steps = range(progress.step, config.steps)
        bar = tqdm(
            steps,
            initial=progress.step,
            total=config.steps,
            desc="training",
            disable=self.world.rank > 0,
        )
        for step in bar:
            loss, norm = self.train_step(step)
            losses.append(loss)
            norms.append(norm)
            progress.step = step + 1
            if progress.step % config.eval_interval and progress.step < config.steps:
                continue
            progress.seconds = time.perf_counter() - started
            row = self.checkpoint(torch.stack(losses), torch.stack(norms))
            bar.set_postfix(train=row["train_loss"], val=row["val_loss"])
            losses, norms = [], []
        return progress

    def train_step(self, step: int) -> tuple[Tensor, Tensor]:
        """One optimizer step; returns the loss and the length of the gradient."""
        config, world = self.config, self.world
        lr = cosine_lr(
            step,
            peak=config.learning_rate,
            floor=config.min_lr,
            warmup=config.warmup,
            total=config.steps,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        # Dropout, too, depends on seed, step and process alone.
        torch.manual_seed(_mix(config.seed, step, 1 + world.rank))
        total = torch.zeros((), device=self.device)
        T = self.model.config.block_size
        batches = make_batches(self.train_split, config, step, T, world)
        for micro, (X, y) in enumerate(batches, start=1):
            X, y = X.to(self.device), y.to(self.device)
            with self._sync_if(micro == config.accumulate), self._autocast():
                pred = self.forward(X)
                # The mean of the means: each micro-batch counts 1 / accumulate.
                loss = loss_fn(pred, y) / config.accumulate
            loss.backward()
            total += loss.detach()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), config.grad_clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if world.size > 1:
            dist.all_reduce(total)
            total /= world.size
        return total, norm.detach()

    @torch.no_grad()
    def checkpoint(self, losses: Tensor, norms: Tensor) -> dict[str, float]:
        """Measure, keep the best weights and the state to go on from; the log's row."""
        progress = self.progress
        row = {
            "step": progress.step,
            "seconds": round(progress.seconds, 1),
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "train_loss": losses.mean().item(),
            "val_loss": float("nan"),
            "grad_norm": norms.mean().item(),
        }
        _check_finite(row, "train_loss", "grad_norm")
        if self.world.rank > 0:
            return row
        with self._autocast():
            row["val_loss"] = evaluate(self.model, *self.val_rows)
        _check_finite(row, "val_loss")
        progress.rows.append(row)
        if row["val_loss"] < progress.best:
            progress.best = row["val_loss"]
            self._write_model(self.config.out)
        self._write_model(self.config.out / "last")
        write_text(self.config.out / "log.csv", to_csv(progress.rows))
        # Last, and holding the weights too: the state agrees with itself in any case.
        state = {
            "settings": self.settings,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": asdict(progress),
        }
        write_state(self.config.out / "last" / "state.pt", state)
        return row

    def _write_model(self, folder: Path) -> None:
        self.model.save_pretrained(folder)
        self.tokenizer.save(folder / "tokenizer.json")
        write_json(folder / "train.json", self.settings)

    def _read_checkpoint(self) -> None:
        state = read_state(self.config.out / "last" / "state.pt")
        was, now = state["settings"], self.settings
        if changed := {k: (was.get(k), now[k]) for k in now if was.get(k) != now[k]}:
            raise ValueError(
                f"--resume goes on with the same settings, but (then, now) differ: "
                f"{changed}. Use the old ones, or start anew in another --out"
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])

    def _guard_folder(self) -> None:
        """Never write over an earlier run, or a model, unasked."""
        out = self.config.out
        there = [
            f for f in ("last", "model.safetensors", "log.csv") if (out / f).exists()
        ]
        if there and not self.config.resume:
            raise FileExistsError(
                f"{out} holds a run already ({', '.join(there)}): add --resume to go "
                f"on with it, or choose another folder with --out"
            )

    def _sync_if(self, last: bool):
        """Processes share gradients once a step, with its last micro-batch."""
        return nullcontext() if last or self.world.size == 1 else self.forward.no_sync()

    def _autocast(self):
        return torch.autocast(
            self.device.type,
            dtype=torch.bfloat16,
            enabled=self.config.dtype == "bfloat16",
        )


def settings(config: TrainConfig, model: GPT) -> dict:
    """What must be the same when a run goes on: plain values, in a fixed order."""
    values = asdict(config) | asdict(model.config)
    for name in ("out", "resume", "device", "compile"):
        del values[name]
    return values


def _check_finite(row: dict[str, float], *names: str) -> None:
    for name in names:
        if not math.isfinite(row[name]):
            raise FloatingPointError(
                f"{name} is {row[name]} at step {row['step']:.0f}: training has come "
                f"apart and nothing of it was saved; try a smaller learning_rate"
            )


def _mix(*numbers: int) -> int:
    """One seed from several, so that neighbours do not share a stream."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


def train(config: TrainConfig) -> Progress:
    """Run `config` to its end, as one of several processes if torchrun started it."""
    world = World.from_environment()
    if world.size > 1:
        device = pick_device(config.device, world.local_rank)
        if device.type == "cuda":
            torch.cuda.set_device(device)
        # The first process measures and saves alone, and the others wait for it.
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, timeout=timedelta(hours=2))
    try:
        return Trainer(config).run()
    finally:
        if world.size > 1:
            dist.destroy_process_group()


def command(config: TrainConfig) -> None:
    """`python -m gptlib train`."""
    best = train(config).best
    if World.from_environment().rank == 0:
        print(f"best validation loss {best:.4f} nats a token, model in {config.out}")


CONFIG = TrainConfig
