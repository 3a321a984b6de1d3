"""What a run begins with: its text, its tokenizer and its model."""

from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from torch import Tensor

from gptlib.config import GPTConfig
from gptlib.guard.folders import model_folder
from gptlib.model import GPT
from gptlib.text.batches import Split, eval_rows, make_split
from gptlib.text.corpora import load_text
from gptlib.text.tokenizers import (
    BPETokenizer,
    CharTokenizer,
    Tokenizer,
    gpt2_tokenizer,
    load_pretrained_tokenizer,
    load_tokenizer,
)
from gptlib.train.config import TrainConfig


class Corpus(NamedTuple):
    """The text of a run."""

    train: str
    val: str
    by_story: bool  # one story a line, each read from its own beginning

    @classmethod
    def load(cls, settings: dict) -> "Corpus":
        train, val = load_text(settings["data"], settings["stories"] or 0)
        return cls(train, val, settings["data"] == "tales")

    @property
    def sha256(self) -> str:
        return sha256((self.train + self.val).encode()).hexdigest()

    def splits(
        self, tokenizer: Tokenizer, block_size: int
    ) -> tuple[Split, tuple[Tensor, Tensor]]:
        """What is trained on, and the rows X and y (R, T) that judge."""
        train = make_split(self.train, tokenizer, self.by_story).for_windows(block_size)
        val = make_split(self.val, tokenizer, self.by_story)
        return train, eval_rows(val.ids, block_size, val.starts)


def check_source(settings: dict) -> None:
    """Miss the model to fine-tune at once, not after the stories were written."""
    if settings["init_from"]:
        model_folder(settings["init_from"])


def make_tokenizer(settings: dict, corpus: Corpus) -> Tokenizer:
    """The tokenizer that the settings ask for, or that of the model to fine-tune."""
    if settings["init_from"]:
        return load_pretrained_tokenizer(settings["init_from"])
    if settings["tokenizer"] == "char":
        return CharTokenizer.from_text(corpus.train + corpus.val)
    if settings["tokenizer"] == "bpe":
        return BPETokenizer.train(corpus.train, settings["bpe_vocab_size"])
    return gpt2_tokenizer()


def make_model(settings: dict, vocab_size: int) -> GPT:
    """A new model of these sizes, or the one to fine-tune."""
    dropout = settings["dropout"]
    if settings["init_from"] is None:
        names = ("block_size", "n_layer", "n_head", "n_embd", "bias", "gelu")
        sizes = {name: settings[name] for name in names}
        flash = wants_flash(settings, sizes["block_size"])
        return GPT(GPTConfig(vocab_size, dropout=dropout, flash=flash, **sizes))
    model = GPT.from_pretrained(settings["init_from"], dropout=dropout)
    block_size = settings["block_size"] or model.config.block_size
    if block_size != model.config.block_size:
        model.crop_block_size(block_size)
    if not wants_flash(settings, block_size):
        model.config = replace(model.config, flash=False)
        for block in model.transformer.h:
            block.attn.flash = False
    return model


def wants_flash(settings: dict, block_size: int) -> bool:
    """Whether these settings mean the fused attention."""
    if settings["flash"] == "auto":
        return flash_is_faster(block_size, settings["dtype"], settings["device"])
    return settings["flash"] == "on"


def flash_is_faster(block_size: int, dtype: str, device: str) -> bool:
    """The rule behind `flash="auto"`.

    On a CPU the fused attention is slow in bfloat16 until the (T, T) table of the
    hand-written one no longer fits its caches; everywhere else it is the faster one.
    """
    return not (device == "cpu" and dtype == "bfloat16" and block_size < 1024)


def saved_model(config: TrainConfig, state: dict) -> tuple[GPT, Tokenizer]:
    """The model and the tokenizer of a run that goes on; its source is not needed."""
    model = GPT(GPTConfig(**state["model"]))
    model.load_state_dict(state["weights"])
    return model, load_tokenizer(config.out / "last" / "tokenizer.json")
