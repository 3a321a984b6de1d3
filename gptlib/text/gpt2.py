"""GPT-2's own vocabulary: 50,257 tokens, through tiktoken and its cache."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from gptlib.guard.files import write_text
from gptlib.text.fetch import fetch
from gptlib.text.saved import read_saved
from gptlib.text.tiktokenizer import TiktokenTokenizer

GPT2_VOCAB_SIZE = 50257
# The text that stood between two documents when GPT-2 was trained, and its id.
ENDOFTEXT = {"<|endoftext|>": GPT2_VOCAB_SIZE - 1}

# The two files of GPT-2's vocabulary with their sha256, as tiktoken names them.
GPT2_URL = "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/"
GPT2_FILES = {
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}


class GPT2Tokenizer(TiktokenTokenizer):
    """GPT-2's own vocabulary; `gpt2_tokenizer()` makes it.

    `eot_token` is the id that stands between two documents.
    """

    def __init__(self, encoding):
        super().__init__(encoding, ENDOFTEXT)

    @property
    def eot_token(self) -> int:
        return self.encoding.eot_token

    def save(self, path: str | Path) -> None:
        """Write a JSON file that only names this vocabulary."""
        write_text(path, json.dumps({"kind": "gpt2"}) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> "GPT2Tokenizer":
        """Check that the file names GPT-2's vocabulary, then fetch that."""
        read_saved(path, kind="gpt2")
        return gpt2_tokenizer()


def gpt2_tokenizer() -> GPT2Tokenizer:
    """GPT-2's own 50,257 tokens, from tiktoken's cache or, once, from the network.

    Raises:
        RuntimeError: the vocabulary is not cached and could not be fetched.
    """
    import tiktoken

    folder = _tiktoken_folder()
    try:
        # tiktoken's own download has no time limit: behind a firewall it waits for
        # minutes. So what is missing is fetched under the names that it looks for.
        for name, sha256 in GPT2_FILES.items():
            url = GPT2_URL + name
            fetch(url, sha256, folder / hashlib.sha1(url.encode()).hexdigest())
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
