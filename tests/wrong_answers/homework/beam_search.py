"""Answers to the homework beam-search: right ones, and the classic wrong ones."""

import math

import torch


def flat(log_probs, ids, width, steps):
    texts, sums = ids[None], torch.zeros(1)
    for _ in range(steps):
        totals = sums[:, None] + log_probs(texts)
        V = totals.shape[1]
        kept = min(width, totals.numel())
        sums, best = totals.flatten().topk(kept)
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, sums


def with_lists(log_probs, ids, width, steps):
    beams = [(0.0, ids.tolist())]
    for _ in range(steps):
        candidates = []
        for total, text in beams:
            scores = log_probs(torch.tensor([text]))[0].tolist()
            candidates += [(total + s, [*text, i]) for i, s in enumerate(scores)]
        candidates.sort(key=lambda it: it[0], reverse=True)
        beams = candidates[:width]
    sums, texts = zip(*beams, strict=True)
    return torch.tensor(texts), torch.tensor(sums)


def dead_copies(log_probs, ids, width, steps):
    """All texts from the first step on, but the copies begin with minus infinity."""
    texts = ids.repeat(width, 1)
    sums = torch.full((width,), -math.inf)
    sums[0] = 0
    for _ in range(steps):
        new = log_probs(texts)
        totals = sums.unsqueeze(1) + new
        order = totals.reshape(-1).argsort(descending=True)[:width]
        sums = totals.reshape(-1)[order]
        row = torch.div(order, new.shape[1], rounding_mode="floor")
        texts = torch.cat((texts[row], (order - row * new.shape[1])[:, None]), dim=1)
    alive = sums > -math.inf
    return texts[alive], sums[alive]


def best_of_each_first(log_probs, ids, width, steps):
    """No text can have more than `width` of its own among the best."""
    texts, sums = ids[None], torch.zeros(1)
    for _ in range(steps):
        new = log_probs(texts)
        values, tokens = new.topk(min(width, new.shape[1]), dim=1)
        totals = (sums[:, None] + values).flatten()
        sums, best = totals.topk(min(width, len(totals)))
        row = best // tokens.shape[1]
        texts = torch.cat((texts[row], tokens.flatten()[best][:, None]), dim=1)
    return texts, sums


def one_text(log_probs, ids, width, steps):
    return flat(log_probs, ids, 1, steps)


def each_by_itself(log_probs, ids, width, steps):
    texts, sums = flat(log_probs, ids, width, 1)
    for _ in range(steps - 1):
        best, token = log_probs(texts).max(dim=1)
        sums = sums + best
        texts = torch.cat((texts, token[:, None]), dim=1)
    order = sums.argsort(descending=True)
    return texts[order], sums[order]


def living_copies(log_probs, ids, width, steps):
    texts, sums = ids.repeat(width, 1), torch.zeros(width)
    for _ in range(steps):
        totals = sums[:, None] + log_probs(texts)
        V = totals.shape[1]
        sums, best = totals.flatten().topk(width)
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, sums


def multiplied(log_probs, ids, width, steps):
    texts, products = ids[None], torch.ones(1)
    for _ in range(steps):
        totals = products[:, None] * log_probs(texts).exp()
        V = totals.shape[1]
        products, best = totals.flatten().topk(min(width, totals.numel()))
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, products.log()


def multiplied_in_float64(log_probs, ids, width, steps):
    texts, products = ids[None], torch.ones(1, dtype=torch.float64)
    for _ in range(steps):
        totals = products[:, None] * log_probs(texts).double().exp()
        V = totals.shape[1]
        products, best = totals.flatten().topk(min(width, totals.numel()))
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, products.log().float()


def dead_copies_kept(log_probs, ids, width, steps):
    texts, sums = ids.repeat(width, 1), torch.full((width,), -math.inf)
    sums[0] = 0
    for _ in range(steps):
        totals = sums[:, None] + log_probs(texts)
        V = totals.shape[1]
        sums, best = totals.flatten().topk(width)
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, sums


def two_of_each(log_probs, ids, width, steps):
    """Each text's best two alone are candidates."""
    texts, sums = flat(log_probs, ids, width, 1)
    for _ in range(steps - 1):
        values, tokens = log_probs(texts).topk(2, dim=1)
        totals = (sums[:, None] + values).flatten()
        sums, best = totals.topk(min(width, len(totals)))
        new = tokens.flatten()[best][:, None]
        texts = torch.cat((texts[best // 2], new), dim=1)
    return texts, sums


def probabilities(log_probs, ids, width, steps):
    texts, sums = flat(log_probs, ids, width, steps)
    return texts, sums.exp()


def last_step_only(log_probs, ids, width, steps):
    texts = ids[None]
    for _ in range(steps):
        new = log_probs(texts)
        sums, best = new.flatten().topk(min(width, new.numel()))
        V = new.shape[1]
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, sums


def parents_forgotten(log_probs, ids, width, steps):
    texts, sums = ids[None], torch.zeros(1)
    for _ in range(steps):
        totals = sums[:, None] + log_probs(texts)
        V = totals.shape[1]
        sums, best = totals.flatten().topk(min(width, totals.numel()))
        old = texts if len(texts) == len(best) else texts[best // V]
        texts = torch.cat((old, (best % V)[:, None]), dim=1)
    return texts, sums


def smallest(log_probs, ids, width, steps):
    texts, sums = ids[None], torch.zeros(1)
    for _ in range(steps):
        totals = (sums[:, None] + log_probs(texts)).flatten()
        V = totals.numel() // len(texts)
        sums, best = totals.topk(min(width, len(totals)), largest=False)
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, sums


def wider_than_asked(log_probs, ids, width, steps):
    texts, sums = flat(log_probs, ids, 50 * width, steps)
    return texts[:width], sums[:width]


def means(log_probs, ids, width, steps):
    texts, sums = flat(log_probs, ids, width, steps)
    return texts, sums / steps


def best_last(log_probs, ids, width, steps):
    texts, sums = flat(log_probs, ids, width, steps)
    return texts.flip(0), sums.flip(0)


def new_tokens_only(log_probs, ids, width, steps):
    texts, sums = flat(log_probs, ids, width, steps)
    return texts[:, len(ids) :], sums


def the_best_only(log_probs, ids, width, steps):
    return flat(log_probs, ids, width, steps)[0][0]


def no_more_than_V(log_probs, ids, width, steps):
    texts, sums = ids[None], torch.zeros(1)
    for _ in range(steps):
        totals = sums[:, None] + log_probs(texts)
        V = totals.shape[1]
        sums, best = totals.flatten().topk(width)
        texts = torch.cat((texts[best // V], (best % V)[:, None]), dim=1)
    return texts, sums


def one_axis(log_probs, ids, width, steps):
    log_probs(ids)
    return flat(log_probs, ids, width, steps)


def sums_of_the_old(log_probs, ids, width, steps):
    texts, sums = flat(log_probs, ids, width, steps)
    return texts, sums - sums[0]


ANSWERS = {
    "beam-search": {
        "right": [flat, with_lists, dead_copies, best_of_each_first],
        "wrong": {
            one_text: "The texts must have the shape",
            each_by_itself: "Each text went on with its own best token",
            living_copies: "At the first step there is only one text",
            multiplied: "A sum is infinite",
            multiplied_in_float64: "Over 400 steps, too many for float64 as well",
            dead_copies_kept: "9 candidates in all: The texts must have the shape",
            two_of_each: " candidates",
            probabilities: "Those are probabilities",
            last_step_only: "ranked by its last token alone",
            parents_forgotten: "put behind the wrong texts",
            smallest: "The smallest sums were kept",
            wider_than_asked: "were kept on the way",
            means: "no length penalty",
            best_last: "The largest sum must stand first",
            new_tokens_only: "The texts must have the shape",
            the_best_only: "It must return two tensors",
            no_more_than_V: "With width = ",
            one_axis: "log_probs takes whole numbers of shape (N, T)",
            sums_of_the_old: "do not belong together",
        },
    }
}
