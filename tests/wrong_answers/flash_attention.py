"""Answers to lesson flash_attention: right ones, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import math

import torch

from gptlib.attention import attention_weights

INF = math.inf


def with_floats(stream):
    m, total, acc = -INF, 0.0, 0.0
    for score, value in stream:
        new = max(m, score.item())
        fix, share = math.exp(m - new), math.exp(score - new)
        m, total, acc = new, total * fix + share, acc * fix + share * value
    return acc / total


def with_tensors_from_the_first(stream):
    m, acc = next(stream)
    total = torch.tensor(1.0)
    for score, value in stream:
        new = torch.maximum(m, score)
        total = total * (m - new).exp() + (score - new).exp()
        acc = acc * (m - new).exp() + (score - new).exp() * value
        m = new
    return acc / total


def only_when_larger(stream):
    m, total, acc = -INF, 0.0, 0.0
    for score, value in stream:
        if score > m:
            total, acc = total * math.exp(m - score), acc * math.exp(m - score)
            m = score.item()
        total += math.exp(score - m)
        acc = acc + math.exp(score - m) * value
    return acc / total


def online(
    *, on_total=True, on_acc=True, start=-INF, largest=max, inverted=False, end=None
):
    """A walk with one thing different."""

    def mine(stream):
        m, total, acc = start, 0.0, 0.0
        for score, value in stream:
            new = largest(m, score)
            fix = torch.as_tensor(new - m if inverted else m - new).exp()
            share = torch.as_tensor(score - new).exp()
            total = total * (fix if on_total else 1) + share
            acc = acc * (fix if on_acc else 1) + share * value
            m = new
        return end(total, acc) if end else acc / total

    return mine


def all_kept(stream):
    scores, values = map(torch.stack, zip(*stream, strict=True))
    return scores.softmax(dim=0) @ values


def read_twice(stream):
    m = max(score for score, _ in stream)
    total, acc = 0.0, torch.zeros(2)
    for score, value in stream:
        total += math.exp(score - m)
        acc = acc + math.exp(score - m) * value
    return acc / total


def overwritten_too_early(stream):
    m, total, acc = -INF, 0.0, 0.0
    for score, value in stream:
        m = max(m, score)
        fix, share = math.exp(m - m), math.exp(score - m)
        total, acc = total * fix + share, acc * fix + share * value
    return acc / total


def old_maximum(stream):
    m, total, acc = -INF, 0.0, 0.0
    for score, value in stream:
        share = (score - m).exp()
        total, acc = total + share, acc + share * value
        m = max(m, score)
    return acc / total


def no_maximum(stream):
    total, acc = 0.0, 0.0
    for score, value in stream:
        total, acc = total + math.exp(score), acc + math.exp(score) * value
    return acc / total


def first_score_for_ever(stream):
    m, acc = next(stream)
    total = 1.0
    for score, value in stream:
        total, acc = total + (score - m).exp(), acc + (score - m).exp() * value
    return acc / total


def upside_down_after_the_first(stream):
    m, acc = next(stream)
    total = 1.0
    for score, value in stream:
        new = max(m, score)
        fix, share = (new - m).exp(), (score - new).exp()
        m, total, acc = new, total * fix + share, acc * fix + share * value
    return acc / total


def old_share_after_the_first(stream):
    m, acc = next(stream)
    total = 1.0
    for score, value in stream:
        new = max(m, score)
        fix, share = (m - new).exp(), (score - m).exp()
        m, total, acc = new, total * fix + share, acc * fix + share * value
    return acc / total


def doubled(stream):
    return 2 * with_floats(stream)


def mean_of_values(stream):
    n, acc = 0, 0.0
    for _, value in stream:
        n, acc = n + 1, acc + value
    return acc / n


def nothing(*_):
    pass


def named(function, name):
    function.__name__ = name
    return function


ONLINE = {
    "right": [with_floats, with_tensors_from_the_first, only_when_larger],
    "wrong": {
        named(online(on_total=False), "acc_only"): "acc is corrected",
        named(online(on_acc=False), "total_only"): "total is corrected",
        overwritten_too_early: "overwrite the old maximum only after that",
        named(online(inverted=True), "inverted"): "m is minus infinity",
        old_maximum: "m is minus infinity",
        named(online(start=0.0), "from_zero"): "let m begin at -inf",
        no_maximum: "more than a number holds",
        upside_down_after_the_first: "upside down",
        old_share_after_the_first: "taken with the old maximum",
        doubled: "The answer is wrong",
        first_score_for_ever: "follow the scores",
        named(online(end=lambda total, acc: acc), "not_divided"): "acc / total",
        named(online(end=lambda t, acc: t.expand(len(acc))), "just_total"): "is total",
        all_kept: "are still kept at the end",
        read_twice: "can be read only once",
        mean_of_values: "the mean of the values",
        nothing: "needs a `return`",
    },
}


def tile_scores(q, k, rows, columns):
    s = q[..., rows, :] @ k[..., columns, :].transpose(-2, -1) / math.sqrt(q.shape[-1])
    t = torch.arange(q.shape[-2])
    return s.masked_fill(t[rows, None] < t[columns], -INF)


def as_in_the_lesson(q, k, v, rows, size):
    return walked()(q, k, v, rows, size)


def tile_by_tile_with_logs(q, k, v, rows, size):
    """Two answers are mixed by their lse: the same, put otherwise."""
    out, lse = torch.zeros_like(q[..., rows, :]), torch.full(q.shape[:-1], -INF)
    lse = lse[..., rows]
    for j in range(0, rows.stop, size):
        s = tile_scores(q, k, rows, slice(j, j + size))
        here = s.logsumexp(dim=-1)
        new = torch.logaddexp(lse, here)
        out = out * (lse - new).exp()[..., None]
        out = out + (s - new[..., None]).exp() @ v[..., j : j + size, :]
        lse = new
    return out, lse


def walked(
    *,
    on_total=True,
    on_acc=True,
    scores=tile_scores,
    until=lambda rows, T: rows.start + 1,
    replace=False,
    lse=lambda m, total: (m + total.log()).squeeze(-1),
    inside=lambda it: it,
    answer=lambda total, acc: acc / total,
):
    """A tile of queries with one thing different."""

    def mine(q, k, v, rows, size):
        m = torch.full_like(q[..., rows, :1], -INF)
        total, acc = torch.zeros_like(m), torch.zeros_like(q[..., rows, :])
        for j in range(0, until(rows, q.shape[-2]), size):
            s = scores(q, k, rows, slice(j, j + size))
            new = torch.maximum(m, s.amax(dim=-1, keepdim=True))
            fix, share = (m - new).exp(), inside((s - new).exp())
            old_total, old_acc = (0, 0) if replace else (total, acc)
            total = old_total * (fix if on_total else 1)
            total = total + share.sum(dim=-1, keepdim=True)
            acc = old_acc * (fix if on_acc else 1) + share @ v[..., j : j + size, :]
            m = new
        return answer(total, acc), lse(m, total)

    return mine


def unmasked(q, k, rows, columns):
    s = q[..., rows, :] @ k[..., columns, :].transpose(-2, -1)
    return s / math.sqrt(q.shape[-1])


def unscaled(q, k, rows, columns):
    return tile_scores(q, k, rows, columns) * math.sqrt(q.shape[-1])


def answer_alone(q, k, v, rows, size):
    return walked()(q, k, v, rows, size)[0]


def whole_table(q, k, v, rows, size):
    scores = tile_scores(q, k, slice(None), slice(None))
    out = (attention_weights(q, k) @ v)[..., rows, :]
    return out, scores.logsumexp(dim=-1)[..., rows]


def strip(q, k, v, rows, size):
    s = tile_scores(q, k, rows, slice(0, rows.stop))
    return s.softmax(dim=-1) @ v[..., : rows.stop, :], s.logsumexp(dim=-1)


def no_keepdim(q, k, v, rows, size):
    m = torch.full_like(q[..., rows, :1], -INF)
    total, acc = torch.zeros_like(m), torch.zeros_like(q[..., rows, :])
    for j in range(0, rows.start + 1, size):
        s = tile_scores(q, k, rows, slice(j, j + size))
        new = torch.maximum(m, s.amax(dim=-1))
        total = total * (m - new).exp() + (s - new).exp().sum(dim=-1)
        acc = acc * (m - new).exp() + (s - new).exp() @ v[..., j : j + size, :]
        m = new
    return acc / total, (m + total.log()).squeeze(-1)


def written_in_place(q, k, v, rows, size):
    m = torch.full_like(q[..., rows, :1], -INF)
    total, acc = torch.zeros_like(m), torch.zeros_like(q[..., rows, :])
    for j in range(0, rows.start + 1, size):
        s = tile_scores(q, k, rows, slice(j, j + size))
        new = torch.maximum(m, s.amax(dim=-1, keepdim=True))
        acc *= (m - new).exp()
        acc += (s - new).exp() @ v[..., j : j + size, :]
        total *= (m - new).exp()
        total += (s - new).exp().sum(dim=-1, keepdim=True)
        m = new
    return acc / total, (m + total.log()).squeeze(-1)


def no_maximum_in_tiles(q, k, v, rows, size):
    total, acc = 0, 0
    for j in range(0, rows.start + 1, size):
        share = tile_scores(q, k, rows, slice(j, j + size)).exp()
        total = total + share.sum(dim=-1, keepdim=True)
        acc = acc + share @ v[..., j : j + size, :]
    return acc / total, total.log().squeeze(-1)


def one_maximum_for_all(q, k, v, rows, size):
    m = torch.full_like(q[..., rows, :1], -INF)
    total, acc = torch.zeros_like(m), torch.zeros_like(q[..., rows, :])
    for j in range(0, rows.start + 1, size):
        s = tile_scores(q, k, rows, slice(j, j + size))
        new = torch.maximum(m, s.amax())
        total = total * (m - new).exp() + (s - new).exp().sum(dim=-1, keepdim=True)
        acc = acc * (m - new).exp() + (s - new).exp() @ v[..., j : j + size, :]
        m = new
    return acc / total, (m + total.log()).squeeze(-1)


def softmax_per_tile(corrected):
    def mine(q, k, v, rows, size):
        m = torch.full_like(q[..., rows, :1], -INF)
        total, acc = torch.zeros_like(m), torch.zeros_like(q[..., rows, :])
        for j in range(0, rows.start + 1, size):
            s = tile_scores(q, k, rows, slice(j, j + size))
            new = torch.maximum(m, s.amax(dim=-1, keepdim=True))
            fix = (m - new).exp() if corrected else 1
            share = s.softmax(dim=-1)
            total = total * fix + share.sum(dim=-1, keepdim=True)
            acc = acc * fix + share @ v[..., j : j + size, :]
            m = new
        return acc / total, (m + total.log()).squeeze(-1)

    return mine


TILES = {
    "right": [as_in_the_lesson, tile_by_tile_with_logs, written_in_place],
    "wrong": {
        named(walked(on_total=False), "tiles_acc_only"): "acc is corrected",
        named(walked(on_acc=False), "tiles_total_only"): "total is corrected",
        named(walked(on_total=False, on_acc=False), "never"): "multiply both",
        named(walked(replace=True), "last_tile"): "do not replace them",
        named(walked(scores=unmasked), "unmasked_diagonal"): "In the diagonal tile",
        named(
            walked(scores=unmasked, until=lambda rows, T: T), "unmasked_all"
        ): "The future is not masked",
        named(walked(scores=unscaled), "unscaled_tiles"): "root of hs",
        named(
            walked(until=lambda rows, T: rows.start), "diagonal_missing"
        ): "The tile on the diagonal is missing",
        named(walked(until=lambda rows, T: T), "not_skipped"): "wholly in the future",
        named(
            walked(answer=lambda total, acc: acc), "acc_alone"
        ): "division is missing",
        named(walked(lse=lambda m, total: total.log()[..., 0]), "no_m"): "lacks m",
        named(walked(lse=lambda m, total: total[..., 0]), "no_log"): "is total itself",
        named(walked(lse=lambda m, total: m[..., 0]), "m_alone"): "is m alone",
        named(walked(lse=lambda m, t: m + t.log()), "not_squeezed"): "squeeze(-1)",
        answer_alone: "It returned one tensor",
        whole_table: "is made on the way",
        strip: "is made on the way",
        no_keepdim: "keepdim=True",
        named(
            walked(inside=torch.Tensor.detach), "detached_tiles"
        ): "gradient for q is not",
        one_maximum_for_all: "wanted per row",
        named(softmax_per_tile(True), "own_softmax"): "a softmax of its own",
        named(softmax_per_tile(False), "mean_of_tiles"): "a softmax of its own",
        no_maximum_in_tiles: "subtract the largest so far",
        nothing: "needs a `return`",
    },
}

ANSWERS = {"online-softmax": ONLINE, "tiles": TILES}
