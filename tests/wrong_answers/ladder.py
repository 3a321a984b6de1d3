"""Answers to lesson ladder: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import math
from collections import Counter

import torch


def rows(ids, n, V):
    row = torch.zeros(len(ids) - n + 1, dtype=torch.long)
    for k in range(n - 1):
        row = row * V + ids[k : k + len(row)]
    return row


def counted_at_once(ids, n, V):
    code = rows(ids, n, V) * V + ids[n - 1 :]
    return torch.bincount(code, minlength=V**n).view(-1, V)


def in_a_loop(ids, n, V):
    table = torch.zeros(V ** (n - 1), V)
    for row, last in zip(rows(ids, n, V).tolist(), ids[n - 1 :].tolist(), strict=True):
        table[row, last] += 1
    return table


def unfolded(ids, n, V):
    pieces = Counter(map(tuple, ids.unfold(0, n, 1).tolist()))
    table = torch.zeros([V] * n, dtype=torch.long)
    for piece, number in pieces.items():
        table[piece] = number
    return table.reshape(-1, V)


def turned_round(ids, n, V):
    return counted_at_once(ids.flip(0), n, V)


def context_backwards(ids, n, V):
    row = torch.zeros(len(ids) - n + 1, dtype=torch.long)
    for k in reversed(range(n - 1)):
        row = row * V + ids[k : k + len(row)]
    return torch.bincount(row * V + ids[n - 1 :], minlength=V**n).view(-1, V)


def once_each(ids, n, V):
    table = torch.zeros(V ** (n - 1), V, dtype=torch.long)
    table[rows(ids, n, V), ids[n - 1 :]] += 1
    return table


def shares(ids, n, V):
    table = counted_at_once(ids, n, V)
    return table / table.sum(dim=1, keepdim=True)


def not_overlapping(ids, n, V):
    pieces = ids.unfold(0, n, n)
    code = sum(pieces[:, k] * V ** (n - 1 - k) for k in range(n))
    return torch.bincount(code, minlength=V**n).view(-1, V)


def in_a_circle(ids, n, V):
    return counted_at_once(torch.cat([ids, ids[: n - 1]]), n, V)


def last_missing(ids, n, V):
    return counted_at_once(ids[:-1], n, V)


def no_minlength(ids, n, V):
    code = rows(ids, n, V) * V + ids[n - 1 :]
    return torch.bincount(code)


def no_minlength_in_a_table(ids, n, V):
    return no_minlength(ids, n, V).view(-1, V)


def slices_that_shrink(ids, n, V):
    pieces = len(ids) - n + 1
    code = torch.zeros(pieces, dtype=torch.long)
    for k in range(n):
        code = code * V + ids[k:pieces]
    return torch.bincount(code, minlength=V**n).view(-1, V)


def a_context_too_long(ids, n, V):
    return counted_at_once(ids, n + 1, V)


def nothing(*_):
    pass


COUNTS = {
    "right": [counted_at_once, in_a_loop, unfolded],
    "wrong": {
        turned_round: "Rows and columns have changed places",
        once_each: "however often it comes",
        shares: "shares of each row",
        not_overlapping: "Only every n-th piece",
        in_a_circle: "joined to its beginning",
        last_missing: "The last piece is missing",
        context_backwards: "read backwards",
        no_minlength: "must have the shape",
        no_minlength_in_a_table: "say minlength",
        slices_that_shrink: "The slices of ids are not equally long",
        a_context_too_long: "must have the shape",
        nothing: "needs a `return`",
    },
}


def added_up(possible, t):
    total = sum(chance for _, chance in possible)
    odds = {}
    for text, chance in possible:
        odds[text[t]] = odds.get(text[t], 0) + chance / total
    return odds


def by_character(possible, t):
    total = sum(chance for _, chance in possible)
    chars = {text[t] for text, _ in possible}
    return {
        char: sum(chance for text, chance in possible if text[t] == char) / total
        for char in chars
    }


def with_a_counter(possible, t):
    odds = Counter()
    for text, chance in possible:
        odds[text[t]] += chance
    return {char: p / odds.total() for char, p in odds.items()}


def not_divided(possible, t):
    return {char: p * left(possible) for char, p in added_up(possible, t).items()}


def left(possible):
    return sum(chance for _, chance in possible)


def all_alike(possible, t):
    return added_up([(text, 1) for text, _ in possible], t)


def numbers(possible, t):
    return dict(Counter(text[t] for text, _ in possible))


def overwritten(possible, t):
    return {text[t]: chance / left(possible) for text, chance in possible}


def overwritten_and_not_divided(possible, t):
    return {text[t]: chance for text, chance in possible}


def in_nats(possible, t):
    return {char: -math.log(p) for char, p in added_up(possible, t).items()}


def one_too_far(possible, t):
    return added_up(possible, t + 1)


def whole_stories(possible, t):
    return {text: chance / left(possible) for text, chance in possible}


def the_likeliest(possible, t):
    odds = added_up(possible, t)
    return max(odds, key=odds.get)


def empties_the_list(possible, t):
    odds = added_up(possible, t)
    possible.clear()
    return odds


READER = {
    "right": [added_up, by_character, with_a_counter],
    "wrong": {
        not_divided: "do not sum to 1",
        all_alike: "Every story counts alike",
        numbers: "numbers of stories",
        overwritten: "only one of them is counted: add",
        overwritten_and_not_divided: "only one of them is counted: add",
        in_nats: "These are nats",
        one_too_far: "place t + 1",
        whole_stories: "whole stories",
        the_likeliest: "a dictionary is expected",
        empties_the_list: "changed the list",
        nothing: "needs a `return`",
    },
}
ANSWERS = {"n-gram": COUNTS, "perfect-reader": READER}
