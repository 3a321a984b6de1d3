"""What comes out of the classic mistakes with top-k and top-p, and words for each.

V vocabulary.
"""

import math

import torch
from torch import Tensor

from gptlib.checks.mistakes import Mistakes


def cut_below(logits: Tensor, k: int) -> Tensor:
    """The k largest logits of each row and those tied with them; -inf elsewhere."""
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, -math.inf)


def top_k_mistakes(logits: Tensor, k: int) -> Mistakes:
    """Instead of top-k: a table of logits each."""
    right = cut_below(logits, k)
    zeros = logits.masked_fill(right.isinf(), 0.0)
    none = torch.full_like(logits, -math.inf)
    fewer = cut_below(logits, k - 1) if k > 1 else none
    found = [
        (zeros, "The others are 0, and a logit of 0 is likely: -inf has no chance."),
        (right.softmax(dim=-1), "These are probabilities; give back logits."),
        (-cut_below(-logits, k), "The k smallest stay: keep the largest."),
        (
            logits.masked_fill(logits < logits.flatten().topk(k).values[-1], -math.inf),
            "One bound for all rows: each row has its own k-th largest.",
        ),
    ]
    found += [
        (fewer, "One token too few stays: the k-th largest is cut too."),
        (cut_below(logits, k + 1), "One token too many stays."),
    ]
    return [(table(wrong), words) for wrong, words in found]


def nucleus(
    logits: Tensor, p: float, itself: bool = False, largest: bool = True
) -> Tensor:
    """What is right; or with each token in its own sum, or from the unlikely end."""
    ordered, order = logits.softmax(dim=-1).sort(dim=-1, descending=largest)
    before = ordered.cumsum(dim=-1) - (0 if itself else ordered)
    cut = before >= p
    if not itself:
        cut[..., 0] = False
    return logits.masked_fill(torch.zeros_like(cut).scatter(-1, order, cut), -math.inf)


def top_p_mistakes(logits: Tensor, p: float) -> Mistakes:
    """Instead of top-p: a table of logits each."""
    right = nucleus(logits, p)
    ordered, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    cut = ordered.cumsum(dim=-1) - ordered >= p
    cut[..., 0] = False
    found = [
        (
            nucleus(logits, p, itself=True),
            "The token that reaches p is cut too: compare what stands *before* it.",
        ),
        (
            logits.masked_fill(cut, -math.inf),
            "The mask belongs to the sorted tokens: carry it back to their places.",
        ),
        (
            logits.masked_fill(cut.gather(-1, order), -math.inf),
            "The mask was carried the wrong way: gather fetches *from* the places that "
            "`order` names, scatter writes *to* them.",
        ),
        (
            logits.gather(-1, order).masked_fill(cut, -math.inf),
            "The logits come back sorted: each belongs in its own place.",
        ),
        (nucleus(logits, p, largest=False), "It begins with the unlikely ones."),
        (
            logits.masked_fill(logits.softmax(dim=-1) < p, -math.inf),
            "Each probability alone is compared with p: it is their running sum.",
        ),
        (right.softmax(dim=-1), "These are probabilities; give back logits."),
        (
            logits.masked_fill(right.isinf(), 0.0),
            "The others are 0, and a logit of 0 is likely: -inf has no chance.",
        ),
    ]
    return [(table(wrong), words) for wrong, words in found]


def table(x: Tensor) -> Tensor:
    """A single row as a table of one."""
    return x if x.dim() > 1 else x[None]
