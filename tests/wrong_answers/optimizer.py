"""Answers to lesson optimizer: right ones written differently, and classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import torch

from gptlib.loss import loss_fn

# ---- adamw-step -------------------------------------------------------------------


def by_lerp(p, grad, m, v, t, lr, betas, weight_decay, eps=1e-8):
    b1, b2 = betas
    m, v = torch.lerp(m, grad, 1 - b1), torch.lerp(v, grad * grad, 1 - b2)
    root = torch.sqrt(v) / (1 - b2**t) ** 0.5 + eps
    return p - lr * weight_decay * p - lr / (1 - b1**t) * m / root, m, v


def step_last(p, grad, m, v, t, lr, betas, weight_decay, eps=1e-8):
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad.square()
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    step = m_hat / (v_hat.sqrt() + eps)
    p = p * (1 - lr * weight_decay)
    return p - lr * step, m, v


def _step(p, m, v, t, lr, betas, eps=1e-8):
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return p - lr * m_hat / (v_hat.sqrt() + eps)


def _means(grad, m, v, betas):
    m = betas[0] * m + (1 - betas[0]) * grad
    return m, betas[1] * v + (1 - betas[1]) * grad**2


def coupled(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad + weight_decay * p, m, v, betas)
    return _step(p, m, v, t, lr, betas), m, v


def no_decay(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)
    return _step(p, m, v, t, lr, betas), m, v


def uncorrected(p, grad, m, v, t, lr, betas, weight_decay, eps=1e-8):
    m, v = _means(grad, m, v, betas)
    return p * (1 - lr * weight_decay) - lr * m / (v.sqrt() + eps), m, v


def corrected_by_one_beta(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)
    return _step(p * (1 - lr * weight_decay), m, v, 1, lr, betas), m, v


def corrected_kept(p, grad, m, v, t, lr, betas, weight_decay, eps=1e-8):
    m, v = _means(grad, m, v, betas)
    m, v = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return p * (1 - lr * weight_decay) - lr * m / (v.sqrt() + eps), m, v


def no_root(p, grad, m, v, t, lr, betas, weight_decay, eps=1e-8):
    m, v = _means(grad, m, v, betas)
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return p * (1 - lr * weight_decay) - lr * m_hat / (v_hat + eps), m, v


def not_squared(p, grad, m, v, t, lr, betas, weight_decay):
    m = betas[0] * m + (1 - betas[0]) * grad
    v = betas[1] * v + (1 - betas[1]) * grad
    return p, m, v


def betas_swapped(p, grad, m, v, t, lr, betas, weight_decay):
    return step_last(p, grad, m, v, t, lr, betas[::-1], weight_decay)


def t_from_0(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)
    return _step(p * (1 - lr * weight_decay), m, v, t - 1, lr, betas), m, v


def no_eps(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)
    return _step(p * (1 - lr * weight_decay), m, v, t, lr, betas, 0.0), m, v


def decay_without_lr(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)
    return _step(p * (1 - weight_decay), m, v, t, lr, betas), m, v


def uphill(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)
    return _step(p * (1 - lr * weight_decay), m, v, t, -lr, betas), m, v


def eps_under_the_root(p, grad, m, v, t, lr, betas, weight_decay, eps=1e-8):
    m, v = _means(grad, m, v, betas)
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    return p * (1 - lr * weight_decay) - lr * m_hat / (v_hat + eps).sqrt(), m, v


def no_lr(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)
    return _step(p * (1 - lr * weight_decay), m, v, t, 1.0, betas), m, v


def root_of_a_mean(p, grad, m, v, t, lr, betas, weight_decay):
    m, v = _means(grad, m, v, betas)[0], betas[1] * v + (1 - betas[1]) * grad
    return _step(p * (1 - lr * weight_decay), m, v, t, lr, betas), m, v


def times_t(p, grad, m, v, t, lr, betas, weight_decay, eps=1e-8):
    m, v = _means(grad, m, v, betas)
    m_hat, v_hat = m / (1 - betas[0] * t), v / (1 - betas[1] * t)
    return p * (1 - lr * weight_decay) - lr * m_hat / (v_hat.sqrt() + eps), m, v


def t_less_one(p, grad, m, v, t, lr, betas, weight_decay):
    return step_last(p, grad, m, v, t - 1, lr, betas, weight_decay)


def only_p(p, grad, m, v, t, lr, betas, weight_decay):
    return step_last(p, grad, m, v, t, lr, betas, weight_decay)[0]


def in_place(p, grad, m, v, t, lr, betas, weight_decay):
    p.mul_(1 - lr * weight_decay)
    return step_last(p, grad, m, v, t, lr, betas, 0.0)


# ---- clip -------------------------------------------------------------------------


def by_vector(parameters, longest):
    flat = torch.cat([p.grad.flatten() for p in parameters])
    for p in parameters:
        p.grad = p.grad * min(1.0, longest / flat.norm().item())
    return flat.norm()


def by_squares(parameters, longest):
    square = sum((p.grad**2).sum() for p in parameters)
    length = square**0.5
    if length > longest:
        for p in parameters:
            p.grad.mul_(longest / length)
    return length


def pytorchs_own(parameters, longest):
    return torch.nn.utils.clip_grad_norm_(parameters, longest)


def _length(parameters):
    return torch.stack([p.grad.norm() for p in parameters]).norm()


def one_by_one(parameters, longest):
    length = _length(parameters)
    for p in parameters:
        p.grad *= (longest / p.grad.norm()).clamp(max=1)
    return length


def clamped(parameters, longest):
    length = _length(parameters)
    for p in parameters:
        p.grad.clamp_(-longest, longest)
    return length


def always(parameters, longest):
    length = _length(parameters)
    for p in parameters:
        p.grad.mul_(longest / length)
    return length


def not_in_place(parameters, longest):
    length = _length(parameters)
    for p in parameters:
        p.grad * min(1.0, longest / length.item())
    return length


def no_root_of_squares(parameters, longest):
    square = _length(parameters).square()
    if square > longest:
        for p in parameters:
            p.grad.mul_(longest / square)
    return square


def lengths_added(parameters, longest):
    length = sum(p.grad.norm() for p in parameters)
    if length > longest:
        for p in parameters:
            p.grad.mul_(longest / length)
    return length


def the_length_afterwards(parameters, longest):
    by_squares(parameters, longest)
    return _length(parameters)


def the_parameters(parameters, longest):
    length = _length(parameters)
    with torch.no_grad():
        for p in parameters:
            p.mul_(longest / length)
    return length


# ---- accumulate -------------------------------------------------------------------


def by_index(model, X, y, parts):
    n, total = len(X) // parts, 0.0
    for i in range(parts):
        loss = loss_fn(model(X[i * n : i * n + n]), y[i * n : i * n + n]) / parts
        loss.backward()
        total = total + loss.detach()
    return total


def divided_at_the_end(model, X, y, parts):
    losses = []
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        losses.append(loss_fn(model(rows), targets))
        losses[-1].backward()
    for p in model.parameters():
        p.grad /= parts
    return torch.stack(losses).mean().detach()


def not_divided(model, X, y, parts):
    total = 0.0
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        loss = loss_fn(model(rows), targets)
        loss.backward()
        total = total + loss.detach() / parts
    return total


def emptied_in_the_loop(model, X, y, parts):
    total = 0.0
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        model.zero_grad()
        loss = loss_fn(model(rows), targets) / parts
        loss.backward()
        total = total + loss.detach()
    return total


def returned_too_early(model, X, y, parts):
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        loss = loss_fn(model(rows), targets) / parts
        loss.backward()
        return loss


def all_at_once(model, X, y, parts):
    loss = loss_fn(model(X), y)
    loss.backward()
    return loss.detach()


def by_rows(model, X, y, parts):
    total = 0.0
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        loss = loss_fn(model(rows), targets) / len(X)
        loss.backward()
        total = total + loss.detach()
    return total


def last_loss(model, X, y, parts):
    by_index(model, X, y, parts)
    return loss_fn(model(X[: len(X) // parts]), y[: len(X) // parts])


def no_backward(model, X, y, parts):
    pairs = zip(X.chunk(parts), y.chunk(parts), strict=True)
    return sum(loss_fn(model(rows), targets) for rows, targets in pairs) / parts


def chunks_of_parts_rows(model, X, y, parts):
    total, pieces = 0.0, len(X) // parts
    for rows, targets in zip(X.chunk(pieces), y.chunk(pieces), strict=True):
        loss = loss_fn(model(rows), targets) / pieces
        loss.backward()
        total = total + loss.detach()
    return total


def by_split(model, X, y, parts):
    total = 0.0
    for rows, targets in zip(X.split(parts), y.split(parts), strict=True):
        loss = loss_fn(model(rows), targets) / parts
        loss.backward()
        total = total + loss.detach()
    return total


def loss_not_divided(model, X, y, parts):
    total = 0.0
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        loss = loss_fn(model(rows), targets)
        (loss / parts).backward()
        total = total + loss.detach()
    return total


def with_a_graph(model, X, y, parts):
    total = 0.0
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        loss = loss_fn(model(rows), targets) / parts
        loss.backward()
        total = total + loss
    return total


def one_backward(model, X, y, parts):
    total = 0.0
    for rows, targets in zip(X.chunk(parts), y.chunk(parts), strict=True):
        total = total + loss_fn(model(rows), targets) / parts
    total.backward()
    return total.detach()


def nothing(*inputs, **named):
    pass


ANSWERS = {
    "adamw-step": {
        "right": [by_lerp, step_last],
        "wrong": {
            coupled: "stands in the gradient",
            no_decay: "The weight decay is missing",
            uncorrected: "Neither mean is divided",
            corrected_by_one_beta: "right in step 1 alone",
            corrected_kept: "returns the corrected means",
            no_root: "take the root of v",
            not_squared: "square it",
            betas_swapped: "changed places",
            t_from_0: "t counts from 1",
            no_eps: "Add eps",
            decay_without_lr: "multiplied by the learning rate too",
            uphill: "goes uphill",
            eps_under_the_root: "eps stands under the root",
            no_lr: "the learning rate times the step",
            root_of_a_mean: "square it",
            times_t: "and not beta * t",
            t_less_one: "0 for t = 0",
            only_p: "three tensors, p, m and v",
            in_place: "changed the tensor",
            nothing: "needs a `return`",
        },
    },
    "clip": {
        "right": [by_vector, by_squares, pytorchs_own],
        "wrong": {
            one_by_one: "clipped by itself",
            clamped: "the direction changes",
            always: "made longer",
            not_in_place: "Nothing is clipped",
            no_root_of_squares: "the root is missing",
            lengths_added: "add the squares",
            the_length_afterwards: "the log wants the one before",
            the_parameters: "parameters themselves were changed",
            nothing: "needs a `return`",
        },
    },
    "accumulate": {
        "right": [by_index, divided_at_the_end],
        "wrong": {
            not_divided: "times too long",
            emptied_in_the_loop: "Only the last part's",
            returned_too_early: "has seen",
            all_at_once: "may not fit into memory",
            by_rows: "divide by the number of parts",
            last_loss: "has seen",
            no_backward: "No gradient has arrived",
            chunks_of_parts_rows: "rows at once",
            by_split: "split the size of each",
            loss_not_divided: "add up the divided losses",
            with_a_graph: "still carries its graph",
            one_backward: "inside the loop",
            nothing: "needs a `return`",
        },
    },
}
