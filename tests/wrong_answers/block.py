"""Answers to lesson block: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

from torch import nn

from gptlib import MLP, CausalSelfAttention, LayerNorm


class Base(nn.Module):
    """The learner's class; its forward is in the classes below."""

    def __init__(self, config):
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, bias=config.bias)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = LayerNorm(config.n_embd, bias=config.bias)
        self.mlp = MLP(config)


class OneLine(Base):
    def forward(self, x):
        h = self.attn(self.ln_1(x)) + x
        return h + self.mlp(self.ln_2(h))


class Loop(Base):
    def forward(self, x):
        for norm, part in ((self.ln_1, self.attn), (self.ln_2, self.mlp)):
            x = x + part(norm(x))
        return x


class NoSums(Base):
    def forward(self, x):
        return self.mlp(self.ln_2(self.attn(self.ln_1(x))))


class NoFirstSum(Base):
    def forward(self, x):
        x = self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class NoSecondSum(Base):
    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return self.mlp(self.ln_2(x))


class NoMLP(Base):
    def forward(self, x):
        return x + self.attn(self.ln_1(x))


class ThrownAway(Base):
    def forward(self, x):
        x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class SideBySide(Base):
    def forward(self, x):
        return x + self.attn(self.ln_1(x)) + self.mlp(self.ln_2(x))


class AddsToTheFirst(Base):
    def forward(self, x):
        h = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(h))


class PostNorm(Base):
    def forward(self, x):
        x = self.ln_1(x + self.attn(x))
        return self.ln_2(x + self.mlp(x))


class NormsTheStream(Base):
    def forward(self, x):
        x = self.ln_1(x)
        x = x + self.attn(x)
        x = self.ln_2(x)
        return x + self.mlp(x)


class SwappedNorms(Base):
    def forward(self, x):
        x = x + self.attn(self.ln_2(x))
        return x + self.mlp(self.ln_1(x))


class OneNormTwice(Base):
    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_1(x))


class MLPFirst(Base):
    def forward(self, x):
        x = x + self.mlp(self.ln_2(x))
        return x + self.attn(self.ln_1(x))


class NoNorms(Base):
    def forward(self, x):
        x = x + self.attn(x)
        return x + self.mlp(x)


class InPlace(Base):
    def forward(self, x):
        x += self.attn(self.ln_1(x))
        x += self.mlp(self.ln_2(x))
        return x


class Detached(Base):
    def forward(self, x):
        x = x + self.attn(self.ln_1(x)).detach()
        return x + self.mlp(self.ln_2(x))


class ReturnsNothing(Base):
    def forward(self, x):
        x = x + self.attn(self.ln_1(x))


class OtherNames(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.inside = OneLine(config)

    def forward(self, x):
        return self.inside(x)


FORWARD = {
    "right": [OneLine, Loop],
    "wrong": {
        NoSums: "What each part gives is not added",
        NoFirstSum: "What attention gives is not added",
        NoSecondSum: "What the MLP gives is not added",
        NoMLP: "The MLP is missing",
        ThrownAway: "Attention is missing",
        SideBySide: "Both parts read the same x",
        AddsToTheFirst: "attention's addition is lost",
        PostNorm: "that is post-norm",
        NormsTheStream: "written back into x",
        SwappedNorms: "The norms have changed places",
        OneNormTwice: "ln_1 is used twice",
        MLPFirst: "The MLP comes first",
        NoNorms: "There is no norm",
        InPlace: "It changed the tensor",
        Detached: "the gradient for x is not",
        ReturnsNothing: "needs a `return`",
        OtherNames: "It has no ln_1",
    },
}
ANSWERS = {"block-forward": FORWARD}
