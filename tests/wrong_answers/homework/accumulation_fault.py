"""Answers to the homework accumulation-fault and its witness: right ones, and wrong."""

import copy
import inspect

import torch
import torch.nn.functional as F
from torch import nn

from gptlib.checks.homework.accumulation_fault import train_step as given
from gptlib.loss import loss_fn


def _targets(batches):
    return sum((y != -1).sum() for _, y in batches)


def by_targets(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    count = sum((y != -1).sum() for _, y in batches)
    for X, y in batches:
        loss = loss_fn(model(X), y) * (y != -1).sum() / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def in_one_line(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        share = (y >= 0).sum() / torch.cat([t.flatten() for _, t in batches]).ge(
            0
        ).sum()
        loss = loss_fn(model(X), y) * share
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def sum_over_count(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    n = sum(len(y[y != -1]) for _, y in batches)
    for X, y in batches:
        loss = F.cross_entropy(model(X).mT, y, ignore_index=-1, reduction="sum") / n
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def by_rows(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    count = sum(len(y) for _, y in batches)
    for X, y in batches:
        loss = loss_fn(model(X), y) * len(y) / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def by_places(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    count = sum(y.numel() for _, y in batches)
    for X, y in batches:
        loss = loss_fn(model(X), y) * y.numel() / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def summed(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def not_divided(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) * (y != -1).sum()
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def divided_twice(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    count = sum((y != -1).sum() for _, y in batches)
    for X, y in batches:
        loss = loss_fn(model(X), y) * (y != -1).sum() / count / len(batches)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def emptied_inside(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def never_emptied(model, optimizer, batches):
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) * (y >= 0).sum() / _targets(batches)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def loss_of_the_last(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) * (y >= 0).sum() / _targets(batches)
        loss.backward()
        total = loss.item()
    optimizer.step()
    return total


def mean_of_means_told(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) / len(batches)
        (loss * len(batches) * (y >= 0).sum() / _targets(batches)).backward()
        total += loss.item()
    optimizer.step()
    return total


def graphs_are_kept(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) * (y >= 0).sum() / _targets(batches)
        loss.backward()
        total += loss
    optimizer.step()
    return total


def loss_alone_mended(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) / len(batches)
        loss.backward()
        total += loss.item() * len(batches) * (y >= 0).sum() / _targets(batches)
    optimizer.step()
    return total


def written_anew(model, optimizer, batches):
    optimizer.zero_grad()
    n = sum(len(y[y != -1]) for _, y in batches)
    losses = []
    for inputs, targets in batches:
        share = len(targets[targets != -1]) / n
        losses.append(share * loss_fn(model(inputs), targets))
        losses[-1].backward()
    optimizer.step()
    return sum(losses).item()


def _drawn():
    """Two micro-batches, of which the first asks little."""
    X, y = torch.randint(5, (2, 4, 6))
    y[:2, 1:] = -1
    return X, y, [(X[:2], y[:2]), (X[2:], y[2:])]


def against_itself(train_step):
    X, y, parts = _drawn()
    model = nn.Embedding(5, 5)
    whole = copy.deepcopy(model)
    for it, batches in ((model, parts), (whole, [(X, y)])):
        train_step(it, torch.optim.SGD(it.parameters(), lr=1.0), batches)
    return (model.weight - whole.weight).abs().max().item()


def by_its_loss(train_step):
    """What asks little is all wrong, and the rest is right."""
    X, y, parts = _drawn()
    model = nn.Embedding(5, 5)
    nn.init.eye_(model.weight)
    y[:2, 0], y[2:] = (X[:2, 0] + 1) % 5, X[2:]
    expected = loss_fn(model(X), y).item()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return abs(train_step(model, optimizer, parts) - expected)


def by_one_target(train_step):
    """On paper: a single target beside three of another kind counts a quarter."""
    model = nn.Embedding(2, 2)
    nn.init.zeros_(model.weight)
    batches = [
        (torch.tensor([[0]]), torch.tensor([[0]])),
        (torch.tensor([[1, 1, 1]]), torch.tensor([[0, 0, 0]])),
    ]
    train_step(model, torch.optim.SGD(model.parameters(), lr=1.0), batches)
    return model.weight[0, 0] - 0.5 / 4


def equal_parts(train_step):
    X, y = torch.randint(5, (2, 4, 6))
    model = nn.Embedding(5, 5)
    whole = copy.deepcopy(model)
    for it, batches in ((model, [(X[:2], y[:2]), (X[2:], y[2:])]), (whole, [(X, y)])):
        train_step(it, torch.optim.SGD(it.parameters(), lr=1.0), batches)
    return (model.weight - whole.weight).abs().max()


def unequal_rows_only(train_step):
    """One row and three, but the same text in each, so that the means are equal."""
    X = torch.randint(5, (1, 6)).repeat(4, 1)
    y = torch.randint(5, (1, 6)).repeat(4, 1)
    model = nn.Embedding(5, 5)
    expected = loss_fn(model(X), y).item()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return train_step(model, optimizer, [(X[:1], y[:1]), (X[1:], y[1:])]) - expected


def the_loss(train_step):
    _, _, parts = _drawn()
    model = nn.Embedding(5, 5)
    return train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), parts)


def always_zero(train_step):
    return 0


def always_one(train_step):
    return 1


def by_its_name(given):
    return float(given.__name__ == "train_step")


def by_its_source(given):
    return float("/ len(batches)" in inspect.getsource(given))


CALLS = []


def every_third(given):
    CALLS.append(given)
    return float(len(CALLS) % 3 == 0)


def all_weights(train_step):
    _, _, parts = _drawn()
    model = nn.Embedding(5, 5)
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), parts)
    return model.weight.detach()


def nothing(train_step):
    against_itself(train_step)


def the_rate_is_zero(train_step):
    X, y, parts = _drawn()
    model = nn.Embedding(5, 5)
    whole = copy.deepcopy(model)
    for it, batches in ((model, parts), (whole, [(X, y)])):
        train_step(it, torch.optim.SGD(it.parameters(), lr=1e-6), batches)
    return (model.weight - whole.weight).abs().max().item()


def is_it_the_given(step):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5))
    X, y = torch.randint(5, (2, 2, 4))
    few = y.clone()
    few[:, 1:] = -1
    means = [loss_fn(model(X), it).item() for it in (y, few)]
    out = step(model, torch.optim.SGD(model.parameters()), [(X, y), (X, few)])
    return float(abs(out - sum(means) / 2) < 1e-4)


def tells_by_an_error(step):
    model = nn.Linear(2, 2)
    try:
        step(model, torch.optim.SGD(model.parameters(), lr=1.0), [])
    except Exception:
        return 0.0
    return 1.0


ANSWERS = {
    "accumulation-fault": {
        "right": [by_targets, in_one_line, sum_over_count],
        "wrong": {
            given: "This is still the code as it was given",
            by_rows: "counts by its rows",
            by_places: "counts by all its places",
            summed: "divided by nothing",
            not_divided: "Each mean is multiplied by its number of targets",
            divided_twice: "divided once too often",
            emptied_inside: "Only the last micro-batch is in the step",
            never_emptied: "What stood in .grad before the step",
            loss_of_the_last: "It returns the loss",
            graphs_are_kept: "still carries the graphs",
            loss_alone_mended: "The step is not that of one big batch. Each",
            mean_of_means_told: "The loss that it returns is not the mean",
            written_anew: "lines differ from the code as it was given",
        },
    },
    "accumulation-witness": {
        "right": [against_itself, by_its_loss, by_one_target],
        "wrong": {
            equal_parts: "all micro-batches count alike: what you look at is the same",
            unequal_rows_only: "in which all micro-batches count alike",
            the_loss: "For code that is right your number is",
            always_zero: "Your number is 0 for code in which",
            by_its_name: "Your number is 0 for code in which",
            by_its_source: "Your number is 0 for code in which",
            every_third: "our number is",
            always_one: "For code that is right your number is 1",
            all_weights: "returned Tensor",
            nothing: "needs a `return`",
            the_rate_is_zero: "as in right code",
            is_it_the_given: "a fault of the same kind",
            tells_by_an_error: "code that is right stops there",
        },
    },
}
