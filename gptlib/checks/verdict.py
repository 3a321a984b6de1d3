"""How a check judges: it runs what a learner wrote and says in words what is wrong.

Whatever the learner's code does, a check gives a verdict; only Ctrl-C stops it. It
takes objects, not names out of a notebook, so that tests can call it without one. It
runs in the learner's own process: it helps those who want to know, and proves nothing
about those who do not.
"""

import dis
import inspect
import linecache
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from gptlib.checks.finished import said_of, watched

SEEDS = (0, 1, 2)
# What a check begins with: a small number, from which sizes follow, and torch's seed.
Draws = Sequence[tuple[int, int]]
RIGHT, NOT_YET, NOT_WRITTEN = "right", "not yet", "not written yet"


class NotWritten(NotImplementedError):
    """Stands where a learner's own lines will stand; a notebook shows it as one line.

    Args:
        exercise: its name, which is also the id of the cell that waits.
    """

    def __init__(self, exercise: str):
        self.exercise = exercise
        super().__init__(
            f"{exercise} is not written yet. Write it in its cell above, or go on with "
            f"%run -i solutions/{exercise}.py"
        )

    def _render_traceback_(self) -> list[str]:
        return [f"NotWritten: {self}"]


class Wrong(Exception):
    """What is wrong, in words for the learner."""


class TooLong(Wrong):
    """The learner's code did not end, so nothing more is asked of it."""


_notes: list[str] = []


def note(words: str) -> None:
    """Let the verdict say this once, whatever else it says."""
    if words not in _notes:
        _notes.append(words)


@dataclass(frozen=True)
class Verdict:
    """What a check found. It is shown as text: exercise and status, then why."""

    exercise: str
    status: str  # RIGHT, NOT_YET or NOT_WRITTEN
    words: str
    points: int = 0
    of: int = 0  # 0 in lessons, where nothing is counted

    @property
    def passed(self) -> bool:
        return self.status == RIGHT

    def __repr__(self) -> str:
        points = f", {self.points} of {self.of} points" if self.of else ""
        return f"{self.exercise}: {self.status}{points}\n{self.words}"


@dataclass(frozen=True)
class Part:
    """One thing that a check looks at: a function that raises Wrong, or is silent."""

    judge: Callable[..., None]
    right: str  # what has been shown when it is silent
    points: int


PARTS: dict[str, list[Part]] = {}


def part(exercise: str, right: str, points: int = 0) -> Callable:
    """Make a function a part of the check of `exercise`; parts run in their order.

    The function is called as `judge(seed, *objects)`, with the learner's objects, once
    for each of SEEDS and with torch's generator set to the seed.
    """

    def enter(judge: Callable[..., None]) -> Callable[..., None]:
        PARTS.setdefault(exercise, []).append(Part(judge, right, points))
        return judge

    return enter


def check(exercise: str, *objects: object) -> Verdict:
    """Judge what was written for `exercise`: a function, or a class.

    Random numbers of the page stay as they are, whatever a check draws.

    Raises:
        ValueError: there is no such exercise.
    """
    return verdict(exercise, objects, [(seed, seed) for seed in SEEDS])


def verdict(exercise: str, objects: tuple, draws: Draws) -> Verdict:
    """The same, for sizes and random numbers that nobody has seen before.

    Args:
        exercise: its name.
        objects: what was written for it.
        draws: sizes follow from the first number of each, 0 to 19; the second is any
            seed of torch's.
    """
    if exercise not in PARTS:
        raise ValueError(f"no exercise {exercise!r}: choose from {sorted(PARTS)}")
    parts = PARTS[exercise]
    _notes.clear()
    with watched(exercise) as names:
        faults = _faults(parts, objects, draws)
    of = sum(part.points for part in parts)
    won = sum(part.points for part, it in zip(parts, faults, strict=True) if not it)
    if missing := next((it for it in faults if isinstance(it, NotWritten)), None):
        words = _remedy(exercise, missing.exercise, of)
        return Verdict(exercise, NOT_WRITTEN, words, 0, of)
    if won and (called := said_of(exercise, names)):
        return Verdict(exercise, NOT_YET, called, 0, of)
    said = next((str(fault) for fault in faults if fault), None)
    if said is None:
        shown = "; ".join(part.right for part in parts)
        return Verdict(exercise, RIGHT, _noted(f"Seen: {shown}."), won, of)
    return Verdict(exercise, NOT_YET, _noted(said), won, of)


def _faults(parts: list[Part], objects: tuple, draws: Draws) -> list[Exception | None]:
    """What is wrong in each part; after code that did not end, the rest is not run."""
    found: list[Exception | None] = []
    for part in parts:
        last = found[-1] if found else None
        ended = not isinstance(last, TooLong)
        found.append(_fault(part, objects, draws) if ended else last)
    return found


def _noted(words: str) -> str:
    return "\n".join([words, *_notes])


def _remedy(exercise: str, missing: str, of: int) -> str:
    said = "The cell above waits for your lines."
    if missing != exercise:
        said = f"It uses {missing}, which is not written yet."
    if of:  # homework has no solution to go on with
        return said
    return f"{said} To go on without them: %run -i solutions/{missing}.py"


def _fault(part: Part, objects: tuple, draws: Draws) -> Exception | None:
    for seed, drawn in draws:
        # The page's random numbers, and whether it keeps gradients, stay as they are.
        with (
            torch.random.fork_rng(devices=[]),
            torch.enable_grad(),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            torch.manual_seed(drawn)
            try:
                part.judge(seed, *objects)
            except NotWritten as fault:
                return fault
            except Wrong as fault:
                return type(fault)(f"{fault}{_borrowed(objects)}")
            except Exception as error:  # whatever the learner's objects are like
                return Wrong(f"It could not be judged. {_named(error)}")
    return None


def _borrowed(objects: tuple) -> str:
    """A line about sizes that the learner's code takes from the page, if it does."""
    sizes = {}
    for it in objects:
        function = inspect.unwrap(getattr(it, "forward", it))
        if code := getattr(function, "__code__", None):
            names = (
                it.argval
                for it in dis.get_instructions(code)
                if it.opname == "LOAD_GLOBAL"
            )
            known = {name: function.__globals__.get(name) for name in names}
            sizes |= {name: n for name, n in known.items() if type(n) is int}
    said = " and ".join(f"{name} = {value}" for name, value in sizes.items())
    return f"\nIt takes {said} from the page: find sizes out inside." if said else ""


def _named(error: BaseException) -> str:
    first = str(error).strip().splitlines()[:1] or [""]
    return f"{type(error).__name__}: {first[0][:160]}"


def told(error: BaseException, path: str | None = None) -> str:
    """An exception in two lines: what it says, and the line of `path` it came from."""
    return f"Your code stopped with {_named(error)}{place(error, path)}"


def place(error: BaseException, path: str | None) -> str:
    """The line of `path` where the error was, as a line of its own; or nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f for f in frames if f.filename == path and f.lineno]
    if not lines:
        return ""
    line = linecache.getline(path, lines[-1].lineno).strip()
    return f"\nIt happened in line {lines[-1].lineno} of the cell: {line}"
