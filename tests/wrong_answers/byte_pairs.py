"""Answers to lesson byte_pairs: right ones, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

from collections import Counter
from itertools import pairwise

from gptlib.bpe import merge_pair, single_bytes


def nothing(*_):
    pass


def in_a_dict(words):
    counts = {}
    for parts, n in words:
        for pair in pairwise(parts):
            counts[pair] = counts.get(pair, 0) + n
    return counts


def by_index(words):
    counts = Counter()
    for parts, n in words:
        for i in range(len(parts) - 1):
            counts[parts[i], parts[i + 1]] += n
    return counts


def each_word_once(words):
    return Counter(pair for parts, _ in words for pair in pairwise(parts))


def single_parts(words):
    counts = Counter()
    for parts, n in words:
        for part in parts:
            counts[part] += n
    return counts


def joined(words):
    counts = Counter()
    for parts, n in words:
        for a, b in pairwise(parts):
            counts[a + b] += n
    return counts


def once_a_word(words):
    counts = Counter()
    for parts, n in words:
        for pair in set(pairwise(parts)):
            counts[pair] += n
    return counts


def in_steps_of_two(words):
    counts = Counter()
    for parts, n in words:
        for i in range(0, len(parts) - 1, 2):
            counts[parts[i], parts[i + 1]] += n
    return counts


def across_words(words):
    line = [part for parts, _ in words for part in parts]
    return Counter(pairwise(line))


def as_slices(words):
    counts = Counter()
    for parts, n in words:
        for i in range(len(parts) - 1):
            counts[parts[i : i + 2]] += n
    return counts


def as_a_list(words):
    return list(by_index(words).items())


def one_too_many(words):
    counts = by_index(words)
    counts[b"z", b"z"] = 1
    return counts


COUNT = {
    "right": [in_a_dict, by_index],
    "wrong": {
        each_word_once: "Each word is counted once",
        single_parts: "counts of single parts",
        joined: "two halves of each pair are joined",
        once_a_word: "twice in a word is counted once",
        in_steps_of_two: "Every second pair is missing",
        across_words: "Pairs reach from one word into the next",
        as_slices: "Your code stopped with TypeError",
        as_a_list: "must return a Counter",
        one_too_many: "no two neighbours are that pair",
        nothing: "needs a `return`",
    },
}


def with_a_flag(parts, pair):
    merged, skip = [], False
    for a, b in pairwise([*parts, b""]):
        if skip:
            skip = False
        elif (a, b) == pair:
            merged.append(a + b)
            skip = True
        else:
            merged.append(a)
    return merged


def growing(parts, pair):
    merged = []
    for part in parts:
        if merged and (merged[-1], part) == pair:
            merged[-1] = merged[-1] + part
        else:
            merged.append(part)
    return merged


def unmerged(parts, pair):
    return list(parts)


def first_only(parts, pair):
    for i in range(len(parts) - 1):
        if (parts[i], parts[i + 1]) == pair:
            return [*parts[:i], parts[i] + parts[i + 1], *parts[i + 2 :]]
    return list(parts)


def from_the_right(parts, pair):
    merged, i = list(parts), len(parts) - 2
    while i >= 0:
        if (merged[i], merged[i + 1]) == pair:
            merged[i : i + 2] = [pair[0] + pair[1]]
            i -= 1
        i -= 1
    return merged


def second_half_stays(parts, pair):
    merged = []
    for i, part in enumerate(parts):
        here = tuple(parts[i : i + 2]) == pair
        merged.append(pair[0] + pair[1] if here else part)
    return merged


def last_lost(parts, pair):
    merged, i = [], 0
    while i < len(parts) - 1:
        if (parts[i], parts[i + 1]) == pair:
            merged.append(parts[i] + parts[i + 1])
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged


def by_bytes(parts, pair):
    merged, i = [], 0
    while i < len(parts):
        if b"".join(parts[i : i + 2]) == pair[0] + pair[1]:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged


def turned(parts, pair):
    return merge_pair(parts, pair[::-1])


def glued(parts, pair):
    return [b"".join(parts)]


def as_bytes(parts, pair):
    return b"".join(parts)


def in_place(parts, pair):
    i = 0
    while i < len(parts) - 1:
        if (parts[i], parts[i + 1]) == pair:
            parts[i : i + 2] = [pair[0] + pair[1]]
        i += 1
    return parts


def past_the_end(parts, pair):
    merged, i = [], 0
    while i < len(parts):
        if (parts[i], parts[i + 1]) == pair:
            merged.append(parts[i] + parts[i + 1])
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged


def endless(parts, pair):
    merged, i = [], 0
    while i < len(parts):
        if tuple(parts[i : i + 2]) == pair:
            merged.append(parts[i] + parts[i + 1])
            i += 2
        else:
            merged.append(parts[i])
    return merged


MERGE = {
    "right": [with_a_flag, growing],
    "wrong": {
        unmerged: "nothing was merged",
        first_only: "Only the first place was merged",
        from_the_right: "the first must win",
        second_half_stays: "The second half is still there",
        last_lost: "The last part is lost",
        by_bytes: "have their seam elsewhere",
        turned: "the other way round",
        glued: "whole word is one part",
        as_bytes: "must return a list",
        in_place: "make a new one",
        past_the_end: "Your code stopped with IndexError",
        endless: "without an end",
        nothing: "needs a `return`",
    },
}


def best(pairs):
    return max(pairs, key=lambda pair: (pairs[pair], pair))


def merged_in(words, pair):
    return [(merge_pair(parts, pair), n) for parts, n in words]


def by_sorting(words, n):
    merges = []
    for _ in range(n):
        pairs = by_index(words)
        merges.append(sorted(pairs, key=lambda pair: (pairs[pair], pair))[-1])
        words = merged_in(words, merges[-1])
    return merges


def by_the_tied(words, n):
    merges = []
    while len(merges) < n:
        pairs = by_index(words)
        most = max(pairs.values())
        merges.append(max(pair for pair in pairs if pairs[pair] == most))
        words = merged_in(words, merges[-1])
    return merges


def trained(words, n, choose=best, count=by_index):
    merges = []
    for _ in range(n):
        merges.append(choose(count(words)))
        words = merged_in(words, merges[-1])
    return merges


def first_met(words, n):
    return trained(words, n, lambda pairs: max(pairs, key=pairs.get))


def smaller(words, n):
    return trained(words, n, lambda p: min(p, key=lambda pair: (-p[pair], pair)))


def rarest(words, n):
    return trained(words, n, lambda p: min(p, key=lambda pair: (p[pair], pair)))


def greatest_pair(words, n):
    return trained(words, n, max)


def without_counts(words, n):
    return trained(words, n, count=each_word_once)


def never_merged(words, n):
    return [best(by_index(words)) for _ in range(n)]


def counted_once(words, n):
    pairs = by_index(words)
    return sorted(pairs, key=lambda pair: (pairs[pair], pair), reverse=True)[:n]


def one_too_few(words, n):
    return trained(words, max(0, n - 1))


def one_more(words, n):
    return trained(words, n + 1)


def tokens_made(words, n):
    return [a + b for a, b in trained(words, n)]


def words_changed(words, n):
    merges = []
    for _ in range(n):
        merges.append(best(by_index(words)))
        for i, (parts, count) in enumerate(words):
            words[i] = merge_pair(parts, merges[-1]), count
    return merges


def counts_lost(words, n):
    merges = []
    for _ in range(n):
        merges.append(best(by_index(words)))
        words = [merge_pair(parts, merges[-1]) for parts, _ in words]
    return merges


TRAIN = {
    "right": [by_sorting, by_the_tied],
    "wrong": {
        first_met: "takes the one that was met first",
        smaller: "takes the smaller one",
        rarest: "the rarest pair",
        greatest_pair: "however rare",
        without_counts: "Each word counts once",
        never_merged: "the same pair each time",
        counted_once: "counted once, at the beginning",
        one_too_few: "one merge too few",
        one_more: "one merge too many",
        tokens_made: "keep each pair, as a tuple",
        words_changed: "make a new list of words",
        counts_lost: "Your code stopped with ValueError",
        nothing: "needs a `return`",
    },
}


def joins_all(word, id_of):
    parts = single_bytes(word)
    while True:
        known = [pair for pair in pairwise(parts) if pair[0] + pair[1] in id_of]
        if not known:
            return [id_of[part] for part in parts]
        parts = merge_pair(parts, min(known, key=lambda it: id_of[it[0] + it[1]]))


def joins_one(word, id_of):
    parts = single_bytes(word)
    while True:
        ids = [id_of.get(a + b, 10**9) for a, b in pairwise(parts)]
        if min(ids, default=10**9) == 10**9:
            return [id_of[part] for part in parts]
        i = ids.index(min(ids))
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


def chosen(word, id_of, choose, rounds=99):
    parts = single_bytes(word)
    for _ in range(rounds):
        known = {a + b: (a, b) for a, b in pairwise(parts) if a + b in id_of}
        if not known:
            break
        parts = merge_pair(parts, known[choose(known, key=id_of.get)])
    return [id_of[part] for part in parts]


def only_bytes(word, id_of):
    return list(word)


def one_round(word, id_of):
    return chosen(word, id_of, min, rounds=1)


def largest_first(word, id_of):
    return chosen(word, id_of, max)


def leftmost_first(word, id_of):
    return chosen(word, id_of, lambda known, key: next(iter(known)))


def longest_first(word, id_of):
    ids, start = [], 0
    while start < len(word):
        end = len(word)
        while word[start:end] not in id_of:
            end -= 1
        ids.append(id_of[word[start:end]])
        start = end
    return ids


def the_tokens(word, id_of):
    names = {i: token for token, i in id_of.items()}
    return [names[i] for i in joins_all(word, id_of)]


def for_ever(word, id_of):
    parts = single_bytes(word)
    while True:
        known = [pair for pair in pairwise(parts) if pair[0] + pair[1] in id_of]
        if not known and len(parts) < 0:
            return [id_of[part] for part in parts]


def none_left(word, id_of):
    parts = single_bytes(word)
    while len(parts) > 1:
        known = [pair for pair in pairwise(parts) if pair[0] + pair[1] in id_of]
        parts = merge_pair(parts, min(known, key=lambda it: id_of[it[0] + it[1]]))
    return [id_of[part] for part in parts]


ENCODE = {
    "right": [joins_all, joins_one],
    "wrong": {
        only_bytes: "Nothing was joined",
        one_round: "stops after the first joining",
        largest_first: "the largest id first",
        leftmost_first: "the leftmost neighbours",
        longest_first: "the longest token that fits",
        the_tokens: "return the id of each",
        for_ever: "without an end",
        none_left: "nothing is left to join",
        nothing: "needs a `return`",
    },
}

ANSWERS = {
    "count-pairs": COUNT,
    "merge-pair": MERGE,
    "train-merges": TRAIN,
    "encode-word": ENCODE,
}
