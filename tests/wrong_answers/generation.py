"""Answers to lesson generation: right ones written differently, and the classic wrong
ones.

Each wrong one stands with words that its verdict must hold.
"""

import math

import torch


def by_cat(model, idx, n, choose):
    for _ in range(n):
        logits = model(idx[:, -model.config.block_size :])[:, -1]
        idx = torch.cat((idx, choose(logits)), dim=1)
    return idx


def by_list(model, idx, n, choose):
    columns = list(idx.split(1, dim=1))
    while len(columns) < idx.shape[1] + n:
        read = torch.cat(columns[-model.config.block_size :], dim=1)
        columns.append(choose(model(read)[:, -1, :]))
    return torch.cat(columns, dim=1)


def not_cropped(model, idx, n, choose):
    for _ in range(n):
        idx = torch.cat((idx, choose(model(idx)[:, -1])), dim=1)
    return idx


def oldest_read(model, idx, n, choose):
    for _ in range(n):
        logits = model(idx[:, : model.config.block_size])[:, -1]
        idx = torch.cat((idx, choose(logits)), dim=1)
    return idx


def first_row(model, idx, n, choose):
    for _ in range(n):
        logits = model(idx[:, -model.config.block_size :])[:, 0]
        idx = torch.cat((idx, choose(logits)), dim=1)
    return idx


def only_new(model, idx, n, choose):
    return by_cat(model, idx, n, choose)[:, idx.shape[1] :]


def always_greedy(model, idx, n, choose):
    return by_cat(model, idx, n, lambda logits: logits.argmax(-1, keepdim=True))


def forgets_the_beginning(model, idx, n, choose):
    for _ in range(n):
        idx = idx[:, -model.config.block_size :]
        idx = torch.cat((idx, choose(model(idx)[:, -1])), dim=1)
    return idx


def probabilities_handed(model, idx, n, choose):
    return by_cat(model, idx, n, lambda logits: choose(logits.softmax(dim=-1)))


def halved_scores(model, idx, n, choose):
    return by_cat(model, idx, n, lambda logits: choose(logits / 2))


def one_too_many(model, idx, n, choose):
    return by_cat(model, idx, n + 1, choose)


def no_axis(model, idx, n, choose):
    for _ in range(n):
        new = choose(model(idx[:, -model.config.block_size :])[:, -1]).squeeze(-1)
        idx = torch.cat((idx, new), dim=1)
    return idx


def nothing(*_):
    pass


WRITE = {
    "right": [by_cat, by_list],
    "wrong": {
        not_cropped: "Your code stopped with ValueError",
        oldest_read: "The oldest tokens were read",
        first_row: "The first position's row",
        only_new: "Only the new tokens come back",
        always_greedy: "`choose` was not asked",
        forgets_the_beginning: "The beginning of the text is gone",
        probabilities_handed: "`choose` was handed probabilities",
        halved_scores: "Row 0 is wrong",
        one_too_many: "must have the shape",
        no_axis: "Your code stopped with RuntimeError",
        nothing: "needs a `return`",
    },
}


def by_topk(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return torch.where(logits < kth, -math.inf, logits)


def by_sorting(logits, k):
    ordered = logits.sort(dim=-1, descending=True).values
    return logits.masked_fill(logits < ordered[..., :k][..., -1:], -math.inf)


def by_rank(logits, k):
    places = logits.argsort(dim=-1, descending=True).argsort(dim=-1)
    return logits.masked_fill(places >= k, -math.inf)


def scattered(logits, k):
    most = logits.topk(min(k, logits.shape[-1]), dim=-1)
    return torch.full_like(logits, -math.inf).scatter(-1, most.indices, most.values)


def not_clamped(logits, k):
    kth = logits.topk(k).values[..., -1:]
    return logits.masked_fill(logits < kth, -math.inf)


def zeros(logits, k):
    return torch.where(by_topk(logits, k).isinf(), 0.0, logits)


def probabilities(logits, k):
    return by_topk(logits, k).softmax(dim=-1)


def smallest(logits, k):
    return -by_topk(-logits, k)


def one_bound(logits, k):
    k = min(k, logits.shape[-1])
    return logits.masked_fill(logits < logits.flatten().topk(k).values[-1], -math.inf)


def one_too_few(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits <= kth, -math.inf)


def one_too_many_stays(logits, k):
    return by_topk(logits, k + 1)


def in_place(logits, k):
    logits[logits < by_topk(logits, k).amin()] = -math.inf
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    logits[logits < kth] = -math.inf
    return logits


def detached(logits, k):
    return by_topk(logits.detach(), k)


TOP_K = {
    "right": [by_topk, by_sorting],
    "wrong": {
        not_clamped: "Your code stopped with RuntimeError",
        zeros: "a logit of 0 is likely",
        probabilities: "These are probabilities",
        smallest: "The k smallest stay",
        one_bound: "One bound for all rows",
        one_too_few: "One token too few",
        one_too_many_stays: "One token too many",
        by_rank: "tied with the k-th largest",
        scattered: "tied with the k-th largest",
        in_place: "It changed the tensor",
        detached: "no gradient reaches",
        nothing: "needs a `return`",
    },
}


def by_scatter(logits, p):
    ordered, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    cut = ordered.cumsum(dim=-1) - ordered >= p
    cut = torch.zeros_like(cut).scatter(-1, order, cut)
    return logits.masked_fill(cut, -math.inf)


def by_bound(logits, p):
    ordered = logits.sort(dim=-1, descending=True).values
    before = ordered.softmax(dim=-1).cumsum(dim=-1).roll(1, dims=-1)
    before[..., 0] = 0
    least = ordered.masked_fill(before >= p, math.inf).amin(dim=-1, keepdim=True)
    return logits.masked_fill(logits < least, -math.inf)


def itself_counted(logits, p):
    ordered, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    cut = ordered.cumsum(dim=-1) >= p
    cut = torch.zeros_like(cut).scatter(-1, order, cut)
    return logits.masked_fill(cut, -math.inf)


def not_carried_back(logits, p):
    ordered = logits.softmax(dim=-1).sort(dim=-1, descending=True).values
    return logits.masked_fill(ordered.cumsum(dim=-1) - ordered >= p, -math.inf)


def fetched_back(logits, p):
    ordered, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    cut = ordered.cumsum(dim=-1) - ordered >= p
    return logits.masked_fill(cut.gather(-1, order), -math.inf)


def one_beyond(logits, p):
    ordered, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    cut = ordered.cumsum(dim=-1) - ordered > p
    cut = torch.zeros_like(cut).scatter(-1, order, cut)
    return logits.masked_fill(cut, -math.inf)


def left_sorted(logits, p):
    ordered, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    cut = ordered.cumsum(dim=-1) - ordered >= p
    return logits.gather(-1, order).masked_fill(cut, -math.inf)


def unlikely_first(logits, p):
    ordered, order = logits.softmax(dim=-1).sort(dim=-1)
    cut = ordered.cumsum(dim=-1) - ordered >= p
    cut = torch.zeros_like(cut).scatter(-1, order, cut)
    return logits.masked_fill(cut, -math.inf)


def each_alone(logits, p):
    return logits.masked_fill(logits.softmax(dim=-1) < p, -math.inf)


def nucleus_probabilities(logits, p):
    return by_scatter(logits, p).softmax(dim=-1)


def nucleus_zeros(logits, p):
    return torch.where(by_scatter(logits, p).isinf(), 0.0, logits)


TOP_P = {
    "right": [by_scatter, by_bound],
    "wrong": {
        itself_counted: "compare what stands *before* it",
        not_carried_back: "carry it back",
        fetched_back: "carried the wrong way",
        one_beyond: "that has reached p",
        left_sorted: "come back sorted",
        unlikely_first: "begins with the unlikely",
        each_alone: "it is their running sum",
        nucleus_probabilities: "These are probabilities",
        nucleus_zeros: "a logit of 0 is likely",
        nothing: "needs a `return`",
    },
}
ANSWERS = {"write": WRITE, "top-k": TOP_K, "top-p": TOP_P}
