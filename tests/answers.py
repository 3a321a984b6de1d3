"""The right and wrong answers to all exercises, and how each is put to its check."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import wrong_answers
import wrong_answers.homework
from torch import nn

from gptlib.checks import Verdict, check
from gptlib.checks.own import DRAWS, own_sizes

STUDENTS = [f"student {n}" for n in range(20)]


def _modules(package) -> list:
    names = [it.name for it in iter_modules(package.__path__) if not it.ispkg]
    return [import_module(f"{package.__name__}.{name}") for name in sorted(names)]


SHEETS = _modules(wrong_answers.homework)
MODULES = [*_modules(wrong_answers), *SHEETS]
ANSWERS = {name: it for module in MODULES for name, it in module.ANSWERS.items()}
HOMEWORK = {name: it for module in SHEETS for name, it in module.ANSWERS.items()}
# Exercises whose answer is a class: what it is without its `forward`.
CLASSES: dict[str, type[nn.Module]] = {
    name: it for m in MODULES for name, it in getattr(m, "CLASSES", {}).items()
}
REPORTS = {name for name in HOMEWORK if name.endswith("-report")}
DICTS = {*DRAWS, *REPORTS}  # their answer is a dict
GIVEN = {name for name in HOMEWORK if name.endswith("-fault")}  # none is empty


def pairs() -> tuple[list[tuple], list[tuple]]:
    """All right answers with their exercises; all wrong ones, with their words too."""
    right = [(name, it) for name, known in ANSWERS.items() for it in known["right"]]
    wrong = [
        (name, it, words)
        for name, known in ANSWERS.items()
        for it, words in known["wrong"].items()
    ]
    return right, wrong


def judged(name: str, mine: Callable, student: str = STUDENTS[0]) -> Verdict:
    """The verdict on an answer; numbers that were predicted are those of a student.

    An answer that is a dict is here a function that makes it, from the sizes.
    """
    if name in DRAWS:
        sizes = own_sizes(name, student)
        return check(name, sizes, mine(sizes))
    return check(name, mine() if name in REPORTS else mine)


def left_open(name: str) -> Callable:
    """An answer in which every value is still None."""
    first = HOMEWORK[name]["right"][0]

    def mine(*sizes: dict) -> dict:
        return dict.fromkeys(first(*sizes))

    return mine
