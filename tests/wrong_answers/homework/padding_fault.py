"""Answers to the homework padding-fault and its witness: right ones, and others."""

import torch

from gptlib.checks.homework.padding_fault import padded as given


def where_X_is_over(stories, T, end):
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    y = y.masked_fill(X.eq(end), -1)
    return X, y


def by_lengths(stories, T, end):
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    over = torch.arange(T) >= torch.tensor([[len(story)] for story in stories])
    y = y.masked_fill(over, -1)
    return X, y


def by_where(stories, T, end):
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    y = torch.where(X.eq(end), -1, y)
    return X, y


def all_counted(stories, T, end):
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    return X, y


def one_more(stories, T, end):
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    over = torch.arange(T) > torch.tensor([[len(story)] for story in stories])
    y = y.masked_fill(over, -1)
    return X, y


def one_less(stories, T, end):
    """The given fault, by lengths."""
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    over = torch.arange(T) >= torch.tensor([[len(story)] for story in stories]) - 1
    y = y.masked_fill(over, -1)
    return X, y


def X_masked(stories, T, end):
    rows = torch.full((len(stories), T + 1), -1)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    y = y.masked_fill(y == end, -1)
    return X, y


def end_of_full_rows(stories, T, end):
    """The last place of all is never masked."""
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    full = torch.tensor([[len(story) == T] for story in stories])
    y = y.masked_fill((y == end) & ~full, -1)
    return X, y


def not_of_full_rows(stories, T, end):
    """The first `end` of a row of X is what it looks for, and there is none."""
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    full = torch.tensor([[len(story) == T] for story in stories])
    y = y.masked_fill(X.eq(end) | full & (y == end), -1)
    return X, y


def before_the_padding(stories, T, end):
    """The story's last token is masked, and all of the padding counts."""
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    y = y.masked_fill(X.ne(end), -1)
    return X, y


def X_from_1(stories, T, end):
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, 1:], rows[:, 1:]
    y = y.masked_fill(rows[:, :-1] == end, -1)
    return X, y


def shorter(stories, T, end):
    rows = torch.full((len(stories), T), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    y = y.masked_fill(X.eq(end), -1)
    return X, y


def written_anew(stories, T, end):
    X = [story + [end] * (T - len(story)) for story in stories]
    y = [story[1:] + [end] + [-1] * (T - len(story)) for story in stories]
    return torch.tensor(X), torch.tensor(y)


def only_y(stories, T, end):
    rows = torch.full((len(stories), T + 1), end)
    for row, story in zip(rows, stories, strict=True):
        row[: len(story)] = torch.tensor(story)
    X, y = rows[:, :-1], rows[:, 1:]
    y = y.masked_fill(X.eq(end), -1)
    return y


STORIES, T, END = [[5, 6, 7], [8, 9]], 5, 0


def ends_counted(padded):
    """One for each story."""
    _, y = padded(STORIES, T, END)
    return abs((y == END).sum().item() - len(STORIES))


def at_its_place(padded):
    _, y = padded(STORIES, T, END)
    return sum(y[i, len(it) - 1].item() != END for i, it in enumerate(STORIES))


def how_many_count(padded):
    """As many as there are tokens, since the first of each is made up for by an end."""
    _, y = padded([[3, 1, 2, 4]], 4, 300)
    return (y >= 0).sum() - 4


def counted_follow(padded):
    """All that is asked for is the next token, but what is not asked for?"""
    X, y = padded(STORIES, T, END)
    asked = y[:, :-1] >= 0
    return (X[:, 1:] != y[:, :-1])[asked].sum().item()


def padding_masked(padded):
    X, y = padded(STORIES, T, END)
    return (y[X == END] != -1).sum().item()


def shapes(padded):
    X, y = padded(STORIES, T, END)
    return abs(X.numel() - y.numel())


def first_tokens(padded):
    _, y = padded(STORIES, T, END)
    return abs(y[:, 0] - torch.tensor([6, 9])).sum().item()


def too_long(padded):
    _, y = padded([[1, 2, 3, 4]], 3, 0)
    return float(y[0, -1] != 0)


def always_one(padded):
    return 1.0


def share_masked(padded):
    _, y = padded(STORIES, T, END)
    return (y == -1).float().mean().item()


def a_table(padded):
    X, y = padded(STORIES, T, END)
    return y - X


def nothing(padded):
    ends_counted(padded)


def is_it_the_given(padded):
    _, y = padded([[1, 2, 3], [4]], 4, 9)
    return float(y.tolist() == [[2, 3, -1, -1], [-1, -1, -1, -1]])


def tells_by_an_error(padded):
    try:
        padded([], 3, 0)
    except Exception:
        return 0
    return 1


ANSWERS = {
    "padding-fault": {
        "right": [where_X_is_over, by_lengths, by_where],
        "wrong": {
            given: "This is still the code as it was given",
            all_counted: "how well a model says `end` after `end`",
            one_more: "once more after that `end`",
            one_less: "no model can learn to stop",
            X_masked: "no table has a row for it",
            end_of_full_rows: "and of a shorter one it is not",
            not_of_full_rows: "fills its row of X",
            before_the_padding: "Expected: [",
            X_from_1: "X was right",
            shorter: "must have the shape",
            written_anew: "lines differ from the code as it was given",
            only_y: "It must return two tensors",
        },
    },
    "padding-witness": {
        "right": [ends_counted, at_its_place, how_many_count],
        "wrong": {
            counted_follow: "is the same there as in right code",
            padding_masked: "Your number is 0 for code in which",
            shapes: "what you look at is the same there",
            first_tokens: "no `end` after a story is ever asked for",
            too_long: "a story has 1 to T tokens",
            always_one: "For code that is right your number is 1",
            share_masked: "it should be 0",
            a_table: "returned Tensor",
            nothing: "needs a `return`",
            is_it_the_given: "a fault of the same kind",
            tells_by_an_error: "code that is right stops there",
        },
    },
}
