"""Checks of the homework depth-report: deep and narrow, or wide and shallow?"""

from functools import cache

from gptlib.checks.reports import (
    expect_best,
    expect_reason,
    expect_rows,
    parameters,
)
from gptlib.checks.verdict import part

NAME, BUDGET = "depth-report", 4e10
SHAPES = ((1, 88), (2, 64), (8, 32))  # layers and width, of about 110,000 parameters


@cache
def _known() -> dict[str, int]:
    """How many parameters each shape has, by the name of its row."""
    return {
        f"{layers} x {width}": parameters(n_layer=layers, n_embd=width, n_head=2)
        for layers, width in SHAPES
    }


@part(NAME, "four rows, three seeds each, that can be true", points=2)
def rows(seed: int, mine: dict) -> None:
    """Three shapes of nearly equal parameters, and one of the student's own."""
    expect_rows(NAME, mine, _known(), budget=BUDGET, own=1)


@part(NAME, "the best of them named, with a reason that rests on a number", points=1)
def reason(seed: int, mine: dict) -> None:
    """Whether the reason is a good one is for a reader to say."""
    rows(seed, mine)
    expect_best(NAME, mine)
    expect_reason(NAME, mine)
