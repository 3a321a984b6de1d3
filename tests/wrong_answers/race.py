"""Answers to lesson race: right ones written differently, the classic wrong ones."""

import math

import torch

A, B, C = 3.4445, -4.775, 2.0315


def five(x, rounds=5):
    for _ in range(rounds):
        square = x @ x.T
        x = A * x + (B * square + C * square @ square) @ x
    return x


def turned(G, rounds=5):
    tall = G.shape[0] > G.shape[1]
    x = G.T if tall else G
    x = five(x / max(x.norm().item(), 1e-7), rounds)
    return x.T if tall else x


def from_the_right(G, rounds=5):
    x = G / (G.norm() + 1e-12)
    for _ in range(rounds):
        square = x.T @ x
        x = A * x + B * x @ square + C * x @ square @ square
    return x


def never_turned(G, rounds=5):
    return five(G / (G.norm() + 1e-7), rounds)


def by_svd(G, rounds=5):
    U, s, V = torch.linalg.svd(G, full_matrices=False)
    s = s / s.square().sum().sqrt().clamp(min=1e-7)
    for _ in range(rounds):
        s = A * s + B * s**3 + C * s**5
    return U @ torch.diag(s) @ V


def safe(G):
    return G / G.norm().clamp(min=1e-7)


def not_divided(G, rounds=5):
    return five(G, rounds)


def number_by_number(G, rounds=5):
    x = safe(G)
    for _ in range(rounds):
        x = A * x + B * x**3 + C * x**5
    return x


def no_fifth_power(G, rounds=5):
    x = safe(G)
    for _ in range(rounds):
        square = x @ x.T
        x = A * x + (B * square + C * square) @ x
    return x


def plus_b(G, rounds=5):
    x = safe(G)
    for _ in range(rounds):
        square = x @ x.T
        x = A * x + (4.775 * square + C * square @ square) @ x
    return x


def by_the_largest_value(G, rounds=5):
    return five(G / torch.linalg.svdvals(G)[0], rounds)


def by_rows(G, rounds=5):
    return five(G / G.norm(dim=1, keepdim=True), rounds)


def always_five(G, rounds=5):
    return five(safe(G), 5)


def returns_in_the_loop(G, rounds=5):
    return five(safe(G), 1)


def not_turned_back(G, rounds=5):
    return five(safe(G.T if G.shape[0] > G.shape[1] else G), rounds)


def zero_over_zero(G, rounds=5):
    return five(G / G.norm(), rounds)


def rounded(G, rounds=5):
    return five(safe(G).bfloat16(), rounds)


def writes_into_it(G, rounds=5):
    G /= G.norm().clamp(min=1e-7)
    return five(G, rounds)


def nothing(*_):
    pass


LIFT = {
    "right": [turned, from_the_right, never_turned, by_svd],
    "wrong": {
        not_divided: "divide",
        number_by_number: "number by number",
        no_fifth_power: "fifth power",
        plus_b: "negative",
        by_the_largest_value: "the largest singular value",
        by_rows: "each row by its own",
        always_five: "For rounds = 1 these are 5",
        returns_in_the_loop: "For rounds = 5 these are 1",
        not_turned_back: "must be turned back",
        zero_over_zero: "the norm of zeros is 0",
        rounded: "torch.bfloat16",
        writes_into_it: "changed the tensor",
        nothing: "needs a `return`",
    },
}


def tall(w):
    return math.sqrt(max(1, w.shape[0] / w.shape[1]))


def by_lerp(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    step = turned(grad.lerp(m, momentum)) * tall(w)
    return w - lr * weight_decay * w - lr * step, m


def spelled_out(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    rows, columns = w.shape
    m = momentum * m + (1 - momentum) * grad
    ahead = momentum * m + (1 - momentum) * grad
    factor = (rows / columns) ** 0.5 if rows > columns else 1
    return (1 - lr * weight_decay) * w - lr * factor * turned(ahead), m


def sums(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = momentum * m + grad
    ahead = momentum * m + grad
    return w * (1 - lr * weight_decay) - lr * tall(w) * turned(ahead), m


def exchanged(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    return by_lerp(w, grad, m, lr, 1 - momentum, weight_decay)


def forgets_the_mean(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    return by_lerp(w, grad, m, lr, momentum, weight_decay)[0], m


def mean_is_ahead(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    w, m = by_lerp(w, grad, m, lr, momentum, weight_decay)
    return w, momentum * m + (1 - momentum) * grad


def uphill(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    step = turned(grad.lerp(m, momentum)) * tall(w)
    return w * (1 - lr * weight_decay) + lr * step, m


def no_look_ahead(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    return w * (1 - lr * weight_decay) - lr * tall(w) * turned(m), m


def not_orthogonalised(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    return w * (1 - lr * weight_decay) - lr * tall(w) * grad.lerp(m, momentum), m


def no_factor(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    return w * (1 - lr * weight_decay) - lr * turned(grad.lerp(m, momentum)), m


def upside_down(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    step = turned(grad.lerp(m, momentum)) * tall(w.T)
    return w * (1 - lr * weight_decay) - lr * step, m


def no_root(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    step = turned(grad.lerp(m, momentum)) * tall(w) ** 2
    return w * (1 - lr * weight_decay) - lr * step, m


def below_one(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    step = (w.shape[0] / w.shape[1]) ** 0.5 * turned(grad.lerp(m, momentum))
    return w * (1 - lr * weight_decay) - lr * step, m


def no_decay(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    return by_lerp(w, grad, m, lr, momentum, 0.0)


def decays_without_lr(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    return by_lerp(w, grad, m, lr, momentum, weight_decay / lr)


def decays_afterwards(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    w, m = by_lerp(w, grad, m, lr, momentum, 0.0)
    return w * (1 - lr * weight_decay), m


def decay_in_the_direction(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    m = m.lerp(grad, 1 - momentum)
    step = turned(grad.lerp(m, momentum) + weight_decay * w) * tall(w)
    return w - lr * step, m


def only_w(w, grad, m, lr, momentum=0.95, weight_decay=0.1):
    return by_lerp(w, grad, m, lr, momentum, weight_decay)[0]


STEP = {
    "right": [by_lerp, spelled_out],
    "wrong": {
        sums: "counts 1 - momentum",
        exchanged: "changed places",
        forgets_the_mean: "was not moved",
        mean_is_ahead: "keep the two apart",
        uphill: "uphill",
        no_look_ahead: "look ahead first",
        not_orthogonalised: "was not orthogonalised",
        no_factor: "taller than wide is missing",
        upside_down: "upside down",
        below_one: "went below 1",
        no_root: "not the ratio itself",
        no_decay: "weight decay is missing",
        decays_without_lr: "by weight_decay alone",
        decays_afterwards: "came after the step",
        decay_in_the_direction: "beside the step",
        only_w: "return w, m",
        nothing: "needs a `return`",
    },
}
ANSWERS = {"orthogonalise": LIFT, "muon-step": STEP}
