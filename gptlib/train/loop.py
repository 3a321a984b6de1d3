"""The loop over the steps, with a checkpoint now and then."""

import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from tqdm import tqdm

from gptlib.guard.compiled import compile_here
from gptlib.loss import evaluate
from gptlib.optim import configure_muon
from gptlib.train.checkpoint import RunFolder
from gptlib.train.config import TrainConfig, resolved
from gptlib.train.processes import (
    World,
    check_shares,
    ctrl_c_waits,
    mix,
    pick_device,
    send,
    use_tensor_cores,
)
from gptlib.train.progress import Progress, check_finite, clocks, rising
from gptlib.train.start import (
    Corpus,
    check_source,
    make_model,
    make_tokenizer,
    saved_model,
)
from gptlib.train.step import Batches, lr_factor, make_batches, optimizer_step


class Trainer:
    """A model, its optimizers and its data, and the loop over the steps.

    With `state`, which `RunFolder.state` returns, it stands where that run stood.
    """

    def __init__(self, config: TrainConfig, state: dict | None = None):
        self.config, self.settings = config, resolved(config)
        self.world = World.from_environment()
        self.device = pick_device(self.settings["device"], self.world.local_rank)
        check_shares(self.settings, self.world)
        use_tensor_cores(self.device)
        if not state:
            check_source(self.settings)
        corpus = self.load_corpus()
        if state and state["text_sha256"] != corpus.sha256:
            raise ValueError(
                f"the text of {self.config.data!r} is not the one that this run began "
                f"with (its sha256 differs): bring that back, or begin in another --out"
            )
        self.started = clocks()  # reading the text does not count
        torch.manual_seed(self.settings["seed"])
        if state:
            self.model, self.tokenizer = saved_model(config, state)
        else:
            self.tokenizer = make_tokenizer(self.settings, corpus)
            self.model = self.make_model()
        self.model.to(self.device).train()
        paused, block_size = clocks(), self.model.config.block_size
        self.train_split, self.val_rows = corpus.splits(self.tokenizer, block_size)
        self.started += clocks() - paused
        self.record = {
            "settings": self.settings,
            "model": asdict(self.model.config),
            "text_sha256": corpus.sha256,
            "processes": self.world.size,
        }
        self.optimizers = self.make_optimizers()
        for group in self.groups():
            group["peak"] = group["lr"]
        self.progress = Progress()
        if state:
            self._go_on(state)
        # The forward that trains may be wrapped; `self.model` stays the plain one.
        self.forward: nn.Module = self.model
        if self.settings["compile"]:
            self.forward = compile_here(self.model)
        if self.world.size > 1:
            self.forward = DistributedDataParallel(self.forward)

    # What another kind of run may do in its own way.

    def load_corpus(self) -> Corpus:
        return Corpus.load(self.settings)

    def make_model(self) -> nn.Module:
        return make_model(self.settings, self.tokenizer.vocab_size)

    def make_optimizers(self) -> list[Optimizer]:
        s = self.settings
        options = dict(
            weight_decay=s["weight_decay"],
            learning_rate=s["learning_rate"],
            betas=(s["beta1"], s["beta2"]),
        )
        if s["optimizer"] == "adamw":
            return [self.model.configure_optimizers(rule=s["rule"], **options)]
        options["muon_learning_rate"] = s["muon_learning_rate"]
        return configure_muon(self.model, muon_momentum=s["muon_momentum"], **options)

    def batches(self, step: int) -> Batches:
        T = self.model.config.block_size
        return make_batches(self.train_split, self.settings, step, T, self.world)

    # The loop.

    def run(
        self,
        folder: RunFolder | None = None,
        until: Callable[[dict[str, float]], bool] = lambda row: False,
    ) -> Progress:
        """Train to the last step, or `until` a row of the log is good enough.

        Checkpoints go to `folder`, and without one nowhere. Returns where it stands.
        Behind torchrun only the first process knows val_loss, in the others it is nan,
        and `until` must not depend on it.
        """
        progress, steps = self.progress, self.settings["steps"]
        interval, main = self.settings["eval_interval"], self.world.rank == 0
        quiet = not (main and folder)  # a run in memory alone shows nothing
        bar = tqdm(total=steps, initial=progress.step, desc="training", disable=quiet)
        seen = list(torch.tensor(progress.pending, device=self.device))
        with bar, ctrl_c_waits(self.world) as asked_to_stop:
            while progress.step < steps:
                seen.append(self.train_step(progress.step))
                progress.step += 1
                bar.update()
                if progress.step % interval == 0 or progress.step == steps:
                    row = self.measure(torch.stack(seen))
                    seen = []
                    bar.set_postfix(train=row["train_loss"], val=row["val_loss"])
                    if main:
                        self.keep(row, folder)
                    if until(row):
                        break
                elif asked_to_stop.is_set():
                    progress.pending = torch.stack(seen).tolist()
                    self.stop(folder)
        return progress

    def train_step(self, step: int) -> Tensor:
        """One optimizer step; the loss and the length of the gradient, (2)."""
        factor = lr_factor(self.settings, step)
        for group in self.groups():
            group["lr"] = factor * group["peak"]
        # Dropout, too, depends on seed, step and process alone.
        torch.manual_seed(mix(self.settings["seed"], step, 1 + self.world.rank))
        several = self.world.size > 1
        result = optimizer_step(
            self.forward,
            list(self.model.parameters()),
            self.optimizers,
            (send(pair, self.device) for pair in self.batches(step)),
            accumulate=self.settings["accumulate"],
            grad_clip=self.settings["grad_clip"],
            autocast=self.autocast,
            no_sync=self.forward.no_sync if several else nullcontext,
        )
        if several:
            dist.all_reduce(result)
            result /= self.world.size
        return result

    @torch.no_grad()
    def measure(self, seen: Tensor) -> dict[str, float]:
        """A row of the log from `seen`, (steps, 2), and the validation split."""
        progress, paused = self.progress, clocks()
        self._tell_time()
        loss, norm = seen.mean(dim=0).tolist()
        row = {
            "step": progress.step,
            "seconds": round(progress.seconds, 1),
            "learning_rate": self.optimizers[0].param_groups[0]["lr"],
            "train_loss": loss,
            "val_loss": float("nan"),
            "grad_norm": norm,
        }
        check_finite(row, "train_loss", "grad_norm")
        if self.world.rank == 0:  # the others wait in their next step
            # In float32, as the weights are saved.
            row["val_loss"] = evaluate(self.model, *self.val_rows)
            check_finite(row, "val_loss")
        self.started += clocks() - paused
        return row

    def keep(self, row: dict[str, float], folder: RunFolder | None) -> None:
        """Note the row, and write what there is to keep."""
        progress = self.progress
        progress.rows.append(row)
        progress.pending = []
        best = row["val_loss"] < progress.best
        progress.best = min(progress.best, row["val_loss"])
        if folder:
            if best:
                folder.write_best(self.model, self.tokenizer, self.record)
            folder.write_last(self.model, progress.rows, self.state())
        if warning := rising([row["val_loss"] for row in progress.rows]):
            tqdm.write(f"warning: {warning}", file=sys.stderr)

    def stop(self, folder: RunFolder | None) -> None:
        """After Ctrl-C: keep what was reached."""
        if folder:
            self._tell_time()
            folder.write_state(self.state())
        raise KeyboardInterrupt(f"stopped after step {self.progress.step}")

    def state(self) -> dict:
        """All that a run goes on from."""
        return {
            **self.record,
            "weights": self.model.state_dict(),
            "optimizers": [each.state_dict() for each in self.optimizers],
            "progress": asdict(self.progress),
        }

    def _tell_time(self) -> None:
        spent = clocks() - self.started
        self.progress.seconds, self.progress.cpu_seconds = spent.tolist()

    def _go_on(self, state: dict) -> None:
        if len(state["optimizers"]) != len(self.optimizers):
            raise ValueError(
                f"the state has {len(state['optimizers'])} optimizers, this run "
                f"{len(self.optimizers)}: they are not of one run"
            )
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.progress = Progress(**state["progress"])
        self.started = self.started - [self.progress.seconds, self.progress.cpu_seconds]

    def groups(self) -> Iterator[dict]:
        """The parameter groups of all optimizers."""
        return (group for each in self.optimizers for group in each.param_groups)

    @property
    def autocast(self) -> Callable:
        half = self.settings["dtype"] == "bfloat16"
        return partial(torch.autocast, self.device.type, torch.bfloat16, enabled=half)
