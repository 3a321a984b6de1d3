"""Answers to lesson mlp: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Base(nn.Module):
    """The learner's class; what its forward does differently stands below."""

    def __init__(self, C, p=0.0):
        super().__init__()
        self.c_fc = nn.Linear(C, 4 * C)
        self.gelu = nn.GELU(approximate="tanh")
        self.c_proj = nn.Linear(4 * C, C)
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        return self.dropout(self.c_proj(self.gelu(self.c_fc(x))))


class InSteps(Base):
    def forward(self, x):
        wide = self.c_fc(x)
        bent = F.gelu(wide, approximate="tanh")
        out = bent @ self.c_proj.weight.T + self.c_proj.bias
        return self.dropout(out)


class PositionByPosition(Base):
    def forward(self, x):
        each = [self.c_proj(self.gelu(self.c_fc(row))) for row in x.unbind(dim=-2)]
        return self.dropout(torch.stack(each, dim=-2))


def other(name, forward):
    """A class whose forward is different."""
    return type(name, (Base,), {"forward": forward})


def unfinished(self, x):
    self.dropout(self.c_proj(self.gelu(self.c_fc(x))))


class OtherNames(nn.Module):
    def __init__(self, C, p=0.0):
        super().__init__()
        self.inside = Base(C, p)

    def forward(self, x):
        return self.inside(x)


class DropsOnTheWay(Base):
    def forward(self, x):
        return self.c_proj(self.dropout(self.gelu(self.c_fc(x))))


class ThrowsTheDropoutAway(Base):
    def forward(self, x):
        out = self.c_proj(self.gelu(self.c_fc(x)))
        self.dropout(out)
        return out


class DropsInEvaluationToo(Base):
    def forward(self, x):
        out = super().forward(x)
        return out if self.training else F.dropout(out, 0.5)


class NeverTrains(Base):
    def forward(self, x):
        self.eval()
        return super().forward(x)


WRONG = {
    "no_bend": (lambda self, x: self.c_proj(self.c_fc(x)), "The bend is missing"),
    "bend_last": (
        lambda self, x: self.gelu(self.c_proj(self.c_fc(x))),
        "gelu comes after c_proj",
    ),
    "bend_first": (
        lambda self, x: self.c_proj(self.c_fc(self.gelu(x))),
        "gelu comes before c_fc",
    ),
    "bent_twice": (
        lambda self, x: self.gelu(Base.forward(self, x)),
        "after c_proj nothing is bent",
    ),
    "relu": (lambda self, x: self.c_proj(F.relu(self.c_fc(x))), "The bend is ReLU"),
    "erf": (lambda self, x: self.c_proj(F.gelu(self.c_fc(x))), "GELU by erf"),
    "wide": (lambda self, x: self.gelu(self.c_fc(x)), "still wide"),
    "no_biases": (
        lambda self, x: self.gelu(x @ self.c_fc.weight.T) @ self.c_proj.weight.T,
        "Each bias was forgotten",
    ),
    "no_wide_bias": (
        lambda self, x: self.c_proj(self.gelu(x @ self.c_fc.weight.T)),
        "The bias of c_fc",
    ),
    "no_narrow_bias": (
        lambda self, x: self.gelu(self.c_fc(x)) @ self.c_proj.weight.T,
        "The bias of c_proj",
    ),
    "adds_x": (lambda self, x: x + Base.forward(self, x), "the block's part"),
    "always_drops": (
        lambda self, x: F.dropout(Base.forward(self, x), 0.1),
        "differ from call to call",
    ),
    "no_dropout": (
        lambda self, x: self.c_proj(self.gelu(self.c_fc(x))),
        "self.dropout is never called",
    ),
    "drops_twice": (
        lambda self, x: self.dropout(Base.forward(self, x)),
        "is called 2 times",
    ),
    "detached": (
        lambda self, x: self.dropout(self.c_proj(self.gelu(self.c_fc(x)).detach())),
        "gradient",
    ),
    "not_self": (
        lambda self, x: self.dropout(c_proj(x)),  # noqa: F821
        "name 'c_proj' is not defined",
    ),
    "nothing": (unfinished, "needs a `return`"),
}

MLP = {
    "right": [Base, InSteps, PositionByPosition],
    "wrong": {other(name, forward): said for name, (forward, said) in WRONG.items()}
    | {
        OtherNames: "It has no c_fc",
        DropsOnTheWay: "it comes last",
        ThrowsTheDropoutAway: "use its result",
        DropsInEvaluationToo: "In evaluation something is still dropped",
        NeverTrains: "is eval() called?",
    },
}
ANSWERS = {"mlp-forward": MLP}
