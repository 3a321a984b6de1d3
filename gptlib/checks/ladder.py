"""Checks of lesson ladder: counts of an n-gram, and a step of the perfect reader.

N ids, V vocabulary.
"""

import math
import random
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import advised, call, run
from gptlib.checks.expect import expect_shape, expect_values
from gptlib.checks.ladder_mistakes import Odds, count_mistakes, step_mistakes
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]
Step = Callable[..., Odds]

SLICES = (
    "The slices of ids are not equally long. Each is as long as there are pieces, so "
    "one that begins at k ends at k + pieces."
)
MINLENGTH = (
    "bincount stopped at the largest number that occurred: say minlength, how many "
    "numbers there can be."
)


def _counted(ids: Tensor, n: int, V: int) -> Tensor:
    """The right counts, one by one: (V ** (n - 1), V)."""
    table = torch.zeros(V ** (n - 1), V, dtype=torch.long)
    values = ids.tolist()
    for end in range(n - 1, len(values)):
        row = 0
        for value in values[end - n + 1 : end]:
            row = row * V + value
        table[row, values[end]] += 1
    return table


def _expect_counts(mine: Function, seed: int, n: int) -> None:
    V = (3, 5, 4)[seed]
    ids = torch.randint(V, (40 + 3 * seed,))
    with (
        advised("must match the size of tensor b", SLICES),
        advised("is invalid for input of size", MINLENGTH),
    ):
        out = call(mine, ids, n, V)
    right = _counted(ids, n, V).double()
    met = int(right.flatten().nonzero().max()) + 1
    if out.numel() == met < right.numel():
        raise Wrong(MINLENGTH)
    expect_shape(out, (V ** (n - 1), V), f"n = {n} and V = {V}")
    if out.is_complex():
        raise Wrong("The counts must be whole numbers.")
    expect_values(out.double(), right, count_mistakes(ids, n, V, right))


@part("n-gram", "pairs: row a, column b")
def pairs(seed: int, mine: Function) -> None:
    """n = 2: a table (V, V)."""
    _expect_counts(mine, seed, 2)


@part("n-gram", "triples: row a * V + b")
def triples(seed: int, mine: Function) -> None:
    """n = 3: a table (V * V, V)."""
    _expect_counts(mine, seed, 3)


@part("n-gram", "single characters, and pieces of four")
def others(seed: int, mine: Function) -> None:
    """n = 1: a table (1, V); n = 4: a table (V ** 3, V)."""
    for n in (1, 4):
        _expect_counts(mine, seed, n)


def _step(mine: Step, possible: list[tuple[str, float]], t: int) -> Odds:
    """What the learner's step gives, if it is a dictionary of numbers."""
    before = list(possible)
    out = run(mine, possible, t)
    if not isinstance(out, dict):
        kind = type(out).__name__
        raise Wrong(
            f"It returned a {kind}: a dictionary is expected, {{'T': 0.5, ...}}."
        )
    if possible != before:
        raise Wrong("It changed the list that it was given: make a new one instead.")
    try:
        return {key: float(value) for key, value in out.items()}
    except (TypeError, ValueError):
        raise Wrong("Its values must be numbers, one probability each.") from None


def _stories(seed: int) -> tuple[list[tuple[str, float]], int]:
    """Stories that are alike before place t, with what is left of the probability."""
    rng, t = random.Random(seed), 2 + seed
    start = "".join(rng.choice("xyz") for _ in range(t))
    ends = ["apq", "bqp", "arp", "bpa", "aqb", "crr"]
    possible = [(start + end, rng.uniform(0.02, 0.1)) for end in ends]
    rng.shuffle(possible)
    return possible, t


def _expect_odds(mine: Step, possible: list[tuple[str, float]], t: int) -> None:
    out = _step(mine, possible, t)
    right = {}
    total = math.fsum(chance for _, chance in possible)
    for text, chance in possible:
        right[text[t]] = right.get(text[t], 0.0) + chance / total
    if _alike(out, right):
        return
    for wrong, words in step_mistakes(possible, t):
        if _alike(out, wrong):
            raise Wrong(words)
    _complain(out, right, t)


def _alike(out: Odds, right: Odds) -> bool:
    """Equal within rounding; a character that cannot come may be there with a 0."""
    keys = {*out, *right}
    return all(
        math.isclose(out.get(key, 0.0), right.get(key, 0.0), rel_tol=1e-6, abs_tol=1e-9)
        for key in keys
    )


def _complain(out: Odds, right: Odds, t: int) -> None:
    if set(out) - set(right):
        raise Wrong(
            f"Its keys must be the characters at place t of the stories: for t = {t} "
            f"{sorted(right)}, and yours are {sorted(map(str, out))[:4]}."
        )
    yours, expected = (
        ", ".join(f"{key} {odds.get(key, 0):.4g}" for key in sorted(right))
        for odds in (out, right)
    )
    raise Wrong(f"For t = {t}:\nYours:    {yours}\nExpected: {expected}")


@part("perfect-reader", "at the first place, where nothing is ruled out")
def first_place(seed: int, mine: Step) -> None:
    """Stories whose probabilities sum to 1, and t = 0."""
    possible, t = _stories(seed)
    total = math.fsum(chance for _, chance in possible)
    _expect_odds(mine, [(text[t:], chance / total) for text, chance in possible], 0)


@part("perfect-reader", "later, when only a part of the probability is left")
def later(seed: int, mine: Step) -> None:
    """Probabilities that sum to less than 1, and t > 0."""
    _expect_odds(mine, *_stories(seed))


@part("perfect-reader", "certain when one story is left")
def certain(seed: int, mine: Step) -> None:
    """One story: probability 1."""
    possible, t = _stories(seed)
    _expect_odds(mine, possible[:1], t)
