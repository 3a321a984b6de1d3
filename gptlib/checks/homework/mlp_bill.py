"""Checks of the homework mlp-bill: what an MLP costs, before the run."""

from random import Random

from gptlib.checks.own import Sizes, sizes_of
from gptlib.checks.predictions import expect_number
from gptlib.checks.verdict import part

NAME = "mlp-bill"


@sizes_of(NAME)
def draw(chance: Random) -> Sizes:
    """No width is 4 times n_embd, and no two mistakes give the same number."""
    return {
        "n_embd": chance.choice((40, 56, 72)),
        "hidden": chance.choice((136, 200, 264, 328)),
        "B": chance.choice((7, 11, 13)),
        "T": chance.choice((90, 170, 230)),
    }


def _count(C: int, hidden: int) -> int:
    """Two matrices and their biases."""
    return 2 * C * hidden + hidden + C


@part(NAME, "the parameters, biases counted", points=1)
def parameters(seed: int, sizes: Sizes, mine: dict) -> None:
    """c_fc and c_proj."""
    C, hidden = sizes["n_embd"], sizes["hidden"]
    forgotten = {
        "you left out the biases, one number for each output.": 2 * C * hidden,
        "you left out the biases of c_proj.": 2 * C * hidden + hidden,
        "you left out the biases of c_fc.": 2 * C * hidden + C,
        "that is c_fc alone: c_proj has a matrix and biases too.": (C + 1) * hidden,
        "that is c_proj alone: c_fc has a matrix and biases too.": (hidden + 1) * C,
        "both layers have `hidden` biases in your count, and c_proj has C outputs.": 2
        * (C + 1)
        * hidden,
        "both layers have n_embd biases in your count, and c_fc has `hidden` "
        "outputs.": 2 * C * hidden + 2 * C,
        "you took 4 n_embd for the width: it is `hidden` here.": _count(C, 4 * C),
        "you took 4 n_embd for the width, and left out the biases.": 8 * C**2,
        "a layer with a gate has three matrices, and an MLP two.": 3 * C * hidden
        + 2 * hidden
        + C,
        "parameters are shared by all tokens.": _count(C, hidden)
        * sizes["B"]
        * sizes["T"],
    }
    expect_number(NAME, mine, "parameters", _count(C, hidden), forgotten)


@part(NAME, "the FLOPs of a forward pass", points=1)
def flops(seed: int, sizes: Sizes, mine: dict) -> None:
    """Two products for each token; biases and the bend are left out."""
    C, hidden, B, T = sizes.values()
    right = 4 * B * T * C * hidden
    forgotten = {
        "half of it: there are two products, and each multiplication comes with an "
        "addition.": right / 2,
        "a quarter of it: both products count, and additions too.": right / 4,
        "that is one text's: there are B.": right / B,
        "that is one position's of each text: there are T.": right / T,
        "that is one token's: there are B x T.": right / B / T,
        "three times too many: backward costs twice as much again, and only forward "
        "is asked for.": right * 3,
        "biases only add, and were to be left out.": 2 * B * T * _count(C, hidden),
        "each bias is one addition, and biases were to be left out.": right
        + B * T * (C + hidden),
        "GELU was counted, one operation a number, and was to be left out.": right
        + B * T * hidden,
        "you took 4 n_embd for the width: it is `hidden` here.": 16 * B * T * C**2,
        "no pairs of positions are multiplied: each goes its own way.": right * T,
        "both matrices are of n_embd and `hidden`, none of hidden x hidden.": 4
        * B
        * T
        * hidden**2,
        "that is in millions, and FLOPs are asked for.": right / 1e6,
    }
    expect_number(NAME, mine, "flops", right, forgotten)


@part(NAME, "the bytes that the backward pass waits for", points=1)
def kept(seed: int, sizes: Sizes, mine: dict) -> None:
    """What goes into the bend, and what goes into c_proj: both are (B, T, hidden)."""
    C, hidden, B, T = sizes.values()
    right = 2 * 4 * B * T * hidden
    forgotten = {
        "half of it: ask of each of the three steps what goes in, and how wide that "
        "is; and how many bytes a number takes.": right / 2,
        "you counted numbers, and each takes 4 bytes.": right / 4,
        "you counted the numbers of one tensor: is it the only wide one, and how many "
        "bytes are they?": right / 8,
        "that is one text's: there are B.": right / B,
        "that is one position's of each text: there are T.": right / T,
        "that is one token's: there are B x T.": right / B / T,
        "you took 4 n_embd for the width: it is `hidden` here.": right * 4 * C / hidden,
        "these are narrow tensors: the wide ones are asked for.": right * C / hidden,
        "x, which c_fc keeps, is narrow: only the wide ones are asked for.": right
        + 4 * B * T * C,
        "weights are no tensors of tokens, and were to be left out.": right
        + 4 * 2 * C * hidden,
        "weights and biases are no tensors of tokens, and were to be left out.": right
        + 4 * _count(C, hidden),
        "neither x nor the parameters belong to the wide tensors.": right
        + 4 * (B * T * C + _count(C, hidden)),
        "three are too many: what c_proj gives is narrow.": right * 3 / 2,
        "that is in bits.": right * 8,
        "that is in MB, and bytes are asked for.": right / 1e6,
        "that is in MiB, and bytes are asked for.": right / 2**20,
    }
    expect_number(NAME, mine, "kept", right, forgotten)
