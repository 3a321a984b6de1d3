"""What comes out of the classic mistakes with counts and readers, and words for each.

N ids, V vocabulary.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.mistakes import Mistakes

Odds = dict[str, float]


def count_mistakes(ids: Tensor, n: int, V: int, right: Tensor) -> Mistakes:
    """Instead of the counts of n-grams: (V ** (n - 1), V) each, float64."""
    cube = right.view([V] * n)
    backwards = cube.permute(*reversed(range(n))).reshape(right.shape)
    reversed_context = cube.permute(*reversed(range(n - 1)), n - 1).reshape(right.shape)
    windows = ids.unfold(0, n, 1)
    circle = torch.cat([ids, ids[: n - 1]]).unfold(0, n, 1)
    total = right.sum(dim=1, keepdim=True)
    return [
        (
            backwards,
            "Rows and columns have changed places: a row is the context that came "
            "before, a column is the character that followed.",
        ),
        (
            reversed_context,
            "The row of a context is read backwards: the character that came first "
            "counts most, a * V + b for a and then b.",
        ),
        (
            (right > 0).double(),
            "Each piece is counted once, however often it comes. Adding 1 with an "
            "index, table[rows, columns] += 1, forgets repeats; bincount does not.",
        ),
        (
            right / total,
            "These are shares of each row: what is asked for are the counts.",
        ),
        (
            _table(windows[::n], V),
            "Only every n-th piece is counted: pieces overlap, one begins at each "
            "character.",
        ),
        (
            _table(circle, V),
            "The end of the text is joined to its beginning: the last piece ends with "
            "the last character.",
        ),
        (
            _table(windows[:-1], V),
            "The last piece is missing: N characters have N - n + 1 pieces.",
        ),
        (_table(windows[1:], V), "The first piece is missing: begin at character 0."),
    ]


def _table(windows: Tensor, V: int) -> Tensor:
    """Counts of the windows (M, n), as float64."""
    n = windows.shape[1]
    code = windows @ torch.tensor([V ** (n - 1 - k) for k in range(n)])
    return code.bincount(minlength=V**n).view(-1, V).double()


def step_mistakes(possible: list[tuple[str, float]], t: int) -> list[tuple[Odds, str]]:
    """Instead of the probability of each next character."""
    total = math.fsum(chance for _, chance in possible)
    right = _gathered(possible, lambda text: text[t], total)
    last = {text[t]: chance for text, chance in possible}
    alike = [(text, 1.0) for text, _ in possible]
    return [
        (
            _gathered(possible, lambda text: text[t], 1.0),
            "The probabilities do not sum to 1: divide by what is left, the sum over "
            "all the stories that are still possible.",
        ),
        (
            _gathered(alike, lambda text: text[t], len(alike)),
            "Every story counts alike here: add up their probabilities, not their "
            "number.",
        ),
        (
            _gathered(alike, lambda text: text[t], 1.0),
            "These are numbers of stories: add up their probabilities.",
        ),
        (
            {char: chance / total for char, chance in last.items()},
            "Where several stories go on with the same character, only one of them is "
            "counted: add to what the dictionary already holds.",
        ),
        (
            {char: -math.log(p) for char, p in right.items()},
            "These are nats: give the probabilities, the surprise comes later.",
        ),
        *_elsewhere(possible, t, total),
    ]


def _elsewhere(
    possible: list[tuple[str, float]], t: int, total: float
) -> list[tuple[Odds, str]]:
    """Looked at another place than t, or at whole stories."""
    found = [
        (
            _gathered(possible, lambda text: text[t + 1], total),
            "It looks at place t + 1: the places before t have been read, place t is "
            "the next one.",
        ),
        (
            _gathered(possible, lambda text: text, total),
            "Its keys are whole stories: the key is the character at place t.",
        ),
    ]
    if t:
        words = "It looks at a place that has been read already: the next one is t."
        found.append((_gathered(possible, lambda text: text[t - 1], total), words))
    return found


def _gathered(
    possible: list[tuple[str, float]], key: Callable[[str], str], total: float
) -> Odds:
    odds = {}
    for text, chance in possible:
        odds[key(text)] = odds.get(key(text), 0.0) + chance / total
    return odds
