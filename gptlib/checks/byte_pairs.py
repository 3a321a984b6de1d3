"""Checks of lesson byte_pairs: counting pairs, merging, learning merges, encoding.

A word is a list of parts, each a bytes object; a pair is a tuple of two parts.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from gptlib.bpe import Pair, Words, apply_merges, merge_pair, single_bytes
from gptlib.checks.byte_pairs_mistakes import encode_mistakes, learned, train_mistakes
from gptlib.checks.calls import run
from gptlib.checks.lists import expect_list, expect_type, short
from gptlib.checks.merge_mistakes import count_mistakes, merge_mistakes, pairs_in
from gptlib.checks.verdict import Wrong, part

ENDLESS = (
    "It goes round and round without an end: something must change in each round, or "
    "stop it."
)
NONE_LEFT = (
    "There no two neighbours make a token any more: nothing is left to join. Stop, and "
    "return the ids."
)
MOST = 3000  # looks into what was given, far more than any answer needs


class Endless(list):
    """A list that stops whoever looks into it for ever."""

    looks = 0

    def _look(self) -> None:
        self.looks += 1
        if self.looks > MOST:
            raise RuntimeError(ENDLESS)

    def __getitem__(self, place: int | slice) -> object:
        self._look()
        return super().__getitem__(place)

    def __len__(self) -> int:
        self._look()
        return super().__len__()


class EndlessIds(dict):
    """The same for a dictionary."""

    looks = 0

    def _look(self) -> None:
        self.looks += 1
        if self.looks > MOST:
            raise RuntimeError(ENDLESS)

    def __getitem__(self, key: object) -> object:
        self._look()
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._look()
        return super().__contains__(key)

    def get(self, key: object, default: object = None) -> object:
        self._look()
        return super().get(key, default)


def _parts(text: str) -> list[bytes]:
    """Parts from a text in which a bar stands between any two."""
    return [part.encode() for part in text.split("|")]


def _shown(parts: Iterable[bytes]) -> str:
    return "|".join(part.decode() for part in parts)


def _letters(seed: int, text: str) -> str:
    """The same text in other letters, so that no answer can be known by heart."""
    return text.translate(str.maketrans("abcd", ["abcd", "eros", "nuts"][seed]))


COUNTED = [("a|b|a|b", 3), (" |a|b", 5), ("b|a|c", 2), ("a|a|a", 4), ("d", 7)]


@part("count-pairs", "neighbours in each word, as often as the word occurs")
def count(seed: int, mine: Callable[[Words], Mapping[Pair, int]]) -> None:
    """Words with their counts to pairs with theirs."""
    words = [(_parts(_letters(seed, text)), n + seed) for text, n in COUNTED]
    out = run(mine, [(list(parts), n) for parts, n in words])
    expect_type(out, dict, "a Counter (or a dict)")
    right = pairs_in(words)
    found = Counter({pair: n for pair, n in out.items() if n})
    if found == right:
        return
    for wrong, words_for_it in count_mistakes(words):
        if found == wrong != right:
            raise Wrong(words_for_it)
    raise Wrong(_first_difference(found, right))


def _first_difference(found: Counter, right: Counter) -> str:
    for pair, n in right.items():
        if pair not in found:
            return f"The pair {pair} is not counted; it occurs {n} times."
        if found[pair] != n:
            return f"The pair {pair} occurs {n} times, and you counted {found[pair]}."
    extra = next(pair for pair in found if pair not in right)
    return f"You counted {short(extra, 60)}, and no two neighbours are that pair."


MERGED = [
    ("d|a|b|a|c", ("a", "b")),
    ("a|b|c|a|b", ("a", "b")),
    ("a|a|a", ("a", "a")),
    ("a|a|a|a|b", ("a", "a")),
    ("a|bc|d|ab|c", ("ab", "c")),
    ("c|a|d", ("a", "b")),
    ("a|b", ("a", "b")),
    ("b", ("a", "b")),
    ("b|a", ("a", "b")),
]


@part("merge-pair", "in the middle, at both ends, overlapping, and where there is none")
def merge(seed: int, mine: Callable[[list[bytes], Pair], list[bytes]]) -> None:
    """Parts and a pair to parts."""
    for text, pair in MERGED:
        parts = _parts(_letters(seed, text))
        pair = tuple(_letters(seed, half).encode() for half in pair)
        watched = Endless(parts)
        out = run(mine, watched, pair)
        if list.copy(watched) != parts:
            raise Wrong("It changed the list that it was given: make a new one.")
        given = f"parts {_shown(parts)} and pair {pair}"
        right = merge_pair(parts, pair)
        expect_list(out, right, given, merge_mistakes(parts, pair))


TEXTS = [  # each with ties, and with words that come more than once
    ("the| hen| then| the| other| hen", 5),
    ("a| cat| sat| at| that| cat| a| hat", 6),
    ("no| one| knows| how| now| one| no| owl| no", 7),
]


@part("train-merges", "the most frequent pair each time, ties by the greater pair")
def train(seed: int, mine: Callable[[Words, int], list[Pair]]) -> None:
    """Words with their counts, and n, to the first n merges."""
    text, n = TEXTS[seed]
    counts = Counter(text.split("|"))
    words = [(single_bytes(word.encode()), count) for word, count in counts.items()]
    given = [(list(parts), count) for parts, count in words]
    out = run(mine, given, n)
    if given != words:
        raise Wrong("It changed the words that it was given: make a new list of words.")
    said = f"the words of {text.replace('|', '')!r} and n = {n}"
    expect_list(out, learned(words, n), said, train_mistakes(words, n))


@part("train-merges", "n = 0 learns nothing")
def train_nothing(seed: int, mine: Callable[[Words, int], list[Pair]]) -> None:
    """The edge."""
    expect_list(run(mine, [([b"a", b"b"], 2)], 0), [], "n = 0")


MERGES = [("a", "a"), ("a", "d"), ("d", "a"), ("ad", "aa")]
# The first tells the smallest id from the largest, the second from the leftmost, the
# third from the longest.
WORDS = ["adaa", "adaad", "daada", "aaaaa", "abcd", "a"]


@part("encode-word", "the smallest id first, again and again, until none is left")
def encode(seed: int, mine: Callable[[bytes, dict[bytes, int]], list[int]]) -> None:
    """A word's bytes and the id of every token to the word's ids."""
    merges = [tuple(_letters(seed, half).encode() for half in pair) for pair in MERGES]
    tokens = single_bytes(bytes(range(256))) + [a + b for a, b in merges]
    id_of = {token: i for i, token in enumerate(tokens)}
    for text in WORDS:
        word = _letters(seed, text).encode()
        out = _encoded(mine, word, id_of)
        right = [id_of[token] for token in apply_merges(word, merges)]
        made = ", ".join(f"{(a + b).decode()!r}" for a, b in merges)
        given = f"the word {word.decode()!r} and the merges that make {made}"
        if isinstance(out, list) and any(isinstance(it, bytes) for it in out):
            raise Wrong("These are the tokens: return the id of each.")
        expect_list(out, right, given, encode_mistakes(word, id_of))


def _encoded(mine: Callable, word: bytes, id_of: dict[bytes, int]) -> object:
    """What is returned; if it chose from an empty list, with what that means."""
    try:
        return run(mine, word, EndlessIds(id_of))
    except Wrong as fault:
        empty = re.search(r"(arg is an|iterable argument is) empty", str(fault))
        raise Wrong(f"{fault}\n{NONE_LEFT}" if empty else str(fault)) from None
