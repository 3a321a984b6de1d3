"""Texts and what is made of them: tales, tokenizers, corpora, batches."""

from gptlib.guard.files import DATA
from gptlib.text.batches import (
    Split,
    eval_rows,
    get_batch,
    make_split,
    sort_batch,
    story_starts,
    window_starts,
)
from gptlib.text.corpora import (
    load_text,
    more_tales,
    read_file,
    read_shakespeare,
    read_tales,
    split_stories,
    split_text,
)
from gptlib.text.tokenizers import (
    BPETokenizer,
    CharTokenizer,
    Tokenizer,
    gpt2_tokenizer,
    load_pretrained_tokenizer,
    load_tokenizer,
)

__all__ = [
    "DATA",
    "BPETokenizer",
    "CharTokenizer",
    "Split",
    "Tokenizer",
    "eval_rows",
    "get_batch",
    "gpt2_tokenizer",
    "load_pretrained_tokenizer",
    "load_text",
    "load_tokenizer",
    "make_split",
    "more_tales",
    "read_file",
    "read_shakespeare",
    "read_tales",
    "sort_batch",
    "split_stories",
    "split_text",
    "story_starts",
    "window_starts",
]
