"""What comes out of the classic mistakes with the loss, and words for each.

B batch, T time (positions), V vocabulary.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from gptlib.checks.mistakes import Mistakes

DIVIDED_BY_ALL = (
    "The sum leaves the targets of -1 out, and it is divided by the number of all "
    "targets: divide by the number of those that count."
)
INDEXED = (
    "A target of -1 was used as an index, and -1 means the last entry: keep only the "
    "places whose target counts, before you pick."
)
TAKEN_FOR_0 = (
    "Places with a target of -1 are counted as if character 0 had come there: leave "
    "them out before the mean."
)
WRONG_AXIS = (
    "The softmax runs along the wrong axis: the V scores of one prediction, the last "
    "axis, sum to 1."
)
ALL_TARGETS = (
    "An index `[:, y]` takes the scores of all targets from every row, a table with "
    "all pairs. Row i goes with target i alone: index the rows too, as for hen."
)
SIGN = (
    "The sign is wrong: the logarithm of a probability is negative, a surprise is not."
)


def loss_mistakes(logits: Tensor, targets: Tensor) -> Mistakes:
    """Instead of the mean surprise at the targets that count: a number each."""
    V = logits.shape[-1]
    rows, y = logits.reshape(-1, V), targets.reshape(-1)
    counts, safe = y != -1, y.clamp(min=0)
    each = -rows.log_softmax(-1).gather(1, safe[:, None])[:, 0]
    last = -rows.log_softmax(-1)[torch.arange(len(y)), y]
    kept = each[counts]
    p = kept.neg().exp()
    across = -rows.log_softmax(0).gather(1, safe[:, None])[:, 0][counts]
    means = [
        row[keep].mean()
        for row, keep in zip(
            each.reshape(-1, targets.shape[-1]),
            counts.reshape(-1, targets.shape[-1]),
            strict=True,
        )
    ]
    return [
        (kept.sum(), "This is the sum of the surprises: the loss is their mean."),
        (kept.sum() / len(y), DIVIDED_BY_ALL),
        (last.mean(), INDEXED),
        (each.mean(), TAKEN_FOR_0),
        (-kept.mean(), SIGN),
        (p.mean(), "This is the mean probability: take minus its logarithm first."),
        (-p.mean(), "The logarithm is missing: the surprise is minus ln p."),
        (
            -p.mean().log(),
            "The mean came before the logarithm: first a surprise for each target, "
            "then their mean.",
        ),
        (kept.mean() / math.log(2), "These are bits: use the natural logarithm, ln."),
        (
            torch.stack(means).mean(),
            "This is the mean of the rows' means: a target in a short row then weighs "
            "more than one in a long row. Make one axis of B and T first.",
        ),
        (
            -rows.gather(1, safe[:, None])[:, 0][counts].mean(),
            "The softmax is missing: this is minus the mean score.",
        ),
        (across.mean(), WRONG_AXIS),
        (-rows[counts].log_softmax(-1)[:, y[counts]].mean(), ALL_TARGETS),
    ]


def gradient_mistakes(logits: Tensor, targets: Tensor) -> Mistakes:
    """Instead of the gradient of the loss by each logit: (B, T, V) each."""
    probs, counts = logits.softmax(-1), targets != -1
    one_hot = F.one_hot(targets.clamp(min=0), logits.shape[-1])
    push = (probs - one_hot) * counts[..., None]
    last = F.one_hot(targets.remainder(logits.shape[-1]), logits.shape[-1])
    n = counts.sum()
    left = one_hot * counts[..., None]
    B, T = targets.shape
    return [
        (push, "It is not divided by the number of targets that count: a mean is."),
        (push / targets.numel(), DIVIDED_BY_ALL.replace("sum leaves", "rows leave")),
        (-push / n, "The sign is wrong: it is softmax minus one-hot, not the reverse."),
        (probs / n, "One-hot is missing: 1 is taken from the right character's share."),
        (
            (probs - one_hot) / n,
            "Rows whose target is -1 are not 0: they are pushed away from character 0.",
        ),
        (
            (probs - left) / n,
            "Rows whose target is -1 are not 0: the softmax is left there. Nothing at "
            "such a place may be pushed.",
        ),
        ((probs - last) / n, INDEXED),
        (push / B, "It is divided by B: divide by the number of targets that count."),
        (push / T, "It is divided by T: divide by the number of targets that count."),
        (
            push / logits.shape[-1],
            "It is divided by V: divide by the number of targets that count.",
        ),
        (
            (logits - one_hot) * counts[..., None] / n,
            "The softmax is missing: one-hot was taken from the scores.",
        ),
        ((logits.softmax(-2) - one_hot) * counts[..., None] / n, WRONG_AXIS),
    ]
