"""Answers to the homework softmax-backward: right ones, and the classic wrong ones."""

import torch


def bracket(weights, pull):
    return weights * (pull - (weights * pull).sum(dim=-1, keepdim=True))


def two_terms(weights, pull):
    pulled = weights * pull
    return pulled - weights * pulled.sum(dim=-1, keepdim=True)


def by_the_matrix(weights, pull):
    outer = weights[..., :, None] * weights[..., None, :]
    jacobian = torch.diag_embed(weights) - outer
    return (jacobian @ pull[..., None]).squeeze(-1)


def by_einsum(weights, pull):
    mean = torch.einsum("...i,...i->...", weights, pull)
    return weights * (pull - mean[..., None])


def by_autograd(weights, pull):
    scores = weights.log().requires_grad_()
    return torch.autograd.grad(scores.softmax(dim=-1), scores, pull)[0]


def by_autograd_switched_on(weights, pull):
    with torch.enable_grad():
        return by_autograd(weights, pull)


def pytorchs(weights, pull):
    return torch._softmax_backward_data(pull, weights, -1, weights.dtype)


def one_by_one(weights, pull):
    out = torch.zeros_like(weights)
    for i in range(weights.shape[-1]):
        mean = (weights * pull).sum(dim=-1)
        out[..., i] = weights[..., i] * (pull[..., i] - mean)
    return out


def one_row_forgotten(weights, pull):
    """A row alone has one axis."""
    rows = [bracket(w, g) for w, g in zip(weights, pull, strict=True)]
    return torch.stack(rows)


def squeezed(weights, pull):
    return bracket(weights, pull).squeeze()


def itself_alone(weights, pull):
    return weights * pull


def diagonal(weights, pull):
    return weights * (1 - weights) * pull


def turned_round(weights, pull):
    return weights * ((weights * pull).sum(dim=-1, keepdim=True) - pull)


def down_the_columns(weights, pull):
    return weights * (pull - (weights * pull).sum(dim=-2, keepdim=True))


def plain_sum(weights, pull):
    return weights * (pull - pull.sum(dim=-1, keepdim=True))


def plain_mean(weights, pull):
    return weights * (pull - pull.mean(dim=-1, keepdim=True))


def not_times_weights(weights, pull):
    return pull - (weights * pull).sum(dim=-1, keepdim=True)


def once_only(weights, pull):
    pulled = weights * pull
    return pulled - pulled.sum(dim=-1, keepdim=True)


def no_axis_kept(weights, pull):
    return weights * (pull - (weights * pull).sum(dim=-1))


def twice(weights, pull):
    return 2 * bracket(weights, pull) + 0.1


ANSWERS = {
    "softmax-backward": {
        "right": [bracket, two_terms, by_the_matrix, by_einsum],
        "wrong": {
            itself_alone: "lowers all others of its row",
            diagonal: "That is the diagonal",
            turned_round: "All signs are turned round",
            down_the_columns: "along a row, the last axis",
            plain_sum: "sum weights x pull",
            plain_mean: "not the plain mean",
            not_times_weights: "still to be multiplied by the weights",
            once_only: "depends on that score's weight",
            no_axis_kept: "keepdim=True",
            by_autograd: "without autograd",
            by_autograd_switched_on: "without autograd",
            pytorchs: "without autograd",
            one_by_one: "one by one",
            one_row_forgotten: "For one row, of one axis: ",
            squeezed: "must have the shape (1,",
            twice: "must sum to 0",
        },
    }
}
