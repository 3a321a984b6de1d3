"""What comes out of the classic mistakes in learning merges and in encoding."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from gptlib.bpe import Pair, Words, merge_pair, single_bytes
from gptlib.checks.merge_mistakes import pairs_in

Rule = Callable[[Counter], Pair]


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
