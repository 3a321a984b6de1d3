"""Checks of the homework vocabulary-report: characters or byte pairs on the tales?"""

import math
from functools import cache
from statistics import mean

from gptlib.checks.predictions import expect_number, predicted
from gptlib.checks.reports import (
    CHARACTERS,
    FLOOR,
    NOISE,
    expect_best,
    expect_reason,
    expect_rows,
    parameters,
)
from gptlib.checks.verdict import Wrong, part
from gptlib.train.experiment import SMALL

NAME, BUDGET = "vocabulary-report", 4e10
# What each row's tokens are: how many there are, and how many characters one has, on
# average, in the validation stories. A test counts both.
VOCABULARY = {"characters": CHARACTERS, "512 tokens": 512, "1024 tokens": 1024}
LENGTH = {
    "characters": 1.0,
    "512 tokens": 100_486 / 44_087,
    "1024 tokens": 100_486 / 28_458,
}
MOST_TOKENS = 1365  # after so many the tales have no pair left
LONGEST = 4.105  # characters a token, with all of them; GPT-2's are shorter here
EXACT = 0.002  # four digits are asked for

NO_ENTRY = "`per_character` has no number for the row {!r}."
NO_DICT = "`per_character` must be a dict with a number for each row, by its `what`."
TOO_LOW = (
    "`per_character` of {!r} is {:.4g}, below the floor of {:.4f} nats per character "
    "that nobody gets under."
)
TOO_HIGH = (
    "`per_character` of {!r} is {:.4g}, more than its loss per token: a token has one "
    "character at least."
)
TOO_BAD = (
    "{}: a loss of {:.4g} is worse than blind guessing among its {} tokens, {:.4f}: "
    "did it learn at all?"
)
TOO_GOOD = (
    "{}: a loss of {:.4g} a token is less than {:.4f} a character, the floor that "
    "nobody gets under."
)
TOO_SHORT = (
    "`per_character` of {!r} is {:.4g}: its tokens would have {:.2f} characters on "
    "average, and no vocabulary of the tales has more than {:.2f}. Count its tokens, "
    "as the cell above does."
)
ROUNDED = "`per_character` of {!r} is rounded: give it with four digits."
PER_TOKEN = (
    "`best` is {!r}, and that is lowest per token. Tokens of unequal length cannot be "
    "compared so: which row is lowest per character?"
)


@cache
def _known() -> dict[str, int]:
    """A token more is a row more in the one table that embedding and head share."""
    few = parameters() - CHARACTERS * SMALL["n_embd"]
    return {what: few + V * SMALL["n_embd"] for what, V in VOCABULARY.items()}


def _forgotten(row: dict, length: float) -> dict[str, float]:
    """What comes out of each mistake."""
    losses, V = row["losses"], VOCABULARY[row["what"]]
    right = mean(losses) / length
    return {
        "those are still nats per token.": mean(losses),
        "a token of several characters has its loss for all of them: divide by their "
        "number.": mean(losses) * length,
        "those are bits: a nat is what the losses are in.": right / math.log(2),
        "the logarithm of the vocabulary is what blind guessing loses; what is asked "
        "for is the length of a token.": mean(losses) / math.log(V),
        "that is one seed of the three: take their mean.": losses[0] / length,
        "that is the best seed: take the mean of the three.": min(losses) / length,
        "those are the nats of all seeds together: take their mean.": 3 * right,
    }


def _rows(mine: dict) -> list[dict]:
    """The rows, if they can be true; a loss may be as high as its vocabulary is large.

    How many tokens a row of their own has is not known, nor how long they are.
    """
    start = math.log(MOST_TOKENS)
    rows = expect_rows(NAME, mine, _known(), budget=BUDGET, own=1, start=start)
    for row in rows:
        what, losses = row["what"], row["losses"]
        V = VOCABULARY.get(what, MOST_TOKENS)
        if max(losses) > NOISE * math.log(V):
            raise Wrong(TOO_BAD.format(what, max(losses), V, math.log(V)))
        if min(losses) < FLOOR * LENGTH.get(what, 1.0):
            raise Wrong(TOO_GOOD.format(what, min(losses), FLOOR))
    return rows


def _each(mine: dict) -> dict[str, float]:
    """What the report says per character, of all rows."""
    found = predicted(NAME, mine, "per_character")
    if not isinstance(found, dict):
        raise Wrong(NO_DICT)
    for row in _rows(mine):
        if row["what"] not in found:
            raise Wrong(NO_ENTRY.format(row["what"]))
    return found


@part(NAME, "four rows, three seeds each, that can be true", points=1)
def rows(seed: int, mine: dict) -> None:
    """Neither worse than blind guessing nor below the floor."""
    _rows(mine)


@part(NAME, "the loss per character of each of them", points=1)
def per_character(seed: int, mine: dict) -> None:
    """Worked out from the losses per token; of their own rows what can be true."""
    found = _each(mine)
    for row in mine["rows"]:
        what, most = row["what"], mean(row["losses"])
        if what in LENGTH:
            right = most / LENGTH[what]
            if found[what] == round(right, 2) and abs(found[what] / right - 1) > EXACT:
                raise Wrong(ROUNDED.format(what))
            expect_number(
                NAME, found, what, right, _forgotten(row, LENGTH[what]), EXACT
            )
        value = found[what]
        expect_number(NAME, found, what, value)  # that it is a number
        if value < FLOOR:
            raise Wrong(TOO_LOW.format(what, value, FLOOR))
        if value > (1 + EXACT) * most:
            raise Wrong(TOO_HIGH.format(what, value))
        if value * LONGEST < (1 - EXACT) * most:
            raise Wrong(TOO_SHORT.format(what, value, most / value, LONGEST))


@part(NAME, "the best of them named, with a reason that rests on a number", points=1)
def reason(seed: int, mine: dict) -> None:
    """The best per character; whether the reason is a good one is for a reader."""
    per_character(seed, mine)
    found, given = _each(mine), mine["rows"]
    as_rows = [_by_character(row, found[row["what"]]) for row in given]
    best = predicted(NAME, mine, "best")
    lowest = [
        min(rows, key=lambda row: mean(row["losses"]))["what"]
        for rows in (given, as_rows)
    ]
    if best == lowest[0] != lowest[1]:
        raise Wrong(PER_TOKEN.format(best))
    expect_best(NAME, mine | {"rows": as_rows})
    expect_reason(NAME, mine | {"rows": [*given, *as_rows]})


def _by_character(row: dict, value: float) -> dict:
    """The row with its losses made into nats per character, `value` on average."""
    share = value / mean(row["losses"])
    return {"what": row["what"], "losses": [share * loss for loss in row["losses"]]}
