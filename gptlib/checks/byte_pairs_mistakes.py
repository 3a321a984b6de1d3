"""What comes out of the classic mistakes with byte pairs, and words for each."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from gptlib.bpe import Pair, Words, merge_pair, single_bytes

Rule = Callable[[Counter], Pair]


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


def greatest(pairs: Counter) -> Pair:
    """The rule of the course: the larger count, and of equal ones the greater pair."""
    return max(pairs, key=lambda pair: (pairs[pair], pair))


def learned(
    words: Words,
    n: int,
    rule: Rule = greatest,
    count: Callable[[Words], Counter] = pairs_in,
) -> list[Pair]:
    """The first n merges, by any rule that picks one of the pairs that `count` finds.

    They are fewer if there are no pairs left.
    """
    merges = []
    while len(merges) < n and (pairs := count(words)):
        merges.append(rule(pairs))
        words = [(merge_pair(parts, merges[-1]), times) for parts, times in words]
    return merges


def train_mistakes(words: Words, n: int) -> list[tuple[list, str]]:
    """Instead of `learned(words, n)`."""
    right, more = learned(words, n), learned(words, n + 1)
    rare = lambda pairs: min(pairs, key=lambda pair: (pairs[pair], pair))
    most = lambda pairs: max(pairs.values())
    first = lambda pairs: max(pairs, key=pairs.get)
    last = lambda pairs: max(reversed(pairs), key=pairs.get)
    small = lambda pairs: min(p for p, times in pairs.items() if times == most(pairs))
    by_pair = lambda pairs: max(pairs)
    unweighted = lambda words: pairs_in([(parts, 1) for parts, _ in words])
    begun = pairs_in(words)
    ranked = sorted(begun, key=lambda pair: (begun[pair], pair), reverse=True)
    return [
        (learned(words, n, first), _tie("takes the one that was met first")),
        (learned(words, n, last), _tie("takes the one that was met last")),
        (learned(words, n, small), _tie("takes the smaller one")),
        (
            learned(words, n, rare),
            "It learns the rarest pair each time: take the most frequent one.",
        ),
        (
            learned(words, n, by_pair),
            "It takes the greatest pair, however rare: the count comes first.",
        ),
        (
            learned(words, n, count=unweighted),
            "Each word counts once: the counts of the words are lost on the way.",
        ),
        (
            right[:1] * n,
            "It learns the same pair each time: merge it in all words, and count "
            "the pairs of what comes out.",
        ),
        (
            ranked[:n],
            "The pairs were counted once, at the beginning. After each merge there are "
            "new parts: count again.",
        ),
        (right[:-1], "There is one merge too few."),
        (more, "There is one merge too many."),
        (
            [b"".join(pair) for pair in right],
            "These are the tokens that the merges make: keep each pair, as a tuple.",
        ),
    ]


def _tie(what: str) -> str:
    return (
        "The counts are right, and a tie is not: of pairs that are equally frequent "
        f"the greater one must win, and yours {what}."
    )


def encoded(
    word: bytes, id_of: dict[bytes, int], choose: Callable = min, rounds: int = 99
) -> list[int]:
    """The ids of a word; `choose` picks one of the known tokens, by its id."""
    parts = single_bytes(word)
    for _ in range(rounds):
        known = {a + b: (a, b) for a, b in pairwise(parts) if a + b in id_of}
        if not known:
            break
        parts = merge_pair(parts, known[choose(known, key=id_of.get)])
    return [id_of[part] for part in parts]


def encode_mistakes(word: bytes, id_of: dict[bytes, int]) -> list[tuple[list, str]]:
    """Instead of `encoded(word, id_of)`."""
    leftmost = lambda known, key: next(iter(known))
    return [
        (list(word), "Nothing was joined: these are the bytes of the word."),
        (
            encoded(word, id_of, rounds=1),
            "It stops after the first joining: go on until no two neighbours make a "
            "token.",
        ),
        (
            encoded(word, id_of, max),
            "It joins what makes the largest id first. The tokens that were learned "
            "first have the smallest.",
        ),
        (
            encoded(word, id_of, leftmost),
            "It joins the leftmost neighbours that make a token. Look at all of them, "
            "and take those that make the smallest id.",
        ),
        (
            _longest(word, id_of),
            "It takes the longest token that fits, from left to right. That is another "
            "way of cutting: join the neighbours that make the smallest id.",
        ),
    ]


def _longest(word: bytes, id_of: dict[bytes, int]) -> list[int]:
    ids, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1)
        end = next(end for end in ends if word[start:end] in id_of)
        ids.append(id_of[word[start:end]])
        start = end
    return ids
