"""Answers to the homework gpt-bill: what students count, right and wrong."""

import math

import torch

from gptlib.config import GPTConfig
from gptlib.model import GPT


def bill(sizes, parameters=None, tensors=None, loss=None):
    """The right numbers, or those that are given."""
    V, T, L, _, C = sizes.values()
    right = {
        "parameters": V * C + T * C + L * (12 * C * C + 13 * C) + 2 * C,
        "tensors": 2 + 12 * L + 2 + 1,
        "loss": math.log(V),
    }
    given = {"parameters": parameters, "tensors": tensors, "loss": loss}
    return right | {name: value for name, value in given.items() if value is not None}


def right(sizes):
    return bill(sizes)


def rounded_loss(sizes):
    return bill(sizes, loss=round(math.log(sizes["vocab_size"]), 2))


def with_half_the_variance(sizes):
    more = sizes["n_embd"] * 0.02**2 / 2
    return bill(sizes, loss=math.log(sizes["vocab_size"]) + more)


def asked_of_a_model(sizes):
    with torch.device("meta"):
        model = GPT(GPTConfig(**sizes))
    return {
        "loss": -math.log(1 / sizes["vocab_size"]),
        "tensors": len(model.state_dict()),
        "parameters": sum(p.numel() for p in model.parameters()),
    }


def tied_twice(sizes):
    V, C = sizes["vocab_size"], sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] + V * C)


def no_positions(sizes):
    T, C = sizes["block_size"], sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] - T * C)


def no_tables(sizes):
    V, T, C = sizes["vocab_size"], sizes["block_size"], sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] - (V + T) * C)


def twelve_squares(sizes):
    """The rule of thumb, with tables."""
    V, T, L, _, C = sizes.values()
    return bill(sizes, parameters=(V + T) * C + 12 * L * C * C)


def no_linear_biases(sizes):
    L, C = sizes["n_layer"], sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] - 9 * L * C)


def no_biases_at_all(sizes):
    with torch.device("meta"):
        model = GPT(GPTConfig(**sizes, bias=False))
    return bill(sizes, parameters=sum(p.numel() for p in model.parameters()))


def no_last_norm(sizes):
    return bill(sizes, parameters=bill(sizes)["parameters"] - 2 * sizes["n_embd"])


def no_norms_in_blocks(sizes):
    L, C = sizes["n_layer"], sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] - 4 * L * C)


def one_norm_a_block(sizes):
    L, C = sizes["n_layer"], sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] - 2 * L * C)


def short_bias_of_c_attn(sizes):
    """C in the place of 3 C: the same number as with one norm a block."""
    return one_norm_a_block(sizes)


def one_block(sizes):
    return bill(sizes, parameters=bill(sizes | {"n_layer": 1})["parameters"])


def head_with_bias(sizes):
    V = sizes["vocab_size"]
    return bill(sizes, parameters=bill(sizes)["parameters"] + V)


def no_attention_projection(sizes):
    L, C = sizes["n_layer"], sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] - L * (C * C + C))


def each_head_its_own(sizes):
    _, _, L, nh, C = sizes.values()
    more = L * (nh - 1) * 3 * (C * C + C)
    return bill(sizes, parameters=bill(sizes)["parameters"] + more)


def as_parameters(sizes):
    return bill(sizes, tensors=12 * sizes["n_layer"] + 4)


def blocks_alone(sizes):
    return bill(sizes, tensors=12 * sizes["n_layer"])


def weights_alone(sizes):
    with torch.device("meta"):
        model = GPT(GPTConfig(**sizes, bias=False))
    return bill(sizes, tensors=len(model.state_dict()))


def eight_a_block(sizes):
    return bill(sizes, tensors=8 * sizes["n_layer"] + 5)


def a_mask_in_each(sizes):
    """minGPT's and nanoGPT's blocks hold one."""
    return bill(sizes, tensors=13 * sizes["n_layer"] + 5)


def in_bits(sizes):
    return bill(sizes, loss=math.log2(sizes["vocab_size"]))


def by_ten(sizes):
    return bill(sizes, loss=math.log10(sizes["vocab_size"]))


def the_probability(sizes):
    return bill(sizes, loss=1 / sizes["vocab_size"])


def negative(sizes):
    return bill(sizes, loss=-math.log(sizes["vocab_size"]))


def the_perplexity(sizes):
    return bill(sizes, loss=sizes["vocab_size"])


def of_the_positions(sizes):
    return bill(sizes, loss=math.log(sizes["block_size"]))


def summed(sizes):
    return bill(sizes, loss=sizes["block_size"] * math.log(sizes["vocab_size"]))


def zero(sizes):
    return bill(sizes, loss=0)


def of_the_tales(sizes):
    return bill(sizes, loss=math.log(55))


def one_open(sizes):
    return {**bill(sizes), "tensors": None}


def a_text(sizes):
    return {**bill(sizes), "loss": "ln V"}


ANSWERS = {
    "gpt-bill": {
        "right": [right, rounded_loss, with_half_the_variance, asked_of_a_model],
        "wrong": {
            tied_twice: "you counted the tied matrix twice",
            no_positions: "you left out the table of positions, wpe.",
            no_tables: "you left out both tables",
            twelve_squares: "you counted the matrices alone",
            no_linear_biases: "the biases of the four Linear layers",
            no_biases_at_all: "you left out all biases",
            no_last_norm: "the norm before the head",
            no_norms_in_blocks: "you left out the two norms of each block",
            one_norm_a_block: "You counted one norm a block",
            short_bias_of_c_attn: "or c_attn's bias as C",
            one_block: "that is with one block",
            head_with_bias: "the head has no bias",
            no_attention_projection: "you left out attention's c_proj",
            each_head_its_own: "n_head changes no count",
            as_parameters: "the tied matrix has two",
            blocks_alone: "those are the blocks alone",
            weights_alone: "that is one for each layer",
            eight_a_block: "that is 8 a block",
            a_mask_in_each: "no block keeps one",
            in_bits: "that is in bits",
            by_ten: "to base 10",
            the_probability: "that is the probability",
            negative: "the loss is positive",
            the_perplexity: "that is the perplexity",
            of_the_positions: "block_size has no say",
            summed: "the mean over the positions",
            zero: "a fresh model knows nothing",
            of_the_tales: "`loss`: 4.007333185 is too small",
            one_open: "`tensors` is still None",
            a_text: "must be a number",
        },
    }
}
