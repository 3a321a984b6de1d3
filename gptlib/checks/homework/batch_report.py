"""Checks of the homework batch-report: many small steps, or few large ones?"""

from gptlib.checks.reports import (
    expect_best,
    expect_reason,
    expect_rows,
    parameters,
)
from gptlib.checks.verdict import Wrong, part
from gptlib.train.experiment import SMALL

NAME, BUDGET = "batch-report", 4e10
ROWS = (2, 8, 32)


@part(NAME, "four rows, three seeds each, that can be true", points=1)
def rows(seed: int, mine: dict) -> None:
    """The size of a batch changes no parameter."""
    known = {f"{n} rows": parameters() for n in ROWS}
    for row in expect_rows(NAME, mine, known, budget=BUDGET, own=1):
        if row["what"] in known:
            _expect_steps(row, int(row["what"].split()[0]))


def _expect_steps(row: dict, n: int) -> None:
    step = n * SMALL["block_size"]
    if row["tokens"] % step:
        raise Wrong(
            f"{row['what']}: {row['tokens']} tokens are no whole number of steps of "
            f"{step}. Paste the rows as they were printed."
        )


@part(NAME, "the best of them named, with a reason that rests on a number", points=1)
def reason(seed: int, mine: dict) -> None:
    """Whether the reason is a good one is for a reader to say."""
    rows(seed, mine)
    expect_best(NAME, mine)
    expect_reason(NAME, mine)
