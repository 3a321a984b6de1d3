"""What a run can be told: every field is an option of `python -m gptlib train`."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args, get_origin, get_type_hints

import torch
from tyro.conf import arg

from gptlib.config import GPTConfig
from gptlib.guard.values import checked_number, checked_type, checked_whole
from gptlib.train.processes import pick_device

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

T = TypeVar("T")
# A field of None takes the value that suits the others; its text says which.
Own = Annotated[T | None, arg(help_behavior_hint="")]
OwnInt = Annotated[Own[int], arg(metavar="INT")]
OwnFloat = Annotated[Own[float], arg(metavar="FLOAT")]


@dataclass(frozen=True)
class TrainConfig:
    """Train a GPT and keep its best weights, its log and what --resume needs.

    The defaults are the best recipe for the tales so far.
    """

    out: Path = Path("runs/tales")
    """Folder for the model with the best validation loss, log.csv, and last/."""
    resume: bool = False
    """Go on with the run in --out and its own settings: no other option is needed."""

    data: str = "tales"
    """tales, shakespeare, or the path of a text file (UTF-8)."""
    stories: OwnInt = None
    """New tales to train on; 100,000 unless given, and 0 takes data/tales.txt."""
    tokenizer: Own[Literal["char", "bpe", "gpt2"]] = None
    """Characters (unless given); byte pairs trained on the data; GPT-2's vocabulary."""
    bpe_vocab_size: OwnInt = None
    """Tokens of the bpe tokenizer, 256 bytes included; 512 unless given."""

    init_from: Annotated[Own[str], arg(metavar="STR")] = None
    """Fine-tune: folder or hub name of a model; it gives tokenizer and sizes too."""
    n_layer: OwnInt = None
    """Blocks; 4 unless given."""
    n_head: OwnInt = None
    """Attention heads in each; 4 unless given."""
    n_embd: OwnInt = None
    """Numbers that describe a token inside the model; 128 unless given."""
    block_size: OwnInt = None
    """Longest text the model can read, in tokens; 320, or that of --init-from."""
    bias: Own[bool] = None
    """Biases in Linear and LayerNorm, as GPT-2 has them; True unless given."""
    gelu: Own[Literal["tanh", "exact"]] = None
    """tanh (GPT-2's, unless given) or exact (nanoGPT's)."""
    dropout: float = 0.0
    """Share of the numbers that are set to 0 in training."""
    flash: Literal["auto", "on", "off"] = "auto"
    """The fused attention, or ours; auto takes what is faster for length and dtype."""

    steps: int = 7000
    """Optimizer steps in all."""
    batch_size: int = 16
    """Rows of block_size tokens a step, over all processes and micro-batches."""
    accumulate: int = 1
    """Micro-batches whose gradients are added up before a step."""
    optimizer: Literal["muon", "adamw"] = "muon"
    """muon: Muon for the matrices of the blocks and AdamW for the rest; or AdamW."""
    learning_rate: Annotated[OwnFloat, arg(aliases=["--lr"])] = None
    """AdamW's peak; 5e-3 beside Muon, 3e-3 alone, a tenth of that to fine-tune."""
    muon_learning_rate: OwnFloat = None
    """Muon's peak; 0.03, or a tenth of that to fine-tune."""
    muon_momentum: float = 0.95
    """How much of its direction Muon keeps from step to step."""
    schedule: Own[Literal["hold", "cosine"]] = None
    """After the warm-up: hold, then a line down (Muon's), or a cosine (AdamW's)."""
    hold: float = 0.4
    """Share of the steps after which the schedule `hold` begins to fall."""
    min_lr_factor: float = 0.0
    """Share of the peak that is left of a learning rate at the end."""
    warmup: OwnInt = None
    """Steps of linear warm-up; 50, or a tenth of the steps if that is less."""
    weight_decay: OwnFloat = None
    """Of Muon's matrices, 0.05 (the rest has none); of AdamW's by its rule, 0.1."""
    rule: Literal["nanogpt", "mingpt"] = "nanogpt"
    """What AdamW alone decays: by dimension, or by module type."""
    beta1: float = 0.9
    """How much AdamW keeps of its mean gradient from step to step."""
    beta2: float = 0.99
    """The same of the mean squared gradient."""
    grad_clip: float = 1.0
    """Longest gradient that is applied as it is; longer ones are scaled down to it."""

    eval_interval: OwnInt = None
    """Steps between checkpoints; 500, or a tenth of the steps if that is less."""
    seed: int = 1337
    """Of the start and of every choice: the same one gives the same run."""
    device: Own[Literal["cpu", "cuda", "mps", "auto"]] = None
    """cpu unless given; auto takes a GPU if there is one."""
    threads: OwnInt = None
    """Threads for PyTorch on the CPU; unless given PyTorch chooses."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """bfloat16 runs the matrix products under autocast; weights stay float32."""
    compile: bool = False
    """Let torch.compile fuse the model: some minutes first, faster afterwards."""

    # The fields that were typed on the command line, be it with their default's value.
    typed = frozenset()

    def was_given(self, name: str) -> bool:
        """Whether a field was typed, or has another value than its default."""
        return name in self.typed or getattr(self, name) != getattr(TrainConfig, name)

    def __post_init__(self):
        for name, check in _checks():
            # None is the default where a field may be left open, and wrong elsewhere.
            if getattr(self, name) is not getattr(TrainConfig, name):
                # Frozen for everybody else: what comes back is what JSON knows.
                object.__setattr__(self, name, check(name, getattr(self, name)))
        if not self.grad_clip > 0:
            raise ValueError(f"grad_clip must be above 0, got {self.grad_clip}")
        if not self.resume:  # these settings are not all there is then
            _check_together(self)


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
    if values["device"] == "auto":  # what it was here; it may be another one elsewhere
        values["device"] = pick_device("auto").type
    del values["out"], values["resume"]
    return values


# ---- checks -----------------------------------------------------------------------


def _checks() -> Iterator[tuple[str, Callable]]:
    """For each field that has one: a function of name and value that checks it."""
    yes_or_no = partial(checked_type, type_=bool, wanted="True or False")
    for names, check in {
        ("out",): lambda name, value: Path(value),
        ("data", "init_from"): lambda name, value: str(value),  # a Path, perhaps
        ("resume", "compile"): yes_or_no,
        (
            "steps",
            "batch_size",
            "accumulate",
            "eval_interval",
            "threads",
        ): checked_whole,
        ("warmup", "stories"): partial(checked_whole, least=0),
        ("seed",): partial(checked_whole, least=0, most=2**63 - 1),
        ("learning_rate", "muon_learning_rate", "weight_decay", "grad_clip"): _from_0,
        ("hold", "min_lr_factor"): partial(_from_0, most=1),
        ("beta1", "beta2", "muon_momentum"): partial(_from_0, below=1),
    }.items():
        yield from ((name, check) for name in names)
    for name, hint in get_type_hints(TrainConfig).items():
        for part in (hint, *get_args(hint)):  # Literal[...], or Literal[...] | None
            if get_origin(part) is Literal:
                yield name, partial(_one_of, choices=get_args(part))


def _from_0(name: str, value: object, most: float = inf, below: float = inf) -> float:
    number = checked_number(name, value)
    if not (0 <= number <= most and number < below):
        ends = f" and at most {most:g}" if most < inf else ""
        ends = f" and below {below:g}" if below < inf else ends
        raise ValueError(f"{name} must be at least 0{ends}, got {value}")
    return number


def _one_of(name: str, value: object, choices: tuple[str, ...]) -> object:
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {value!r}")
    return value


def _check_together(config: TrainConfig) -> None:
    if config.warmup is not None and config.warmup >= config.steps:
        raise ValueError(
            f"warmup = {config.warmup} steps leave nothing of steps = {config.steps}"
        )
    _refuse_what_would_be_ignored(config)
    given = {name: getattr(config, name) for name in OWN_SIZES}
    sizes = {n: OWN_SIZES[n] if v is None else v for n, v in given.items()}
    GPTConfig(vocab_size=1, dropout=config.dropout, **sizes)


def _refuse_what_would_be_ignored(config: TrainConfig) -> None:
    schedule = config.schedule or RATES[config.optimizer]["schedule"]
    muons = ("muon_learning_rate", "muon_momentum")
    fine = f"they come from the model in init_from = {config.init_from!r}"
    for ignored, names, why in [
        (config.data != "tales", ("stories",), "only the tales are made (data)"),
        (config.tokenizer != "bpe", ("bpe_vocab_size",), "only tokenizer bpe has it"),
        (config.optimizer == "adamw", muons, "AdamW has no Muon (optimizer)"),
        (config.optimizer == "muon", ("rule",), "Muon has its own (optimizer)"),
        (schedule == "cosine", ("hold",), "a cosine does not hold (schedule)"),
        (config.init_from is not None, FROM_MODEL, fine),
    ]:
        given = {n: getattr(config, n) for n in names}
        given = {n: v for n, v in given.items() if config.was_given(n)}
        if ignored and given:
            raise ValueError(f"{given} would be ignored, {why}: leave that out")
