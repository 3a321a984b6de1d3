"""A model that only counts: what a GPT has to beat.

B batch, T time, V vocabulary. A token's context is the tokens before it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gptlib.guard.values import checked_ids, checked_number, checked_whole


class NGram(nn.Module):
    """Predicts a token from the n - 1 before it, by what followed them in a text.

    If the text has the context h N(h) times, and N(h x) times x comes next, then

        p(x | h) = (N(h x) + strength * p(x | h')) / (N(h) + strength)

    where h' is h without its first token; below the empty context lies 1 / V. So no
    probability is 0, and a context that the text does not have says what the next
    shorter one says. Nothing is trained: one pass over the text fills the tables.

    Args:
        ids: (N,) int64, the text.
        n: 1 for the unigram, 2 for the bigram, 3 for the trigram, and so on.
        vocab_size: V.
        strength: how many tokens of the text the shorter context is worth.

    The tables end up on the device of `ids`, in float32; the counting is done on the
    CPU, in float64, which not every device has.

    Raises:
        TypeError: ids that are not an int64 tensor, or not a number elsewhere.
        ValueError: ids not 1-D, fewer than n of them, one outside 0..V-1, n below 1,
            or a strength that is not above 0.

    Source: MacKay and Peto 1995, "A hierarchical Dirichlet language model", here with
    one strength for contexts of all lengths. The unigram is additive smoothing.
    """

    def __init__(self, ids: Tensor, n: int, vocab_size: int, strength: float = 1.0):
        super().__init__()
        device = checked_ids("ids", ids, dim=1).device
        ids = ids.cpu()
        _check(ids, n, vocab_size, strength)
        # Table k has a row of log-probabilities for each context of k tokens. Its keys,
        # in order, find the row: the row of the context one token earlier in table
        # k - 1, times V, plus the token that makes it longer.
        self.tables, self.keys = nn.ParameterList(), nn.ParameterList()
        row = shorter = torch.zeros_like(ids)  # for each token that of its context
        # In float64, since a chance may shrink with every longer context.
        probs = torch.full((1, vocab_size), 1 / vocab_size, dtype=torch.float64)
        for k in range(n):
            if k:
                code = row[:-1] * vocab_size + ids[k - 1 : -1]
                shorter = row[1:]
                keys, row = code.unique(return_inverse=True)
                self.keys.append(_fixed(keys, device))
            probs = _count(row, ids[k:], probs, shorter, strength)
            self.tables.append(_fixed(probs.log().float(), device))

    def forward(self, idx: Tensor) -> Tensor:
        """Log-probabilities of what comes next: ids (B, T) to logits (B, T, V).

        The context begins with the row of `idx`, so the first tokens have a short one.
        Errors as in `GPT.forward`, though any T will do.
        """
        checked_ids("idx", idx, dim=2, vocab_size=self.tables[0].shape[1])
        logits, V = self.tables[0].expand(*idx.shape, -1), self.tables[0].shape[1]
        before = torch.zeros_like(idx)  # row of the context before each token, or -1
        for keys, table in zip(self.keys, self.tables[1:], strict=True):
            code = before * V + idx
            row = torch.searchsorted(keys, code).clamp(max=len(keys) - 1)
            known = keys[row] == code
            logits = torch.where(known[..., None], table[row], logits)
            before = F.pad(row.where(known, -1)[:, :-1], (1, 0), value=-1)
        return logits


def _fixed(table: Tensor, device: torch.device) -> nn.Parameter:
    return nn.Parameter(table.to(device), requires_grad=False)


def _count(
    row: Tensor, following: Tensor, probs: Tensor, shorter: Tensor, strength: float
) -> Tensor:
    """The table (rows, V) of one context length, mixed with `probs`, the one before.

    `following` (M,) are tokens, `row` and `shorter` (M,) the rows of their contexts in
    this table and in the one before.
    """
    rows, V = int(row.max()) + 1, probs.shape[1]
    seen = torch.bincount(row * V + following, minlength=rows * V).view(rows, V)
    parent = row.new_zeros(rows).scatter(0, row, shorter)  # one for all places of a row
    total = seen.sum(dim=1, keepdim=True)
    return (seen + strength * probs[parent]) / (total + strength)


def _check(ids: Tensor, n: int, vocab_size: int, strength: float) -> None:
    """`ids` are 1-D int64 on the CPU already."""
    checked_ids("ids", ids, vocab_size=checked_whole("vocab_size", vocab_size))
    if len(ids) < checked_whole("n", n):
        raise ValueError(f"n must be 1..{len(ids)}, the number of ids, got {n}")
    if checked_number("strength", strength) <= 0:
        raise ValueError(f"strength must be above 0, got {strength}")
