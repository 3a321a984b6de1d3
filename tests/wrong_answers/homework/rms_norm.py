"""Answers to the homework rms-norm: right ones, and the classic wrong ones."""

import torch
from torch.nn import functional as F


def by_the_formula(x, weight, eps):
    return x / (x.square().mean(dim=-1, keepdim=True) + eps).sqrt() * weight


def by_rsqrt(x, weight, eps):
    scale = torch.rsqrt((x * x).mean(-1, keepdim=True) + eps)
    return weight * (x * scale)


def by_its_length(x, weight, eps):
    square = x.norm(dim=-1, keepdim=True) ** 2 / x.shape[-1]
    return x * weight / (square + eps) ** 0.5


def by_einsum(x, weight, eps):
    square = torch.einsum("...c,...c->...", x, x) / x.shape[-1]
    return x / (square + eps).sqrt().unsqueeze(-1) * weight


def pytorchs(x, weight, eps):
    return F.rms_norm(x, weight.shape, weight, eps)


def layer_norm(x, weight, eps):
    return F.layer_norm(x, weight.shape, weight, eps=eps)


def by_the_spread(x, weight, eps):
    variance = x.var(dim=-1, correction=0, keepdim=True)
    return x / (variance + eps).sqrt() * weight


def by_std(x, weight, eps):
    return x / (x.std(dim=-1, keepdim=True) + eps) * weight


def by_var(x, weight, eps):
    return x / (x.var(dim=-1, keepdim=True) + eps).sqrt() * weight


def square_of_the_mean(x, weight, eps):
    return x / (x.mean(dim=-1, keepdim=True).square() + eps).sqrt() * weight


def the_length(x, weight, eps):
    return x / (x.norm(dim=-1, keepdim=True) + eps) * weight


def unit_length(x, weight, eps):
    return weight * F.normalize(x, dim=-1)


def mean_subtracted(x, weight, eps):
    x_hat = x / (x.square().mean(dim=-1, keepdim=True) + eps).sqrt()
    return (x_hat - x_hat.mean(dim=-1, keepdim=True)) * weight


def eps_after_the_root(x, weight, eps):
    root = x.norm(2, dim=-1, keepdim=True) * x.shape[-1] ** (-1 / 2)
    return weight * (x / (root + eps))


def no_eps(x, weight, eps):
    return x / x.square().mean(dim=-1, keepdim=True).sqrt() * weight


def always_the_same_eps(x, weight, eps):
    return by_the_formula(x, weight, 1e-5)


def a_sum(x, weight, eps):
    return x / (x.square().sum(dim=-1, keepdim=True) + eps).sqrt() * weight


def no_root(x, weight, eps):
    return x / (x.square().mean(dim=-1, keepdim=True) + eps) * weight


def multiplied(x, weight, eps):
    return x * (x.square().mean(dim=-1, keepdim=True) + eps).sqrt() * weight


def sizes(x, weight, eps):
    return x / (x.abs().mean(dim=-1, keepdim=True) + eps) * weight


def no_weight(x, weight, eps):
    return x / (x.square().mean(dim=-1, keepdim=True) + eps).sqrt()


def squeezed(x, weight, eps):
    return by_the_formula(x, weight, eps).squeeze()


def no_gradient_at_zero(x, weight, eps):
    root = x.square().mean(dim=-1, keepdim=True).sqrt()
    return x / (root**2 + eps).sqrt() * weight


def tables_only(x, weight, eps):
    B_and_T, C = x.shape[:-1], x.shape[-1]
    rows = x.view(B_and_T[0], -1, C)
    return by_the_formula(rows, weight, eps).view(*B_and_T, C)


def one_plus_weight(x, weight, eps):
    return by_the_formula(x, 1 + weight, eps)


def weight_added(x, weight, eps):
    return no_weight(x, weight, eps) + weight


def over_everything(x, weight, eps):
    return x / (x.square().mean() + eps).sqrt() * weight


def over_the_positions(x, weight, eps):
    return x / (x.square().mean(dim=-2, keepdim=True) + eps).sqrt() * weight


def axis_lost(x, weight, eps):
    return x / (x.square().mean(dim=-1) + eps).sqrt() * weight


def detached(x, weight, eps):
    return x / (x.detach().square().mean(dim=-1, keepdim=True) + eps).sqrt() * weight


def nothing(x, weight, eps):
    by_the_formula(x, weight, eps)


ANSWERS = {
    "rms-norm": {
        "right": [by_the_formula, by_rsqrt, by_its_length, by_einsum],
        "wrong": {
            pytorchs: "the finished piece",
            layer_norm: "That is LayerNorm",
            by_the_spread: "divided by the spread",
            by_std: "divided by x.std()",
            by_var: "divided by x.std()",
            square_of_the_mean: "That is the square of the mean",
            the_length: "the root of C is missing",
            unit_length: "the root of C is missing",
            mean_subtracted: "The mean was subtracted",
            eps_after_the_root: "eps was added after the root",
            no_eps: "eps is missing",
            always_the_same_eps: "always the same",
            a_sum: "The squares were added up",
            no_root: "divided by the mean square",
            multiplied: "multiplied by the root",
            sizes: "mean of the sizes",
            no_weight: "The weight is missing",
            one_plus_weight: "1 + weight",
            weight_added: "The weight was added",
            over_everything: "One mean was taken over everything",
            over_the_positions: "over the positions",
            squeezed: "must have the shape (1, 1,",
            no_gradient_at_zero: "the gradient for x is not",
            tables_only: "tuple index out of range",
            axis_lost: "keepdim=True",
            detached: "the gradient for x is not",
            nothing: "needs a `return`",
        },
    }
}
