"""What the prose of a lesson may say although no cell of it prints it.

Few, because a number that a cell prints is better: it stands where the reader is.
"""

import json
from functools import cache
from unittest.mock import patch

import torch
from torch import nn

from gptlib import GPT, GPTConfig
from gptlib.checks.reports import FLOOR
from gptlib.guard.files import DATA

# Known from elsewhere, so nothing here can compute them: the number and its source.
QUOTED = {
    "the request that took nn.GELU() in": (274, "github.com/karpathy/nanoGPT/pull/274"),
    "its gain in speed, as it says": (1.27, "the same page"),
    "its milliseconds for nn.GELU()": (102, "the same page"),
}


@cache
def facts() -> dict[str, float]:
    """Every fact by its name, computed from `gptlib` or quoted."""
    return computed() | {name: number for name, (number, _) in QUOTED.items()}


def computed() -> dict[str, float]:
    """The sizes of GPT-2 and of the shipped model, counted on the models themselves."""
    # Counted, not used: on "meta" to fill the weights would only import sympy.
    with torch.device("meta"), patch.object(nn.init, "normal_"):
        model = GPT(GPTConfig.create("gpt2"))
    config, part, block = model.config, model.transformer, model.transformer.h[0]
    shipped = json.loads((DATA / "tales-gpt" / "config.json").read_text("utf-8"))
    return {
        "GPT-2, tokens": config.vocab_size,
        "GPT-2, positions": config.block_size,
        "GPT-2, n_embd": config.n_embd,
        "GPT-2, parameters": count(model),
        "GPT-2, parameters of wte and wpe": count(part.wte) + count(part.wpe),
        "GPT-2, parameters of an attention": count(block.attn),
        "GPT-2, parameters of a block's norms": count(block.ln_1) + count(block.ln_2),
        "GPT-2, columns of c_attn": block.attn.c_attn.out_features,
        "the shipped model, n_embd": shipped["n_embd"],
        "the floor of the tales' validation stories": FLOOR,
    }


def count(module: nn.Module) -> int:
    """How many parameters a module has; a shared one counts once."""
    return sum(parameter.numel() for parameter in module.parameters())
