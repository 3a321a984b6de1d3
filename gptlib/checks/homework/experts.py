"""Checks of the homework experts: each token goes through its best expert only."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from gptlib.checks.calls import call, when
from gptlib.checks.expect import (
    close,
    expect_gradients,
    expect_no_nan,
    expect_shape,
    expect_values,
)
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.modules import loud
from gptlib.checks.verdict import Wrong, part

NAME = "experts"
OVERFLOW = (
    "exp of a score in the hundreds is more than a float holds, or exactly 0. softmax "
    "subtracts the largest score first."
)
Experts = Sequence[Callable[[Tensor], Tensor]]


ALONE = "Where one expert has a single token"
CROWD = "Where one expert has nearly all tokens"
ALL = "Where one expert has all tokens"


def _experts(E: int, C: int) -> list[nn.Module]:
    """MLPs with biases: a factor before one is none behind it."""
    layers = lambda: (nn.Linear(C, 2 * C), nn.Tanh(), nn.Linear(2 * C, C))
    return [loud(nn.Sequential(*layers())) for _ in range(E)]


def _scores(B: int, T: int, E: int) -> Tensor:
    """Each expert is somebody's best, and none is everybody's."""
    best = torch.arange(B * T).remainder(E)[torch.randperm(B * T)].view(B, T)
    return torch.randn(B, T, E) + 3 * nn.functional.one_hot(best, E)


def _mixed(x: Tensor, weights: Tensor, experts: Experts) -> Tensor:
    """What all experts say of all tokens, by (B, T, E) weights: (B, T, C)."""
    said = torch.stack([expert(x) for expert in experts], dim=-1)  # (B, T, C, E)
    return (said * weights[:, :, None]).sum(dim=-1)


def _only(best: Tensor, E: int) -> Tensor:
    return nn.functional.one_hot(best, E).float()


def _best(scores: Tensor) -> Tensor:
    return _only(scores.argmax(dim=-1), scores.shape[-1])


def _right(x: Tensor, scores: Tensor, experts: Experts) -> Tensor:
    return _mixed(x, _best(scores) * scores.softmax(dim=-1), experts)


def _mistakes(x: Tensor, scores: Tensor, experts: Experts) -> Mistakes:
    """Instead of what the best expert says: (B, T, C) each."""
    E, shares = len(experts), scores.softmax(dim=-1)
    best = _best(scores)
    right = _right(x, scores, experts)
    two = best + _only(scores.topk(min(2, E)).indices[..., -1], E) * (E > 1)
    of_two = two * shares / (two * shares).sum(dim=-1, keepdim=True)
    own = (best * shares).sum(dim=-1, keepdim=True)
    whole = _only(scores.mean(dim=1, keepdim=True).argmax(dim=-1), E)
    by_axis = lambda dim: _only(scores.softmax(dim=dim).argmax(dim=-1), E)
    chosen = (
        "The choice goes by a softmax over the {}: it goes by a token's own scores."
    )
    axis = "The softmax runs along the {}: it runs over the experts, the last axis."
    nothing = (
        "The result is 0: no token went through an expert, or its factor is 0, as the "
        "logarithm of a share of 1 is."
    )
    said = [
        (0 * best, nothing),
        (
            best,
            "The right expert spoke, and its share is missing or always 1: the softmax "
            "is taken of all E scores of a token, not of the chosen one alone.",
        ),
        (
            best * scores,
            "The factor is the score itself: it is the chosen expert's softmax weight.",
        ),
        (best * scores.sigmoid(), "The factor is a sigmoid: a softmax is asked for."),
        (
            shares,
            "All experts had a say: a token goes through its best one only, and the "
            "others add nothing.",
        ),
        (two * shares, "Two experts had a say: only the best one has."),
        (of_two, "Two experts had a say, as in Mixtral: only the best one has."),
        (
            _only(scores.argmin(dim=-1), E) * shares,
            "The token went to the expert with the lowest score.",
        ),
        (best * scores.softmax(dim=1), axis.format("tokens of a text")),
        (best * scores.softmax(dim=0), axis.format("texts of the batch")),
        (
            whole * shares,
            "All tokens of a text went to the same expert: each has its own best one.",
        ),
        (by_axis(1) * shares, chosen.format("tokens of a text")),
        (by_axis(0) * shares, chosen.format("texts of the batch")),
        (
            _only(scores[:1].argmax(dim=-1).expand(scores.shape[:2]), E) * shares,
            "The first text's choice was taken for all: each token has its own.",
        ),
        (
            _only(scores.abs().argmax(dim=-1), E) * shares,
            "The largest score is asked for, and not the one farthest from 0.",
        ),
        (
            (shares > 0.5) * shares,
            "A token whose best expert has less than half went through none.",
        ),
        (
            best * scores.log_softmax(dim=-1),
            "The factor is the logarithm of the share.",
        ),
        (best * shares**2, "The share was multiplied twice."),
    ]
    made = [(_mixed(x, weights, experts), words) for weights, words in said]
    before = "The share is multiplied with what goes in: it belongs on what comes out."
    made.append((_mixed(own * x, best, experts), before))
    made += _moved(x, scores, experts)
    masked = sum(expert(x * best[..., [e]]) for e, expert in enumerate(experts))
    zeros = (
        "What is not an expert's was set to 0 and put through it all the same, and its "
        "biases answer: pick its own tokens out."
    )
    made += [(own * masked, zeros), (masked, zeros)]
    return [*made, (right + x, "x was added to the result: that is the block's part.")]


def _moved(x: Tensor, scores: Tensor, experts: Experts) -> Mistakes:
    """What the right experts said, in the wrong places: (B, T, C) each."""
    right, first = _right(x, scores, experts), scores[:1].expand_as(scores)
    order = scores.argmax(dim=-1).flatten().argsort(stable=True)
    queued = right.flatten(0, 1)[order].view_as(x)
    said = "What the experts said stands in the order of the experts: put each result "
    said += "back in its token's place."
    text = "The choice of text 0 was taken for all texts: each text has its own scores."
    return [
        (queued, said),
        (_right(x, first, experts), text),
    ]


def _judge(mine: Callable, x: Tensor, scores: Tensor, experts: Experts) -> Tensor:
    right = _right(x, scores, experts)  # before: experts can be changed
    out = call(mine, x, scores, list(experts))
    given = f"x of {tuple(x.shape)} and scores of {tuple(scores.shape)}"
    expect_shape(out, tuple(x.shape), given)
    expect_no_nan(out, OVERFLOW)
    _expect_said(out, right, x, scores, experts)
    return out


def _expect_said(
    out: Tensor, right: Tensor, x: Tensor, scores: Tensor, experts: Experts
) -> None:
    """Raise Wrong unless each token has what its expert says; a row is a token."""
    right = right.detach()
    if close(out, right):
        return  # the mistakes take longer than all the rest
    try:
        expect_values(out, right, _mistakes(x, scores, experts))
    except Wrong as fault:
        rows = "\nA row is a token: row t is at position t of its text."
        raise Wrong(f"{fault}{rows * ('Yours:' in str(fault))}") from None


@part(NAME, "a single expert gets every token", points=1)
def single(seed: int, mine: Callable) -> None:
    """Its softmax weight is 1."""
    B, T, C = 2, 4 + seed, 5
    with when("With a single expert"):
        _judge(mine, torch.randn(B, T, C), torch.randn(B, T, 1), _experts(1, C))
        _judge(mine, torch.randn(1, 1, C), torch.randn(1, 1, 1), _experts(1, C))


@part(NAME, "several experts, each by its share", points=1)
def several(seed: int, mine: Callable) -> None:
    """More tokens than experts, and more experts than a text has tokens."""
    for B, T, C, E in ((3, 7 + seed, 5, 3), (4, 3, 6, 5)):
        _judge(mine, torch.randn(B, T, C), _scores(B, T, E), _experts(E, C))
    for given, favourite, tokens in ((ALONE, 5, 1), (CROWD, 9, 12), (ALL, 9, 14)):
        with when(given):
            scores = _scores(2, 7, 4)
            scores[..., 2] = -9.0
            scores.view(14, 4)[:tokens, 2] = favourite
            _judge(mine, torch.randn(2, 7, 5), scores, _experts(4, 5))
    for far in (-300, 300):
        with when("With scores in the hundreds"):
            scores = _scores(2, 5, 3) + far
            _judge(mine, torch.randn(2, 5, 4), scores, _experts(3, 4))


class _Counted:
    """An expert that counts the tokens it was given."""

    def __init__(self, expert: nn.Module):
        self.expert, self.tokens = expert, 0

    def __call__(self, x: Tensor) -> Tensor:
        self.tokens += x.shape[:-1].numel()
        return self.expert(x)


@part(NAME, "no token goes through an expert that is not its own", points=1)
def counted(seed: int, mine: Callable) -> None:
    """The last expert is nobody's."""
    B, T, C, E = 2, 8 + seed, 5, 4
    scores = _scores(B, T, E)
    scores[..., -1] = -9
    x, experts = torch.randn(B, T, C), _experts(E, C)
    spies = [_Counted(expert) for expert in experts]
    right = _right(x, scores, experts)
    out = call(mine, x, scores, list(spies))
    given = [(scores.argmax(dim=-1) == e).sum().item() for e in range(E)]
    for e, (spy, most) in enumerate(zip(spies, given, strict=True)):
        if spy.tokens > most:
            raise Wrong(
                f"{spy.tokens} tokens were put through expert {e}, and {most} of "
                f"{B * T} go to it: pick them out of x before it is called."
            )
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    _expect_said(out, right, x, scores, experts)


@part(NAME, "gradients, the router's too", points=1)
def gradients(seed: int, mine: Callable) -> None:
    """Of tokens, scores and the experts' first matrices."""
    B, T, C, E = 2, 6 + seed, 4, 3
    x = torch.randn(B, T, C, requires_grad=True)
    scores, experts = _scores(B, T, E).requires_grad_(), _experts(E, C)
    right = _right(x, scores, experts)
    out = _judge(mine, x, scores, experts)
    tensors = {"x": x, "the scores": scores}
    tensors |= {f"expert {e}": experts[e][0].weight for e in range(E)}
    expect_gradients(out, right, tensors, tensors)
