"""Text to ids and back by byte pairs that were learned here, run by tiktoken."""

import json
import math
import reprlib
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from gptlib.bpe import GPT2_PATTERN, Pair, checked_special, single_bytes, train_bpe
from gptlib.guard.files import REMEDY, naming, write_text
from gptlib.text.saved import field, read_saved
from gptlib.text.tiktokenizer import TiktokenTokenizer


class BPETokenizer(TiktokenTokenizer):
    """Byte-pair encoding with the course's own merges, run by tiktoken.

    Ids 0..255 are the bytes, id 256 + i is what merge i makes, and the special tokens
    follow; `tokens[id]` holds the bytes of each.

    Args:
        merges: as `train_bpe` returns them. tiktoken looks only at the bytes that a
            merge makes; with merges that pass the checks here that comes to the same
            as `apply_merges`.
        special_tokens: texts, each of which can be allowed to be one token.

    Raises:
        ValueError: a merge uses a token that no earlier merge makes, or makes one that
            exists already or that the merges never reach; a special token that is
            empty or comes twice.
    """

    def __init__(self, merges: Iterable[Pair], special_tokens: Iterable[str] = ()):
        import tiktoken

        self.merges = [(bytes(left), bytes(right)) for left, right in merges]
        special = checked_special(special_tokens)
        ordinary = _vocabulary(self.merges)
        special_ids = {token: len(ordinary) + i for i, token in enumerate(special)}
        self.tokens = ordinary + [token.encode() for token in special]
        encoding = tiktoken.Encoding(
            f"gptlib-{len(self.tokens)}",
            pat_str=GPT2_PATTERN,
            mergeable_ranks={token: i for i, token in enumerate(ordinary)},
            special_tokens=special_ids,
        )
        super().__init__(encoding, special_ids)

    @classmethod
    def train(
        cls, text: str, vocab_size: int, special_tokens: Collection[str] = ()
    ) -> "BPETokenizer":
        """Learn merges from `text`; see `train_bpe` for sizes and errors."""
        return cls(train_bpe(text, vocab_size, special_tokens), special_tokens)

    def save(self, path: str | Path) -> None:
        """Write the merges to a JSON file, one a line, whole or not at all.

        Each byte is written as the character with its number (Latin-1), so that ASCII
        can be read and no byte is lost.
        """
        texts = [[part.decode("latin-1") for part in pair] for pair in self.merges]
        lines = ",\n".join(json.dumps(pair) for pair in texts)
        special = json.dumps(list(self.special_tokens))
        more = f', "special_tokens": {special}' if self.special_tokens else ""
        write_text(path, f'{{"kind": "bpe", "merges": [\n{lines}\n]{more}}}\n')

    @classmethod
    def load(cls, path: str | Path) -> "BPETokenizer":
        """Read what `save` wrote; ValueError if the file is something else."""
        record = read_saved(path, kind="bpe")
        with naming(path, REMEDY):
            merges = [_pair(texts) for texts in field(record, "merges", list)]
            record.setdefault("special_tokens", [])  # older files have none
            return cls(merges, field(record, "special_tokens", list))


def _pair(texts: object) -> Pair:
    """A merge as JSON has it: two texts whose characters stand for bytes."""
    try:
        left, right = texts if isinstance(texts, list) else ()
        return left.encode("latin-1"), right.encode("latin-1")
    except (TypeError, ValueError, AttributeError):
        got = reprlib.repr(texts)
        raise ValueError(f"a merge must be two texts of bytes, got {got}") from None


def _vocabulary(merges: list[Pair]) -> list[bytes]:
    """The bytes of every token, in the order of their ids."""
    tokens = dict.fromkeys(single_bytes(bytes(range(256))))
    rank = {pair: i for i, pair in enumerate(merges)}
    for i, (left, right) in enumerate(merges):
        if left not in tokens or right not in tokens or left + right in tokens:
            raise ValueError(
                f"merge {i} of {left!r} and {right!r} is out of order: both must be "
                f"bytes or made by earlier merges, and {left + right!r} must be new"
            )
        parts = _parts(left + right, rank)
        if len(parts) > 1:
            raise ValueError(
                f"merge {i} of {left!r} and {right!r} is never reached: earlier ones "
                f"turn {left + right!r} into {parts}. Leave it out, with all that need "
                f"it: tiktoken would make that token all the same"
            )
        tokens[left + right] = None
    return list(tokens)


def _parts(word: bytes, rank: Mapping[Pair, int]) -> list[bytes]:
    """The same as `apply_merges`, by the earliest merge that fits, again and again."""
    parts = single_bytes(word)
    while True:
        ranks = [rank.get(pair, math.inf) for pair in pairwise(parts)]
        first = min(ranks, default=math.inf)
        if first == math.inf:
            return parts
        i = ranks.index(first)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
