"""Answers to the homework activation-report: reports that can be true, and others."""

import math

PARAMETERS, GATED, TOKENS = 111_808, 111_680, 356_352
TRUE = {  # by its name: parameters, and losses
    "GELU": (PARAMETERS, [2.02, 2.03, 2.04]),
    "squared ReLU": (PARAMETERS, [2.07, 2.12, 2.06]),
    "SwiGLU": (GATED, [2.05, 2.06, 2.04]),
    "ReLU": (PARAMETERS, [2.06, 2.05, 2.03]),
}
WHY = (
    "GELU ends lowest, at 2.03, but by 0.01 to 0.02 only, which is what its own three "
    "seeds differ by, so this budget cannot tell it from SwiGLU."
)


def report(**changes):
    """A report that can be true, with changes."""
    rows = [
        {"what": what, "parameters": parameters, "tokens": TOKENS, "losses": losses}
        for what, (parameters, losses) in TRUE.items()
    ]
    return {"rows": rows, "best": "GELU", "because": WHY} | changes


def with_row(place, **changes):
    made = report()
    made["rows"][place] |= changes
    return made


def as_measured():
    return report()


def in_another_order():
    return report(rows=report()["rows"][::-1])


def two_of_their_own():
    wider = {"what": "wider", "parameters": 144_832, "tokens": 275_000}
    return report(rows=[*report()["rows"], wider | {"losses": [2.1, 2.2, 2.15]}])


def one_wins_outright():
    made = with_row(2, losses=[1.91, 1.92, 1.93])
    return made | {"best": "SwiGLU", "because": WHY.replace("GELU", "SwiGLU")}


def equal_means():
    """Either of two may be called the best."""
    return with_row(3, losses=[2.01, 2.04, 2.04]) | {"best": "ReLU"}


def as_wide_as_gelu():
    """Three matrices of 4 C: half as many parameters again."""
    wide = 2 * (3 * 64 * 256 - (2 * 64 * 256 + 256 + 64))
    return with_row(2, parameters=PARAMETERS + wide, tokens=270_000)


def two_thirds_rounded_down():
    return with_row(2, parameters=GATED - 2 * 3 * 64)


def with_gelus_count():
    return with_row(2, parameters=PARAMETERS)


def below_the_floor():
    return with_row(1, losses=[0.20, 0.22, 0.21])


def over_the_budget():
    return with_row(0, tokens=TOKENS * 3 // 2)


def at_a_twentieth():
    return with_row(0, tokens=16_384)


def two_seeds():
    return with_row(3, losses=[2.06, 2.05])


def the_same_seed():
    return with_row(3, losses=[2.06, 2.06, 2.06])


def no_gate():
    return report(rows=[row for row in report()["rows"] if row["what"] != "SwiGLU"])


def a_copied_row():
    return with_row(3, losses=TRUE["GELU"][1])


def less_than_nothing():
    """Their product is as large as it should be."""
    return with_row(3, parameters=-PARAMETERS, tokens=-TOKENS)


def the_same_row_twice():
    rows = report()["rows"]
    return report(rows=[*rows, rows[0] | {"losses": [2.01, 2.02, 2.0]}])


def many_ones():
    return report(because="1 " * 20)


def none_of_their_own():
    return report(rows=report()["rows"][:3])


def named_otherwise():
    return with_row(1, what="ReLU squared")


def the_last_is_best():
    return report(best="ReLU")


def best_by_one_run():
    """The lowest single loss, and not the lowest mean."""
    return with_row(2, losses=[1.99, 2.30, 2.31]) | {"best": "SwiGLU"}


def a_row_that_is_none():
    return report(best="Swish")


def no_number():
    return report(
        because="The gate lets each neuron decide how much of another number passes, "
        "so it can do more with the same count of parameters."
    )


def too_short():
    return report(because="GELU is 0.01 lower.")


def as_text():
    return with_row(0, losses=["2.02", "2.03", "2.04"])


def diverged():
    return with_row(1, losses=[math.nan, 2.1, 2.2])


def without_tokens():
    made = report()
    del made["rows"][1]["tokens"]
    return made


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
            below_the_floor: "below the floor",
            over_the_budget: "over 4e+10",
            at_a_twentieth: "run it with the whole budget",
            two_seeds: "one for each seed",
            the_same_seed: "three seeds never agree",
            no_gate: "There is no row whose `what` is 'SwiGLU'",
            a_copied_row: "GELU and ReLU: all their losses are the same",
            less_than_nothing: "-111808 parameters cannot be",
            the_same_row_twice: "Two rows are called 'GELU'",
            many_ones: "the same few words",
            none_of_their_own: "1 more of your own choice",
            named_otherwise: "There is no row whose `what` is 'squared ReLU'",
            the_last_is_best: "another row has a lower mean loss",
            best_by_one_run: "another row has a lower mean loss",
            a_row_that_is_none: "`best` is 'Swish'",
            no_number: "names no number",
            too_short: "15 words or more",
            as_text: "is no number",
            diverged: "squared ReLU: nan is no number",
            without_tokens: "the row lacks tokens",
        },
    }
}
