"""Answers to the homework batch-report: reports that can be true, and others.

`student_reports` has the wrong ones that any sheet's report can be.
"""

from student_reports import Report

PARAMETERS, TOKENS = 111_808, 356_352
TRUE = {  # what: parameters, tokens and losses
    "2 rows": (PARAMETERS, TOKENS, [1.30, 1.31, 1.32]),
    "8 rows": (PARAMETERS, TOKENS, [1.20, 1.22, 1.21]),
    "32 rows": (PARAMETERS, TOKENS, [1.25, 1.26, 1.24]),
    "4 rows": (PARAMETERS, TOKENS, [1.21, 1.23, 1.24]),
}
WHY = (
    "Eight rows end lower than two in all three seeds, by 0.1, about five times what "
    "the seeds differ by, and with 32 rows there are too few steps."
)
VAGUE = (
    "Small batches are better than large ones because the model learns more often, and "
    "with too small a batch each step is too much of a guess."
)
report = Report(TRUE, best="8 rows", why=WHY, vague=VAGUE)


def as_measured():
    return report()


def ten_seeds():
    return report.with_row(0, losses=[1.3 + 0.01 * n for n in range(10)])


def one_row_more():
    rows = report()["rows"]
    more = rows[0] | {"what": "two norms", "losses": [1.29, 1.33, 1.3]}
    return report(rows=[*rows, more])


def tokens_made_up():
    return report.with_row(2, tokens=357_000)


ANSWERS = {
    "batch-report": {
        "right": [as_measured, ten_seeds, one_row_more],
        "wrong": {
            tokens_made_up: "no whole number of steps of 4096",
            **report.impossible(),
        },
    }
}
