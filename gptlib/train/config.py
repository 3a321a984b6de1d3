"""What a run can be told: every field is an option of `python -m gptlib train`."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro

from gptlib.config import GPTConfig
from gptlib.guard.values import checked_number, checked_whole

# What a field that was not given stands for, where that depends on another field.
OWN_SIZES = dict(
    n_layer=4, n_head=4, n_embd=128, block_size=320, bias=True, gelu="tanh"
)
STORIES, BPE_VOCAB_SIZE = 100_000, 512
RATES = {  # optimizer: learning_rate, weight_decay, schedule
    "muon": dict(learning_rate=5e-3, weight_decay=0.05, schedule="hold"),
    "adamw": dict(learning_rate=3e-3, weight_decay=0.1, schedule="cosine"),
}
FROM_MODEL = ("n_layer", "n_head", "n_embd", "bias", "gelu", "tokenizer")
MUON_LEARNING_RATE = 0.03
FINE = 0.1  # fine-tuning goes on at this share of those learning rates
WARMUP, EVAL_INTERVAL = 50, 500
# A run may go on elsewhere, only not bit for bit.
MAY_CHANGE = ("device", "threads", "compile")


@dataclass(frozen=True)
class TrainConfig:
    """Train a GPT and keep its best weights, its log and what --resume needs.

    The defaults are the recipe of the model in data/tales-gpt. A field of None takes
    the value that suits the others: `resolved` says which.
    """

    out: Path = Path("runs/tales")
    """Folder for the model with the best validation loss, log.csv, and last/."""
    resume: bool = False
    """Go on with the run in --out, with its own settings; no other option is needed."""

    data: str = "tales"
    """tales, shakespeare, or the path of a text file (UTF-8)."""
    stories: int | None = None
    """Of the tales, train on this many new ones (100,000 unless given); 0 takes the
    4,050 of data/tales.txt, which a model of this size learns by heart."""
    tokenizer: Literal["char", "bpe", "gpt2"] | None = None
    """Characters (unless given); byte pairs trained on the data; GPT-2's vocabulary."""
    bpe_vocab_size: int | None = None
    """Tokens of the bpe tokenizer, 256 bytes included; 512 unless given."""

    init_from: str | None = None
    """Fine-tune: folder or hub name that gives the weights, the tokenizer and the
    sizes; a smaller block_size shortens it."""
    n_layer: int | None = None
    """Blocks; 4 unless given."""
    n_head: int | None = None
    """Attention heads in each; 4 unless given."""
    n_embd: int | None = None
    """Numbers that describe a token inside the model; 128 unless given."""
    block_size: int | None = None
    """The longest text the model can read, in tokens; 320 unless given."""
    bias: bool | None = None
    """Biases in Linear and LayerNorm, as GPT-2 has them; yes unless told otherwise."""
    gelu: Literal["tanh", "exact"] | None = None
    """tanh (GPT-2's, unless given) or exact (nanoGPT's)."""
    dropout: float = 0.0
    flash: Literal["auto", "on", "off"] = "auto"
    """The fused attention, or the hand-written one; auto takes the one that is faster
    at this length and precision."""

    steps: int = 7000
    """Optimizer steps in all."""
    batch_size: int = 16
    """Rows of block_size tokens a step, over all processes and micro-batches."""
    accumulate: int = 1
    """Micro-batches whose gradients are added up before a step."""
    optimizer: Literal["muon", "adamw"] = "muon"
    """muon: Muon for the matrices of the blocks and AdamW for the rest; or AdamW."""
    learning_rate: Annotated[float | None, tyro.conf.arg(aliases=["--lr"])] = None
    """AdamW's peak; 5e-3 beside Muon and 3e-3 alone, a tenth of that to fine-tune."""
    muon_learning_rate: float | None = None
    """Muon's peak; 0.03, or a tenth of that to fine-tune."""
    muon_momentum: float = 0.95
    schedule: Literal["hold", "cosine"] | None = None
    """After the warm-up: hold, then fall in a line (Muon's, unless given), or half a
    cosine (AdamW's)."""
    hold: float = 0.4
    """Share of the steps after which `hold` begins to fall."""
    min_lr_factor: float = 0.0
    """Share of the peak that is left of a learning rate at the end."""
    warmup: int | None = None
    """Steps of linear warm-up; 50, or a tenth of the steps if that is less."""
    weight_decay: float | None = None
    """Of Muon's matrices (0.05; the rest is not decayed), or of those that AdamW's rule
    names (0.1)."""
    rule: Literal["nanogpt", "mingpt"] = "nanogpt"
    """What AdamW decays where it is alone: by dimension, or by module type."""
    beta1: float = 0.9
    beta2: float = 0.99
    grad_clip: float = 1.0
    """Longest gradient that is applied as it is; longer ones are scaled down to it."""

    eval_interval: int | None = None
    """Steps between checkpoints, each with the loss of the whole validation split; 500,
    or a tenth of the steps if that is less."""
    seed: int = 1337
    device: Literal["cpu", "cuda", "mps", "auto"] | None = None
    """cpu unless given; auto takes a GPU if there is one."""
    threads: int | None = None
    """Threads for PyTorch on the CPU; unless given PyTorch chooses."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 runs the matrix products under autocast; weights stay float32."""
    compile: bool = False
    """Let torch.compile fuse the model: some minutes first, faster afterwards."""

    def __post_init__(self):
        object.__setattr__(self, "out", Path(self.out))
        for name in ("steps", "batch_size", "accumulate", "eval_interval", "threads"):
            self._check(name, checked_whole, least=1)
        for name in ("warmup", "seed", "stories"):
            self._check(name, checked_whole, least=0)
        for name in ("weight_decay", "learning_rate", "muon_learning_rate"):
            self._check_between(name, 0)
        for name in ("min_lr_factor", "hold"):
            self._check_between(name, 0, 1)
        if not self.grad_clip > 0:
            raise ValueError(f"grad_clip must be above 0, got {self.grad_clip}")
        if self.seed >= 2**63:
            raise ValueError(f"seed must be below 2**63, got {self.seed}")
        if self.warmup is not None and self.warmup >= self.steps:
            raise ValueError(
                f"warmup = {self.warmup} steps leave nothing of steps = {self.steps}"
            )
        if self.init_from is None:
            GPTConfig(vocab_size=1, dropout=self.dropout, **self._sizes())
        self._refuse_what_would_be_ignored()

    def _check(self, name: str, check, **bounds) -> None:
        if getattr(self, name) is not None:
            check(name, getattr(self, name), **bounds)

    def _check_between(self, name: str, low: float, high: float = float("inf")) -> None:
        value = getattr(self, name)
        if value is not None and not low <= checked_number(name, value) <= high:
            upper = "" if high == float("inf") else f" and at most {high:g}"
            raise ValueError(f"{name} must be at least {low:g}{upper}, got {value}")

    def _refuse_what_would_be_ignored(self) -> None:
        source = f"they come from the model in init_from = {self.init_from!r}"
        rules = [
            (self.data != "tales", ("stories",), "only the tales are made (data)"),
            (
                self.tokenizer != "bpe",
                ("bpe_vocab_size",),
                "only bpe has it (tokenizer)",
            ),
            (self.optimizer == "adamw", ("muon_learning_rate",), "AdamW has no Muon"),
            (self.init_from is not None, FROM_MODEL, source),
        ]
        for holds, names, why in rules:
            given = {n: getattr(self, n) for n in names if getattr(self, n) is not None}
            if holds and given:
                raise ValueError(f"{given} would be ignored, {why}: leave that out")

    def _sizes(self) -> dict:
        given = {name: getattr(self, name) for name in OWN_SIZES}
        return {n: OWN_SIZES[n] if v is None else v for n, v in given.items()}


def resolved(config: TrainConfig) -> dict:
    """Every setting that a run rests on, with a value for each that was not given.

    What a field cannot mean in this run stays None: the sizes and the tokenizer of a
    fine-tune come from its model, and only the tales have stories.
    """
    values = asdict(config)
    fine = FINE if config.init_from else 1.0
    rates = RATES[config.optimizer]
    standard = {
        "learning_rate": fine * rates["learning_rate"],
        "weight_decay": rates["weight_decay"],
        "schedule": rates["schedule"],
        "warmup": min(WARMUP, config.steps // 10),
        "eval_interval": max(1, min(EVAL_INTERVAL, config.steps // 10)),
        "device": "cpu",
        "threads": torch.get_num_threads(),
    }
    if config.optimizer == "muon":
        standard["muon_learning_rate"] = fine * MUON_LEARNING_RATE
    if config.data == "tales":
        standard["stories"] = STORIES
    if config.init_from is None:
        standard |= OWN_SIZES | {"tokenizer": "char"}
    if config.tokenizer == "bpe":
        standard["bpe_vocab_size"] = BPE_VOCAB_SIZE
    values |= {name: v for name, v in standard.items() if values[name] is None}
    del values["out"], values["resume"]
    return values


def flash_is_faster(block_size: int, dtype: str, device: str) -> bool:
    """The rule behind `flash="auto"`.

    On a CPU the fused attention is slow in bfloat16 until the (T, T) table of the
    hand-written one no longer fits its caches; everywhere else it is the faster one.
    """
    return not (device == "cpu" and dtype == "bfloat16" and block_size < 1024)


def from_settings(saved: dict, given: TrainConfig) -> TrainConfig:
    """The config of a run that goes on: what was saved, with `given`'s out.

    Raises:
        ValueError: an option was given that says something else than was saved.
    """
    fields = {name: saved[name] for name in asdict(given) if name in saved}
    standard = TrainConfig()
    free = ("out", "resume", *MAY_CHANGE)
    said = {n: v for n, v in asdict(given).items() if v != getattr(standard, n)}
    changed = {
        n: (fields.get(n), v)
        for n, v in said.items()
        if n not in free and v != fields.get(n)
    }
    if changed:
        raise ValueError(
            f"--resume goes on with the run's own settings, but (then, now) differ: "
            f"{changed}. Leave these options out, or start anew in another --out"
        )
    now = {name: said[name] for name in MAY_CHANGE if name in said}
    return replace(given, **fields | now, out=given.out, resume=True)
