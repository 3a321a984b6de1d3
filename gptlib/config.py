"""The sizes of a GPT, checked once, so that nothing later has to ask again."""

from dataclasses import dataclass, fields

from gptlib.guard.values import checked_number, checked_type, checked_whole

SIZES = ("vocab_size", "block_size", "n_layer", "n_head", "n_embd")
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
        for name in SIZES:
            self._set(name, checked_whole(name, getattr(self, name)))
        for name in ("bias", "flash"):
            checked_type(name, getattr(self, name), bool, "True or False")
        checked_type("gelu", self.gelu, str, f"one of {GELUS}")
        if self.gelu not in GELUS:
            raise ValueError(f"gelu must be one of {GELUS}, got {self.gelu!r}")
        self._set("dropout", checked_number("dropout", self.dropout))
        if not 0 <= self.dropout < 1:
            raise ValueError(
                f"dropout must be at least 0 and below 1, got {self.dropout}"
            )
        if self.n_embd % self.n_head:
            raise ValueError(
                f"n_embd = {self.n_embd} does not divide by n_head = {self.n_head}: "
                f"each head gets n_embd / n_head numbers, and that must be whole"
            )

    def _set(self, name: str, value: int | float) -> None:
        # Frozen for everybody else: a NumPy number becomes Python's, which JSON knows.
        object.__setattr__(self, name, value)

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
        if missing := [name for name in SIZES if name not in full]:
            raise TypeError(f"missing {missing}: got only {full}, preset {preset!r}")
        return cls(**full)


def _preset_sizes(preset: str) -> dict:
    if not isinstance(preset, str) or preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}: choose one of {sorted(PRESETS)}")
    more = GPT2_SIZES if preset.startswith("gpt2") else {}
    return PRESETS[preset] | more
