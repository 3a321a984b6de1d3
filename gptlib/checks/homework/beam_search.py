"""Checks of the homework beam-search: several texts at once, and the best survive.

N texts, T tokens, V vocabulary.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import run, when
from gptlib.checks.expect import close
from gptlib.checks.verdict import Wrong, part

NAME = "beam-search"
MOST = 500  # tokens of a text
# The texts, (W, T + steps), and their sums, (W), the best first.
Found = tuple[Tensor, Tensor]
PAIR = "It must return two tensors, the texts and their sums"


class Scores:
    """Log-probabilities that depend on all that was written, in its order."""

    def __init__(self, V: int, sharp: float = 1.0):
        self.V = V
        self.table = (sharp * torch.randn(997, V)).log_softmax(-1)
        powers = [pow(31, n, len(self.table)) for n in range(MOST)]
        self.powers = torch.tensor(powers)

    def __call__(self, ids: Tensor) -> Tensor:
        if not isinstance(ids, Tensor) or ids.dim() != 2 or ids.is_floating_point():
            shape = tuple(ids.shape) if isinstance(ids, Tensor) else type(ids).__name__
            raise ValueError(
                f"log_probs takes whole numbers of shape (N, T), and was given {shape}"
            )
        place = ((ids + 7) * self.powers[: ids.shape[1]]).sum(dim=1)  # (N)
        return self.table[place % len(self.table)]  # (N, V)


def _search(scores: Scores, ids: Tensor, width: int, steps: int, way="") -> Found:
    """The beam of `width`; or what one of the classic slips makes of it."""
    texts, sums = ids[None], torch.zeros(1)  # (N, T), (N)
    if way == "copies":
        texts, sums = texts.expand(width, -1), torch.zeros(width)
    for step in range(steps):
        new = scores(texts)  # (N, V)
        totals = new if way == "last step only" else sums[:, None] + new
        if way == "own best" and step:
            sums, token = totals.max(dim=1)
            texts = torch.cat((texts, token[:, None]), dim=1)
            continue
        ranked = -totals if way == "worst" else totals
        best = ranked.flatten().topk(min(width, totals.numel())).indices
        row, token = best // scores.V, best % scores.V
        old = texts[row]
        if way == "parents" and len(row) <= len(texts):
            old = texts[: len(row)]
        sums = totals.flatten()[best]
        texts = torch.cat((old, token[:, None]), dim=1)
    order = sums.argsort(descending=True)
    return texts[order], sums[order]


SLIPS = {
    "own best": (
        "Each text went on with its own best token, so none can die out. The "
        "candidates of all texts compete for the same places."
    ),
    "copies": (
        "At the first step there is only one text. If it is kept as several copies, "
        "they have the same candidates, and the same text is kept more than once."
    ),
    "last step only": (
        "A candidate is ranked by its last token alone: add what its text had before."
    ),
    "parents": (
        "The new tokens were put behind the wrong texts: after the choice, the texts "
        "must be put into the order of those that were chosen."
    ),
    "worst": "The smallest sums were kept: a larger log-probability is a better one.",
}


def _taken(out: object, ids: Tensor, kept: int, steps: int) -> Found:
    if not isinstance(out, tuple | list) or len(out) != 2:
        raise Wrong(f"{PAIR}, and yours is a {type(out).__name__}.")
    for it in out:
        if not isinstance(it, Tensor):
            raise Wrong(f"{PAIR}, and one of yours is a {type(it).__name__}.")
    texts, sums = out[0], out[1].detach()
    shapes = (kept, len(ids) + steps), (kept,)
    if (tuple(texts.shape), tuple(sums.shape)) != shapes:
        raise Wrong(
            f"The texts must have the shape {shapes[0]} and the sums {shapes[1]}, and "
            f"yours have {tuple(texts.shape)} and {tuple(sums.shape)}."
        )
    if texts.dtype != torch.int64:
        raise Wrong(f"The texts must be ids, torch.int64, and yours are {texts.dtype}.")
    return texts, sums.float()


def _name_sums(sums: Tensor, right: Tensor, steps: int) -> None:
    """Right texts with other numbers."""
    if sums.isinf().any():
        raise Wrong(
            "A sum is infinite: the product of many probabilities is less than the "
            "smallest float, and log(0) is infinite. Add the logarithms."
        )
    known = [
        (right.exp(), "Those are probabilities: the sums of their logarithms are."),
        (-right, "The sums have the wrong sign: no log-probability is above 0."),
        (
            right / steps,
            "The sums are divided by the number of steps: no length penalty is asked "
            "for, and all texts are of one length.",
        ),
        (right.flip(0), "The largest sum must stand first."),
    ]
    for wrong, words in known:
        if close(sums, wrong) and not close(wrong, right):
            raise Wrong(words.replace("logarithms are.", "logarithms are asked for."))


def _judge(mine: Callable, scores: Scores, T: int, width: int, steps: int) -> None:
    ids = torch.randint(scores.V, (T,))
    right, best = _search(scores, ids, width, steps)
    out = run(mine, scores, ids, width, steps)
    texts, sums = _taken(out, ids, len(right), steps)
    if torch.equal(texts, right) and close(sums, best):
        return
    if not (texts[:, :T] == ids).all():
        raise Wrong("Each text must begin with the ids that were given.")
    for way, words in SLIPS.items():
        wrong = _search(scores, ids, width, steps, way)[0]
        if torch.equal(texts, wrong) and not torch.equal(wrong, right):
            raise Wrong(words)
    if len(texts.unique(dim=0)) < len(texts):
        raise Wrong(f"Two of the texts are the same. {SLIPS['copies']}")
    _name_sums(sums, best, steps)
    _differs(scores, texts, sums, right, best, T)


def _differs(scores, texts, sums, right, best, T) -> None:
    steps = range(T, texts.shape[1])
    own = sum(scores(texts[:, :t]).gather(1, texts[:, t : t + 1])[:, 0] for t in steps)
    last = scores(texts[:, :-1]).gather(1, texts[:, -1:])[:, 0]
    if close(sums, last) and not close(last, own):
        raise Wrong(f"{SLIPS['last step only']} The sums are those of one token.")
    if not close(sums, own):
        raise Wrong(
            "A text and its sum do not belong together: the sum of text 0 is "
            f"{own[0]:.4f} by its tokens, and you returned {sums[0]:.4f}."
        )
    if close(sums.sort().values, best.sort().values):
        raise Wrong("The texts are the right ones: the largest sum must stand first.")
    if (sums > best - 1e-4).all():
        raise Wrong(
            "Your texts are better than those of a beam this narrow: more than `width` "
            "were kept on the way, or not all candidates of a step were compared. "
            "Choose after every step, among all."
        )
    raise Wrong(
        f"The sums are not those of the best candidates.\nYours:    {_row(sums)}\n"
        f"Expected: {_row(best)}"
    )


def _row(sums: Tensor) -> str:
    return ", ".join(f"{it:.4f}" for it in sums[:6].tolist())


@part(NAME, "a beam of 1 is greedy", points=1)
def greedy(seed: int, mine: Callable) -> None:
    """One text, the best token each time."""
    with when("With width = 1"):
        _judge(mine, Scores(5 + seed), T=2 + seed, width=1, steps=4)


@part(NAME, "the candidates of all texts compete", points=2)
def compete(seed: int, mine: Callable) -> None:
    """Several beams, in which every slip gives other texts."""
    for width, V, steps in ((2, 5, 6), (3, 4, 5), (4, 7, 7)):
        _judge(mine, Scores(V, sharp=0.7), T=1 + seed, width=width, steps=steps)


@part(NAME, "a beam wider than the vocabulary, and a long text", points=1)
def edges(seed: int, mine: Callable) -> None:
    """Fewer candidates than places at first; a product below the smallest float."""
    with when("With width = 10 and a vocabulary of 3"):
        _judge(mine, Scores(3), T=2, width=10, steps=4)
    with when("With width = 10 and 9 candidates in all"):
        _judge(mine, Scores(3), T=2, width=10, steps=2)
    with when("Over 60 steps"):
        _judge(mine, Scores(12, sharp=0.3), T=1, width=2, steps=60)
    with when("Over 400 steps, too many for float64 as well"):
        _judge(mine, Scores(64), T=1, width=1, steps=400)
