"""The sizes of a GPT, checked once, so that nothing later has to ask again."""

from dataclasses import dataclass, fields

GELUS = ("tanh", "exact")

# GPT-2's four sizes (OpenAI 2019) and minGPT's small ones (mingpt/model.py).
PRESETS = {
    "gpt2": dict(n_layer=12, n_head=12, n_embd=768),
    "gpt2-medium": dict(n_layer=24, n_head=16, n_embd=1024),
    "gpt2-large": dict(n_layer=36, n_head=20, n_embd=1280),
    "gpt2-xl": dict(n_layer=48, n_head=25, n_embd=1600),
    "gopher-44m": dict(n_layer=8, n_head=16, n_embd=512),
    "gpt-mini": dict(n_layer=6, n_head=6, n_embd=192),
    "gpt-micro": dict(n_layer=4, n_head=4, n_embd=128),
    "gpt-nano": dict(n_layer=3, n_head=3, n_embd=48),
}
GPT2_SIZES = dict(vocab_size=50257, block_size=1024)


@dataclass(frozen=True)
class GPTConfig:
    """Everything that `GPT(config)` needs to know.

    Raises:
        TypeError: a field is missing or has the wrong type (None included).
        ValueError: a field is out of range, or n_embd does not divide by n_head.
    """

    vocab_size: int  # V, how many different tokens there are
    block_size: int  # the longest sequence the model can read, GPT-2: 1024
    n_layer: int  # how many blocks stand on top of each other
    n_head: int  # nh, attention heads in each block
    n_embd: int  # C, numbers that describe one token inside the model
    dropout: float = 0.0  # chance that a number is set to zero while training
    bias: bool = True  # biases in Linear and LayerNorm, as GPT-2 has them
    gelu: str = "tanh"  # "tanh" (NewGELU, GPT-2's) or "exact" (nanoGPT's)
    flash: bool = True  # fused attention kernel, or the hand-written path

    def __post_init__(self):
        for name in ("vocab_size", "block_size", "n_layer", "n_head", "n_embd"):
            _check_size(name, getattr(self, name))
        for name in ("bias", "flash"):
            _check_type(name, getattr(self, name), bool, "True or False")
        _check_type("gelu", self.gelu, str, "a string")
        if self.gelu not in GELUS:
            raise ValueError(f"gelu must be one of {GELUS}, got {self.gelu!r}")
        _check_dropout(self.dropout)
        if self.n_embd % self.n_head:
            raise ValueError(
                f"n_embd = {self.n_embd} does not divide by n_head = {self.n_head}: "
                f"each head gets n_embd / n_head numbers, and that must be whole"
            )

    @classmethod
    def create(cls, preset: str | None = None, **given) -> "GPTConfig":
        """A config from the name of a preset, or from sizes, never from both.

        The names are those in `PRESETS`. The four GPT-2s also bring their vocab_size
        and block_size, which may be overridden; minGPT's small ones need both.

        Raises:
            TypeError: a size is missing, or a field is not one that GPTConfig has.
            ValueError: the preset is unknown, or comes together with sizes.
        """
        sizes = {}
        if preset is not None:
            sizes = _preset_sizes(preset)
            clash = {k: given[k] for k in PRESETS[preset] if k in given}
            if clash:
                raise ValueError(
                    f"give either a preset or sizes: {preset!r} stands for "
                    f"{PRESETS[preset]}, and {clash} came with it"
                )
        names = [field.name for field in fields(cls)]
        if unknown := sorted(set(given) - set(names)):
            raise TypeError(f"unknown fields {unknown}: GPTConfig has {names}")
        full = sizes | given
        if missing := [name for name in names[:5] if name not in full]:
            raise TypeError(f"missing {missing}: got only {full}, preset {preset!r}")
        return cls(**full)


def _preset_sizes(preset: str) -> dict:
    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}: choose one of {sorted(PRESETS)}")
    more = GPT2_SIZES if preset.startswith("gpt2") else {}
    return PRESETS[preset] | more


def _check_type(name: str, value, kind: type, wanted: str) -> None:
    # bool is a kind of int in Python; a size of True is a mistake all the same.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        got = f"{value!r} of type {type(value).__name__}"
        raise TypeError(f"{name} must be {wanted}, got {got}")


def _check_size(name: str, value) -> None:
    _check_type(name, value, int, "a whole number")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")


def _check_dropout(value) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        got = f"{value!r} of type {type(value).__name__}"
        raise TypeError(f"dropout must be a number, got {got}")
    if not 0 <= value < 1:
        raise ValueError(f"dropout must be at least 0 and below 1, got {value}")
