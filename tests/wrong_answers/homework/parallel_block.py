"""Answers to the homework parallel-block: right ones, and the classic wrong ones."""

import torch
from torch import nn

from gptlib.attention import CausalSelfAttention
from gptlib.layernorm import LayerNorm
from gptlib.mlp import MLP


class Base(nn.Module):
    """The learner's class; what its forward does differently stands below."""

    def __init__(self, config):
        super().__init__()
        self.ln = LayerNorm(config.n_embd, bias=config.bias)
        self.attn = CausalSelfAttention(config)
        self.mlp = MLP(config)

    def forward(self, x):
        read = self.ln(x)
        return x + self.attn(read) + self.mlp(read)


class NormTwice(Base):
    def forward(self, x):
        added = self.mlp(self.ln(x))
        added = added + self.attn(self.ln(x))
        return added + x


class Stacked(Base):
    def forward(self, x):
        read = self.ln(x)
        return torch.stack([x, self.attn(read), self.mlp(read)]).sum(dim=0)


class InPlaceOfItsOwn(Base):
    def forward(self, x):
        stream = x.clone()
        stream += self.attn(self.ln(x))
        stream += self.mlp(self.ln(x))
        return stream


class RowByRow(Base):
    def forward(self, x):
        rows = []
        for row in x.split(1):
            read = self.ln(row)
            rows.append(sum(part(read) for part in (self.attn, self.mlp)) + row)
        return torch.cat(rows)


def other(name, forward):
    """A class whose forward is different."""
    return type(name, (Base,), {"forward": forward})


def one_by_one(self, x):
    x = x + self.attn(self.ln(x))
    return x + self.mlp(self.ln(x))


def the_mlp_first(self, x):
    x = x + self.mlp(self.ln(x))
    return x + self.attn(self.ln(x))


def chain(self, x):
    heard = self.attn(self.ln(x))
    return x + heard + self.mlp(heard)


def summed(self, x):
    r = self.ln(x)
    r = r + self.attn(r)
    r = r + self.mlp(r)
    return x + r


def summed_without_x(self, x):
    r = self.ln(x)
    r = r + self.attn(r)
    return r + self.mlp(r)


def summed_for_the_mlp(self, x):
    r = self.ln(x)
    r = r + self.attn(r)
    return x + self.mlp(r)


def norm_put_into_x(self, x):
    x = self.ln(x)
    return x + self.attn(x) + self.mlp(x)


def normed_once_more(self, x):
    read = self.ln(x)
    return x + self.attn(read) + self.mlp(self.ln(read))


def writes_into_x(self, x):
    read = self.ln(x)
    x += self.attn(read)
    x += self.mlp(read)
    return x


def lesson_11s_names(self, x):
    return x + self.attn(self.ln_1(x)) + self.mlp(self.ln_2(x))


def detached(self, x):
    read = self.ln(x)
    return x + self.attn(read) + self.mlp(read.detach())


def unfinished(self, x):
    read = self.ln(x)
    x = x + self.attn(read) + self.mlp(read)


class OtherNames(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm = LayerNorm(config.n_embd, bias=config.bias)
        self.attn = CausalSelfAttention(config)
        self.mlp = MLP(config)

    def forward(self, x):
        read = self.norm(x)
        return x + self.attn(read) + self.mlp(read)


class TwoNorms(Base):
    def __init__(self, config):
        super().__init__(config)
        self.ln_2 = LayerNorm(config.n_embd, bias=config.bias)

    def forward(self, x):
        return x + self.attn(self.ln(x)) + self.mlp(self.ln_2(x))


class AlwaysWithBias(Base):
    def __init__(self, config):
        super().__init__(config)
        self.ln = LayerNorm(config.n_embd)


WRONG = {
    "one_by_one": (one_by_one, "after attention has added to it"),
    "the_mlp_first": (the_mlp_first, "after the MLP has added to it"),
    "chain": (chain, "one behind the other"),
    "chain_alone": (
        lambda self, x: x + self.mlp(self.attn(self.ln(x))),
        "attention's own addition is lost",
    ),
    "no_stream": (
        lambda self, x: self.attn(self.ln(x)) + self.mlp(self.ln(x)),
        "x is missing",
    ),
    "summed": (summed, "the MLP reads the sum"),
    "summed_without_x": (summed_without_x, "And x is missing"),
    "summed_for_the_mlp": (summed_for_the_mlp, "ln(x) must stay as it was"),
    "norm_put_into_x": (norm_put_into_x, "start from x"),
    "x_twice": (
        lambda self, x: x + self.attn(self.ln(x)) + x + self.mlp(self.ln(x)),
        "x was added twice",
    ),
    "averaged": (
        lambda self, x: x + (self.attn(self.ln(x)) + self.mlp(self.ln(x))) / 2,
        "were averaged",
    ),
    "squeezed": (
        lambda self, x: Base.forward(self, x).squeeze(),
        "must have the shape (1, 1,",
    ),
    "no_norm": (lambda self, x: x + self.attn(x) + self.mlp(x), "There is no norm"),
    "attention_alone": (
        lambda self, x: x + self.attn(self.ln(x)),
        "The MLP is missing",
    ),
    "mlp_alone": (lambda self, x: x + self.mlp(self.ln(x)), "Attention is missing"),
    "attention_unread": (
        lambda self, x: x + self.attn(x) + self.mlp(self.ln(x)),
        "Attention reads x without",
    ),
    "mlp_unread": (
        lambda self, x: x + self.attn(self.ln(x)) + self.mlp(x),
        "The MLP reads x without",
    ),
    "norm_afterwards": (
        lambda self, x: self.ln(x + self.attn(x) + self.mlp(x)),
        "post-norm",
    ),
    "normed_once_more": (normed_once_more, "through the norm twice"),
    "writes_into_x": (writes_into_x, "It changed the tensor that it was given"),
    "lesson_11s_names": (lesson_11s_names, "no attribute 'ln_1'"),
    "detached": (detached, "The values are right, and the gradient"),
    "nothing": (unfinished, "needs a `return`"),
}

ANSWERS = {
    "parallel-block": {
        "right": [Base, NormTwice, Stacked, InPlaceOfItsOwn, RowByRow],
        "wrong": {other(name, forward): said for name, (forward, said) in WRONG.items()}
        | {
            OtherNames: "It has no ln",
            TwoNorms: "It has 2 norms, ln and ln_2",
            AlwaysWithBias: "With bias = False it has other parameters",
        },
    }
}
CLASSES = {"parallel-block": Base}
