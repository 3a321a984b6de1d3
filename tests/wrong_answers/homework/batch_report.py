"""Answers to the homework batch-report: reports that can be true, and others."""

TRUE = {
    "2 rows": [1.30, 1.31, 1.32],
    "8 rows": [1.20, 1.22, 1.21],
    "32 rows": [1.25, 1.26, 1.24],
    "4 rows": [1.21, 1.23, 1.24],
}
PARAMETERS, TOKENS = 111_808, 356_352
WHY = (
    "Eight rows end lower than two in all three seeds, by 0.1, about five times what "
    "the seeds differ by, and with 32 rows there are too few steps."
)


def report(**changes):
    """A report that can be true, with changes: of a row by its losses."""
    rows = [
        {"what": what, "parameters": PARAMETERS, "tokens": TOKENS, "losses": losses}
        for what, losses in TRUE.items()
    ]
    return {"rows": rows, "best": "8 rows", "because": WHY} | changes


def with_row(place, **changes):
    made = report()
    made["rows"][place] |= changes
    return made


def as_measured():
    return report()


def ten_seeds():
    return with_row(0, losses=[1.3 + 0.01 * n for n in range(10)])


def another_row_is_best():
    return report(
        rows=[
            *report()["rows"],
            {**report()["rows"][0], "what": "two norms", "losses": [1.29, 1.33, 1.3]},
        ],
    )


def a_row_copied():
    return with_row(3, losses=TRUE["32 rows"])


def tokens_made_up():
    return with_row(2, tokens=357_000)


def three_quarters_of_the_budget():
    return with_row(0, tokens=256 * 1044)


def below_the_floor():
    return with_row(1, losses=[0.21, 0.22, 0.20])


def twice_the_budget():
    return with_row(1, tokens=2 * TOKENS)


def a_tenth_of_the_budget():
    return with_row(1, tokens=TOKENS // 10)


def one_seed():
    return with_row(2, losses=[1.24])


def one_seed_three_times():
    return with_row(2, losses=[1.24, 1.24, 1.24])


def a_row_is_missing():
    return report(rows=report()["rows"][:2])


def none_of_their_own():
    return report(rows=report()["rows"][:3])


def more_parameters():
    return with_row(1, parameters=PARAMETERS + 4096, tokens=TOKENS - 20_000)


def the_worst_is_best():
    return report(best="2 rows")


def no_number():
    return report(
        because="Small batches are better than large ones because the model learns "
        "more often, and with too small a batch each step is too much of a guess."
    )


def no_reason():
    return report(because="It is 0.1 better.")


def never_learnt():
    return with_row(0, losses=[5.1, 5.2, 5.3])


def a_nan():
    return with_row(0, losses=[float("nan"), 1.2, 1.3])


def a_number_from_nowhere():
    return report(
        because="The best row is better by far, as all know who have 3000 friends or "
        "have read 12 books about it, and nothing else could have come out here."
    )


ANSWERS = {
    "batch-report": {
        "right": [as_measured, ten_seeds, another_row_is_best],
        "wrong": {
            a_number_from_nowhere: "names no number of your report",
            a_row_copied: "all their losses are the same",
            tokens_made_up: "no whole number of steps of 4096",
            three_quarters_of_the_budget: "run it with the whole budget",
            below_the_floor: "below the floor",
            twice_the_budget: "over 4e+10",
            a_tenth_of_the_budget: "run it with the whole budget",
            one_seed: "one for each seed",
            one_seed_three_times: "three seeds never agree",
            a_row_is_missing: "There is no row whose `what` is '32 rows'",
            none_of_their_own: "1 more of your own choice",
            more_parameters: "does not have",
            the_worst_is_best: "another row has a lower mean loss",
            no_number: "names no number",
            no_reason: "15 words or more",
            never_learnt: "worse than blind guessing",
            a_nan: "is no number",
        },
    }
}
