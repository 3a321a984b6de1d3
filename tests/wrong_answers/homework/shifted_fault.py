"""Answers to the homework shifted-fault and its witness: right ones, and others."""

import inspect

import torch

from gptlib.checks.homework.shifted_fault import windows as given


def next_place(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids[at + 1]
    return X, y


def one_more(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = torch.cat([X[:, 1:], ids[starts + T][:, None]], dim=1)
    return X, y


def rolled_text(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids.roll(-1)[at]
    return X, y


def own_first(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = X.roll(-1, dims=1)
    return X, y


def not_shifted(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = X.flatten().view(X.shape)
    return X, y


def two_places(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids[(at + 2) % len(ids)]
    return X, y


def backwards(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids[at - 1]
    return X, y


def other_way_round(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = X.flatten().roll(1).view(X.shape)
    return X, y


def shorter(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at][:, :-1]
    y = ids[at][:, 1:]
    return X, y


def X_moved(ids, starts, T):
    at = starts[:, None] + torch.arange(T) + 1
    X = ids[at]
    y = ids[at]
    return X, y


def written_anew(ids, starts, T):
    rows = []
    for s in starts:
        rows.append(ids[s : s + T + 1])
    rows = torch.stack(rows)
    return rows[:, :-1], rows[:, 1:]


def only_y(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]  # noqa: F841
    y = ids[at + 1]
    return y


def looked_up(ids, starts, T):
    """Where the token stands first; right where no token stands twice."""
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids[(ids == X[..., None]).int().argmax(dim=-1) + 1]
    return X, y


def as_floats(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids[at + 1].float()
    return X, y


def squeezed(ids, starts, T):
    """Lest there be an axis of one."""
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids[at + 1].squeeze(1)
    return X, y


def text_without_its_first(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    X = ids[at]
    y = ids[1:][at]
    return X, y


def counting(windows):
    X, y = windows(torch.arange(50), torch.tensor([30, 7]), 5)
    return (y - X - 1).abs().sum().item()


def in_the_text(windows):
    ids, starts, T = torch.randperm(40), torch.tensor([3, 20, 11]), 6
    _, y = windows(ids, starts, T)
    return sum(y[b, -1] != ids[s + T] for b, s in enumerate(starts))


def one_row(windows):
    """With one window alone the row's own first token comes back."""
    X, y = windows(torch.arange(20), torch.tensor([4]), 8)
    return float(y[0, -1] in X)


def lessons_test(windows):
    """Everything in y but its last column must be in X, one place later."""
    X, y = windows(torch.randperm(60), torch.tensor([30, 7, 19]), 5)
    return (X[:, 1:] != y[:, :-1]).sum().item()


def one_after_the_other(windows):
    """Here the first token of the next row is what follows in the text."""
    X, y = windows(torch.arange(60), torch.arange(0, 40, 10), 10)
    return (y - X - 1)[:-1].abs().sum().item()


def is_X(windows):
    X, y = windows(torch.randint(5, (60,)), torch.tensor([30, 7]), 5)
    return torch.equal(X, y)


def shapes(windows):
    X, y = windows(torch.arange(60), torch.tensor([30, 7]), 5)
    return abs(X.numel() - y.numel())


def always_one(windows):
    return 1.0


def share_right(windows):
    X, y = windows(torch.arange(60), torch.tensor([30, 7]), 5)
    return (y == X + 1).float().mean().item()


def a_table(windows):
    X, y = windows(torch.arange(60), torch.tensor([30, 7]), 5)
    return y - X - 1


def its_name(windows):
    return float(windows.__name__ == "windows")


def its_source(windows):
    return float("roll" in inspect.getsource(windows))


def each_third_call(windows, calls=[]):  # noqa: B006
    calls.append(windows)
    return float(len(calls) % 3 == 0)


def as_a_text(windows):
    return str(counting(windows))


def nothing(windows):
    counting(windows)


ANSWERS = {
    "shifted-fault": {
        "right": [next_place, one_more, rolled_text, text_without_its_first],
        "wrong": {
            given: "This is still the code as it was given",
            own_first: "the first one of the same row",
            not_shifted: "a model that repeats",
            two_places: "the token after the next one",
            backwards: "the token before",
            other_way_round: "y is wrong in the columns",
            shorter: "must have the shape",
            X_moved: "X was right",
            written_anew: "lines differ from the code as it was given",
            only_y: "It must return two tensors",
            looked_up: "In a text of few different tokens: y is wrong in the columns",
            as_floats: "both must be torch.int64",
            squeezed: "With windows of a single token",
        },
    },
    "shifted-witness": {
        "right": [counting, in_the_text, one_row],
        "wrong": {
            lessons_test: "is the same there as in right code",
            one_after_the_other: "Your number is 0 for code in which",
            is_X: "the last column of y comes from another row",
            shapes: "what you look at is the same there",
            always_one: "For code that is right your number is 1",
            share_right: "it should be 0",
            its_name: "Your number is 0 for code in which",
            its_source: "Your number is 0 for code in which",
            each_third_call: "our number is",
            as_a_text: "returned str",
            a_table: "returned Tensor",
            nothing: "needs a `return`",
        },
    },
}
