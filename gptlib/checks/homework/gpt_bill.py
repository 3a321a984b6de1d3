"""Checks of the homework gpt-bill: what a whole GPT holds, before it is built."""

import math
from random import Random

from gptlib.checks.own import Sizes, sizes_of
from gptlib.checks.predictions import expect_number
from gptlib.checks.verdict import part

NAME = "gpt-bill"
SPREAD = 0.02  # of a fresh model's matrices


@sizes_of(NAME)
def draw(chance: Random) -> Sizes:
    """No two sizes alike, so that no two mistakes give the same number."""
    return {
        "vocab_size": chance.choice((389, 503, 617)),
        "block_size": chance.choice((150, 190, 230)),
        "n_layer": chance.choice((5, 7, 9)),
        "n_head": 8,
        "n_embd": chance.choice((88, 104, 136)),
    }


def _block(C: int) -> int:
    """12 C^2 in four matrices, 9 C in their biases, 4 C in two norms."""
    return 12 * C**2 + 13 * C


@part(NAME, "the parameters, to the last one", points=1)
def parameters(seed: int, sizes: Sizes, mine: dict) -> None:
    """With one matrix for table and head, and every bias."""
    V, T, L, _, C = sizes.values()
    tables, blocks, norm = (V + T) * C, L * _block(C), 2 * C
    right = tables + blocks + norm
    forgotten = {
        "you counted the tied matrix twice: table and head are one.": right + V * C,
        "you counted neither table nor head: one matrix, and it counts once.": (
            right - V * C
        ),
        "you left out the table of positions, wpe.": right - T * C,
        "you left out both tables.": right - tables,
        "you left out ln_f, the norm before the head.": right - norm,
        "ln_f has a weight and a bias, C numbers each.": right - C,
        "you left out the biases of the four Linear layers of a block.": (
            right - 9 * L * C
        ),
        "you left out all biases, of the Linear layers and of the norms.": (
            right - 11 * L * C - C
        ),
        "you left out the two norms of each block.": right - 4 * L * C,
        "you left out all norms.": right - 4 * L * C - norm,
        "two mistakes give this. You counted one norm a block, and there are ln_1 and "
        "ln_2; or c_attn's bias as C, and it has one for each of 3 C outputs.": (
            right - 2 * L * C
        ),
        "a norm has a bias beside its weight.": right - 2 * L * C - C,
        "you counted the matrices alone: biases and norms are missing.": (
            tables + 12 * L * C**2
        ),
        "the head has no bias.": right + V,
        "that is with one block, and there are n_layer.": tables + _block(C) + norm,
        "c_attn makes queries, keys and values: three times C outputs.": (
            right - L * (2 * C**2 + 2 * C)
        ),
        "you left out attention's c_proj.": right - L * (C**2 + C),
        "the MLP has two matrices: c_fc widens, c_proj narrows again.": (
            right - L * (4 * C**2 + C)
        ),
        "the heads share c_attn: n_head changes no count.": (
            tables + norm + L * (_block(C) + (sizes["n_head"] - 1) * 3 * (C**2 + C))
        ),
        "that is in millions.": right / 1e6,
    }
    expect_number(NAME, mine, "parameters", right, forgotten)


@part(NAME, "the names in its state dict", points=1)
def tensors(seed: int, sizes: Sizes, mine: dict) -> None:
    """Twelve a block, two tables, two of the last norm, and the head's name too."""
    L = sizes["n_layer"]
    right = 12 * L + 5
    forgotten = {
        "one is missing: a state dict lists names, and the tied matrix has two.": (
            right - 1
        ),
        "two are missing: ln_f has a weight and a bias.": right - 2,
        "three are missing: the two tables and the head have names too.": right - 3,
        "those are the blocks alone.": right - 5,
        "that is one for each layer: most hold a weight and a bias.": 6 * L + 4,
        "that is 8 a block, and a block has two norms and four Linear layers, each "
        "with a weight and a bias.": 8 * L + 5,
        "a norm has a bias beside its weight.": 10 * L + 4,
        "that is with one block, and there are n_layer.": 17,
        "the head has no bias.": right + 1,
        "our mask is made when it is needed: no block keeps one.": right + L,
        "queries, keys and values come out of one layer, c_attn.": right + 4 * L,
    }
    expect_number(NAME, mine, "tensors", right, forgotten)


@part(NAME, "the loss before the first step", points=1)
def loss(seed: int, sizes: Sizes, mine: dict) -> None:
    """About ln V; the logits have a little spread, whose half variance is added."""
    V, T, _, _, C = sizes.values()
    right = math.log(V)
    within = (C * SPREAD**2 / 2 + 0.06) / right
    forgotten = {
        "that is in bits: take the natural logarithm.": math.log2(V),
        "that is the logarithm to base 10: take the natural one.": math.log10(V),
        "that is the probability that each token gets: the loss is minus its "
        "logarithm.": 1 / V,
        "the loss is positive: minus the logarithm of a probability.": -right,
        "that is the perplexity: take its logarithm.": V,
        "it is the mean over the positions and not their sum.": T * right,
        "a guess is one of V tokens, and block_size has no say.": math.log(T),
        "a guess is one of V tokens, and n_embd has no say.": math.log(C),
        "it guesses one of V tokens, all positions alike.": math.log(V * T),
        "a fresh model knows nothing: a loss of 0 would be a model that is sure and "
        "right.": 0.0,
    }
    expect_number(NAME, mine, "loss", right, forgotten, within=within)
