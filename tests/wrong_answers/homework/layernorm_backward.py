"""Answers to the homework layernorm-backward: right ones, and the classic wrong ones.

Most wrong ones have a right second gradient: `with_weights(...)` adds it.
"""

import functools

import torch


def parts_of(x, eps):
    """What the forward pass had: z and the root."""
    away = x - x.mean(-1, keepdim=True)
    s = (away.square().mean(-1, keepdim=True) + eps).sqrt()
    return away / s, s


def mean(it):
    return it.mean(-1, keepdim=True)


def for_weight(x, eps, pull):
    z, _ = parts_of(x, eps)
    return (pull * z).flatten(0, -2).sum(0)


def by_three_ways(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    g = weight * pull
    for_x = (g - mean(g) - z * mean(g * z)) / s
    return for_x, (pull * z).sum(dim=tuple(range(x.dim() - 1)))


def by_the_matrix(x, weight, eps, pull):
    """All C x C derivatives of each vector."""
    C = x.shape[-1]
    z, s = parts_of(x, eps)
    outer = z[..., :, None] * z[..., None, :]
    jacobian = (torch.eye(C) - 1 / C - outer / C) / s[..., None]
    for_x = (jacobian @ (weight * pull)[..., None]).squeeze(-1)
    return for_x, for_weight(x, eps, pull)


def step_by_step(x, weight, eps, pull):
    """Backwards through each line of the forward pass."""
    C = x.shape[-1]
    away = x - mean(x)
    root = (mean(away**2) + eps) ** 0.5
    d_z = pull * weight
    d_root = -(d_z * away).sum(-1, keepdim=True) / root**2
    d_variance = d_root / (2 * root)
    d_away = d_z / root + d_variance * 2 * away / C
    return d_away - mean(d_away), torch.einsum("nc,nc->c", *flat(pull, away / root))


def flat(*tensors):
    return [it.reshape(-1, it.shape[-1]) for it in tensors]


def vector_by_vector(x, weight, eps, pull):
    rows, total = [], torch.zeros_like(weight)
    for v, p in zip(*flat(x, pull), strict=True):
        s = (v.var(correction=0) + eps).sqrt()
        z, g = (v - v.mean()) / s, weight * p
        rows.append((g - g.mean() - z * (g @ z) / len(v)) / s)
        total = total + p * z
    return torch.stack(rows).view_as(x), total


def with_weights(for_x):
    """An answer whose first gradient is this function's, and whose second is right."""

    @functools.wraps(for_x)
    def mine(x, weight, eps, pull):
        return for_x(x, weight, eps, pull), for_weight(x, eps, pull)

    return mine


@with_weights
def first_way_alone(x, weight, eps, pull):
    return weight * pull / parts_of(x, eps)[1]


@with_weights
def no_root_way(x, weight, eps, pull):
    g = weight * pull
    return (g - mean(g)) / parts_of(x, eps)[1]


@with_weights
def no_mean_way(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    g = weight * pull
    return (g - z * mean(g * z)) / s


def lesson_10(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    return (pull - mean(pull) - z * mean(pull * z)) / s


@with_weights
def no_weight(x, weight, eps, pull):
    return lesson_10(x, weight, eps, pull)


@with_weights
def weight_last(x, weight, eps, pull):
    return weight * lesson_10(x, weight, eps, pull)


@with_weights
def means_without_weight(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    return (weight * pull - mean(pull) - z * mean(pull * z)) / s


@with_weights
def unbiased(x, weight, eps, pull):
    s = (x.var(-1, keepdim=True) + eps).sqrt()
    z, g = (x - mean(x)) / s, weight * pull
    return (g - mean(g) - z * mean(g * z)) / s


@with_weights
def no_eps(x, weight, eps, pull):
    return by_three_ways(x, weight, 0.0, pull)[0]


@with_weights
def eps_after_the_root(x, weight, eps, pull):
    s = x.std(-1, correction=0, keepdim=True) + eps
    z, g = (x - mean(x)) / s, weight * pull
    return (g - mean(g) - z * mean(g * z)) / s


@with_weights
def by_the_variance(x, weight, eps, pull):
    return by_three_ways(x, weight, eps, pull)[0] / parts_of(x, eps)[1]


@with_weights
def not_divided(x, weight, eps, pull):
    return by_three_ways(x, weight, eps, pull)[0] * parts_of(x, eps)[1]


@with_weights
def plus_for_minus(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    g = weight * pull
    return (g - mean(g) + z * mean(g * z)) / s


@with_weights
def x_for_z(x, weight, eps, pull):
    s, g = parts_of(x, eps)[1], weight * pull
    return (g - mean(g) - x * mean(g * x)) / s


@with_weights
def weighted_z(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    y, g = z * weight, weight * pull
    return (g - mean(g) - y * mean(g * y)) / s


@with_weights
def sums_for_means(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    g = weight * pull
    total = (g * z).sum(-1, keepdim=True)
    return (g - g.sum(-1, keepdim=True) - z * total) / s


@with_weights
def over_the_positions(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    g = weight * pull
    return (g - g.mean(-2, keepdim=True) - z * (g * z).mean(-2, keepdim=True)) / s


@with_weights
def over_everything(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    g = weight * pull
    return (g - g.mean() - z * (g * z).mean()) / s


@with_weights
def axis_lost(x, weight, eps, pull):
    z, s = parts_of(x, eps)
    g = weight * pull
    return (g - g.mean(-1) - z * (g * z).mean(-1)) / s


def x_alone(x, weight, eps, pull):
    return by_three_ways(x, weight, eps, pull)[0]


def the_biass(x, weight, eps, pull):
    return by_three_ways(x, weight, eps, pull)[0], pull.sum(tuple(range(x.dim() - 1)))


def pull_times_x(x, weight, eps, pull):
    return x_alone(x, weight, eps, pull), (pull * x).sum(tuple(range(x.dim() - 1)))


def mean_over_vectors(x, weight, eps, pull):
    z = parts_of(x, eps)[0]
    return x_alone(x, weight, eps, pull), (pull * z).flatten(0, -2).mean(0)


def other_weights(by_vector):
    """An answer whose first gradient is right; this gives each vector's part."""

    @functools.wraps(by_vector)
    def mine(x, weight, eps, pull):
        z, s = parts_of(x, eps)
        each = by_vector(x, z, s, pull)
        return x_alone(x, weight, eps, pull), each.flatten(0, -2).sum(0)

    return mine


@other_weights
def weights_sign_turned(x, z, s, pull):
    return -pull * z


@other_weights
def root_twice_for_weight(x, z, s, pull):
    return pull * z / s


@other_weights
def root_left_out_for_weight(x, z, s, pull):
    return pull * (x - mean(x))


@other_weights
def mean_left_out_for_weight(x, z, s, pull):
    return pull * x / s


def first_vector_alone(x, weight, eps, pull):
    first = flat(pull * parts_of(x, eps)[0])[0][0]
    return x_alone(x, weight, eps, pull), first


def zeros_for_weight(x, weight, eps, pull):
    return x_alone(x, weight, eps, pull), torch.zeros_like(weight)


def one_too_many(x, weight, eps, pull):
    x_grad, weight_grad = by_three_ways(x, weight, eps, pull)
    return x_grad, weight_grad + 1


def not_added_up(x, weight, eps, pull):
    return x_alone(x, weight, eps, pull), pull * parts_of(x, eps)[0]


def by_autograd(x, weight, eps, pull):
    x, weight = x.clone().requires_grad_(), weight.clone().requires_grad_()
    out = torch.nn.functional.layer_norm(x, weight.shape, weight, eps=eps)
    return torch.autograd.grad(out, (x, weight), pull)


def by_autograd_switched_on(x, weight, eps, pull):
    with torch.enable_grad():
        return by_autograd(x, weight, eps, pull)


def pytorchs(x, weight, eps, pull):
    _, backward = torch.func.vjp(
        lambda x, weight: torch.nn.functional.layer_norm(
            x, weight.shape, weight, eps=eps
        ),
        x,
        weight,
    )
    return backward(pull)


def other_eps_for_weight(x, weight, eps, pull):
    return x_alone(x, weight, eps, pull), for_weight(x, 0.5, pull)


def unbiased_for_weight(x, weight, eps, pull):
    z = (x - mean(x)) / (x.var(-1, keepdim=True) + eps).sqrt()
    return x_alone(x, weight, eps, pull), (pull * z).flatten(0, -2).sum(0)


def nothing(x, weight, eps, pull):
    by_three_ways(x, weight, eps, pull)


ANSWERS = {
    "layernorm-backward": {
        "right": [by_three_ways, by_the_matrix, step_by_step],
        "wrong": {
            first_way_alone: "the first of three ways: x_i also",
            no_root_way: "The way through the root is missing",
            no_mean_way: "The way through the mean is missing",
            no_weight: "it multiplies the pull first",
            weight_last: "The weight comes last in your line",
            means_without_weight: "The means must be those of weight x pull",
            unbiased: "correction=0 divides by C",
            no_eps: "eps is missing",
            eps_after_the_root: "eps was added after the root",
            by_the_variance: "divided by the variance",
            not_divided: "The 1 / s is missing",
            plus_for_minus: "The last of the three signs",
            x_for_z: "and not x",
            weighted_z: "the weight is in it twice",
            sums_for_means: "Those are sums",
            over_the_positions: "The means run over the positions",
            over_everything: "The means run over everything",
            axis_lost: "keepdim=True",
            x_alone: "It must return two tensors",
            the_biass: "pull alone is the bias's gradient",
            pull_times_x: "before its weight, not x",
            mean_over_vectors: "yours is their mean",
            weights_sign_turned: "your sign is turned round",
            root_twice_for_weight: "you divided by it once more",
            root_left_out_for_weight: "you left the root out",
            mean_left_out_for_weight: "before the division by the root",
            first_vector_alone: "yours is what the first vector gives",
            zeros_for_weight: "Row 0 is wrong.\nYours:    0, 0, 0",
            one_too_many: "Row 0 is wrong",
            not_added_up: "the result must have the shape",
            vector_by_vector: "goes through the vectors one by one",
            by_autograd_switched_on: "Write it without autograd",
            pytorchs: "Write it without autograd",
            other_eps_for_weight: "The gradient for weight: Row 0 is wrong",
            unbiased_for_weight: "The gradient for weight: Row 0 is wrong",
            by_autograd: "Write it without autograd",
            nothing: "needs a `return`",
        },
    }
}
