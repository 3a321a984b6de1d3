"""What comes out of the classic mistakes in counting and merging pairs."""

from collections import Counter
from itertools import pairwise

from gptlib.bpe import Pair, Words, merge_pair


def pairs_in(words: Words) -> Counter:
    """How often each pair of neighbours occurs."""
    counts = Counter()
    for parts, n in words:
        for pair in pairwise(parts):
            counts[pair] += n
    return counts


def count_mistakes(words: Words) -> list[tuple[Counter, str]]:
    """Instead of `pairs_in(words)`."""
    once = [(parts, 1) for parts, _ in words]
    line = [part for parts, _ in words for part in parts]
    singles, joined, sets, steps = Counter(), Counter(), Counter(), Counter()
    for parts, n in words:
        for part in parts:
            singles[part] += n
        for a, b in pairwise(parts):
            joined[a + b] += n
        for pair in set(pairwise(parts)):
            sets[pair] += n
        for pair in list(pairwise(parts))[::2]:
            steps[pair] += n
    return [
        (pairs_in(once), "Each word is counted once: add its count n for each pair."),
        (singles, "These are counts of single parts: count pairs of neighbours."),
        (
            joined,
            "The two halves of each pair are joined. Keep them apart, as a tuple (a, "
            "b): later you need to know where the seam is.",
        ),
        (
            sets,
            "A pair that stands twice in a word is counted once: in a|b|a|b the pair "
            "of a and b stands twice.",
        ),
        (
            steps,
            "Every second pair is missing: each part but the last begins a pair, so "
            "the steps go by one.",
        ),
        (
            pairs_in([(line, 1)]),
            "Pairs reach from one word into the next: go through each word alone.",
        ),
    ]


def merge_mistakes(parts: list[bytes], pair: Pair) -> list[tuple[list, str]]:
    """Instead of `merge_pair(parts, pair)`."""
    right, both = merge_pair(parts, pair), b"".join(pair)
    places = [i for i, it in enumerate(pairwise(parts)) if it == pair]
    once = list(parts)
    for i in places[:1]:
        once[i : i + 2] = [both]
    stays = [both if i in places else part for i, part in enumerate(parts)]
    return [
        (parts, "The pair stands there, and nothing was merged."),
        (once, "Only the first place was merged: go on to the end of the word."),
        (
            merge_pair(parts, pair[::-1]),
            "The pair was looked for the other way round: (a, b) is a, and then b.",
        ),
        (
            _from_the_right(parts, pair),
            "Of two pairs that overlap the first must win: in a|a|a it is the first "
            "two that are merged. Go from left to right.",
        ),
        (
            stays,
            "The second half is still there after the merge, and may even begin the "
            "next one: step over both.",
        ),
        (right[:-1], "The last part is lost: it begins no pair, and it must stay."),
        (
            _by_bytes(parts, both),
            "Two neighbours were merged which make the right bytes and have their seam "
            "elsewhere: compare both halves with the pair.",
        ),
        ([b"".join(right)], "The whole word is one part now: keep the others apart."),
    ]


def _from_the_right(parts: list[bytes], pair: Pair) -> list[bytes]:
    merged, i = list(parts), len(parts) - 2
    while i >= 0:
        if tuple(merged[i : i + 2]) == pair:
            merged[i : i + 2] = [b"".join(pair)]
            i -= 1
        i -= 1
    return merged


def _by_bytes(parts: list[bytes], both: bytes) -> list[bytes]:
    merged, i = [], 0
    while i < len(parts):
        step = 2 if b"".join(parts[i : i + 2]) == both else 1
        merged.append(b"".join(parts[i : i + step]))
        i += step
    return merged
