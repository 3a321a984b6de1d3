"""What a check may expect of numbers that a student worked out before the run."""

import math
from collections.abc import Mapping
from numbers import Real

from gptlib.checks.verdict import NotWritten, Wrong

MOST = 1e100  # no answer is as large


def predicted(exercise: str, mine: object, name: str) -> object:
    """The student's answer to one question.

    Raises:
        NotWritten: none of them has an answer yet.
        Wrong: there is no such question, or this one has no answer yet.
    """
    if isinstance(mine, dict) and not mine:
        raise Wrong("Its names are gone: leave them as they were.")
    if not isinstance(mine, dict):
        raise Wrong(f"It must be the dict with its names, not {type(mine).__name__}.")
    if all(value is None for value in mine.values()):
        raise NotWritten(exercise)
    if name not in mine:
        raise Wrong(f"`{name}` is gone: leave the names as they were.")
    if mine[name] is None:
        raise Wrong(f"`{name}` is still None.")
    return mine[name]


def expect_number(
    exercise: str,
    mine: object,
    name: str,
    right: float,
    forgotten: Mapping[str, float] | None = None,
    within: float = 0.0,
) -> None:
    """Raise Wrong unless the student's number is right; say what was forgotten.

    Args:
        exercise: its name.
        mine: the student's dict.
        name: the question.
        right: what comes out.
        forgotten: words, and the number that comes out of that mistake.
        within: how far off an answer may be, as a share of the right one.
    """
    value = predicted(exercise, mine, name)
    if not _is_number(value):
        raise Wrong(f"`{name}` must be a number, and yours is {value!r:.60}.")
    if _near(value, right, within):
        return
    for words, wrong in (forgotten or {}).items():
        if _near(value, wrong, within) and not _near(wrong, right, within):
            raise Wrong(f"`{name}`: {words}")
    far = "large" if value > right else "small"
    raise Wrong(f"`{name}`: {float(value):,.10g} is too {far}.")


def expect_answer(
    exercise: str,
    mine: object,
    name: str,
    right: object,
    forgotten: Mapping[str, object] | None = None,
) -> None:
    """The same for an answer that is right or wrong, such as a shape."""
    value = predicted(exercise, mine, name)
    if type(value) is list:
        value = tuple(value)
    if type(value) is not type(right):
        kind = type(right).__name__
        raise Wrong(f"`{name}` must be a {kind}, and yours is {value!r:.60}.")
    if value == right:
        return
    for words, wrong in (forgotten or {}).items():
        if value == wrong != right:
            raise Wrong(f"`{name}`: {words}")
    raise Wrong(f"`{name}`: {value!r:.60} is not it.")


def _is_number(value: object) -> bool:
    """Whether it is a finite number, no truth value and no text."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return -MOST <= value <= MOST  # so neither is nan


def _near(value: float, right: float, within: float) -> bool:
    return math.isclose(value, right, rel_tol=max(within, 1e-9))
