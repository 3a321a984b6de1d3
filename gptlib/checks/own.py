"""A student's own sizes, drawn from the exercise and the student's name.

Neighbours who compare numbers have to compare what they think instead.
"""

from collections.abc import Callable
from random import Random

Sizes = dict[str, int]
DRAWS: dict[str, Callable[[Random], Sizes]] = {}


def sizes_of(exercise: str) -> Callable[[Callable], Callable]:
    """Make a function what draws the sizes of `exercise`, from a `random.Random`."""

    def enter(draw: Callable[[Random], Sizes]) -> Callable[[Random], Sizes]:
        DRAWS[exercise] = draw
        return draw

    return enter


def own_sizes(exercise: str, student: str) -> Sizes:
    """The sizes of `student` in `exercise`, by name.

    Raises:
        ValueError: the exercise draws no sizes, or the name is no text.
    """
    if exercise not in DRAWS:
        raise ValueError(f"{exercise!r} draws no sizes: choose from {sorted(DRAWS)}")
    if not isinstance(student, str) or not student.strip():
        raise ValueError(f"student must be a name, such as 'ada', got {student!r}")
    return DRAWS[exercise](Random(f"{exercise}, {' '.join(student.split())}"))
