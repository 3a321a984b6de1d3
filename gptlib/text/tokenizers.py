"""Text to ids and back: one id a character, one id a byte pair, or GPT-2's own.

Every tokenizer here is a `Tokenizer`, so training and generation take any of them.
"""

import hashlib
import json
import operator
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from torch import Tensor

from gptlib.bpe import GPT2_PATTERN, Pair, single_bytes, train_bpe
from gptlib.guard.files import write_text

Ids = Sequence[int] | Tensor

# The two files of GPT-2's vocabulary with their sha256, as tiktoken names them.
GPT2_URL = "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/"
GPT2_FILES = {
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}
TIMEOUT = (5, 30)  # seconds to connect, seconds between two pieces of an answer


class Tokenizer(Protocol):
    """What a model's surroundings need to know of a tokenizer, whatever its kind."""

    @property
    def vocab_size(self) -> int: ...

    def encode(self, text: str) -> list[int]: ...

    def decode(self, ids: Ids) -> str: ...

    def save(self, path: str | Path) -> None: ...


# ---- one id a character ---------------------------------------------------------


class CharTokenizer:
    """One id a character: `chars[i]` has id i.

    Args:
        chars: the known characters in the order of their ids, each one once.

    Raises:
        ValueError: no characters, a repeated one, or an entry that is not one.
    """

    def __init__(self, chars: Iterable[str]):
        self.chars = list(chars)
        self.id_of = {char: i for i, char in enumerate(self.chars)}
        if not self.chars or any(len(char) != 1 for char in self.chars):
            raise ValueError(f"chars must be single characters, got {self.chars}")
        if len(self.id_of) < len(self.chars):
            twice = [char for char, n in Counter(self.chars).items() if n > 1]
            raise ValueError(f"each character needs one id, but {twice} come twice")

    @classmethod
    def from_text(cls, text: str) -> "CharTokenizer":
        """A tokenizer that knows the distinct characters of `text`, sorted."""
        return cls(sorted(set(text)))

    @property
    def vocab_size(self) -> int:
        return len(self.chars)

    def encode(self, text: str) -> list[int]:
        """The id of each character; ValueError for one that is not in `chars`."""
        try:
            return [self.id_of[char] for char in text]
        except KeyError as error:
            char = error.args[0]
            raise ValueError(
                f"unknown character {char!r} at position {text.index(char)}: this "
                f"tokenizer knows only {''.join(self.chars)!r}; leave the character "
                f"out, or build the tokenizer from a text that has it"
            ) from None

    def decode(self, ids: Ids) -> str:
        """The characters of the ids, a list or 1-D tensor of ints in 0..V-1."""
        return "".join(self.chars[i] for i in _checked(ids, self.vocab_size))

    def save(self, path: str | Path) -> None:
        """Write this tokenizer to a JSON file, whole or not at all."""
        write_text(
            path, json.dumps({"kind": "char", "chars": "".join(self.chars)}) + "\n"
        )

    @classmethod
    def load(cls, path: str | Path) -> "CharTokenizer":
        """Read what `save` wrote; ValueError if the file is something else."""
        return cls(_read(path, kind="char", field="chars"))


# ---- byte pairs -------------------------------------------------------------------


class _TiktokenTokenizer:
    """The interface of a `Tokenizer` around a `tiktoken.Encoding`."""

    def __init__(self, encoding):
        self.encoding = encoding

    @property
    def vocab_size(self) -> int:
        return self.encoding.n_vocab

    def encode(self, text: str) -> list[int]:
        """The ids of the text; all of it is ordinary text, "<|endoftext|>" too."""
        return self.encoding.encode_ordinary(text)

    def decode(self, ids: Ids) -> str:
        """The text of the ids, a list or 1-D tensor of ints in 0..V-1.

        Ids that end within a character (a token may hold half of one) give U+FFFD.
        """
        return self.encoding.decode(_checked(ids, self.vocab_size))


class BPETokenizer(_TiktokenTokenizer):
    """Byte-pair encoding with the course's own merges, run by tiktoken.

    Ids 0..255 are the bytes, id 256 + i is what merge i makes; `tokens[id]` holds the
    bytes of each.

    Args:
        merges: as `train_bpe` returns them. tiktoken looks only at the bytes that a
            merge makes; in this order that comes to the same as `apply_merges`.

    Raises:
        ValueError: a merge uses a token that no earlier merge makes, or makes one
            that exists already.
    """

    def __init__(self, merges: Iterable[Pair]):
        import tiktoken

        self.merges = [(bytes(left), bytes(right)) for left, right in merges]
        self.tokens = _vocabulary(self.merges)
        encoding = tiktoken.Encoding(
            f"gptlib-{len(self.tokens)}",
            pat_str=GPT2_PATTERN,
            mergeable_ranks={token: i for i, token in enumerate(self.tokens)},
            special_tokens={},
        )
        super().__init__(encoding)

    @classmethod
    def train(cls, text: str, vocab_size: int) -> "BPETokenizer":
        """Learn merges from `text`; see `train_bpe` for sizes and errors."""
        return cls(train_bpe(text, vocab_size))

    def save(self, path: str | Path) -> None:
        """Write the merges to a JSON file, one a line, whole or not at all.

        Each byte is written as the character with its number (Latin-1), so that ASCII
        can be read and no byte is lost.
        """
        texts = [[part.decode("latin-1") for part in pair] for pair in self.merges]
        lines = ",\n".join(json.dumps(pair) for pair in texts)
        write_text(path, f'{{"kind": "bpe", "merges": [\n{lines}\n]}}\n')

    @classmethod
    def load(cls, path: str | Path) -> "BPETokenizer":
        """Read what `save` wrote; ValueError if the file is something else."""
        texts = _read(path, kind="bpe", field="merges")
        return cls([part.encode("latin-1") for part in pair] for pair in texts)


def _vocabulary(merges: list[Pair]) -> list[bytes]:
    """The bytes of every token, in the order of their ids."""
    tokens = dict.fromkeys(single_bytes(bytes(range(256))))
    for i, (left, right) in enumerate(merges):
        if left not in tokens or right not in tokens or left + right in tokens:
            raise ValueError(
                f"merge {i} of {left!r} and {right!r} is out of order: both must be "
                f"bytes or made by earlier merges, and {left + right!r} must be new"
            )
        tokens[left + right] = None
    return list(tokens)


# ---- GPT-2's own ------------------------------------------------------------------


class GPT2Tokenizer(_TiktokenTokenizer):
    """GPT-2's own vocabulary; `gpt2_tokenizer()` makes it.

    `eot_token` is the id that stands between two documents.
    """

    @property
    def eot_token(self) -> int:
        return self.encoding.eot_token

    def save(self, path: str | Path) -> None:
        """Write a JSON file that only names this vocabulary."""
        write_text(path, json.dumps({"kind": "gpt2"}) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> "GPT2Tokenizer":
        """Check that the file names GPT-2's vocabulary, then fetch that."""
        _read(path, kind="gpt2")
        return gpt2_tokenizer()


def gpt2_tokenizer() -> GPT2Tokenizer:
    """GPT-2's own 50,257 tokens, from tiktoken's cache or, once, from the network.

    Raises:
        RuntimeError: the vocabulary is not cached and could not be fetched.
    """
    import tiktoken

    folder = _tiktoken_folder()
    try:
        _fill_tiktoken_cache(folder)
        return GPT2Tokenizer(tiktoken.get_encoding("gpt2"))
    # What requests raises is an OSError; a wrong checksum is a ValueError.
    except (OSError, ValueError) as error:
        raise RuntimeError(
            f"GPT-2's vocabulary is not in {folder}, and fetching it from {GPT2_URL} "
            f"failed ({type(error).__name__}). It needs the network once. Without "
            f"one, set TIKTOKEN_CACHE_DIR to a folder that has tiktoken's cached "
            f"files, or use the course's own merges, which need no network: "
            f"BPETokenizer.train(text, vocab_size)."
        ) from error


def _tiktoken_folder() -> Path:
    """Where tiktoken keeps what it has fetched (tiktoken/load.py)."""
    given = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    return Path(given or Path(tempfile.gettempdir(), "data-gym-cache"))


def _fill_tiktoken_cache(folder: Path) -> None:
    """Fetch what is missing, under the names that tiktoken looks for.

    tiktoken's own download has no time limit: behind a firewall it waits for minutes.
    """
    import pooch

    for name, sha256 in GPT2_FILES.items():
        pooch.retrieve(
            GPT2_URL + name,
            known_hash=f"sha256:{sha256}",
            fname=hashlib.sha1((GPT2_URL + name).encode()).hexdigest(),
            path=folder,
            downloader=pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT),
        )


# ---- files and checks -------------------------------------------------------------


def load_tokenizer(path: str | Path) -> Tokenizer:
    """Read any tokenizer that was saved, of the kind that the file names.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not one that a tokenizer's `save` wrote.
    """
    kinds = {"char": CharTokenizer, "bpe": BPETokenizer, "gpt2": GPT2Tokenizer}
    kind = _read(path, field="kind")
    if kind not in kinds:
        raise ValueError(f"{path} has kind {kind!r}, expected one of {list(kinds)}")
    return kinds[kind].load(path)


def load_pretrained_tokenizer(source: str | Path) -> Tokenizer:
    """The tokenizer that belongs to a model: that of its folder, or GPT-2's.

    A folder has it in tokenizer.json; a name on the hub, such as "gpt2", and a folder
    without that file stand for GPT-2's own vocabulary.
    """
    path = Path(source) / "tokenizer.json"
    return load_tokenizer(path) if path.is_file() else gpt2_tokenizer()


def _read(path: str | Path, kind: str | None = None, field: str = "kind"):
    """One field of a saved tokenizer, after a look at the file's kind."""
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not a tokenizer, nor any JSON: {error}") from None
    if not isinstance(record, dict) or "kind" not in record:
        raise ValueError(f"{path} is not a tokenizer: it has no field 'kind'")
    if kind not in (None, record["kind"]):
        raise ValueError(
            f"{path} has kind {record['kind']!r}, expected {kind!r}: "
            f"load_tokenizer(path) reads every kind"
        )
    if field not in record:
        raise ValueError(f"{path} is damaged: it has no field {field!r}")
    return record[field]


def _checked(ids: Ids, vocab_size: int) -> list[int]:
    """The ids as a list of ints, each of which the vocabulary has.

    Raises:
        TypeError: not a sequence of whole numbers.
        ValueError: a tensor that is not 1-D, or an id outside 0..vocab_size-1.
    """
    if isinstance(ids, Tensor):
        if ids.dim() != 1:
            raise ValueError(
                f"decode needs a 1-D tensor of ids, got shape {tuple(ids.shape)}: "
                f"pick one row, as in ids[0]"
            )
        ids = ids.tolist()
    ids = [operator.index(i) for i in ids]
    for position, i in enumerate(ids):
        if not 0 <= i < vocab_size:
            raise ValueError(
                f"id {i} at position {position} is outside this vocabulary of "
                f"{vocab_size}: expected 0..{vocab_size - 1}"
            )
    return ids
