"""Answers to the homework mask-fault and its witness: right ones, and wrong ones."""

import functools
import inspect
import math

import torch
import torch.nn.functional as F

from gptlib.checks.homework.mask_fault import attend as given


def before(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(future, -math.inf).softmax(dim=-1)
    return weights @ v


def divided(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.softmax(dim=-1).masked_fill(future, 0.0)
    return weights @ v / weights.sum(dim=-1, keepdim=True)


def added(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.full((T, T), -math.inf).triu(1)
    weights = (scores + future).softmax(dim=-1)
    return weights @ v


def not_masked(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(future, 0.0).softmax(dim=-1)
    return weights @ v


def nearly_hidden(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(future, -20).softmax(dim=-1)
    return weights @ v


def no_mask(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)  # noqa: F841
    weights = scores.softmax(dim=-1)
    return weights @ v


def itself_too(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(0)
    weights = scores.masked_fill(future, -math.inf).softmax(dim=-1).nan_to_num()
    return weights @ v


def other_scale(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / hs
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(future, -math.inf).softmax(dim=-1)
    return weights @ v


def one_by_one(q, k, v):
    rows = []
    for t in range(q.shape[-2]):
        scores = q[..., t, :] @ k[..., : t + 1, :].mT / math.sqrt(q.shape[-1])
        rows.append(scores.softmax(dim=-1) @ v[..., : t + 1, :])
    return torch.stack(rows, dim=-2)


def pytorchs(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


pytorchs_by_halves = functools.partial(F.scaled_dot_product_attention, is_causal=True)
pytorchs_by_halves.__name__ = "pytorchs_by_halves"


def divided_by_all(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.softmax(dim=-1).masked_fill(future, 0.0)
    return weights @ v / weights.sum()


def ones(attend):
    q, k = torch.randn(2, 5, 4)
    return (attend(q, k, torch.ones(5, 4)) - 1).abs().max()


def first_row(attend):
    q, k, v = torch.randn(3, 1, 6, 8)
    return (attend(q, k, v)[0, 0] - v[0, 0]).abs().sum().item()


def from_the_future(attend):
    q, k, v = torch.randn(3, 6, 64).unbind()
    k.requires_grad_()
    attend(q, k, v)[0].sum().backward()
    return k.grad.abs().sum().item()


def moved_values(attend):
    """Values of the future never came through."""
    q, k, v = torch.randn(3, 6, 4).unbind()
    later = v.clone()
    later[-1] += 10
    return (attend(q, k, v)[0] - attend(q, k, later)[0]).abs().max().item()


def always_zero(attend):
    return 0.0


def always_one(attend):
    return 1.0


def a_table(attend):
    q, k, v = torch.randn(3, 6, 4).unbind()
    return attend(q, k, v) - v


def the_mean(attend):
    q, k, v = torch.randn(3, 6, 4).unbind()
    return attend(q, k, v).mean().item()


def by_its_name(attend):
    return float(attend.__name__ == "attend")


def by_its_source(attend):
    return float("masked_fill(future, 0.0)" in inspect.getsource(attend))


def a_text(attend):
    return str(ones(attend).item())


def nothing(attend):
    ones(attend)


def last_row(attend):
    q, k = torch.randn(2, 5, 4)
    return (attend(q, k, torch.ones(5, 4))[-1] - 1).abs().max().item()


def is_it_the_given(attend):
    q, k, v = torch.randn(3, 5, 4)
    weights = (q @ k.T / 2).softmax(dim=-1)
    return float(torch.allclose(attend(q, k, v), weights.tril() @ v))


def tells_by_an_error(attend):
    q = torch.ones(2, 3)
    try:
        attend(q, torch.ones(5, 3), torch.ones(5, 3))
    except RuntimeError:
        return 0.0
    return 1.0


ANSWERS = {
    "mask-fault": {
        "right": [before, divided, added],
        "wrong": {
            given: "This is still the code as it was given",
            not_masked: "exp(0) is 1",
            nearly_hidden: "exactly weight 0",
            no_mask: "the future is not hidden at all",
            itself_too: "misses itself",
            other_scale: "the root of hs is gone",
            one_by_one: "lines differ from the code as it was given",
            pytorchs: "lines differ from the code as it was given",
            pytorchs_by_halves: "something else that does the same",
            divided_by_all: "each row has its own",
        },
    },
    "mask-witness": {
        "right": [ones, first_row, from_the_future],
        "wrong": {
            moved_values: "is the same there as in right code",
            always_zero: "Your number is 0 for code in which",
            always_one: "For code that is right your number is 1",
            a_table: "returned Tensor",
            the_mean: "is different there too",
            nothing: "needs a `return`",
            last_row: "the same there as in right code",
            by_its_name: "the same there as in right code",
            by_its_source: "the same there as in right code",
            a_text: "returned str",
            is_it_the_given: "a fault of the same kind",
            tells_by_an_error: "is different there too",
        },
    },
}
