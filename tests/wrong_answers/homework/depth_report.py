"""Answers to the homework depth-report: reports that can be true, and others.

`student_reports` has the wrong ones that any sheet's report can be.
"""

from student_reports import Report

TRUE = {  # what: parameters, tokens and losses
    "1 x 88": (110_352, 360_448, [1.73, 1.75, 1.65]),
    "2 x 64": (111_808, 356_352, [1.96, 1.97, 1.98]),
    "8 x 32": (107_552, 370_688, [2.14, 2.10, 2.11]),
    "4 x 44": (103_356, 385_024, [2.05, 2.06, 2.04]),
}
WHY = (
    "One layer of 88 ends lower than two of 64 by 0.26, more than twice what its seeds "
    "differ by, and eight layers end highest: each layer more costs loss here."
)
VAGUE = (
    "The wide and shallow model is better because each of its vectors has more room, "
    "and a deep one needs longer until its layers have found together."
)
report = Report(TRUE, best="1 x 88", why=WHY, vague=VAGUE)


def as_measured():
    return report()


def five_seeds():
    return report.with_row(2, losses=(2.14, 2.10, 2.11, 2.12, 2.09))


def my_own_is_best():
    own = {"what": "1 x 32", "parameters": 18_624, "tokens": 2_146_304}
    rows = report()["rows"]
    return report(rows=[{**own, "losses": [1.19, 1.21, 1.2]}, *rows], best="1 x 32")


def deep_is_best():
    made = report.with_row(2, losses=[1.5, 1.6, 1.55])
    return made | {"best": "8 x 32"}


def equal_tokens():
    """The budget is tokens x parameters, and the small one's was exceeded."""
    return report.with_row(1, tokens=385_024)


def another_width():
    return report.with_row(2, parameters=107_000)


ANSWERS = {
    "depth-report": {
        "right": [as_measured, five_seeds, my_own_is_best, deep_is_best],
        "wrong": {
            equal_tokens: "over 4e+10",
            another_width: "does not have 107000 parameters",
            **report.impossible(),
        },
    }
}
