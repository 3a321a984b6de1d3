"""Answers to the homework softcap-backward: right ones, and the classic wrong ones."""

import torch


def bracket(scores, pull, cap):
    bent = torch.tanh(scores / cap)
    weights = (cap * bent).softmax(dim=-1)
    mean = (weights * pull).sum(dim=-1, keepdim=True)
    return weights * (pull - mean) * (1 - bent**2)


def by_the_matrix(scores, pull, cap):
    weights = (cap * torch.tanh(scores / cap)).softmax(dim=-1)
    outer = weights[..., :, None] * weights[..., None, :]
    jacobian = torch.diag_embed(weights) - outer
    slope = 1 / torch.cosh((scores / cap).clamp(-20, 20)) ** 2
    return slope * (jacobian @ pull[..., None]).squeeze(-1)


def by_the_capped(scores, pull, cap):
    capped = cap * torch.tanh(scores / cap)
    weights = capped.softmax(dim=-1)
    pulled = weights * pull
    for_capped = pulled - weights * pulled.sum(dim=-1, keepdim=True)
    return for_capped * (1 - (capped / cap) ** 2)


def no_slope(scores, pull, cap):
    weights = (cap * torch.tanh(scores / cap)).softmax(dim=-1)
    return weights * (pull - (weights * pull).sum(dim=-1, keepdim=True))


def no_cap(scores, pull, cap):
    weights = scores.softmax(dim=-1)
    return weights * (pull - (weights * pull).sum(dim=-1, keepdim=True))


def weights_without_cap(scores, pull, cap):
    return no_cap(scores, pull, cap) * (1 - torch.tanh(scores / cap) ** 2)


def not_squared(scores, pull, cap):
    return no_slope(scores, pull, cap) * (1 - torch.tanh(scores / cap))


def square_of_all(scores, pull, cap):
    return no_slope(scores, pull, cap) * (1 - (cap * torch.tanh(scores / cap)) ** 2)


def times_cap(scores, pull, cap):
    return bracket(scores, pull, cap) * cap


def over_cap(scores, pull, cap):
    return bracket(scores, pull, cap) / cap


def slope_of(scores, cap):
    return 1 - torch.tanh(scores / cap) ** 2


def weights_of(scores, cap):
    return (cap * torch.tanh(scores / cap)).softmax(dim=-1)


def itself_alone(scores, pull, cap):
    return weights_of(scores, cap) * pull * slope_of(scores, cap)


def diagonal(scores, pull, cap):
    weights = weights_of(scores, cap)
    return weights * (1 - weights) * pull * slope_of(scores, cap)


def turned_round(scores, pull, cap):
    return -bracket(scores, pull, cap)


def down_the_columns(scores, pull, cap):
    weights = weights_of(scores, cap)
    mean = (weights * pull).sum(dim=-2, keepdim=True)
    return weights * (pull - mean) * slope_of(scores, cap)


def whole_table(scores, pull, cap):
    weights = weights_of(scores, cap)
    return weights * (pull - (weights * pull).sum()) * slope_of(scores, cap)


def plain_sum(scores, pull, cap):
    mean = pull.sum(dim=-1, keepdim=True)
    return weights_of(scores, cap) * (pull - mean) * slope_of(scores, cap)


def plain_mean(scores, pull, cap):
    mean = pull.mean(dim=-1, keepdim=True)
    return weights_of(scores, cap) * (pull - mean) * slope_of(scores, cap)


def no_axis_kept(scores, pull, cap):
    weights = weights_of(scores, cap)
    mean = (weights * pull).sum(dim=-1)
    return weights * (pull - mean) * slope_of(scores, cap)


def by_exponentials(scores, pull, cap):
    up, down = (scores / cap).exp(), (-scores / cap).exp()
    bent = (up - down) / (up + down)
    weights = (cap * bent).softmax(dim=-1)
    mean = (weights * pull).sum(dim=-1, keepdim=True)
    return weights * (pull - mean) * (1 - bent**2)


def by_autograd(scores, pull, cap):
    scores = scores.detach().requires_grad_()
    weights = weights_of(scores, cap)
    return torch.autograd.grad(weights, scores, pull)[0]


def row_by_row(scores, pull, cap):
    if scores.dim() > 1:
        pairs = zip(scores, pull, strict=True)
        return torch.stack([row_by_row(s, p, cap) for s, p in pairs])
    return bracket(scores, pull, cap)


ANSWERS = {
    "softcap-backward": {
        "right": [bracket, by_the_matrix, by_the_capped],
        "wrong": {
            no_slope: "the cap has a slope too",
            no_cap: "as if there were no cap",
            weights_without_cap: "the weights are those of scores",
            not_squared: "the square is missing",
            square_of_all: "not of cap times tanh",
            times_cap: "cap times too large",
            over_cap: "cap times too small",
            itself_alone: "lowers all others of its row",
            diagonal: "That is the diagonal",
            turned_round: "All signs are turned round",
            down_the_columns: "along a row, the last axis",
            whole_table: "each row has its own",
            plain_sum: "sum weights x pull",
            plain_mean: "not the plain mean",
            no_axis_kept: "keepdim=True",
            by_exponentials: "tanh is not",
            by_autograd: "without autograd",
            row_by_row: "Write it without a loop",
        },
    }
}
