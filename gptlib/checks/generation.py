"""Checks of lesson generation: the loop that writes, top-k and top-p.

B rows, T tokens, V vocabulary.
"""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from gptlib.checks.calls import call, when
from gptlib.checks.expect import close, expect_gradients, expect_shape, expect_values
from gptlib.checks.generation_mistakes import (
    cut_below,
    nucleus,
    table,
    top_k_mistakes,
    top_p_mistakes,
)
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


@part("write", "`choose` gets the scores as they are")
def write_scores(seed: int, mine: Callable[..., Tensor]) -> None:
    """What `choose` is handed: (B, V), what the model gives the last position."""
    V, most = [(11, 5), (7, 4), (13, 6)][seed]
    model, idx, seen = Sums(V, most), torch.randint(1, V, (2, 3)), []

    def choose(scores: Tensor) -> Tensor:
        seen.append(scores.clone())
        return scores.argmax(dim=-1, keepdim=True)

    call(mine, model, idx, 1, choose)
    right = model(idx)[:, -1]
    if not seen:
        raise Wrong("`choose` was not asked: call it.")
    if close(seen[0], right.softmax(dim=-1)):
        raise Wrong(
            "`choose` was handed probabilities. Hand it the scores as they are: "
            "whoever writes `choose` expects to take the softmax there."
        )
    if tuple(seen[0].shape) != (2, V):
        raise Wrong(
            f"`choose` is handed the last row of scores, (B, V) = {(2, V)}, and here "
            f"it got {tuple(seen[0].shape)}."
        )
    with when("what `choose` is handed"):
        expect_values(seen[0], right)


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
    kept = out.shape[1] if out.dim() == 2 else 0
    if 0 < kept < T + n and torch.equal(out, right[:, -kept:]):
        raise Wrong(
            "The beginning of the text is gone: what the model reads is cut to the "
            "newest tokens, and `idx` keeps all."
        )
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
                expect_values(table(out), table(right), top_k_mistakes(logits, k))
        with when(f"k = {V + 2}, and only {V} tokens"):
            expect_values(table(call(mine, logits, V + 2)), table(logits), [])
    tied = torch.tensor([[3.0, 2.0, 2.0, 1.0], [0.0, 1.0, 1.0, 1.0]])
    with when("tied logits, k = 2"):
        out = call(mine, tied, 2)
        if (out.isfinite().sum(dim=-1) == 2).all():
            raise Wrong(
                "Of those that are tied with the k-th largest only some stay: all stay."
            )
        expect_values(out, cut_below(tied, 2), top_k_mistakes(tied, 2))


@part("top-k", "the gradient of what stays")
def top_k_gradient(seed: int, mine: Callable[..., Tensor]) -> None:
    """Through a softmax behind it."""
    logits = torch.randn(3, 7, requires_grad=True)
    out, right = (f(logits, 3).softmax(dim=-1) for f in (mine, cut_below))
    expect_gradients(out, right, {"logits": logits}, {"logits": logits})


@part("top-p", "the likeliest stay until they reach p, in their own places")
def top_p(seed: int, mine: Callable[..., Tensor]) -> None:
    """Logits (..., V) and p to logits (..., V)."""
    B, T, V = [(3, 4, 6), (2, 5, 7), (4, 3, 5)][seed]
    circle = torch.tensor([[1.0, 0.0, 2.0, -1.0], [0.0, 2.0, 1.0, -1.0]])
    with when("(2, 4) logits, p = 0.5"):  # whose order, backwards, is another
        out = call(mine, circle, 0.5)
        expect_shape(out, (2, 4), "logits of (2, 4)")
        expect_values(out, nucleus(circle, 0.5), top_p_mistakes(circle, 0.5))
    for shape in ((V,), (B, V), (B, T, V)):
        logits = 1.5 * torch.randn(shape)
        for p in (0.01, 0.5, 0.8, 0.99):
            with when(f"{shape} logits, p = {p}"):
                out = call(mine, logits, p)
                expect_shape(out, shape, f"logits of {shape}")
                mistakes = top_p_mistakes(logits, p)
                expect_values(table(out), table(nucleus(logits, p)), mistakes)
    with when("four equal logits, p = 0.5"):
        stay = int(call(mine, torch.zeros(4), 0.5).isfinite().sum())
        if stay not in (2, 4):  # 4: where all that are tied stay
            raise Wrong(
                f"{stay} stay. Two have a sum of exactly p, and that has reached p: "
                "the next one goes."
            )


@part("top-p", "the gradient of what stays")
def top_p_gradient(seed: int, mine: Callable[..., Tensor]) -> None:
    """Through a softmax behind it."""
    logits = torch.randn(3, 7, requires_grad=True)
    out, right = (f(logits, 0.7).softmax(dim=-1) for f in (mine, nucleus))
    expect_gradients(out, right, {"logits": logits}, {"logits": logits})
