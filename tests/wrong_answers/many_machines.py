"""Answers to lesson many_machines: right ones, and the classic wrong ones."""

import torch


def stacked(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([p.grad for p in copies]).mean(dim=0)
        for p in copies:
            p.grad = mean.clone()


def in_place(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = sum(p.grad for p in copies) / len(models)
        for p in copies:
            p.grad.copy_(mean)


def by_name(models):
    grads = [{n: p.grad for n, p in m.named_parameters()} for m in models]
    means = {n: sum(g[n] for g in grads) / len(grads) for n in grads[0]}
    for model in models:
        for n, p in model.named_parameters():
            p.grad = means[n] * 1.0


def added(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        total = sum(p.grad for p in copies)
        for p in copies:
            p.grad = total.clone()


def first_only(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        copies[0].grad = torch.stack([p.grad for p in copies]).mean(dim=0)


def overwrites(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        for p in copies:
            p.grad = torch.stack([q.grad for q in copies]).mean(dim=0)


def shared(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([p.grad for p in copies]).mean(dim=0)
        for p in copies:
            p.grad = mean


def one_number(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([p.grad for p in copies]).mean()
        for p in copies:
            p.grad = mean.expand_as(p).clone()


def weights(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        for p in copies:
            p.data += p.grad


def thrown_away(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([p.grad for p in copies]).mean(dim=0)
        for grad in (p.grad for p in copies):
            grad = mean  # noqa: F841


def of_the_first(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        for p in copies[1:]:
            p.grad = copies[0].grad.clone()


def no_such_thing(models):
    for p in models.parameters():
        p.grad /= len(models)


ANSWERS = {
    "average-gradients": {
        "right": [stacked, in_place, by_name],
        "wrong": {
            added: "not divided by the number of copies",
            first_only: "Only the first copy",
            overwrites: "already overwritten",
            shared: "the same tensor, not equal ones",
            one_number: "over the copies alone",
            weights: "It changed weights",
            thrown_away: "No gradient has changed",
            of_the_first: "the first one's gradient",
            no_such_thing: "Your code stopped with AttributeError",
        },
    }
}
