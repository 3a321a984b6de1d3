"""Answers to the homework label-smoothing: right ones, and the classic wrong ones."""

import torch
import torch.nn.functional as F


def two_means(logits, targets, smoothing):
    surprises = -logits.log_softmax(dim=-1)
    mine = surprises.gather(-1, targets[..., None])[..., 0]
    return ((1 - smoothing) * mine + smoothing * surprises.mean(dim=-1)).mean()


def with_shares(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing / V
    return -(shares * logits.log_softmax(dim=-1)).sum(dim=-1).mean()


def filled(logits, targets, smoothing):
    V = logits.shape[-1]
    rows, y = logits.reshape(-1, V), targets.reshape(-1)
    shares = torch.full_like(rows, smoothing / V)
    shares[torch.arange(len(y)), y] = 1 - smoothing + smoothing / V
    shifted = rows - rows.amax(dim=-1, keepdim=True)
    logp = shifted - shifted.exp().sum(dim=-1, keepdim=True).log()
    return -(shares * logp).sum() / len(y)


def pytorchs(logits, targets, smoothing):
    V = logits.shape[-1]
    rows, y = logits.reshape(-1, V), targets.reshape(-1)
    return F.cross_entropy(rows, y, label_smoothing=smoothing)


def _loss(logits, shares):
    return -(shares * logits.log_softmax(dim=-1)).sum(dim=-1)


def not_smoothed(logits, targets, smoothing):
    return two_means(logits, targets, 0.0)


def to_the_others(logits, targets, smoothing):
    V = logits.shape[-1]
    one_hot = F.one_hot(targets, V)
    shares = (1 - smoothing) * one_hot + smoothing / (V - 1) * (1 - one_hot)
    return _loss(logits, shares).mean()


def target_without(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = torch.full_like(logits, smoothing / V)
    shares = shares.scatter(-1, targets[..., None], 1 - smoothing)
    return _loss(logits, shares).mean()


def target_keeps_all(logits, targets, smoothing):
    V = logits.shape[-1]
    return _loss(logits, F.one_hot(targets, V) + smoothing / V).mean()


def exchanged(logits, targets, smoothing):
    return two_means(logits, targets, 1 - smoothing)


def not_dealt_out(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing
    return _loss(logits, shares).mean()


def divergence(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing / V
    pieces = F.kl_div(logits.log_softmax(dim=-1), shares, reduction="none")
    return pieces.sum(dim=-1).mean()


def half(logits, targets, smoothing):
    return (1 - smoothing) * two_means(logits, targets, 0.0)


def no_minus(logits, targets, smoothing):
    return -two_means(logits, targets, smoothing)


def summed(logits, targets, smoothing):
    return two_means(logits, targets, smoothing) * targets.numel()


def by_rows(logits, targets, smoothing):
    return summed(logits, targets, smoothing) / len(targets)


def mean_of_all(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing / V
    return -(shares * logits.log_softmax(dim=-1)).mean()


def in_bits(logits, targets, smoothing):
    return two_means(logits, targets, smoothing) / torch.tensor(2.0).log()


def by_exp(logits, targets, smoothing):
    V = logits.shape[-1]
    p = logits.exp() / logits.exp().sum(dim=-1, keepdim=True)
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing / V
    return -(shares * p.log()).sum(dim=-1).mean()


def log_of_softmax(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing / V
    return -(shares * logits.softmax(dim=-1).log()).sum(dim=-1).mean()


def softened(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing / V
    return -(shares * (logits.softmax(dim=-1) + 1e-9).log()).sum(dim=-1).mean()


def down_the_positions(logits, targets, smoothing):
    V = logits.shape[-1]
    shares = (1 - smoothing) * F.one_hot(targets, V) + smoothing / V
    return -(shares * logits.log_softmax(dim=-2)).sum(dim=-1).mean()


def without_token_0(logits, targets, smoothing):
    rows, y = logits.flatten(0, -2), targets.flatten()
    return F.cross_entropy(rows, y, label_smoothing=smoothing, ignore_index=0)


def a_row_each(logits, targets, smoothing):
    surprises = -logits.log_softmax(dim=-1)
    mine = surprises.gather(-1, targets[..., None])[..., 0]
    return (1 - smoothing) * mine + smoothing * surprises.mean(dim=-1)


def a_number(logits, targets, smoothing):
    return torch.tensor(two_means(logits, targets, smoothing).item())


ANSWERS = {
    "label-smoothing": {
        "right": [two_means, with_shares, filled],
        "wrong": {
            pytorchs: "the finished piece",
            not_smoothed: "The smoothing has no effect",
            to_the_others: "to the V - 1 other tokens",
            target_without: "The shares do not sum to 1",
            target_keeps_all: "The shares sum to more than 1",
            exchanged: "The two are exchanged",
            not_dealt_out: "Each token got all of the smoothing",
            divergence: "as in a KL divergence",
            half: "What the other tokens were asked for is missing",
            no_minus: "The sign is turned round",
            summed: "That is the sum over all positions",
            by_rows: "divided by the number of rows",
            mean_of_all: "divided by V once too often",
            in_bits: "That is in bits",
            by_exp: "It holds nan: The scores are large",
            log_of_softmax: "It is infinite. The scores are large",
            softened: "A small number was added",
            down_the_positions: "over the tokens, the last axis",
            without_token_0: "and it should be",
            a_row_each: "the result must have the shape ()",
            a_number: "no gradient reaches the inputs",
        },
    }
}
