"""Answers to lesson attention: right ones, written differently, and the classic wrong.

Each wrong one stands with words that its verdict must hold. `k.mT` is k with its last
two axes exchanged.
"""

import math

import torch

inf = math.inf


def future(T):
    return torch.ones(T, T, dtype=torch.bool).triu(1)


def by_arange(T):
    t = torch.arange(T)
    return (t <= t[:, None]) / (t[:, None] + 1)


def row_by_row(T):
    weights = torch.zeros(T, T)
    for t in range(T):
        weights[t, : t + 1] = 1 / (t + 1)
    return weights


def no_triangle(T):
    return torch.ones(T, T) / T


def divided_by_T(T):
    return torch.ones(T, T).tril() / T


def never_divided(T):
    return torch.ones(T, T).tril()


def columns(T):
    ones = torch.ones(T, T).tril()
    return ones / ones.sum(dim=0)


def axis_lost(T):
    ones = torch.ones(T, T).tril()
    return ones / ones.sum(dim=1)


def upper(T):
    ones = torch.ones(T, T).triu()
    return ones / ones.sum(dim=1, keepdim=True)


def upper_columns(T):
    ones = torch.ones(T, T).triu()
    return ones / ones.sum(dim=0)


def not_itself(T):
    ones = torch.ones(T, T).tril(-1)
    return ones / ones.sum(dim=1, keepdim=True)


def of_doubles(T):
    return row_by_row(T).double()


def nothing_for_one(T):
    return row_by_row(T).squeeze()


def a_little_off(T):
    ones = torch.ones(T, T).tril()
    return ones / (ones.sum(dim=1, keepdim=True) + 2e-5)


def leaves(T):
    raise SystemExit("bye")


def only_three(T):
    return row_by_row(3)


def whole_numbers(T):
    return torch.ones(T, T, dtype=torch.int64).tril()


def nothing(*_):
    pass


def a_list(T):
    return [[1 / (t + 1)] * (t + 1) for t in range(T)]


MEAN_WEIGHTS = {
    "right": [by_arange, row_by_row],
    "wrong": {
        no_triangle: "lower triangle",
        divided_by_T: "row t has t + 1 numbers",
        never_divided: "do not sum to 1",
        columns: "columns sum to 1",
        axis_lost: "keepdim=True",
        upper: "upper one",
        upper_columns: "upper one, and its columns",
        not_itself: "row 0 has no weight at all",
        only_three: "must have the shape",
        of_doubles: "must be torch.float32",
        nothing_for_one: "must have the shape",
        a_little_off: "wrong",
        leaves: "SystemExit: bye",
        whole_numbers: "must be fractions",
        nothing: "needs a `return`",
        a_list: "type list",
    },
}


def by_hand(scores):
    shares = (scores - scores.amax(dim=-1, keepdim=True)).exp().tril()
    return shares / shares.sum(dim=-1, keepdim=True)


def added(scores):
    T = scores.shape[-1]
    return torch.softmax(scores + torch.full((T, T), -inf).triu(1), dim=-1)


def renormalised(scores):
    weights = scores.softmax(dim=-1).tril()
    return weights / weights.sum(dim=-1, keepdim=True)


def no_mask(scores):
    return scores.softmax(dim=-1)


def mask_after(scores):
    return scores.softmax(dim=-1).tril()


def filled_with_zero(scores):
    return scores.tril().softmax(dim=-1)


def other_axis(scores):
    return scores.masked_fill(future(scores.shape[-1]), -inf).softmax(dim=-2)


def first_axis(scores):
    return scores.masked_fill(future(scores.shape[-1]), -inf).softmax(dim=0)


def masks_itself(scores):
    T = scores.shape[-1]
    hidden = torch.ones(T, T, dtype=torch.bool).triu()
    return scores.masked_fill(hidden, -inf).softmax(dim=-1)


def hides_the_past(scores):
    T = scores.shape[-1]
    hidden = torch.ones(T, T, dtype=torch.bool).tril(-1)
    return scores.masked_fill(hidden, -inf).softmax(dim=-1)


def no_softmax(scores):
    return scores.masked_fill(future(scores.shape[-1]), -inf)


def indexed(scores):
    scores = scores.clone()
    scores[future(scores.shape[-1])] = -inf
    return scores.softmax(dim=-1)


def in_place(scores):
    return scores.masked_fill_(future(scores.shape[-1]), -inf).softmax(dim=-1)


def two_axes_only(scores):
    T, _ = scores.shape
    return scores.masked_fill(future(T), -inf).softmax(dim=-1)


def length_of_the_batch(scores):
    return scores.masked_fill(future(len(scores)), -inf).softmax(dim=-1)


def times_infinity(scores):
    return (scores + future(scores.shape[-1]) * -inf).softmax(dim=-1)


def second_axis(scores):
    return scores.masked_fill(future(scores.shape[-1]), -inf).softmax(dim=1)


def assigned(scores):
    scores[..., future(scores.shape[-1])] = -inf
    return scores.softmax(dim=-1)


def hides_the_past_and_itself(scores):
    T = scores.shape[-1]
    hidden = torch.ones(T, T).tril().bool()
    return scores.masked_fill(hidden, -inf).softmax(dim=-1)


def mask_of_numbers(scores):
    T = scores.shape[-1]
    return scores.masked_fill(torch.ones(T, T).triu(1), -inf).softmax(dim=-1)


def plus_infinity(scores):
    return scores.masked_fill(future(scores.shape[-1]), inf).softmax(dim=-1)


def clamped(scores):
    shares = scores.clamp(max=50).exp().tril()
    return shares / shares.sum(dim=-1, keepdim=True)


def squeezed(scores):
    return added(scores).squeeze()


def overflows(scores):
    shares = scores.exp().tril()
    return shares / shares.sum(dim=-1, keepdim=True)


def detached(scores):
    return added(scores.detach())


def small_but_not_zero(scores):
    return scores.masked_fill(future(scores.shape[-1]), -30).softmax(dim=-1)


CAUSAL_SOFTMAX = {
    "right": [by_hand, added],
    "wrong": {
        no_mask: "Nothing is masked",
        mask_after: "the mask came after the softmax",
        filled_with_zero: "exp(0) is 1",
        other_axis: "softmax along the last axis",
        masks_itself: "the diagonal must stay",
        hides_the_past: "the other triangle",
        no_softmax: "The softmax is missing",
        indexed: "lays the mask over each table",
        in_place: "names end in an underscore",
        two_axes_only: "not yet for a batch",
        length_of_the_batch: "not yet for a batch",
        first_axis: "softmax along the last axis",
        hides_the_past_and_itself: "the other triangle",
        mask_of_numbers: "dtype=torch.bool",
        plus_infinity: "plus infinity",
        clamped: "not",
        squeezed: "must have the shape",
        times_infinity: "Zero times infinity",
        second_axis: "dim=-1 is the last",
        assigned: "an assignment to a part",
        overflows: "subtract the largest score",
        detached: "no gradient reaches",
        small_but_not_zero: "fill with -math.inf",
        nothing: "needs a `return`",
    },
}


def einsum(q, k, v):
    scores = torch.einsum("...td,...sd->...ts", q, k) / q.shape[-1] ** 0.5
    return added(scores) @ v


def scaled_q(q, k, v):
    return by_hand((q / math.sqrt(k.size(-1))) @ k.mT) @ v


def no_scale(q, k, v):
    return added(q @ k.mT) @ v


def divided_by_hs(q, k, v):
    return added(q @ k.mT / q.shape[-1]) @ v


def root_of_T(q, k, v):
    return added(q @ k.mT / math.sqrt(q.shape[-2])) @ v


def root_of_v(q, k, v):
    return added(q @ k.mT / math.sqrt(v.shape[-1])) @ v


def multiplied(q, k, v):
    return added(q @ k.mT * math.sqrt(q.shape[-1])) @ v


def k_turned_with_all_axes(q, k, v):
    return added(q @ k.T / math.sqrt(q.shape[-1])) @ v


def axes_counted_from_the_front(q, k, v):
    return added(q @ k.transpose(0, 1) / math.sqrt(q.shape[-1])) @ v


def two_or_three_axes(q, k, v):
    if q.dim() == 2:
        return einsum(q, k, v)
    return added(torch.bmm(q, k.mT) / math.sqrt(q.shape[-1])) @ v


def no_scale_no_mask(q, k, v):
    return (q @ k.mT).softmax(dim=-1) @ v


def mask_after_the_softmax(q, k, v):
    return (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1).tril() @ v


def zero_is_not_nothing(q, k, v):
    return (q @ k.mT / math.sqrt(q.shape[-1])).tril().softmax(dim=-1) @ v


def q_and_k_swapped(q, k, v):
    return added(k @ q.mT / math.sqrt(q.shape[-1])) @ v


def open_to_the_future(q, k, v):
    return (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1) @ v


def only_weights(q, k, v):
    return added(q @ k.mT / math.sqrt(q.shape[-1]))


def scale_after(q, k, v):
    return added(q @ k.mT) / math.sqrt(q.shape[-1]) @ v


def scores_times_v(q, k, v):
    return (q @ k.mT / math.sqrt(q.shape[-1])).tril() @ v


def keys_for_values(q, k, v):
    return added(q @ k.mT / math.sqrt(q.shape[-1])) @ k


def elementwise(q, k, v):
    return added(q * k / math.sqrt(q.shape[-1])) @ v


def weights_detached(q, k, v):
    return added(q @ k.mT / math.sqrt(q.shape[-1])).detach() @ v


ATTENTION = {
    "right": [einsum, scaled_q],
    "wrong": {
        no_scale: "not divided by the root of hs",
        divided_by_hs: "divided by hs: divide by its root",
        root_of_T: "root of T",
        root_of_v: "size of v",
        multiplied: "multiplied by the root of hs",
        k_turned_with_all_axes: ".T turns all axes round",
        axes_counted_from_the_front: "however many there are",
        two_or_three_axes: "not yet for a batch",
        no_scale_no_mask: "is not masked, and the scores are not divided",
        mask_after_the_softmax: "came after the softmax",
        zero_is_not_nothing: "exp(0) is 1",
        q_and_k_swapped: "changed places",
        open_to_the_future: "The future is not masked",
        only_weights: "must have the shape",
        scale_after: "The scale came after the softmax",
        scores_times_v: "The softmax is missing",
        keys_for_values: "must have the shape",
        elementwise: "Your code stopped with RuntimeError",
        weights_detached: "no gradient reaches q",
        nothing: "needs a `return`",
    },
}


def two_is_the_root_of_four(q, k, v):
    return added(q @ k.mT / 2) @ v


# Right for the sizes of one seed only.
HARD_CODED = {"attention": [two_is_the_root_of_four]}
ANSWERS = {
    "mean-weights": MEAN_WEIGHTS,
    "causal-softmax": CAUSAL_SOFTMAX,
    "attention": ATTENTION,
}
