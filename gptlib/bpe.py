"""Byte-pair encoding: which bytes of a text to join, learned by counting."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from itertools import pairwise

from gptlib.guard.values import checked_text, checked_whole

Pair = tuple[bytes, bytes]
Words = list[tuple[list[bytes], int]]  # each word's parts, and how often it occurs

# How GPT-2 cuts text into words before it merges anything (OpenAI's src/encoder.py):
# endings like 's, then runs of letters, digits or other marks with the space before
# them, then white space. No token ever reaches across two words.
GPT2_PATTERN = (
    r"'s|'t|'re|'ve|'m|'ll|'d"
    r"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


def split_words(text: str) -> list[str]:
    """Cut text into GPT-2's words; joined together they are the text again.

    tiktoken does the same with its own tables of Unicode: only characters too new for
    one of the two can be cut differently there.

    >>> split_words("Tim's 2 cats!")
    ['Tim', "'s", ' 2', ' cats', '!']
    """
    import regex  # Python's own re has no \p{L}, "any letter of any script"

    return regex.findall(GPT2_PATTERN, text)


def checked_special(special_tokens: Iterable[str]) -> list[str]:
    """Special tokens as a list; ValueError unless they are distinct, none empty."""
    tokens = [*special_tokens]
    distinct = {token for token in tokens if isinstance(token, str) and token}
    if isinstance(special_tokens, str) or len(distinct) < len(tokens):
        raise ValueError(
            f'special_tokens must be distinct texts in a list, as ["<|endoftext|>"], '
            f"none of them empty, got {special_tokens!r}"
        )
    return tokens


def special_pattern(special_tokens: Collection[str]) -> str:
    """A regular expression for any special token; of two that fit, the longer one."""
    return "|".join(map(re.escape, sorted(special_tokens, key=len, reverse=True)))


def split_special(text: str, special_tokens: Collection[str]) -> list[str]:
    """Cut text into ordinary parts and, between any two of them, a special token.

    >>> split_special("One.<|endoftext|>Two.", {"<|endoftext|>"})
    ['One.', '<|endoftext|>', 'Two.']
    """
    if not special_tokens:
        return [text]
    return re.split(f"({special_pattern(special_tokens)})", text)


def merge_pair(parts: list[bytes], pair: Pair) -> list[bytes]:
    """Join every `pair` of neighbours, from left to right.

    >>> merge_pair([b"a", b"a", b"a"], (b"a", b"a"))
    [b'aa', b'a']
    """
    merged, i = [], 0
    while i < len(parts):
        step = 2 if tuple(parts[i : i + 2]) == pair else 1
        merged.append(b"".join(parts[i : i + step]))
        i += step
    return merged


def apply_merges(word: bytes, merges: Iterable[Pair]) -> list[bytes]:
    """Encode one word the plain way: replay every merge in the order it was learned.

    Slow and easy to trust; `BPETokenizer` gives the same parts and is fast.

    >>> apply_merges(b"hello", [(b"l", b"l"), (b"h", b"e")])
    [b'he', b'll', b'o']
    """
    parts = single_bytes(word)
    for pair in merges:
        parts = merge_pair(parts, pair)
    return parts


def train_bpe(
    text: str, vocab_size: int, special_tokens: Collection[str] = ()
) -> list[Pair]:
    """Learn byte-pair merges: join the most frequent pair, again and again.

    Starts from the 256 bytes of UTF-8 and never merges across words. Of pairs that
    are equally frequent the greater one (in byte order) wins, so that the same text
    always gives the same merges. So do Sennrich's code (subword-nmt, learn_bpe.py) and
    Stanford's CS336; Hugging Face's trainer takes the pair with the smaller ids.

    Args:
        text: what to learn from.
        vocab_size: 256 bytes, the special tokens and the merges, all counted.
        special_tokens: where the text has one of these it is cut, and nothing is
            learned from it.

    Returns:
        The merges, in the order in which they were learned.

    Raises:
        TypeError: text that is not a str, vocab_size that is no whole number.
        ValueError: vocab_size is below 256 and the special tokens, or more than the
            text has pairs for.

    Source: Sennrich et al. 2016, algorithm 1, over bytes as in GPT-2.
    """
    special_tokens = checked_special(special_tokens)
    wanted = _merges_wanted(vocab_size, special_tokens)
    words = _count_words(text, special_tokens)
    frequency, where = _count_pairs(words)
    merges = []
    while len(merges) < wanted:
        best = max(frequency, key=lambda pair: (frequency[pair], pair), default=None)
        if not frequency[best]:
            raise ValueError(
                f"vocab_size {vocab_size} needs {wanted} merges, but this text of "
                f"{len(text)} characters ran out of pairs after {len(merges)}: take "
                f"more text or vocab_size {vocab_size - wanted + len(merges)}"
            )
        merges.append(best)
        _merge_everywhere(best, words, frequency, where)
    return merges


def train_bpe_plainly(text: str, vocab_size: int) -> list[Pair]:
    """The same merges as `train_bpe`, with every pair counted anew for each.

    Slow and easy to trust: what the tests and the bench compare with.
    """
    words, merges = _count_words(text), []
    for _ in range(_merges_wanted(vocab_size)):
        counts = Counter()
        for parts, n in words:
            for pair in pairwise(parts):
                counts[pair] += n
        merges.append(max(counts, key=lambda pair: (counts[pair], pair)))
        words = [(merge_pair(parts, merges[-1]), n) for parts, n in words]
    return merges


def single_bytes(word: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in word]


def _merges_wanted(vocab_size: int, special_tokens: Collection[str] = ()) -> int:
    wanted = checked_whole("vocab_size", vocab_size) - 256 - len(special_tokens)
    if wanted < 0:
        least = f"256 (the bytes) and {len(special_tokens)} special tokens"
        raise ValueError(f"vocab_size must be at least {least}, got {vocab_size}")
    return wanted


def _count_words(text: str, special_tokens: Collection[str] = ()) -> Words:
    """Each distinct word, kept once, so that its merges are made once."""
    counts = Counter()
    # Every second part is a special token.
    for part in split_special(checked_text("text", text), special_tokens)[::2]:
        counts.update(split_words(part))
    return [(single_bytes(word.encode()), n) for word, n in counts.items()]


def _count_pairs(words: Words) -> tuple[Counter, defaultdict]:
    """How often each pair of neighbours occurs, and in which words."""
    frequency, where = Counter(), defaultdict(set)
    for i, (parts, n) in enumerate(words):
        for pair in pairwise(parts):
            frequency[pair] += n
            where[pair].add(i)
    return frequency, where


def _merge_everywhere(
    pair: Pair, words: Words, frequency: Counter, where: dict
) -> None:
    """Join `pair` in the words that have it, and correct the counts for only those."""
    for i in where.pop(pair):
        before, n = words[i]
        after = merge_pair(before, pair)
        words[i] = after, n
        for gone in pairwise(before):
            frequency[gone] -= n
        for new in pairwise(after):
            frequency[new] += n
            where[new].add(i)
