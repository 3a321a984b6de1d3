"""Checks of the homework heads-report: one wide head, or many narrow ones?"""

from gptlib.checks.reports import (
    expect_best,
    expect_reason,
    expect_rows,
    parameters,
)
from gptlib.checks.verdict import part

NAME, BUDGET = "heads-report", 4e10
HEADS = (1, 4, 16)


@part(NAME, "four rows, three seeds each, that can be true", points=2)
def rows(seed: int, mine: dict) -> None:
    """The number of heads changes no parameter."""
    known = {f"n_head = {n}": parameters(n_head=n) for n in HEADS}
    expect_rows(NAME, mine, known, budget=BUDGET, own=1)


@part(NAME, "the best of them named, with a reason that rests on a number", points=1)
def reason(seed: int, mine: dict) -> None:
    """Whether the reason is a good one is for a reader to say."""
    rows(seed, mine)
    expect_best(NAME, mine)
    expect_reason(NAME, mine)
