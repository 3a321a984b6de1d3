"""Answers to the homework window: right ones, and the classic wrong ones."""

import math

import torch


def _hidden(T, window):
    t = torch.arange(T)
    back = t[:, None] - t
    return (back < 0) | (back >= window)


def by_distance(scores, window):
    return scores.masked_fill(_hidden(scores.shape[-1], window), -math.inf).softmax(-1)


def two_triangles(scores, window):
    ones = torch.ones_like(scores, dtype=torch.bool)
    seen = ones.tril() & ones.triu(1 - window)
    return scores.masked_fill(~seen, -math.inf).softmax(dim=-1)


def row_by_row(scores, window):
    weights = torch.zeros_like(scores)
    for t in range(scores.shape[-1]):
        seen = slice(max(0, t - window + 1), t + 1)
        weights[..., t, seen] = scores[..., t, seen].softmax(dim=-1)
    return weights


def largest_that_is_seen_subtracted(scores, window):
    hidden = _hidden(scores.shape[-1], window)
    scores = scores.masked_fill(hidden, -math.inf)
    shares = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    return shares / shares.sum(dim=-1, keepdim=True)


def no_window(scores, window):
    return by_distance(scores, scores.shape[-1])


def one_too_long(scores, window):
    return by_distance(scores, window + 1)


def one_too_short(scores, window):
    return by_distance(scores, window - 1)


def both_sides(scores, window):
    ones = torch.ones_like(scores, dtype=torch.bool)
    seen = ones.tril(window - 1) & ones.triu(1 - window)
    return scores.masked_fill(~seen, -math.inf).softmax(dim=-1)


def cut_afterwards(scores, window):
    return no_window(scores, window).triu(1 - window)


def cut_all_afterwards(scores, window):
    return scores.softmax(dim=-1).tril().triu(1 - window)


def small_but_not_zero(scores, window):
    return scores.masked_fill(_hidden(scores.shape[-1], window), -30).softmax(-1)


def overflows(scores, window):
    shares = scores.exp().tril().triu(1 - window)
    return shares / shares.sum(dim=-1, keepdim=True)


def largest_of_all_subtracted(scores, window):
    """The largest score of a row may be one that is hidden."""
    shares = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    return shares.tril().triu(1 - window) / (
        shares.tril().triu(1 - window).sum(dim=-1, keepdim=True)
    )


def filled_with_ten_thousand(scores, window):
    return scores.masked_fill(_hidden(scores.shape[-1], window), -1e4).softmax(-1)


def squeezed(scores, window):
    return by_distance(scores, window).squeeze()


def another_name(scores, w):
    return by_distance(scores, w)


def detached(scores, window):
    return by_distance(scores.detach(), window)


def joined_by_and(scores, window):
    ones = torch.ones_like(scores, dtype=torch.bool)
    hidden = ones.triu(1) or ones.tril(-window)
    return scores.masked_fill(hidden, -math.inf).softmax(dim=-1)


def nothing(scores, window):
    pass


ANSWERS = {
    "window-softmax": {
        "right": [
            by_distance,
            two_triangles,
            row_by_row,
            largest_that_is_seen_subtracted,
        ],
        "wrong": {
            no_window: "The window has no effect",
            one_too_long: "too long by one",
            one_too_short: "too short by one",
            both_sides: "the future is not masked",
            cut_afterwards: "mask before",
            cut_all_afterwards: "mask before",
            small_but_not_zero: "must have exactly weight 0",
            overflows: "subtract the largest score",
            largest_of_all_subtracted: "hide first",
            filled_with_ten_thousand: "lower than what you filled in",
            squeezed: "the result must have the shape (1, 1, 1)",
            another_name: "unexpected keyword argument 'window'",
            joined_by_and: "joined by |",
            detached: "no gradient reaches",
            nothing: "needs a `return`",
        },
    }
}
# How many of the four points each wrong one gets.
POINTS = {
    no_window: 1,
    one_too_long: 1,
    one_too_short: 0,
    both_sides: 1,
    cut_afterwards: 1,
    cut_all_afterwards: 0,
    small_but_not_zero: 0,
    overflows: 3,
    largest_of_all_subtracted: 3,
    filled_with_ten_thousand: 3,
    squeezed: 3,
    another_name: 0,
    detached: 3,
    joined_by_and: 0,
    nothing: 0,
}
