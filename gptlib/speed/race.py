"""A race: nanoGPT's recipe for a CPU against better ones, on this machine, now.

`python -m gptlib race` trains the plain recipe to its end and measures the loss of the
whole validation split of Tiny Shakespeare. That loss is the finish line. Then each of
the other recipes runs until its loss is there, or its steps are used up. Building the
model and making batches count as time; evaluating does not, for nobody.

B batch, T time, C = n_embd, V vocabulary, R rows that judge.
"""

import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

from gptlib.config import GPTConfig
from gptlib.guard.files import to_csv, write_text
from gptlib.loss import evaluate
from gptlib.model import GPT
from gptlib.optim import cosine_lr
from gptlib.text.batches import eval_rows, get_batch
from gptlib.text.corpora import load_text
from gptlib.text.tokenizers import CharTokenizer


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. The defaults are nanoGPT's recipe for a CPU."""

    idea: str = "plain"
    n_layer: int = 4
    n_head: int = 4
    n_embd: int = 128
    block_size: int = 64
    steps: int = 2000
    batch_size: int = 12
    warmup: int = 100
    learning_rate: float = 1e-3
    floor: float = 0.1  # what the cosine leaves of the learning rate
    beta2: float = 0.99
    hold: bool = False  # no cosine: at the peak for 0.4 of the run, then down a line
    weight_decay: float = 0.1
    muon: float = 0.0  # learning rate of Muon for the matrices of the blocks; 0: AdamW
    vectorised: bool = False  # one indexing a batch; AdamW in one pass
    bfloat16: bool = False  # and then the hand-written attention, see lesson `faster`
    reach: int = 0  # of a short convolution after each norm of a block; 0: GPT-2
    eval_every: int = 100


PLAIN = Recipe()
# Each goes on from the one before it: an idea, and the rates and steps that suit it.
RATE = replace(
    PLAIN,
    idea="learning rate 4e-3",
    vectorised=True,
    learning_rate=4e-3,
    floor=0.0,
    warmup=50,
    steps=1000,
    eval_every=50,
)
HOLD = replace(RATE, idea="hold, then fall", hold=True, steps=900)
MUON = replace(
    HOLD,
    idea="Muon",
    muon=0.03,
    learning_rate=6e-3,
    warmup=10,
    steps=450,
    eval_every=25,
)
SHAPE = replace(MUON, idea="2 layers", n_layer=2, steps=500)
BFLOAT = replace(SHAPE, idea="bfloat16", bfloat16=True)
# Here GPT-2 ends.
CONV = replace(BFLOAT, idea="short convolutions", reach=3, steps=280)
RECIPES = (PLAIN, RATE, HOLD, MUON, SHAPE, BFLOAT, CONV)

# What nanoGPT prints is the mean loss of 20 batches of random rows.
ESTIMATE, TIMES, BATCHES = "nanoGPT's estimate", 50, 20


@dataclass(frozen=True)
class RaceConfig:
    """Train the plain recipe, then each faster one until its loss is as low."""

    out: Path = Path("runs/race.csv")
    """Where the results go: a line for each time that a loss was measured."""
    data: str = "shakespeare"
    """shakespeare, tales, or the path of a text file (UTF-8)."""
    seeds: tuple[int, ...] = (1, 2)
    """The race is run once with each."""
    threads: int = 0
    """Threads for PyTorch, the same for all; 0 leaves that to PyTorch."""
    only: str = ""
    """Run only the recipes whose idea holds this text, and the plain one."""
    steps: int = 0
    """Steps of every recipe, for a trial; 0 leaves each its own."""

    def __post_init__(self):
        if not self.seeds:
            raise ValueError("seeds must be one or more whole numbers, got none")
        for name in ("threads", "steps"):
            if getattr(self, name) < 0:
                value = getattr(self, name)
                raise ValueError(f"{name} must not be below 0, got {value}")
        if not any(self.only in recipe.idea for recipe in RECIPES):
            ideas = ", ".join(recipe.idea for recipe in RECIPES)
            raise ValueError(f"no recipe holds {self.only!r}: the recipes are {ideas}")


class Text:
    """The ids to train on, the rows to be judged by, and the size of the vocabulary."""

    def __init__(self, name: str):
        train, val = load_text(name)
        tokenizer = CharTokenizer.from_text(train + val)
        self.vocab_size = tokenizer.vocab_size
        self.train, self.val = (torch.tensor(tokenizer.encode(t)) for t in (train, val))


class ShortConv(nn.Module):
    """Adds to each vector those of the `reach` positions before it, number by number.

    (B, T, C) in and out. The weights are (reach, C), the nearest position first, and
    begin at zero, so that at first nothing is changed. Not for use with a cache, which
    does not keep what stood before.

    Source: Allen-Zhu 2025, "Canon layers" (A and C); So et al. 2021, "Primer", has such
    a convolution after the products that make queries, keys and values.
    """

    def __init__(self, n_embd: int, reach: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(reach, n_embd))

    def forward(self, x: Tensor) -> Tensor:
        reach, T = len(self.weight), x.shape[1]
        past = F.pad(x, (0, 0, reach, 0))
        y = x
        for back, weight in enumerate(self.weight, start=1):
            y = y + weight * past[:, reach - back : reach - back + T]  # (B, T, C)
        return y


def make_model(recipe: Recipe, vocab_size: int) -> GPT:
    """nanoGPT's model: a GPT-2 without biases and with the exact GELU."""
    sizes = {n: getattr(recipe, n) for n in ("n_layer", "n_head", "n_embd")}
    # At this length bfloat16 is faster with the hand-written attention.
    sizes |= dict(bias=False, gelu="exact", flash=not recipe.bfloat16)
    model = GPT(GPTConfig(vocab_size, recipe.block_size, **sizes))
    for block in model.transformer.h if recipe.reach else ():
        for name in ("ln_1", "ln_2"):
            conv = ShortConv(recipe.n_embd, recipe.reach)
            setattr(block, name, nn.Sequential(getattr(block, name), conv))
    return model


def make_optimizers(model: GPT, recipe: Recipe) -> list[Optimizer]:
    """AdamW for all, or Muon for the matrices of the blocks and AdamW for the rest."""
    params = dict(model.named_parameters())
    inside = {n for n in params if ".h." in n and params[n].dim() == 2}
    # A convolution's weights are a list of vectors, and turn no vector into another.
    inside = {n for n in inside if "ln_" not in n} if recipe.muon else set()
    rest = [p for name, p in params.items() if name not in inside]
    groups = [
        {"params": [p for p in rest if p.dim() == 2]},
        {"params": [p for p in rest if p.dim() < 2], "weight_decay": 0.0},
    ]
    lr, betas, decay = recipe.learning_rate, (0.9, recipe.beta2), recipe.weight_decay
    fused = recipe.vectorised
    found = [AdamW(groups, lr, betas, weight_decay=decay, fused=fused)]
    if inside:
        matrices = [params[name] for name in sorted(inside)]
        # A short run has no time for the usual 0.95.
        found.append(Muon(matrices, recipe.muon, momentum=0.9, weight_decay=decay))
    for group in [g for optimizer in found for g in optimizer.param_groups]:
        group["peak"] = group["lr"]
    return found


def sliced_batch(ids: Tensor, T: int, B: int) -> tuple[Tensor, Tensor]:
    """nanoGPT's batch: a slice a row."""
    starts = torch.randint(len(ids) - T, (B,))
    X = torch.stack([ids[s : s + T] for s in starts])
    y = torch.stack([ids[s + 1 : s + 1 + T] for s in starts])
    return X, y  # (B, T), (B, T)


def run(recipe: Recipe, text: Text, seed: int, target: float = 0.0) -> list[dict]:
    """The rows of `train`."""
    return train(recipe, text, seed, target)[1]


def train(
    recipe: Recipe, text: Text, seed: int, target: float = 0.0
) -> tuple[GPT, list[dict]]:
    """Train until the loss of the whole validation split is at most `target`.

    Returns:
        The model, and a row for each evaluation, the last one where it stopped: idea,
        seed, step, tokens so far, seconds without those of the evaluations,
        cpu_seconds (those of all threads together), and val_loss.
    """
    torch.manual_seed(seed)
    rows_X, rows_y = eval_rows(text.val, recipe.block_size)  # (R, T), (R, T)
    started, rows = clocks(), []
    model = make_model(recipe, text.vocab_size)
    optimizers = make_optimizers(model, recipe)
    for step in range(1, recipe.steps + 1):
        train_step(recipe, model, optimizers, text.train, step)
        if step % recipe.eval_every and step < recipe.steps:
            continue
        paused = clocks()
        val_loss = evaluate(model, rows_X, rows_y, batch_size=128)
        tokens = step * recipe.batch_size * recipe.block_size
        row = dict(idea=recipe.idea, seed=seed, step=step, tokens=tokens)
        wall, cpu = (round(t, 4) for t in (paused - started).tolist())
        row |= dict(seconds=wall, cpu_seconds=cpu, val_loss=round(val_loss, 4))
        rows.append(row)
        started += clocks() - paused
        if rows[-1]["val_loss"] <= target:
            break
    return model, rows


def clocks() -> np.ndarray:
    """The time on the wall, and that of all this process's threads, in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def train_step(
    recipe: Recipe, model: GPT, optimizers: list[Optimizer], ids: Tensor, step: int
) -> None:
    """One step, counted from 1, with the learning rate that the schedule gives it."""
    factor = lr_factor(recipe, step)
    for group in [g for optimizer in optimizers for g in optimizer.param_groups]:
        group["lr"] = group["peak"] * factor
    make = get_batch if recipe.vectorised else sliced_batch
    X, y = make(ids, recipe.block_size, recipe.batch_size)  # (B, T), (B, T)
    half = torch.autocast("cpu", torch.bfloat16) if recipe.bfloat16 else nullcontext()
    with half:
        logits = model(X)  # (B, T, V)
        F.cross_entropy(logits.view(-1, logits.shape[-1]), y.view(-1)).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def lr_factor(recipe: Recipe, step: int) -> float:
    """Which share of its peak the learning rate has in this step, counted from 1."""
    if recipe.hold:
        rise = step / recipe.warmup
        fall = (recipe.steps - step + 1) / (0.6 * recipe.steps)
        return min(1.0, rise, fall)
    schedule = dict(floor=recipe.floor, warmup=recipe.warmup, total=recipe.steps)
    return cosine_lr(step - 1, peak=1.0, **schedule)


def estimates(model: GPT, recipe: Recipe, text: Text, end: dict) -> list[dict]:
    """The last row of a run again, 50 times, with its loss as nanoGPT estimates it."""
    rows, R, T = [], BATCHES * recipe.batch_size, recipe.block_size
    for _ in range(TIMES):
        X, y = sliced_batch(text.val, T, R)
        val_loss = round(evaluate(model, X, y), 4)
        rows.append(dict(end, idea=ESTIMATE, val_loss=val_loss))
    return rows


def race(config: RaceConfig) -> list[dict]:
    """Run everything, print a line for each run, write the CSV; returns its rows."""
    config.out.parent.mkdir(parents=True, exist_ok=True)
    if config.threads:
        torch.set_num_threads(config.threads)
    text = Text(config.data)
    short = dict(steps=config.steps, warmup=1) if config.steps else {}
    recipes = [replace(recipe, **short) for recipe in RECIPES]
    plain, *others = [recipe for recipe in recipes if chosen(recipe, config.only)]
    run(replace(plain, steps=5, warmup=1), text, seed=0)  # warm up
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__.split('+')[0]}")
    rows = []
    for seed in config.seeds:
        model, slow = train(plain, text, seed)
        target = slow[-1]["val_loss"]
        print(f"seed {seed}: {line(slow, slow, target)}", flush=True)
        rows += slow + estimates(model, plain, text, slow[-1])
        for recipe in others:
            rows += (fast := run(recipe, text, seed, target))
            print(f"seed {seed}: {line(fast, slow, target)}", flush=True)
            write_text(config.out, to_csv(rows))
        write_text(config.out, to_csv(rows))
    return rows


def chosen(recipe: Recipe, only: str) -> bool:
    """Whether this run of the race takes the recipe; the plain one always is."""
    return recipe.idea == PLAIN.idea or only in recipe.idea


def line(fast: list[dict], slow: list[dict], target: float) -> str:
    """What a run reached, in words."""
    end, ratio = fast[-1], slow[-1]["seconds"] / fast[-1]["seconds"]
    reached = f"{ratio:.2f} x" if end["val_loss"] <= target else "did not get there"
    return (
        f"{end['idea']}: loss {end['val_loss']:.4f} after {end['step']} steps and "
        f"{end['seconds']:.1f} s, {reached}"
    )


CONFIG, command = RaceConfig, race
