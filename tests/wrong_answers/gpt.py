"""Answers to lesson gpt: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import math

import torch
from torch import nn

from gptlib import embed
from gptlib.checks.gpt_expect import Loose


class Base(Loose):
    """The learner's class; what its forward does differently is in methods below."""

    def places(self, idx):
        return torch.arange(idx.shape[1], device=idx.device)

    def start(self, idx):
        part = self.transformer
        return part.drop(part.wte(idx) + part.wpe(self.places(idx)))

    def blocks(self, x):
        for block in self.transformer.h:
            x = block(x)
        return x

    def end(self, x):
        return self.lm_head(self.transformer.ln_f(x))

    def forward(self, idx):
        return self.end(self.blocks(self.start(idx)))


class ByEmbed(Base):
    def start(self, idx):
        part = self.transformer
        return part.drop(embed(idx, part.wte, part.wpe))


class AxisInFront(Base):
    def places(self, idx):
        return torch.arange(idx.shape[1], device=idx.device).unsqueeze(0)


class InSequence(Base):
    def blocks(self, x):
        return nn.Sequential(*self.transformer.h)(x)


class TiedToo(Base):
    def __init__(self, config):
        super().__init__(config)
        self.transformer.wte.weight = self.lm_head.weight


class NoPositions(Base):
    def start(self, idx):
        return self.transformer.drop(self.transformer.wte(idx))


class FromOne(Base):
    def places(self, idx):
        return super().places(idx) + 1


class PlacesOfIds(Base):
    def places(self, idx):
        return idx


class PlacesOnTheCpu(Base):
    def places(self, idx):
        return torch.arange(idx.shape[1])


class AllPlaces(Base):
    def start(self, idx):
        part = self.transformer
        return part.drop(part.wte(idx) + part.wpe.weight)


class PlacesOfTheBlock(Base):
    def places(self, idx):
        return torch.arange(self.config.block_size, device=idx.device)


class PlacesOfTheRows(Base):
    def places(self, idx):
        return torch.arange(idx.shape[0], device=idx.device)


class NoBlocks(Base):
    def blocks(self, x):
        for block in self.transformer.h:
            block(x)
        return x


class LastBlockOnly(Base):
    def blocks(self, x):
        for block in self.transformer.h:
            y = block(x)
        return y


class AddsAgain(Base):
    def blocks(self, x):
        for block in self.transformer.h:
            x = x + block(x)
        return x


class Backwards(Base):
    def blocks(self, x):
        for block in reversed(self.transformer.h):
            x = block(x)
        return x


class ReturnsInTheLoop(Base):
    def blocks(self, x):
        for block in self.transformer.h:
            x = block(x)
            return x


class NoLastNorm(Base):
    def end(self, x):
        return self.lm_head(x)


class NoHead(Base):
    def end(self, x):
        return self.transformer.ln_f(x)


class HeadIsWte(Base):
    def end(self, x):
        return self.transformer.ln_f(x) @ self.transformer.wte.weight.T


class Probabilities(Base):
    def end(self, x):
        return super().end(x).softmax(dim=-1)


class LastPosition(Base):
    def end(self, x):
        return super().end(x[:, [-1]])


class WithALoss(Base):
    def forward(self, idx):
        return super().forward(idx), None


class NoDropout(Base):
    def start(self, idx):
        part = self.transformer
        return part.wte(idx) + part.wpe(self.places(idx))


class DropsTokens(Base):
    def start(self, idx):
        part = self.transformer
        return part.drop(part.wte(idx)) + part.wpe(self.places(idx))


class DropsForNothing(Base):
    def start(self, idx):
        x = embed(idx, self.transformer.wte, self.transformer.wpe)
        self.transformer.drop(x)
        return x


class Detached(Base):
    def blocks(self, x):
        return super().blocks(x.detach())


class ReturnsNothing(Base):
    def forward(self, idx):
        super().forward(idx)


class OtherNames(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.inside = Base(config)

    def forward(self, idx):
        return self.inside(idx)


FORWARD = {
    "right": [Base, ByEmbed, AxisInFront, InSequence, TiedToo],
    "wrong": {
        NoPositions: "The positions are missing",
        FromOne: "counted from 1",
        PlacesOfIds: "wpe was asked for the ids",
        PlacesOnTheCpu: "made on the device of idx",
        PlacesOfTheBlock: "wpe was asked for",
        PlacesOfTheRows: "wpe was asked for",
        AllPlaces: "Your code stopped with RuntimeError",
        NoBlocks: "thrown away",
        LastBlockOnly: "Only the last block counts",
        AddsAgain: "that is in the block",
        Backwards: "from the last to the first",
        ReturnsInTheLoop: "Only the first block",
        NoLastNorm: "The last norm, ln_f, is missing",
        NoHead: "lm_head is missing",
        HeadIsWte: "products with wte",
        Probabilities: "These are probabilities",
        LastPosition: "every position predicts",
        WithALoss: "of type tuple",
        NoDropout: "is called 0 times",
        DropsTokens: "not the sum of the two embeddings",
        DropsForNothing: "is not what the blocks read",
        Detached: "no gradient reaches",
        ReturnsNothing: "needs a `return`",
        OtherNames: "leave __init__ and its names",
    },
}


def the_embedding_takes_the_heads(model):
    model.transformer.wte.weight = model.lm_head.weight


def by_setattr(model):
    setattr(model.transformer["wte"], "weight", model.lm_head.weight)  # noqa: B010
    return model


def a_new_parameter_for_both(model):
    shared = nn.Parameter(model.lm_head.weight.detach().clone())
    model.lm_head.weight = model.transformer.wte.weight = shared


def the_other_way_round(model):
    model.lm_head.weight = model.transformer.wte.weight


def only_data(model):
    model.transformer.wte.weight.data = model.lm_head.weight.data


def wrapped_anew(model):
    model.transformer.wte.weight = nn.Parameter(model.lm_head.weight)


def copied(model):
    model.transformer.wte.weight.data.copy_(model.lm_head.weight.data)


def a_parameter_each(model):
    rows = model.lm_head.weight.detach().clone()
    model.transformer.wte.weight = nn.Parameter(rows)


def whole_modules(model):
    model.transformer.wte = model.lm_head


def a_function_for_a_head(model):
    wte = model.transformer.wte
    del model.lm_head
    object.__setattr__(model, "lm_head", lambda x: x @ wte.weight.T)


def without_gradient(model):
    model.lm_head.weight.requires_grad_(False)
    the_embedding_takes_the_heads(model)


def drawn_anew(model):
    the_embedding_takes_the_heads(model)
    nn.init.normal_(model.lm_head.weight, std=0.02)


def assigned_a_tensor(model):
    model.transformer.wte.weight = model.lm_head.weight.data


def a_local_name(model):
    weight = model.transformer.wte.weight
    weight = model.lm_head.weight  # noqa: F841


def nothing(*_):
    pass


TIE = {
    "right": [the_embedding_takes_the_heads, by_setattr, a_new_parameter_for_both],
    "wrong": {
        the_other_way_round: "the other way round",
        only_data: "still two Parameters",
        wrapped_anew: "do not wrap it in a new one",
        copied: "The numbers were copied",
        a_parameter_each: "The numbers were copied",
        whole_modules: "lm_head must stay a Linear",
        a_function_for_a_head: "the modules stay",
        without_gradient: "no Parameter that can be trained",
        drawn_anew: "not those that lm_head had",
        assigned_a_tensor: "Your code stopped with TypeError",
        a_local_name: "Nothing has changed",
        nothing: "Nothing has changed",
    },
}


def by_name(model, small=None, other=0.02, biases=nn.init.zeros_):
    """Fills by the names; what a wrong answer does differently is an argument."""
    root = math.sqrt(2 * model.config.n_layer)
    for name, p in model.named_parameters():
        if p.dim() == 2:
            scaled = 0.02 / root if small is None else small
            nn.init.normal_(p, std=scaled if "c_proj" in name else other)
        elif name.endswith("bias"):
            biases(p)


@torch.no_grad()
def by_module(model):
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.normal_(0, 0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            module.bias.zero_()
    for name, p in model.named_parameters():
        if name.endswith("c_proj.weight"):
            p.div_(math.sqrt(2 * len(model.transformer.h)))


def not_scaled(model):
    by_name(model, small=0.02)


def scaled_for_one_addition(model):
    by_name(model, small=0.02 / math.sqrt(model.config.n_layer))


def without_the_root(model):
    by_name(model, small=0.02 / (2 * model.config.n_layer))


def multiplied(model):
    by_name(model, small=0.02 * math.sqrt(2 * model.config.n_layer))


def all_scaled(model):
    small = 0.02 / math.sqrt(2 * model.config.n_layer)
    by_name(model, small=small, other=small)


def only_attention_scaled(model):
    by_name(model)
    for block in model.transformer.h:
        nn.init.normal_(block.mlp.c_proj.weight, std=0.02)


def a_variance_for_a_spread(model):
    by_name(model, other=math.sqrt(0.02))


def biases_left(model):
    by_name(model, biases=lambda p: None)


def biases_drawn(model):
    by_name(model, biases=lambda p: nn.init.normal_(p, std=0.02))


def norms_drawn(model):
    by_name(model)
    nn.init.normal_(model.transformer.ln_f.weight, std=0.02)


def positions_by_openai(model):
    by_name(model)
    nn.init.normal_(model.transformer.wpe.weight, std=0.01)


def drawn_evenly(model):
    by_name(model)
    for block in model.transformer.h:
        nn.init.uniform_(block.mlp.c_fc.weight, -0.02, 0.02)


def a_mean(model):
    by_name(model)
    with torch.no_grad():
        model.lm_head.weight.add_(0.02)


def new_parameters(model):
    by_name(model)
    for block in model.transformer.h:
        rows = 0.02 * torch.randn_like(block.mlp.c_fc.weight)
        block.mlp.c_fc.weight = nn.Parameter(rows)


def in_place_with_gradients(model):
    for p in model.parameters():
        p.normal_(0, 0.02)


def zeros(model):
    by_name(model, other=0.0)


START = {
    "right": [by_name, by_module],
    "wrong": {
        not_scaled: "It is not scaled",
        scaled_for_one_addition: "writes into the stream twice",
        without_the_root: "by the root of 2 * n_layer, not by that itself",
        multiplied: "here it was multiplied",
        all_scaled: "Only c_proj is scaled down",
        only_attention_scaled: "mlp.c_proj.weight has a spread of 0.02",
        a_variance_for_a_spread: "not the variance",
        biases_left: "must be 0 everywhere",
        biases_drawn: "bias belongs to a norm: leave it at 0",
        norms_drawn: "ln_f.weight belongs to a norm: leave it at 1",
        positions_by_openai: "OpenAI's rule for positions",
        drawn_evenly: "drawn evenly",
        a_mean: "The mean of",
        new_parameters: "was replaced or frozen",
        in_place_with_gradients: "torch.no_grad()",
        zeros: "filled with one number",
        nothing: "It was not filled",
    },
}

ANSWERS = {"gpt-forward": FORWARD, "tie": TIE, "start-values": START}
