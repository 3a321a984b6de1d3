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


def by_two(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = sum(p.grad for p in copies) / 2
        for p in copies:
            p.grad = mean.clone()


def first_two(models):
    for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True):
        mean = (p.grad + q.grad) / 2
        p.grad, q.grad = mean.clone(), mean.clone()


def first_two_for_all(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = (copies[0].grad + copies[1].grad) / 2
        for p in copies:
            p.grad = mean.clone()


def added_to_itself(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        for p in copies:
            for q in copies:
                p.grad = p.grad + q.grad


def added_to_itself_and_divided(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        for p in copies:
            for q in copies:
                p.grad = p.grad + q.grad
            p.grad /= len(models)


def divided_only(models):
    for model in models:
        for p in model.parameters():
            p.grad = p.grad / len(models)


def half_and_half(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = copies[0].grad
        for p in copies[1:]:
            mean = (mean + p.grad) / 2
        for p in copies:
            p.grad = mean.clone()


def last_parameter(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([p.grad for p in copies]).mean(dim=0)
    for p in copies:
        p.grad = mean.clone()


def mean_of_weights(models):
    with torch.no_grad():
        for copies in zip(*(model.parameters() for model in models), strict=True):
            mean = torch.stack(copies).mean(dim=0)
            for p in copies:
                p.copy_(mean)


def weights_into_grads(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack(copies).mean(dim=0)
        for p in copies:
            p.grad = mean.clone()


def into_the_weights(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        mean = torch.stack([p.grad for p in copies]).mean(dim=0)
        for p in copies:
            p.data = mean.clone()


def median(models):
    for copies in zip(*(model.parameters() for model in models), strict=True):
        middle = torch.stack([p.grad for p in copies]).median(dim=0).values
        for p in copies:
            p.grad = middle.clone()


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
            by_two: "is divided by 2: divide by as many copies",
            first_two: "Only the first two copies are averaged",
            first_two_for_all: "Only the first two copies are averaged",
            added_to_itself: "own gradient is in its sum twice",
            added_to_itself_and_divided: "own gradient is in its sum twice",
            divided_only: "and nothing is added",
            half_and_half: "averaged with the mean so far",
            last_parameter: "Some gradients have changed, and those of these",
            mean_of_weights: "You averaged the weights",
            weights_into_grads: "p.grad holds the mean of the weights",
            into_the_weights: "The mean of the gradients stands in the weights",
            median: "the gradient of parameter 0 in copy 0 is not the mean of all",
            no_such_thing: "Your code stopped with AttributeError",
        },
    }
}
