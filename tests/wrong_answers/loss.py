"""Answers to lesson loss: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import math

import torch
from torch.nn import functional as F


def flat(logits, targets):
    V = logits.shape[-1]
    rows, y = logits.reshape(-1, V), targets.flatten()
    keep = y != -1
    rows, y = rows[keep], y[keep]
    return -rows.log_softmax(dim=-1)[torch.arange(len(y)), y].mean()


def gathered(logits, targets):
    keep = targets != -1
    right = logits.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return ((logits.logsumexp(dim=-1) - right) * keep).sum() / keep.sum()


def pytorch(logits, targets):
    return F.cross_entropy(logits[targets != -1], targets[targets != -1])


def each(logits, targets):
    log_p = logits.log_softmax(dim=-1)
    return -log_p.gather(-1, targets.clamp(min=0)[..., None])[..., 0]


def summed(logits, targets):
    return each(logits, targets)[targets != -1].sum()


def divided_by_all(logits, targets):
    return summed(logits, targets) / targets.numel()


def indexed(logits, targets):
    V = logits.shape[-1]
    log_p = logits.reshape(-1, V).log_softmax(dim=-1)
    return -log_p[torch.arange(targets.numel()), targets.flatten()].mean()


def taken_for_0(logits, targets):
    return each(logits, targets).mean()


def all_pairs(logits, targets):
    rows, y = logits.reshape(-1, logits.shape[-1]), targets.flatten()
    return -rows[y != -1].log_softmax(dim=-1)[:, y[y != -1]].mean()


def upside_down(logits, targets):
    return -gathered(logits, targets)


def no_log(logits, targets):
    return -(-each(logits, targets)[targets != -1]).exp().mean()


def probability(logits, targets):
    return (-each(logits, targets)[targets != -1]).exp().mean()


def log_of_the_mean(logits, targets):
    return -probability(logits, targets).log()


def bits(logits, targets):
    return gathered(logits, targets) / math.log(2)


def mean_of_means(logits, targets):
    nats = each(logits, targets)
    if targets.dim() == 1:
        return nats.mean()
    rows = zip(nats, targets != -1, strict=True)
    return torch.stack([row[keep].mean() for row, keep in rows]).mean()


def not_averaged(logits, targets):
    return each(logits, targets)


def overflows(logits, targets):
    V = logits.shape[-1]
    rows, y = logits.reshape(-1, V), targets.flatten()
    rows, y = rows[y != -1], y[y != -1]
    probs = rows.exp() / rows.exp().sum(dim=-1, keepdim=True)
    return -probs[torch.arange(len(y)), y].log().mean()


def log_of_softmax(logits, targets):
    probs = logits[targets != -1].softmax(dim=-1)
    return F.nll_loss(probs.log(), targets[targets != -1])


def wrong_axis(logits, targets):
    V = logits.shape[-1]
    rows, y = logits.reshape(-1, V), targets.flatten()
    log_p = rows.log_softmax(dim=0)[torch.arange(len(y)), y.clamp(min=0)]
    return -log_p[y != -1].mean()


def detached(logits, targets):
    return flat(logits.detach(), targets)


def a_float(logits, targets):
    return flat(logits, targets).item()


def nothing(*_):
    pass


CROSS_ENTROPY = {
    "right": [flat, gathered, pytorch],
    "wrong": {
        summed: "the loss is their mean",
        divided_by_all: "divided by the number of all targets",
        indexed: "used as an index",
        taken_for_0: "as if character 0 had come",
        all_pairs: "takes the scores of all targets from every row",
        upside_down: "The sign is wrong",
        no_log: "The logarithm is missing",
        probability: "the mean probability",
        log_of_the_mean: "The mean came before the logarithm",
        bits: "These are bits",
        mean_of_means: "the mean of the rows' means",
        not_averaged: "a number for every target",
        overflows: "With large scores",
        log_of_softmax: "no log of a softmax",
        wrong_axis: "along the wrong axis",
        detached: "no gradient reaches",
        a_float: "an object of type float",
        nothing: "needs a `return`",
    },
}


def one_hot_gradient(logits, targets):
    keep = targets != -1
    right = F.one_hot(targets.clamp(min=0), logits.shape[-1])
    return (logits.softmax(dim=-1) - right) * keep[..., None] / keep.sum()


def by_autograd(logits, targets):
    leaf = logits.clone().requires_grad_()
    return torch.autograd.grad(flat(leaf, targets), leaf)[0]


def written_into(logits, targets):
    keep = targets != -1
    push = torch.zeros_like(logits)
    push[keep] = logits[keep].softmax(dim=-1)
    rows = push[keep]
    rows[torch.arange(len(rows)), targets[keep]] -= 1
    push[keep] = rows
    return push / keep.sum()


def overflowing(logits, targets):
    weights, keep = logits.exp(), targets != -1
    right = F.one_hot(targets.clamp(min=0), logits.shape[-1])
    push = weights / weights.sum(dim=-1, keepdim=True) - right
    return push * keep[..., None] / keep.sum()


def no_axis_for_the_scores(logits, targets):
    keep = targets != -1
    push = logits.softmax(dim=-1) - F.one_hot(targets.clamp(min=0), logits.shape[-1])
    return push * keep / keep.sum()


def summed_axis_gone(logits, targets):
    weights = logits.exp()
    probs = weights / weights.sum(dim=-1)
    return probs - F.one_hot(targets.clamp(min=0), logits.shape[-1])


def not_divided(logits, targets):
    return one_hot_gradient(logits, targets) * (targets != -1).sum()


def divided_by_every_target(logits, targets):
    return not_divided(logits, targets) / targets.numel()


def reversed_sign(logits, targets):
    return -one_hot_gradient(logits, targets)


def softmax_only(logits, targets):
    return logits.softmax(dim=-1) / targets.numel()


def padding_pushed(logits, targets):
    right = F.one_hot(targets.clamp(min=0), logits.shape[-1])
    return (logits.softmax(dim=-1) - right) / (targets != -1).sum()


def padding_keeps_softmax(logits, targets):
    keep = targets != -1
    right = F.one_hot(targets.clamp(min=0), logits.shape[-1]) * keep[..., None]
    return (logits.softmax(dim=-1) - right) / keep.sum()


def padding_indexed(logits, targets):
    right = F.one_hot(targets % logits.shape[-1], logits.shape[-1])
    return (logits.softmax(dim=-1) - right) / (targets != -1).sum()


def no_softmax(logits, targets):
    keep = targets != -1
    right = F.one_hot(targets.clamp(min=0), logits.shape[-1])
    return (logits - right) * keep[..., None] / keep.sum()


def for_the_right_one_only(logits, targets):
    probs = logits.softmax(dim=-1)
    right = probs.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return (right - 1) / (targets != -1).sum()


def writes_into_its_input(logits, targets):
    right = F.one_hot(targets.clamp(min=0), logits.shape[-1])
    logits -= right
    return logits


GRADIENT = {
    "right": [one_hot_gradient, by_autograd, written_into],
    "wrong": {
        not_divided: "not divided by the number",
        divided_by_every_target: "divided by the number of all targets",
        overflowing: "With large scores",
        no_axis_for_the_scores: "no axis for the V scores",
        summed_axis_gone: "unless it says keepdim=True",
        reversed_sign: "The sign is wrong",
        softmax_only: "One-hot is missing",
        padding_pushed: "pushed away from character 0",
        padding_keeps_softmax: "the softmax is left there",
        padding_indexed: "used as an index",
        no_softmax: "The softmax is missing",
        for_the_right_one_only: "must have the shape",
        writes_into_its_input: "changed the tensor",
        nothing: "needs a `return`",
    },
}
ANSWERS = {"cross-entropy": CROSS_ENTROPY, "loss-gradient": GRADIENT}
