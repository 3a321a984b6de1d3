"""The recipes of the race: nanoGPT's for a CPU, and better ones, on the one loop.

B batch, T time, C = n_embd.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from gptlib.attention import KVCache
from gptlib.config import GPTConfig
from gptlib.model import GPT
from gptlib.text.corpora import load_text
from gptlib.train import TrainConfig, Trainer
from gptlib.train.config import resolved
from gptlib.train.start import Corpus
from gptlib.train.start import make_model as new_model
from gptlib.train.step import Batches


@dataclass(frozen=True)
class Recipe:
    """An idea, the settings that suit it, and what no setting of a run can say."""

    idea: str
    before: str  # the idea of the recipe that it adds to
    settings: TrainConfig
    by_hand: bool = False  # nanoGPT's batch, a slice a row, and AdamW tensor by tensor
    conv_width: int = 0  # how far back a short convolution reaches; 0: GPT-2
    trials: str = ""  # the recipe whose trials choose its rates and steps; "": nobody's

    def but(self, idea: str, *, trials: str | None = None, **changes) -> "Recipe":
        """This recipe with an idea on top of it, and the settings that it changes.

        It has trials of its own, unless `trials` says whose it takes.
        """
        names = ("by_hand", "conv_width")
        own = {name: changes.pop(name) for name in names if name in changes}
        settings = replace(self.settings, **changes)
        trials = idea if trials is None else trials
        return Recipe(idea, self.idea, settings, trials=trials, **own)


PLAIN = Recipe(
    "plain",
    "plain",
    TrainConfig(
        data="shakespeare",
        n_layer=4,
        n_head=4,
        n_embd=128,
        block_size=64,
        bias=False,
        gelu="exact",
        batch_size=12,
        steps=2000,
        optimizer="adamw",
        learning_rate=1e-3,
        schedule="cosine",
        min_lr_factor=0.1,
        warmup=100,
        weight_decay=0.1,
        eval_interval=100,
    ),
    by_hand=True,
)
# Each adds an idea to another one. The rates and steps that suit it come from trials
# (see trials.py); those written here, found by hand, serve until there are some.
RATE = PLAIN.but(
    "AdamW, tuned",
    learning_rate=4e-3,
    min_lr_factor=0.0,
    warmup=50,
    steps=1000,
    eval_interval=25,
)
HOLD = RATE.but("hold, then fall", schedule="hold", steps=900)
MUON = HOLD.but(
    "Muon",
    optimizer="muon",
    muon_learning_rate=0.03,
    muon_momentum=0.9,  # a short run has no time for the usual 0.95
    learning_rate=6e-3,
    warmup=10,
    steps=450,
)
SHAPE = MUON.but("2 layers", n_layer=2, steps=500)
BFLOAT = SHAPE.but("bfloat16", trials="2 layers", dtype="bfloat16")
# What some of them would be worth without others: the shape alone, and without Muon.
SHALLOW = PLAIN.but("plain, 2 layers", trials="", by_hand=True, n_layer=2)
NO_MUON = HOLD.but("AdamW, 2 layers", n_layer=2)
ONE = NO_MUON.but("AdamW, 1 layer", n_layer=1)
NARROW = ONE.but("1 layer, 96 wide", n_embd=96)
# Here GPT-2 ends.
CONV = NARROW.but("short convolutions", conv_width=3, steps=600)
RECIPES = (PLAIN, RATE, HOLD, MUON, SHAPE, BFLOAT, SHALLOW, NO_MUON, ONE, NARROW, CONV)


class ShortConv(nn.Module):
    """Adds to each vector those of the `width` positions before it, number by number.

    (B, T, C) in and out. The weights are (width, C), the nearest position first, and
    begin at zero, so that at first nothing is changed.

    Source: Allen-Zhu 2025, "Canon layers" (A and C); So et al. 2021, "Primer", has such
    a convolution after the products that make queries, keys and values.
    """

    def __init__(self, n_embd: int, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, n_embd))

    def forward(self, x: Tensor) -> Tensor:
        width, T = len(self.weight), x.shape[1]
        past = F.pad(x, (0, 0, width, 0))
        y = x
        for back, weight in enumerate(self.weight, start=1):
            y = y + weight * past[:, width - back : width - back + T]  # (B, T, C)
        return y


class ConvGPT(GPT):
    """A GPT with a short convolution behind both norms of each block.

    It writes with `generate(..., use_cache=False)` only: a cache keeps keys and values,
    not the vectors that the convolutions add. GPT-2's format has no place for it.
    """

    def __init__(self, config: GPTConfig, width: int):
        super().__init__(config)
        for block in self.transformer.h:
            for name in ("ln_1", "ln_2"):
                conv = ShortConv(config.n_embd, width)
                setattr(block, name, nn.Sequential(getattr(block, name), conv))

    def hidden(self, idx: Tensor, *, cache: Sequence[KVCache] | None = None) -> Tensor:
        """As in GPT, (B, T, C); every cache goes through here."""
        if cache is not None:
            raise ValueError(
                "short convolutions add vectors that a cache does not keep: go on "
                "without one, as in generate(..., use_cache=False)"
            )
        return super().hidden(idx)


def sliced_batch(ids: Tensor, T: int, B: int) -> tuple[Tensor, Tensor]:
    """nanoGPT's batch: a slice a row, from the global generator."""
    starts = torch.randint(len(ids) - T, (B,))
    X = torch.stack([ids[s : s + T] for s in starts])
    y = torch.stack([ids[s + 1 : s + 1 + T] for s in starts])
    return X, y  # (B, T), (B, T)


class Racer(Trainer):
    """A run of a recipe on characters, in memory alone.

    Args:
        recipe: what to train, and how.
        seed: of the start and of every choice.
        corpus: the text; the one that the settings name unless given.
    """

    def __init__(self, recipe: Recipe, seed: int, corpus: Corpus | None = None):
        self.recipe = recipe
        self.corpus = corpus or read_plain(recipe.settings.data)
        super().__init__(replace(recipe.settings, seed=seed))

    def load_corpus(self) -> Corpus:
        return self.corpus

    def make_model(self) -> GPT:
        return make_model(self.recipe, self.tokenizer.vocab_size)

    def make_optimizers(self) -> list[Optimizer]:
        found = super().make_optimizers()
        if not self.recipe.by_hand:
            return found
        # Each group brings its own rate, betas and decay along.
        (adamw,) = found
        return [AdamW([{**group, "fused": False} for group in adamw.param_groups])]

    def batches(self, step: int) -> Batches:
        if not self.recipe.by_hand:
            return super().batches(step)
        s = self.settings
        return [sliced_batch(self.train_split.ids, s["block_size"], s["batch_size"])]


def read_plain(name: str) -> Corpus:
    """A text as one stream: windows begin anywhere, in stories too."""
    return Corpus(*load_text(name), by_story=False)


def make_model(recipe: Recipe, vocab_size: int) -> GPT:
    """The model of a recipe, new."""
    model = new_model(resolved(recipe.settings), vocab_size)
    return ConvGPT(model.config, recipe.conv_width) if recipe.conv_width else model
