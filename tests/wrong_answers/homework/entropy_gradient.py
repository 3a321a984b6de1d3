"""Answers to the homework entropy-gradient: right ones, and the classic wrong ones."""

import torch


def _surprises(logits):
    logp = logits.log_softmax(dim=-1)
    p = logp.exp()
    return p, -logp.masked_fill(p == 0, 0)


def bracket(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - (p * surprises).sum(dim=-1, keepdim=True))


def with_entr(logits):
    p = logits.softmax(dim=-1)
    pieces = torch.special.entr(p)  # - p ln p, and 0 at 0
    return pieces - p * pieces.sum(dim=-1, keepdim=True)


def by_the_matrix(logits):
    p = logits.softmax(dim=-1)
    outer = p[..., :, None] * p[..., None, :]
    jacobian = torch.diag_embed(p) - outer
    slope = -(p.clamp(min=1e-38).log() + 1)
    return (jacobian @ slope[..., None]).squeeze(-1)


def where_there_is_any(logits):
    shifted = logits - logits.amax(dim=-1, keepdim=True)
    p = shifted.exp() / shifted.exp().sum(dim=-1, keepdim=True)
    logp = torch.where(p > 0, p, 1.0).log()
    entropy = -torch.einsum("...i,...i->...", p, logp)
    return -p * (logp + entropy.unsqueeze(-1))


def turned_round(logits):
    return -bracket(logits)


def for_the_probabilities(logits):
    return -(logits.log_softmax(dim=-1) + 1)


def itself_alone(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - 1)


def diagonal(logits):
    p, surprises = _surprises(logits)
    return p * (1 - p) * (surprises - 1)


def bracket_alone(logits):
    p, surprises = _surprises(logits)
    return surprises - (p * surprises).sum(dim=-1, keepdim=True)


def once_too_often(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - p * (p * surprises).sum(dim=-1, keepdim=True))


def plain_mean(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - surprises.mean(dim=-1, keepdim=True))


def added(logits):
    p, surprises = _surprises(logits)
    return p * (surprises + (p * surprises).sum(dim=-1, keepdim=True))


def down_the_columns(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - (p * surprises).sum(dim=-2, keepdim=True))


def in_bits(logits):
    return bracket(logits) / torch.tensor(2.0).log()


def of_the_mean(logits):
    return bracket(logits) / logits[..., 0].numel()


def by_exp(logits):
    p = logits.exp() / logits.exp().sum(dim=-1, keepdim=True)
    logp = p.clamp(min=1e-38).log()
    return -p * (logp - (p * logp).sum(dim=-1, keepdim=True))


def nan_where_nothing_comes(logits):
    logp = logits.log_softmax(dim=-1)
    p = logp.exp()
    return -p * (logp - (p * logp).sum(dim=-1, keepdim=True))


def log_of_softmax(logits):
    p = logits.softmax(dim=-1)
    return -p * (p.log() - (p * p.log()).sum(dim=-1, keepdim=True))


def the_entropy(logits):
    p, surprises = _surprises(logits)
    return (p * surprises).sum(dim=-1)


def no_axis_kept(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - (p * surprises).sum(dim=-1))


def by_autograd(logits):
    leaf = logits.detach().clone().requires_grad_()
    p, surprises = _surprises(leaf)
    return torch.autograd.grad((p * surprises).sum(), leaf)[0]


def one_for_all_rows(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - (p * surprises).sum())


def surprises_alone(logits):
    p, surprises = _surprises(logits)
    return p * surprises


def clamped(logits):
    logp = logits.clamp(min=-1e4).log_softmax(dim=-1)
    p = logp.exp()
    return -p * (logp - (p * logp).sum(dim=-1, keepdim=True))


def half_the_entropy(logits):
    p, surprises = _surprises(logits)
    return p * (surprises - (p * surprises).sum(dim=-1, keepdim=True) / 2)


def less_the_log_of_the_sum(logits):
    logp = logits - logits.logsumexp(dim=-1, keepdim=True)
    p = logp.exp()
    return -p * (logp - (p * logp).sum(dim=-1, keepdim=True))


ANSWERS = {
    "entropy-gradient": {
        "right": [bracket, with_entr, by_the_matrix, where_there_is_any],
        "wrong": {
            turned_round: "All signs are turned round",
            for_the_probabilities: "go on to the scores",
            itself_alone: "asked for its own probability alone",
            diagonal: "to the entropy by its own probability",
            bracket_alone: "still to be multiplied",
            once_too_often: "not times p once more",
            plain_mean: "not the plain mean",
            added: "The sign of the entropy is wrong",
            down_the_columns: "along a row, the last axis",
            in_bits: "That is in bits",
            of_the_mean: "divided by the number of rows",
            by_exp: "exp of a large score",
            nan_where_nothing_comes: "minus infinity: It holds nan",
            log_of_softmax: "far apart: It holds nan",
            the_entropy: "the result must have the shape",
            no_axis_kept: "keepdim=True",
            by_autograd: "Write it without autograd",
            one_for_all_rows: "each row has its own",
            surprises_alone: "is still to be subtracted",
            clamped: "With 30,000 taken from all scores",
            half_the_entropy: "must sum to 0",
            less_the_log_of_the_sum: "its rounding is not",
        },
    }
}
