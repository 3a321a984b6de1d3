"""Answers to lesson heads: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import torch
from torch import nn

from gptlib.attention import attention_weights


def permuted(x, nh):
    B, T, C = x.shape
    return x.reshape(B, T, nh, C // nh).permute(0, 2, 1, 3)


def stacked(x, nh):
    return torch.stack(x.chunk(nh, dim=-1), dim=1)


def view_at_once(x, nh):
    B, T, C = x.shape
    return x.view(B, nh, T, C // nh)


def not_transposed(x, nh):
    B, T, C = x.shape
    return x.view(B, T, nh, C // nh)


def interleaved(x, nh):
    B, T, C = x.shape
    return x.view(B, T, C // nh, nh).permute(0, 3, 1, 2)


def transposed_first(x, nh):
    B, T, C = x.shape
    return x.transpose(1, 2).reshape(B, nh, T, C // nh)


def heads_before_the_batch(x, nh):
    return torch.stack(x.chunk(nh, dim=-1))


def axes_swapped(x, nh):
    return permuted(x, nh).transpose(-2, -1)


def always_two(x, nh):
    B, T, C = x.shape
    return x.view(B, T, 2, C // 2).transpose(1, 2)


def two_of_hs(x, nh):
    B, T, C = x.shape
    return x.view(B, T, 2, C // nh).transpose(1, 2)


def not_divided(x, nh):
    B, T, C = x.shape
    return x.view(B, T, nh, C).transpose(1, 2)


hs = 4  # as a page has it


def takes_hs_from_the_page(x, nh):
    B, T, _ = x.shape
    return x.view(B, T, nh, hs).permute(0, 2, 3, 1)


def divided_with_a_slash(x, nh):
    B, T, C = x.shape
    return x.view(B, T, nh, C / nh).transpose(1, 2)


def squeezed(x, nh):
    return permuted(x, nh).squeeze(1)


def detached(x, nh):
    return permuted(x.detach(), nh)


def made_of_numbers(x, nh):
    return torch.tensor(permuted(x, nh).tolist())


def nothing(*_):
    pass


CUT = {
    "right": [permuted, stacked],
    "wrong": {
        view_at_once: "Right for one head, wrong for two: the view",
        not_transposed: "not yet in front of the positions",
        interleaved: "every nh-th column",
        transposed_first: "changed places before the cut",
        heads_before_the_batch: "The axes come as (nh, B, T, hs)",
        axes_swapped: "The axes come as (B, nh, hs, T)",
        always_two: "Take the number of heads from nh",
        two_of_hs: "and hs = C // nh. Take the number",
        not_divided: "and hs = C // nh. Take the number",
        divided_with_a_slash: "//",
        takes_hs_from_the_page: "It takes hs = 4 from the page",
        squeezed: "must have the shape",
        detached: "no gradient reaches",
        made_of_numbers: "no gradient reaches",
        nothing: "needs a `return`",
    },
}


def concatenated(y):
    return torch.cat([y[:, head] for head in range(y.shape[1])], dim=-1)


def contiguous(y):
    B, nh, T, hs = y.shape
    return y.transpose(1, 2).contiguous().view(B, T, nh * hs)


def no_transpose(y):
    B, nh, T, hs = y.shape
    return y.reshape(B, T, nh * hs)


def shuffled(y):
    return y.permute(0, 2, 3, 1).flatten(2)


def not_contiguous(y):
    B, nh, T, hs = y.shape
    return y.transpose(1, 2).view(B, T, nh * hs)


def added_up(y):
    return y.sum(dim=1)


def not_flat(y):
    return y.transpose(1, 2)


def joined_detached(y):
    return concatenated(y.data)


JOIN = {
    "right": [concatenated, contiguous],
    "wrong": {
        no_transpose: "head after head",
        shuffled: "shuffled into one another",
        not_contiguous: ".contiguous()",
        added_up: "must have the shape",
        not_flat: "must have the shape",
        joined_detached: "no gradient reaches",
        nothing: "needs a `return`",
    },
}


class Base(nn.Module):
    """The learner's class; what its forward does differently is in methods below."""

    def __init__(self, C, nh, p=0.0):
        super().__init__()
        self.nh = nh
        self.c_attn = nn.Linear(C, 3 * C)
        self.c_proj = nn.Linear(C, C)
        self.attn_dropout = nn.Dropout(p)
        self.resid_dropout = nn.Dropout(p)

    def qkv(self, x):
        return self.c_attn(x).chunk(3, dim=-1)

    def cut(self, x):
        return permuted(x, self.nh)

    def weights(self, q, k):
        return self.attn_dropout(attention_weights(q, k))

    def join(self, y):
        return contiguous(y)

    def out(self, y):
        return self.resid_dropout(self.c_proj(y))

    def forward(self, x):
        q, k, v = (self.cut(part) for part in self.qkv(x))
        return self.out(self.join(self.weights(q, k) @ v))


class HeadByHead(Base):
    def forward(self, x):
        parts = [part.chunk(self.nh, dim=-1) for part in self.qkv(x)]
        found = [self.weights(q, k) @ v for q, k, v in zip(*parts, strict=True)]
        return self.out(torch.cat(found, dim=-1))


class Stacked(Base):
    def cut(self, x):
        return stacked(x, self.nh)


class Sliced(Base):
    def qkv(self, x):
        C = x.shape[-1]
        all_three = self.c_attn(x)
        return all_three[..., :C], all_three[..., C : 2 * C], all_three[..., 2 * C :]


class NoProjection(Base):
    def out(self, y):
        return self.resid_dropout(y)


class OneHead(Base):
    def cut(self, x):
        return x[:, None]


class ViewAtOnce(Base):
    def cut(self, x):
        return x.reshape(x.shape[0], self.nh, x.shape[1], -1)


class NoTransposeBack(Base):
    def join(self, y):
        return no_transpose(y)


class KeysFirst(Base):
    def qkv(self, x):
        k, q, v = super().qkv(x)
        return q, k, v


class ValuesFirst(Base):
    def qkv(self, x):
        v, q, k = super().qkv(x)
        return q, k, v


class SplitInThree(Base):
    def qkv(self, x):
        q, k, v = self.c_attn(x).split(3, dim=-1)
        return q, k, v


class Reshaped(Base):
    def qkv(self, x):
        return self.c_attn(x).reshape(3, *x.shape)


class CutTooEarly(Base):
    def forward(self, x):
        q, k, v = self.cut(self.c_attn(x)).chunk(3, dim=-1)
        return self.out(self.join(self.weights(q, k) @ v))


class NoMask(Base):
    def weights(self, q, k):
        return self.attn_dropout((q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1))


class NoScale(Base):
    def weights(self, q, k):
        return self.attn_dropout(attention_weights(q * q.shape[-1] ** 0.5, k))


class RootOfC(Base):
    def weights(self, q, k):
        return self.attn_dropout(attention_weights(q / self.nh**0.5, k))


class ScaledTwice(Base):
    def weights(self, q, k):
        return self.attn_dropout(attention_weights(q / q.shape[-1] ** 0.5, k))


class AddsX(Base):
    def forward(self, x):
        return super().forward(x) + x


class ThrowsTheDropoutAway(Base):
    def weights(self, q, k):
        weights = attention_weights(q, k)
        self.attn_dropout(weights)
        return weights


class DropsTwice(Base):
    def weights(self, q, k):
        return self.attn_dropout(super().weights(q, k))


class DropsScores(Base):
    def weights(self, q, k):
        return attention_weights(self.attn_dropout(q), k)


class DropsTheScores(Base):
    def weights(self, q, k):
        T, hs = q.shape[-2:]
        scores = self.attn_dropout(q @ k.mT / hs**0.5)
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        return scores.masked_fill(future, -torch.inf).softmax(dim=-1)


class DropsByFunction(Base):
    def weights(self, q, k):
        return nn.functional.dropout(attention_weights(q, k), self.attn_dropout.p)


class KeysAsQueries(Base):
    def weights(self, q, k):
        return super().weights(k, q)


class HsHeads(Base):
    def cut(self, x):
        return permuted(x, x.shape[-1] // self.nh)


class WeightsTurned(Base):
    def weights(self, q, k):
        return super().weights(q, k).mT


class NeverTrains(Base):
    def forward(self, x):
        self.eval()
        return super().forward(x)


class OtherNames(nn.Module):
    def __init__(self, C, nh, p=0.0):
        super().__init__()
        self.inside = Base(C, nh, p)

    def forward(self, x):
        return self.inside(x)


class NoAttnDropout(Base):
    def weights(self, q, k):
        return attention_weights(q, k)


class NoResidDropout(Base):
    def out(self, y):
        return self.c_proj(y)


class DropoutOnValues(Base):
    def weights(self, q, k):
        return attention_weights(q, k)

    def join(self, y):
        return contiguous(self.attn_dropout(y))


class DropoutBeforeProjection(Base):
    def out(self, y):
        return self.c_proj(self.resid_dropout(y))


class AlwaysDrops(Base):
    def out(self, y):
        return nn.functional.dropout(self.resid_dropout(self.c_proj(y)), 0.1)


class Detached(Base):
    def weights(self, q, k):
        return super().weights(q, k).detach()


class ReturnsNothing(Base):
    def forward(self, x):
        super().forward(x)


FORWARD = {
    "right": [HeadByHead, Stacked, Sliced],
    "wrong": {
        NoProjection: "c_proj is missing",
        OneHead: "one head over all C numbers",
        ViewAtOnce: "Right for one head, wrong for two: the view",
        NoTransposeBack: "The way back is wrong",
        KeysFirst: "as k, q, v",
        ValuesFirst: "as v, q, k",
        SplitInThree: "chunk the number of pieces",
        Reshaped: "view or reshape, which mixes positions",
        CutTooEarly: "Split first, then cut each",
        NoMask: "The future is not masked",
        NoScale: "not divided by the root of hs",
        RootOfC: "the root of C",
        ScaledTwice: "divided twice",
        AddsX: "the block's part",
        ThrowsTheDropoutAway: "use what it returns",
        DropsTwice: "2 times",
        DropsScores: "that is not the weights",
        DropsTheScores: "before the softmax?",
        DropsByFunction: "drop in evaluation too",
        KeysAsQueries: "attention_weights was given k first",
        HsHeads: "hs heads of nh numbers",
        WeightsTurned: "The weights were turned",
        NeverTrains: "is eval() called?",
        OtherNames: "It has no c_attn",
        NoAttnDropout: "attn_dropout is never called",
        NoResidDropout: "resid_dropout is never called",
        DropoutOnValues: "attn_dropout was given a tensor of",
        DropoutBeforeProjection: "resid_dropout must be last",
        AlwaysDrops: "differ from call to call",
        Detached: "the gradient for x is not",
        ReturnsNothing: "needs a `return`",
    },
}


class WithMoreInside(Base):
    """A layer that is not used is nobody's fault."""

    def __init__(self, C, nh, p=0.0):
        super().__init__(C, nh, p)
        self.norm = nn.LayerNorm(C)


FORWARD["right"].append(WithMoreInside)
for order in ("qvk", "kqv", "kvq", "vqk", "vkq"):

    def qkv(self, x, order=order):
        found = dict(zip(order, Base.qkv(self, x), strict=True))
        return found["q"], found["k"], found["v"]

    FORWARD["wrong"][type(order, (Base,), {"qkv": qkv})] = f"as {', '.join(order)}"


def cut_in_three_of_four(x, nh):
    return x.view(x.shape[0], x.shape[1], nh, 4).transpose(1, 2)


def joined_two(y):
    return y.transpose(1, 2).reshape(2, y.shape[2], -1)


class ThreeHeads(Base):
    def cut(self, x):
        return permuted(x, 3)


# Right for the sizes of one seed only.
HARD_CODED = {
    "cut-heads": [cut_in_three_of_four],
    "join-heads": [joined_two],
    "attention-forward": [ThreeHeads],
}
CLASSES = {"attention-forward": Base}
ANSWERS = {"cut-heads": CUT, "join-heads": JOIN, "attention-forward": FORWARD}
