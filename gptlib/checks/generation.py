"""Checks of lesson generation: the loop that writes, top-k and top-p.

B rows, T tokens, V vocabulary.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from gptlib.checks.calls import call, when
from gptlib.checks.expect import expect_gradients, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

Choose = Callable[[Tensor], Tensor]


class Sums(nn.Module):
    """A model whose likeliest next token is the sum of all it reads, modulo V.

    Each position has a row of its own, as in a GPT, and too long a text is refused.
    """

    def __init__(self, vocab_size: int, block_size: int):
        super().__init__()
        self.config = SimpleNamespace(vocab_size=vocab_size, block_size=block_size)

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) ids to (B, T, V) logits."""
        V, most = self.config.vocab_size, self.config.block_size
        if idx.shape[1] > most:
            raise ValueError(
                f"{idx.shape[1]} tokens, and the model reads {most} at most"
            )
        best = idx.cumsum(dim=1) % V
        return -((torch.arange(V) - best[..., None]) % V).float()


@part("write", "the last row is asked, the newest tokens are read, all are kept")
def write(seed: int, mine: Callable[..., Tensor]) -> None:
    """model, (B, T) ids, n and a choice to (B, T + n) ids."""
    V, most = [(11, 5), (7, 4), (13, 6)][seed]
    model = Sums(V, most)
    for B, T, n in ((2, 3, most - 3), (3, most, 1), (2, most + 2, 4), (2, 2, 0)):
        idx = torch.randint(1, V, (B, T))
        for name, choose in (("likeliest", greedy), ("least likely", shy)):
            with when(f"{T} tokens and {n} more, choosing the {name}"):
                out = call(mine, model, idx, n, choose)
                _expect_written(out, model, idx, n, choose)


def greedy(logits: Tensor) -> Tensor:
    return logits.argmax(dim=-1, keepdim=True)


def shy(logits: Tensor) -> Tensor:
    return logits.argmin(dim=-1, keepdim=True)


def written(
    model: Sums, idx: Tensor, n: int, choose: Choose, row: int = -1, newest: bool = True
) -> Tensor:
    """What is right; or what asking another row, or reading the oldest, would give."""
    most = model.config.block_size
    for _ in range(n):
        read = idx[:, -most:] if newest else idx[:, :most]
        idx = torch.cat((idx, choose(model(read)[:, row])), dim=1)
    return idx


def _expect_written(
    out: Tensor, model: Sums, idx: Tensor, n: int, choose: Choose
) -> None:
    right = written(model, idx, n, choose)
    B, T = idx.shape
    if n and tuple(out.shape) == (B, n):
        raise Wrong("Only the new tokens come back: what was there comes first.")
    expect_shape(out, (B, T + n), f"{n} tokens behind {(B, T)}")
    if not torch.equal(out[:, :T], idx):
        raise Wrong("What was there must stay at the beginning, as it was.")
    mistakes = [
        (written(model, idx, n, choose, row=0), "The first position's row was asked."),
        (
            written(model, idx, n, choose, newest=False),
            "The oldest tokens were read; when not all fit, read the newest.",
        ),
        (written(model, idx, n, greedy), "`choose` was not asked: call it."),
    ]
    expect_values(out, right, mistakes)


@part("top-k", "the k largest of each row stay as they were, the others are -inf")
def top_k(seed: int, mine: Callable[..., Tensor]) -> None:
    """Logits (..., V) and k to logits (..., V)."""
    B, T, V = [(3, 4, 6), (2, 5, 7), (4, 3, 5)][seed]
    for shape in ((V,), (B, V), (B, T, V)):
        logits = torch.randn(shape)
        for k in (1, 3, V - 1, V):
            with when(f"{shape} logits, k = {k}"):
                out = call(mine, logits, k)
                expect_shape(out, shape, f"logits of {shape}")
                right = cut_below(logits, k)
                expect_values(_table(out), _table(right), _top_k_mistakes(logits, k))
        with when(f"k = {V + 2}, and only {V} tokens"):
            expect_values(_table(call(mine, logits, V + 2)), _table(logits), [])


@part("top-k", "the gradient of what stays")
def top_k_gradient(seed: int, mine: Callable[..., Tensor]) -> None:
    """Through a softmax behind it."""
    logits = torch.randn(3, 7, requires_grad=True)
    out, right = (f(logits, 3).softmax(dim=-1) for f in (mine, cut_below))
    expect_gradients(out, right, {"logits": logits}, {"logits": logits})


def cut_below(logits: Tensor, k: int) -> Tensor:
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, -math.inf)


def _table(x: Tensor) -> Tensor:
    return x if x.dim() > 1 else x[None]


def _top_k_mistakes(logits: Tensor, k: int) -> Mistakes:
    right = cut_below(logits, k)
    zeros = logits.masked_fill(right.isinf(), 0.0)
    none = torch.full_like(logits, -math.inf)
    fewer = cut_below(logits, k - 1) if k > 1 else none
    one_off = [fewer, cut_below(logits, k + 1)]
    found = [
        (zeros, "The others are 0, and a logit of 0 is likely: -inf has no chance."),
        (right.softmax(dim=-1), "These are probabilities; give back logits."),
        (-cut_below(-logits, k), "The k smallest stay: keep the largest."),
        (
            logits.masked_fill(logits < logits.flatten().topk(k).values[-1], -math.inf),
            "One bound for all rows: each row has its own k-th largest.",
        ),
    ]
    found += [(wrong, "One token too many or too few stays.") for wrong in one_off]
    return [(_table(wrong), words) for wrong, words in found]


@part("top-p", "the likeliest stay until they reach p, in their own places")
def top_p(seed: int, mine: Callable[..., Tensor]) -> None:
    """Logits (..., V) and p to logits (..., V)."""
    B, T, V = [(3, 4, 6), (2, 5, 7), (4, 3, 5)][seed]
    for shape in ((V,), (B, V), (B, T, V)):
        logits = 1.5 * torch.randn(shape)
        for p in (0.01, 0.5, 0.8, 0.99):
            with when(f"{shape} logits, p = {p}"):
                out = call(mine, logits, p)
                expect_shape(out, shape, f"logits of {shape}")
                mistakes = _top_p_mistakes(logits, p)
                expect_values(_table(out), _table(nucleus(logits, p)), mistakes)


@part("top-p", "the gradient of what stays")
def top_p_gradient(seed: int, mine: Callable[..., Tensor]) -> None:
    """Through a softmax behind it."""
    logits = torch.randn(3, 7, requires_grad=True)
    out, right = (f(logits, 0.7).softmax(dim=-1) for f in (mine, nucleus))
    expect_gradients(out, right, {"logits": logits}, {"logits": logits})


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


def _top_p_mistakes(logits: Tensor, p: float) -> Mistakes:
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
    return [(_table(wrong), words) for wrong, words in found]
