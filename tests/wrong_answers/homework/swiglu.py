"""Answers to the homework swiglu: right ones, and the classic wrong ones."""

import torch
from torch import nn
from torch.nn import functional as F


class Base(nn.Module):
    """The learner's class without its forward."""

    def __init__(self, n_embd, hidden):
        super().__init__()
        self.gate = nn.Linear(n_embd, hidden, bias=False)
        self.up = nn.Linear(n_embd, hidden, bias=False)
        self.down = nn.Linear(hidden, n_embd, bias=False)


class OneLine(Base):
    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class BySigmoid(Base):
    def forward(self, x):
        gate = self.gate(x)
        return self.down(gate * torch.sigmoid(gate) * self.up(x))


class OneProduct(Base):
    """Both wide vectors from one matrix, as fused kernels do."""

    def forward(self, x):
        both = x @ torch.cat([self.gate.weight, self.up.weight]).T
        gate, up = both.chunk(2, dim=-1)
        return (nn.SiLU()(gate) * up) @ self.down.weight.T


class ByExp(Base):
    def forward(self, x):
        gate = self.gate(x)
        return self.down(self.up(x) * gate / (1 + torch.exp(-gate)))


def other(name, forward):
    """A class whose forward is different."""
    return type(name, (Base,), {"forward": forward})


class WithBiases(nn.Module):
    def __init__(self, n_embd, hidden):
        super().__init__()
        self.w1 = nn.Linear(n_embd, hidden)
        self.w2 = nn.Linear(hidden, n_embd)
        self.w3 = nn.Linear(n_embd, hidden)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class SameNamesWithBiases(OneLine):
    def __init__(self, n_embd, hidden):
        super().__init__(n_embd, hidden)
        self.gate = nn.Linear(n_embd, hidden)
        self.up = nn.Linear(n_embd, hidden)
        self.down = nn.Linear(hidden, n_embd)


class FourTimesAsWide(OneLine):
    def __init__(self, n_embd, hidden):
        super().__init__(n_embd, 4 * n_embd)


def three_axes(self, x):
    """One text becomes a batch of one; other axes have no place."""
    one = x.dim() == 2
    B, T, C = (x[None] if one else x).shape
    out = OneLine.forward(self, x.reshape(B * T, C)).view(B, T, C)
    return out[0] if one else out


def squeezed(self, x):
    return OneLine.forward(self, x).squeeze()


def overflowing(self, x):
    gate = self.gate(x)
    bent = gate * torch.exp(gate) / (1 + torch.exp(gate))
    return self.down(bent * self.up(x))


def made_already():
    layer = OneLine(6, 10)
    layer.__name__ = "made_already"
    return layer


def forgets_to_return(self, x):
    self.down(F.silu(self.gate(x)) * self.up(x))


WRONG = {
    "places_changed": (
        lambda self, x: self.down(self.gate(x) * F.silu(self.up(x))),
        "have changed places",
    ),
    "glu": (
        lambda self, x: self.down(self.gate(x).sigmoid() * self.up(x)),
        "sigmoid alone, the older GLU",
    ),
    "geglu": (
        lambda self, x: self.down(F.gelu(self.gate(x)) * self.up(x)),
        "makes it GEGLU",
    ),
    "geglu_by_tanh": (
        lambda self, x: self.down(
            F.gelu(self.gate(x), approximate="tanh") * self.up(x)
        ),
        "GELU in its tanh form",
    ),
    "reglu": (
        lambda self, x: self.down(F.relu(self.gate(x)) * self.up(x)),
        "makes it ReGLU",
    ),
    "no_up": (lambda self, x: self.down(F.silu(self.gate(x))), "`up` has no say"),
    "no_gate": (lambda self, x: self.down(F.silu(self.up(x))), "`gate` has no say"),
    "added": (
        lambda self, x: self.down(F.silu(self.gate(x)) + self.up(x)),
        "they are multiplied, number by number",
    ),
    "not_bent": (
        lambda self, x: self.down(self.gate(x) * self.up(x)),
        "Nothing is bent",
    ),
    "product_bent": (
        lambda self, x: self.down(F.silu(self.gate(x) * self.up(x))),
        "silu bends the product",
    ),
    "both_bent": (
        lambda self, x: self.down(F.silu(self.gate(x)) * F.silu(self.up(x))),
        "Both wide vectors are bent",
    ),
    "bent_last": (
        lambda self, x: F.silu(self.down(self.gate(x) * self.up(x))),
        "silu comes last",
    ),
    "with_x": (
        lambda self, x: x + self.down(F.silu(self.gate(x)) * self.up(x)),
        "that is the block's part",
    ),
    "still_wide": (
        lambda self, x: F.silu(self.gate(x)) * self.up(x),
        "The result is still wide",
    ),
    "detached": (
        lambda self, x: self.down(F.silu(self.gate(x).detach()) * self.up(x)),
        "no gradient reaches gate.weight",
    ),
    "no_self": (
        lambda self, x: down(F.silu(self.gate(x))),  # noqa: F821
        "name 'down' is not defined",
    ),
    "quick_gelu": (
        lambda self, x: self.down(
            self.gate(x) * torch.sigmoid(1.702 * self.gate(x)) * self.up(x)
        ),
        "The bend is the sigmoid form of GELU",
    ),
    "mish": (
        lambda self, x: self.down(F.mish(self.gate(x)) * self.up(x)),
        "The bend is mish",
    ),
    "softmax": (
        lambda self, x: self.down(self.gate(x).softmax(-1) * self.up(x)),
        "The bend is softmax",
    ),
    "gate_twice": (
        lambda self, x: self.down(F.silu(self.gate(x)) * self.gate(x)),
        "multiplied by itself",
    ),
    "half_detached": (
        lambda self, x: self.down(
            self.gate(x) * self.gate(x).sigmoid().detach() * self.up(x)
        ),
        "the gradient for gate.weight is not",
    ),
    "three_axes": (three_axes, "For x of (2, 3,"),
    "squeezed": (squeezed, "For x of (1, 1, 6)"),
    "overflowing": (overflowing, "inf / inf is nan"),
    "forgets_to_return": (forgets_to_return, "needs a `return`"),
}

ANSWERS = {
    "swiglu": {
        "right": [OneLine, BySigmoid, OneProduct, ByExp],
        "wrong": {other(name, it): words for name, (it, words) in WRONG.items()}
        | {
            WithBiases: "It has no gate",
            SameNamesWithBiases: "leave __init__ as it was",
            FourTimesAsWide: "leave __init__ as it was",
            made_already(): "hand over the class itself",
        },
    }
}
CLASSES = {"swiglu": Base}
