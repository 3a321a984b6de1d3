"""Checks of the homework activation-report: which bend, at equal parameters?"""

from torch import nn

from gptlib.checks.reports import (
    expect_best,
    expect_reason,
    expect_rows,
    parameters,
)
from gptlib.checks.verdict import part
from gptlib.model import GPT
from gptlib.train.experiment import SMALL

NAME, BUDGET = "activation-report", 4e10
HIDDEN = 172  # of three matrices, which cost nearly what two of 4 C do
BENDS = ("GELU", "squared ReLU")


def _gated(model: GPT) -> None:
    """Three matrices without biases in each block, of SwiGLU's sizes."""
    C = SMALL["n_embd"]
    sizes = ((C, HIDDEN), (C, HIDDEN), (HIDDEN, C))
    for block in model.transformer.h:
        block.mlp = nn.ModuleList(nn.Linear(m, n, bias=False) for m, n in sizes)


@part(NAME, "four rows, three seeds each, that can be true", points=2)
def rows(seed: int, mine: dict) -> None:
    """A bend has no parameters, and the gate nearly as many."""
    known = dict.fromkeys(BENDS, parameters()) | {"SwiGLU": parameters(_gated)}
    expect_rows(NAME, mine, known, budget=BUDGET, own=1)


@part(NAME, "the best of them named, with a reason that rests on a number", points=1)
def reason(seed: int, mine: dict) -> None:
    """Whether the reason is a good one is for a reader to say."""
    rows(seed, mine)
    expect_best(NAME, mine)
    expect_reason(NAME, mine)
