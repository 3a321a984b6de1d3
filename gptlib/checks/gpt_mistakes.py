"""What comes out of the classic mistakes with a whole GPT, and words for each.

B batch, T time (positions), C = n_embd, V vocabulary.
"""

import math

import torch
from torch import Tensor, nn

from gptlib.checks.mistakes import Mistakes


def logits_of(
    model: nn.Module, idx: Tensor, upto: str = "", stream: Tensor | None = None
) -> Tensor:
    """The right logits, (B, T, V), or the stream after the embeddings, (B, T, C).

    `stream` stands for what the first block reads.
    """
    part = model.transformer
    x = stream
    if x is None:
        x = part.wte(idx) + part.wpe(torch.arange(idx.shape[1], device=idx.device))
    if upto == "embeddings":
        return x
    for block in part.h:
        x = block(x)
    return model.lm_head(part.ln_f(x))


def forward_mistakes(model: nn.Module, idx: Tensor) -> Mistakes:
    """Instead of the logits of idx, (B, T, V) each."""
    part, T = model.transformer, idx.shape[1]
    tokens = part.wte(idx)
    places = part.wpe(torch.arange(T))
    embedded = tokens + places
    end = lambda x: model.lm_head(part.ln_f(x))
    after = lambda x: logits_of(model, idx, stream=x)
    x = embedded
    streams = [x]
    for block in part.h:
        x = block(x)
        streams.append(x)
    doubled = embedded
    for block in part.h:
        doubled = doubled + block(doubled)
    backwards = embedded
    for block in reversed(part.h):
        backwards = block(backwards)
    return [
        (after(tokens), "The positions are missing: add what wpe gives to the tokens."),
        (
            after(places.expand_as(tokens)),
            "The tokens are missing: add what wte gives to the positions.",
        ),
        (
            after(tokens + part.wpe(torch.arange(1, T + 1))),
            "The positions are counted from 1: the first is 0.",
        ),
        (
            after(tokens + part.wpe(idx)),
            "wpe was asked for the ids: ask it for the positions, 0 to T - 1.",
        ),
        (after(tokens * places), "The embeddings were multiplied: add them."),
        (end(embedded), "No block was called, or what it returned was thrown away."),
        (
            end(part.h[-1](embedded)),
            "Only the last block counts: each must read what the one before it gave.",
        ),
        (end(streams[1]), "Only the first block was called."),
        (end(doubled), "x was added to what a block gives: that is in the block."),
        (end(backwards), "The blocks were called from the last to the first."),
        (model.lm_head(x), "The last norm, ln_f, is missing before the head."),
        (
            part.ln_f(x) @ part.wte.weight.T,
            "The head is lm_head, and these are products with wte: whether the two "
            "share a matrix is not forward's business.",
        ),
        (end(x).softmax(-1), "These are probabilities: logits come before a softmax."),
        (
            end(x).log_softmax(-1),
            "These are log probabilities: logits come before a softmax.",
        ),
    ]


def spread_mistake(name: str, spread: float, right: float, n_layer: int) -> str:
    """Words for a spread that is not `right`."""
    said = f"{name} has a spread of {spread:.2g}, and should have {right:.2g}."
    root = math.sqrt(2 * n_layer)
    scaled = {
        0.02: "It is not scaled: what writes into the stream, every c_proj, is "
        "divided by the root of 2 * n_layer.",
        0.02 / math.sqrt(n_layer): "A block writes into the stream twice: the root of "
        "2 * n_layer.",
        0.02 / (2 * n_layer): "Divide by the root of 2 * n_layer, not by that itself.",
        0.02 * root: "Divide by the root of 2 * n_layer; here it was multiplied.",
    }
    known = (
        scaled
        if "c_proj" in name
        else {
            0.02 / root: "Only c_proj is scaled down, nothing else.",
            0.01: "0.01 is OpenAI's rule for positions; here they start as tokens do.",
        }
    )
    known |= {
        math.sqrt(right): "normal_ takes the spread (std), not the variance.",
        right**2: "normal_ takes the spread (std), not the variance.",
        right / math.sqrt(3): "Was it drawn evenly between two ends? Draw it normal.",
        0.0: "It was filled with one number: draw its numbers at random.",
    }
    for wrong, words in known.items():
        if abs(spread - wrong) <= 0.08 * wrong:
            return f"{said} {words}"
    if spread > 0.3:
        return f"{said} It was not filled, or filled with something much too wide."
    return said
