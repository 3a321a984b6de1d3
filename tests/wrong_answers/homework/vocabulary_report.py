"""Answers to the homework vocabulary-report: reports that can be true, and others.

`student_reports` has the wrong ones that any sheet's report can be.
"""

import math
from statistics import mean

from student_reports import Report

TRUE = {  # what: parameters, tokens and losses per token
    "characters": (111_808, 356_352, [2.02, 2.03, 2.05]),
    "512 tokens": (141_056, 282_624, [2.04, 2.01, 2.05]),
    "1024 tokens": (173_824, 229_376, [1.88, 1.92, 1.91]),
    "768 tokens": (157_440, 253_952, [1.97, 1.95, 1.96]),
}
LENGTH = {  # in characters a token
    "characters": 1.0,
    "512 tokens": 100_486 / 44_087,
    "1024 tokens": 100_486 / 28_458,
    "768 tokens": 100_486 / 34_226,
}
PER_TOKEN = {what: mean(losses) for what, (*_, losses) in TRUE.items()}
PER_CHARACTER = {what: PER_TOKEN[what] / LENGTH[what] for what in TRUE}
WHY = (
    "Per character 1024 tokens lose 0.54 nats and characters 2.03, and no two seeds of "
    "a row differ by more than 0.02; this is said of the tales, with their few words."
)
VAGUE = (
    "The more tokens there are, the more of a story a model sees at once, and what it "
    "guesses of a word it need not guess of each of its letters."
)
report = Report(TRUE, "1024 tokens", WHY, VAGUE, more={"per_character": PER_CHARACTER})


def with_each(**changes):
    """The numbers per character, with changes: 512 stands for "512 tokens"."""
    renamed = {name.strip("_") + " tokens": it for name, it in changes.items()}
    return report(per_character=PER_CHARACTER | renamed)


def as_measured():
    return report()


def rounded_to_four_digits():
    each = {what: float(f"{it:.4g}") for what, it in PER_CHARACTER.items()}
    return report(per_character=each)


def in_another_order():
    made = report()
    made["rows"].reverse()
    return dict(reversed(made.items()))


def more_characters_in_view():
    made = report()
    own = {"what": "320 in view", "parameters": 124_096, "tokens": 320_000}
    made["rows"][3] = own | {"losses": [1.99, 2.0, 2.01]}
    made["per_character"]["320 in view"] = 2.0
    del made["per_character"]["768 tokens"]
    return made


def one_more_per_character():
    """Of a trial that is in no row, such as a shorter run."""
    return report(per_character=PER_CHARACTER | {"a trial": 0.5})


def per_token():
    return report(per_character=PER_TOKEN)


def multiplied():
    return with_each(_512=PER_TOKEN["512 tokens"] * LENGTH["512 tokens"])


def in_bits():
    return with_each(_512=PER_CHARACTER["512 tokens"] / math.log(2))


def by_the_logarithm():
    return with_each(_1024=PER_TOKEN["1024 tokens"] / math.log(1024))


def the_first_seed():
    losses = TRUE["1024 tokens"][-1]
    return with_each(_1024=losses[0] / LENGTH["1024 tokens"])


def all_seeds_together():
    return with_each(_512=3 * PER_CHARACTER["512 tokens"])


def too_coarse():
    return with_each(_1024=0.5)


def none_for_their_own():
    made = report()
    del made["per_character"]["768 tokens"]
    return made


def their_own_too_high():
    return with_each(_768=2.5)


def their_own_below_the_floor():
    return with_each(_768=0.2)


def a_list():
    return report(per_character=list(PER_CHARACTER.values()))


def a_text():
    return with_each(_768="0.67")


def the_best_per_token():
    made = report.with_row(0, losses=[1.62, 1.63, 1.64])
    made["per_character"]["characters"] = 1.63
    return made | {"best": "characters"}


def rounded_to_two_digits():
    made = report.with_row(0, losses=[1.5549, 1.5550, 1.5551])
    made["per_character"]["characters"] = 1.55
    return made | {"because": WHY.replace("2.03", "1.55")}


def their_own_count_invented():
    return with_each(_768=0.4)


def only_per_character():
    """The reason rests on a difference in nats per character."""
    why = "Between 512 and 1024 tokens there are 0.353 nats for each character of them."
    return report(because=f"{why} So the more of the text a token holds, the better.")


def another_vocabulary():
    return report.with_row(1, parameters=141_120)


def half_learnt_elsewhere():
    return report.with_row(2, losses=[9.1, 9.2, 9.3])


def characters_worse_than_blind():
    """As high as 1,024 tokens may be, and 55 characters may not."""
    made = report.with_row(0, losses=[6.5, 6.6, 6.7])
    made["per_character"]["characters"] = 6.6
    return made


def tokens_below_the_floor():
    """Above the floor per token, and below it per character."""
    made = report.with_row(2, losses=[0.5, 0.6, 0.7])
    made["per_character"]["1024 tokens"] = 0.6 / LENGTH["1024 tokens"]
    return made


def the_best_has_no_row():
    made = one_more_per_character()
    made["per_character"]["a trial"] = 0.01
    return made | {"best": "a trial"}


ANSWERS = {
    "vocabulary-report": {
        "right": [
            as_measured,
            rounded_to_four_digits,
            in_another_order,
            more_characters_in_view,
            one_more_per_character,
            only_per_character,
        ],
        "wrong": {
            per_token: "still nats per token",
            multiplied: "divide by their number",
            in_bits: "those are bits",
            by_the_logarithm: "what blind guessing loses",
            the_first_seed: "one seed of the three",
            all_seeds_together: "all seeds together",
            too_coarse: "is too small",
            none_for_their_own: "has no number for the row '768 tokens'",
            their_own_too_high: "more than its loss per token",
            their_own_below_the_floor: "that nobody gets under",
            a_list: "must be a dict with a number for each row",
            a_text: "must be a number",
            the_best_has_no_row: "`best` is 'a trial', and the rows are",
            characters_worse_than_blind: "blind guessing among its 55 tokens",
            tokens_below_the_floor: "is less than 0.2657 a character",
            the_best_per_token: "that is lowest per token",
            rounded_to_two_digits: "is rounded",
            their_own_count_invented: "no vocabulary of the tales has more",
            another_vocabulary: "does not have",
            half_learnt_elsewhere: "worse than blind guessing",
            **report.impossible(),
        },
    }
}
