"""Answers to the homework heads-report: reports that can be true, and others.

`student_reports` has the wrong ones that any sheet's report can be.
"""

from student_reports import Report

PARAMETERS, TOKENS = 111_808, 356_352
TRUE = {  # what: parameters, tokens and losses
    "n_head = 1": (PARAMETERS, TOKENS, [1.30, 1.31, 1.32]),
    "n_head = 4": (PARAMETERS, TOKENS, [1.20, 1.22, 1.21]),
    "n_head = 16": (PARAMETERS, TOKENS, [1.25, 1.26, 1.24]),
    "n_head = 8": (PARAMETERS, TOKENS, [1.21, 1.23, 1.24]),
}
WHY = (
    "Four heads end lower than one in all three seeds, by 0.1, about five times what "
    "the seeds differ by, at 1.21, and 16 heads of 4 numbers each are too narrow again."
)
VAGUE = (
    "Several heads are better than one because they can look at several places at "
    "once, and with too many each of them is too narrow."
)
report = Report(TRUE, best="n_head = 4", why=WHY, vague=VAGUE)


def as_measured():
    return report()


def ten_seeds():
    return report.with_row(0, losses=[1.3 + 0.01 * n for n in range(10)])


def one_row_more():
    rows = report()["rows"]
    more = rows[0] | {"what": "two norms", "losses": [1.29, 1.33, 1.3]}
    return report(rows=[*rows, more])


def two_are_best():
    """Equal means, and either may be named."""
    return report.with_row(3, losses=[1.22, 1.21, 1.20]) | {"best": "n_head = 8"}


ANSWERS = {
    "heads-report": {
        "right": [as_measured, ten_seeds, one_row_more, two_are_best],
        "wrong": report.impossible(),
    }
}
