"""Text to ids and back: one id a character, one id a byte pair, or GPT-2's own.

Every tokenizer here is a `Tokenizer`, so training and generation take any of them.
"""

import reprlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from torch import Tensor

from gptlib.guard.files import read_json
from gptlib.text.bytepairs import BPETokenizer
from gptlib.text.characters import CharTokenizer
from gptlib.text.gpt2 import GPT2_VOCAB_SIZE, GPT2Tokenizer, gpt2_tokenizer
from gptlib.text.saved import read_saved

__all__ = [
    "BPETokenizer",
    "CharTokenizer",
    "GPT2Tokenizer",
    "Tokenizer",
    "gpt2_tokenizer",
    "load_pretrained_tokenizer",
    "load_tokenizer",
]

KINDS = {"char": CharTokenizer, "bpe": BPETokenizer, "gpt2": GPT2Tokenizer}


class Tokenizer(Protocol):
    """What a model's surroundings need to know of a tokenizer, whatever its kind."""

    @property
    def vocab_size(self) -> int: ...

    def encode(self, text: str) -> list[int]: ...

    def decode(self, ids: Sequence[int] | Tensor) -> str: ...

    def save(self, path: str | Path) -> None: ...


def load_tokenizer(path: str | Path) -> Tokenizer:
    """Read any tokenizer that was saved, of the kind that the file names.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not one that a tokenizer's `save` wrote.
    """
    kind = read_saved(path)["kind"]
    if kind not in list(KINDS):  # a list, for kind may be anything, hashable or not
        found = reprlib.repr(kind)
        raise ValueError(f"{path} has kind {found}, expected one of {list(KINDS)}")
    return KINDS[kind].load(path)


def load_pretrained_tokenizer(source: str | Path) -> Tokenizer:
    """The tokenizer that belongs to a model: that of its folder, or GPT-2's.

    A folder has it in tokenizer.json; a name on the hub, such as "gpt2", and the folder
    of a model with as many tokens as GPT-2 stand for GPT-2's own vocabulary.

    Raises:
        ValueError: a damaged file, or a tokenizer and a model of different sizes.
    """
    path, config = Path(source, "tokenizer.json"), Path(source, "config.json")
    size = read_json(config).get("vocab_size") if config.is_file() else None
    if path.is_file():
        tokenizer = load_tokenizer(path)
        if size not in (None, tokenizer.vocab_size):
            raise ValueError(
                f"{path} has {tokenizer.vocab_size} tokens, but {config} says "
                f"vocab_size {size}: copy the tokenizer.json that was saved with "
                f"this model"
            )
        return tokenizer
    if size not in (None, GPT2_VOCAB_SIZE):
        raise ValueError(
            f"{path} is missing, and {config} says vocab_size {size}, which is not "
            f"GPT-2's {GPT2_VOCAB_SIZE}: copy the tokenizer.json that was saved with "
            f"this model"
        )
    return gpt2_tokenizer()
