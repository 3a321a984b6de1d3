"""Students' reports on an experiment: one that can be true, and many that cannot.

The homework sheets ask about different experiments, and in the reports on them the same
things go wrong. What only one sheet's can have stands in its own file of answers.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from statistics import mean

Mistake = tuple[str, dict, str]  # its name, the report, words of its hint


@dataclass(frozen=True)
class Report:
    """Makes reports of one sheet. Called, it gives the true one, with changes."""

    true: dict[str, tuple]  # what: parameters, tokens, losses; the last is their own
    best: str  # which row is the best
    why: str  # a reason that can stand
    vague: str  # one without a number
    more: dict = field(default_factory=dict)  # what else is reported

    def __call__(self, **changes: object) -> dict:
        keys = ("parameters", "tokens", "losses")
        rows = [
            {"what": what} | dict(zip(keys, numbers, strict=True))
            for what, numbers in self.true.items()
        ]
        made = {"rows": rows, "best": self.best, "because": self.why} | self.more
        return deepcopy(made | changes)

    def with_row(self, place: int, **changes: object) -> dict:
        """The true report, but for a row."""
        made = self()
        made["rows"][place] |= changes
        return made

    def impossible(self) -> dict[Callable, str]:
        """What no sheet's report may be, each with words that its verdict must hold."""
        mistakes = [it for group in GROUPS for it in group(self)]
        return {answer(name, made): words for name, made, words in mistakes}


def answer(name: str, made: dict) -> Callable:
    """A function of this name that returns the report."""

    def mine() -> dict:
        return deepcopy(made)

    mine.__name__ = name
    return mine


def wrong_rows(report: Report) -> Iterator[Mistake]:
    """A row is missing, stands there twice, or is called otherwise."""
    first, second, third, own = report.true
    rows = report()["rows"]
    none = "There is no row whose `what` is {!r}"
    yield "a_row_is_missing", report(rows=[*rows[:2], rows[3]]), none.format(third)
    yield "none_of_their_own", report(rows=rows[:3]), "1 more of your own choice"
    other = " ".join(reversed(second.split()))
    yield "named_otherwise", report.with_row(1, what=other), none.format(second)
    yield "own_row_without_a_name", report.with_row(3, what=""), "must be a text"
    twice = report(rows=[*rows, rows[0] | {"losses": [1.1, 1.2, 1.3]}])
    yield "the_same_row_twice", twice, f"Two rows are called {first!r}"
    copied = report.with_row(3, losses=rows[0]["losses"])
    yield "a_copied_row", copied, f"{first} and {own}: all their losses are the same"
    lacking = report()
    del lacking["rows"][1]["tokens"]
    yield "without_tokens", lacking, f"{second}: the row lacks tokens"


def wrong_counts(report: Report) -> Iterator[Mistake]:
    """Parameters and tokens that cannot be, in most with a product that can."""
    _, second, _, own = report.true
    parameters, tokens, _ = report.true[own]
    less = report.with_row(3, parameters=-parameters, tokens=-tokens)
    yield "less_than_nothing", less, f"{own}: -{parameters} parameters cannot be"
    one = report.with_row(3, parameters=1, tokens=39_000_000_000)
    yield "one_parameter", one, f"{own}: 1 parameters cannot be"
    yield "half_a_token", report.with_row(3, tokens=tokens - 0.5), "tokens cannot be"
    parameters, tokens, _ = report.true[second]
    larger = report.with_row(1, parameters=parameters + 4096, tokens=tokens * 9 // 10)
    yield "more_parameters", larger, f"does not have {parameters + 4096} parameters"


def wrong_budget(report: Report) -> Iterator[Mistake]:
    """A run that cost more than the others, or less."""
    tokens = report()["rows"][0]["tokens"]
    yield "over_the_budget", report.with_row(0, tokens=tokens * 3 // 2), "over 4e+10"
    words = "run it with the whole budget"
    less = report.with_row(0, tokens=tokens * 3 // 4)
    yield "three_quarters_of_the_budget", less, words
    yield "a_twentieth_of_the_budget", report.with_row(0, tokens=tokens // 20), words


def wrong_losses(report: Report) -> Iterator[Mistake]:
    """Too few of them, no numbers, or such as nobody measures."""
    first, second, third, _ = report.true
    *_, losses = report.true[third]
    yield "one_seed", report.with_row(2, losses=losses[:1]), "one for each seed"
    yield "two_seeds", report.with_row(2, losses=losses[:2]), "one for each seed"
    three = report.with_row(2, losses=losses[:1] * 3)
    yield "one_seed_three_times", three, "three seeds never agree"
    texts = [str(loss) for loss in report.true[first][-1]]
    text = report.with_row(0, losses=texts)
    yield "as_text", text, f"{first}: {texts[0]!r} is no number"
    nan = report.with_row(1, losses=[float("nan"), 1.2, 1.3])
    yield "a_nan", nan, f"{second}: nan is no number"
    low = report.with_row(1, losses=[0.20, 0.22, 0.21])
    yield "below_the_floor", low, "below the floor"
    blind = report.with_row(0, losses=[4.6, 4.7, 4.8])
    yield "never_learnt", blind, "worse than blind guessing"


def wrong_best(report: Report) -> Iterator[Mistake]:
    """The best is another row, or no row."""
    worst = max(report.true, key=lambda what: mean(report.true[what][-1]))
    lower = f"`best` is {worst!r}, but another row has a lower mean loss"
    yield "the_worst_is_best", report(best=worst), lower
    yield "best_is_no_row", report(best="another"), "`best` is 'another', and the rows"
    loss = report.true[report.best][-1][0]
    yield "best_is_a_number", report(best=loss), f"`best` is {loss}, and the rows are"


def wrong_reason(report: Report) -> Iterator[Mistake]:
    """No number of the report, or hardly a sentence."""
    yield "no_number", report(because=report.vague), "names no number: which one"
    start = " ".join(report.why.split()[:14])
    yield "too_short", report(because=start), "15 words or more"
    yield "many_ones", report(because="1 " * 20), "the same few words"
    same = "It is 0.1 better," + " because" * 15
    yield "the_same_word", report(because=same), "again and again"
    nowhere = (
        "The best row is better by far, as all know who have 3000 friends or have read "
        "12 books about it, and nothing else could have come out here."
    )
    known = "names no number of your report"
    yield "a_number_from_nowhere", report(because=nowhere), known


GROUPS = (
    wrong_rows,
    wrong_counts,
    wrong_budget,
    wrong_losses,
    wrong_best,
    wrong_reason,
)
