"""Text to ids and back: one id a character."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from torch import Tensor

from gptlib.guard.files import REMEDY, naming, write_text
from gptlib.guard.values import checked_text, checked_tokens, checked_type
from gptlib.text.saved import field, read_saved


class CharTokenizer:
    """One id a character: `chars[i]` has id i.

    Args:
        chars: the known characters in the order of their ids, each one once.

    Raises:
        TypeError: `chars` is neither text nor a list of characters.
        ValueError: no characters, a repeated one, or an entry that is not one.
    """

    def __init__(self, chars: Iterable[str]):
        self.chars = list(
            checked_type("chars", chars, Iterable, "characters, in a text or a list")
        )
        self.id_of = {char: i for i, char in enumerate(self.chars)}
        if not self.chars or any(len(char) != 1 for char in self.chars):
            raise ValueError(f"chars must be single characters, got {self.chars}")
        if len(self.id_of) < len(self.chars):
            twice = [char for char, n in Counter(self.chars).items() if n > 1]
            raise ValueError(f"each character needs one id, but {twice} come twice")

    @classmethod
    def from_text(cls, text: str) -> "CharTokenizer":
        """A tokenizer that knows the distinct characters of `text`, sorted."""
        return cls(sorted(set(checked_text("text", text))))

    @property
    def vocab_size(self) -> int:
        return len(self.chars)

    def encode(self, text: str) -> list[int]:
        """The id of each character; ValueError for those that are not in `chars`."""
        try:
            return [self.id_of[char] for char in checked_text("text", text)]
        except KeyError:
            raise ValueError(self._complaint(text)) from None

    def _complaint(self, text: str, most: int = 10) -> str:
        """The first unknown character, and how often which ones stand in the text."""
        unknown = Counter(char for char in text if char not in self.id_of)
        first = next(iter(unknown))
        counts = [f"{char!r} ({n})" for char, n in unknown.most_common(most)]
        if len(unknown) > most:
            counts.append(f"and {len(unknown) - most} more")
        return (
            f"unknown character {first!r} at position {text.index(first)}: this "
            f"tokenizer knows only {''.join(self.chars)!r}, but the text has, with "
            f"their counts, {', '.join(counts)}. Replace them in the text or leave "
            f"them out, or start a new model with a tokenizer built from this text"
        )

    def decode(self, ids: Sequence[int] | Tensor) -> str:
        """The characters of the ids, a list or 1-D tensor of ints in 0..V-1."""
        return "".join(self.chars[i] for i in checked_tokens(ids, self.vocab_size))

    def save(self, path: str | Path) -> None:
        """Write this tokenizer to a JSON file, whole or not at all."""
        write_text(
            path, json.dumps({"kind": "char", "chars": "".join(self.chars)}) + "\n"
        )

    @classmethod
    def load(cls, path: str | Path) -> "CharTokenizer":
        """Read what `save` wrote; ValueError if the file is something else."""
        record = read_saved(path, kind="char")
        with naming(path, REMEDY):
            return cls(field(record, "chars", str))
