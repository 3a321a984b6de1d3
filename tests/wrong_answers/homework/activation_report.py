"""Answers to the homework activation-report: reports that can be true, and others.

`student_reports` has the wrong ones that any sheet's report can be.
"""

from student_reports import Report

PARAMETERS, GATED, TOKENS = 111_808, 111_680, 356_352
TRUE = {  # what: parameters, tokens and losses
    "GELU": (PARAMETERS, TOKENS, [2.02, 2.03, 2.04]),
    "squared ReLU": (PARAMETERS, TOKENS, [2.07, 2.12, 2.06]),
    "SwiGLU": (GATED, TOKENS, [2.05, 2.06, 2.04]),
    "ReLU": (PARAMETERS, TOKENS, [2.06, 2.05, 2.03]),
}
WHY = (
    "GELU ends lowest, at 2.03, but by 0.01 to 0.02 only, which is what its own three "
    "seeds differ by, so this budget cannot tell it from SwiGLU."
)
VAGUE = (
    "The gate lets each neuron decide how much of another number passes, so it can do "
    "more with the same count of parameters."
)
report = Report(TRUE, best="GELU", why=WHY, vague=VAGUE)


def as_measured():
    return report()


def in_another_order():
    return report(rows=report()["rows"][::-1])


def two_of_their_own():
    wider = {"what": "wider", "parameters": 144_832, "tokens": 275_000}
    return report(rows=[*report()["rows"], wider | {"losses": [2.1, 2.2, 2.15]}])


def one_wins_outright():
    made = report.with_row(2, losses=[1.91, 1.92, 1.93])
    return made | {"best": "SwiGLU", "because": WHY.replace("GELU", "SwiGLU")}


def equal_means():
    """Either of two may be called the best."""
    return report.with_row(3, losses=[2.01, 2.04, 2.04]) | {"best": "ReLU"}


def as_wide_as_gelu():
    """Three matrices of 4 C: half as many parameters again."""
    wide = 2 * (3 * 64 * 256 - (2 * 64 * 256 + 256 + 64))
    return report.with_row(2, parameters=PARAMETERS + wide, tokens=270_000)


def two_thirds_rounded_down():
    return report.with_row(2, parameters=GATED - 2 * 3 * 64)


def with_gelus_count():
    return report.with_row(2, parameters=PARAMETERS)


def best_by_one_run():
    """The lowest single loss, and not the lowest mean."""
    return report.with_row(2, losses=[1.99, 2.30, 2.31]) | {"best": "SwiGLU"}


ANSWERS = {
    "activation-report": {
        "right": [
            as_measured,
            in_another_order,
            two_of_their_own,
            one_wins_outright,
            equal_means,
        ],
        "wrong": {
            as_wide_as_gelu: "SwiGLU: a model of these sizes does not have",
            two_thirds_rounded_down: "does not have 111296 parameters",
            with_gelus_count: "does not have 111808 parameters",
            best_by_one_run: "another row has a lower mean loss",
            **report.impossible(),
        },
    }
}
