"""Answers to the homework depth-report: reports that can be true, and others."""

# what: parameters, tokens and losses
TRUE = {
    "1 x 88": (110_352, 360_448, [1.73, 1.75, 1.65]),
    "2 x 64": (111_808, 356_352, [1.96, 1.97, 1.98]),
    "8 x 32": (107_552, 370_688, [2.14, 2.10, 2.11]),
    "4 x 44": (103_356, 385_024, [2.05, 2.06, 2.04]),
}
WHY = (
    "One layer of 88 ends lower than two of 64 by 0.26, more than twice what its seeds "
    "differ by, and eight layers end highest: each layer more costs loss here."
)


def report(**changes):
    """A report that can be true, with changes."""
    rows = [
        {"what": what, "parameters": parameters, "tokens": tokens, "losses": losses}
        for what, (parameters, tokens, losses) in TRUE.items()
    ]
    return {"rows": rows, "best": "1 x 88", "because": WHY} | changes


def with_row(place, **changes):
    made = report()
    made["rows"][place] |= changes
    return made


def as_measured():
    return report()


def five_seeds():
    return with_row(2, losses=(2.14, 2.10, 2.11, 2.12, 2.09))


def my_own_is_best():
    own = {"what": "1 x 32", "parameters": 18_624, "tokens": 2_146_304}
    rows = report()["rows"]
    return report(rows=[{**own, "losses": [1.19, 1.21, 1.2]}, *rows], best="1 x 32")


def deep_is_best():
    made = with_row(2, losses=[1.5, 1.6, 1.55])
    return made | {"best": "8 x 32"}


def below_the_floor():
    return with_row(0, losses=[0.25, 0.24, 0.26])


def equal_tokens():
    """The budget is tokens x parameters, and the small one's was exceeded."""
    return with_row(1, tokens=385_024)


def a_twentieth():
    return with_row(0, tokens=360_448 // 20)


def one_seed():
    return with_row(0, losses=[1.7])


def one_seed_three_times():
    return with_row(1, losses=[1.96, 1.96, 1.96])


def other_names():
    return with_row(0, what="1 layer")


def none_of_their_own():
    return report(rows=report()["rows"][:3])


def another_width():
    return with_row(2, parameters=107_000)


def last_is_best():
    return report(best="8 x 32")


def best_is_a_number():
    return report(best=1.71)


def no_number():
    return report(
        because="The wide and shallow model is better because each of its vectors has "
        "more room, and a deep one needs longer until its layers have found together."
    )


def no_reason():
    return report(because="1.71 is the lowest.")


def never_learnt():
    return with_row(2, losses=[4.6, 4.7, 4.8])


def losses_as_text():
    return with_row(0, losses=["1.73", "1.75", "1.65"])


def no_tokens():
    made = report()
    del made["rows"][1]["tokens"]
    return made


ANSWERS = {
    "depth-report": {
        "right": [as_measured, five_seeds, my_own_is_best, deep_is_best],
        "wrong": {
            below_the_floor: "below the floor",
            equal_tokens: "over 4e+10",
            a_twentieth: "run it with the whole budget",
            one_seed: "one for each seed",
            one_seed_three_times: "three seeds never agree",
            other_names: "There is no row whose `what` is '1 x 88'",
            none_of_their_own: "1 more of your own choice",
            another_width: "does not have 107000 parameters",
            last_is_best: "another row has a lower mean loss",
            best_is_a_number: "and the rows are",
            no_number: "names no number",
            no_reason: "15 words or more",
            never_learnt: "worse than blind guessing",
            losses_as_text: "is no number",
            no_tokens: "the row lacks tokens",
        },
    }
}
