"""How a check calls what a learner wrote: whatever happens is said in words."""

import copy
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor

from gptlib.checks.advice import ADVICE
from gptlib.checks.finished import noting
from gptlib.checks.limits import LIMIT, AsksForInput, TimeUp, limited, watched
from gptlib.checks.verdict import NotWritten, TooLong, Wrong, note, place, told


def call(mine: Callable, *inputs: object, **named: object) -> Tensor:
    """Call what the learner wrote and take a tensor from it, whatever happens.

    Raises:
        NotWritten: it is not written yet, or something that it uses is not.
        Wrong: it raised, returned no tensor, or changed a tensor that it was given.
    """
    out = run(mine, *inputs, **named)
    if not isinstance(out, Tensor):
        kind = type(out).__name__
        raise Wrong(f"It returned an object of type {kind}, and a tensor is expected.")
    return out


def run(mine: Callable, *inputs: object, **named: object) -> object:
    """As `call`, whatever it returns, but not None."""
    before = [_copied(it) for it in inputs]
    out, printed = _attempted(mine, inputs, named)
    if out is None and printed:
        raise Wrong("It printed and returned None: put `return` in place of `print`.")
    if out is None:
        raise Wrong("It returned None: the last line needs a `return`.")
    for old, new in zip(before, inputs, strict=True):
        if isinstance(new, Tensor) and not _same(old, new):
            raise Wrong(
                "It changed the tensor that it was given. Methods whose names end in "
                "an underscore write into it, and so do += and an assignment to a part "
                "of it: write into a clone, or make a new tensor."
            )
        if _plain(new) and old != new:
            raise Wrong(
                f"It changed the {type(new).__name__} that it was given: copy it "
                "first, or make a new one."
            )
    return out


def _copied(it: object) -> object:
    """What it is now, to compare with afterwards."""
    if isinstance(it, Tensor):
        return it.clone()
    return copy.deepcopy(it) if _plain(it) else it


def _same(old: Tensor, new: Tensor) -> bool:
    """Whether all numbers are equal, and nan where nan was."""
    if old.shape != new.shape:
        return False
    return bool(((old == new) | (old.isnan() & new.isnan())).all())


def _plain(it: object) -> bool:
    """Whether it is a list or dict of numbers and texts, or of such lists."""
    if type(it) not in (list, dict):
        return False
    inner = it.values() if isinstance(it, dict) else it
    return all(isinstance(one, int | float | str) or _plain(one) for one in inner)


def attempt(mine: Callable, *inputs: object, **named: object) -> object:
    """Call what the learner wrote; what it returns or changes is the caller's to judge.

    It has LIMIT seconds, and what it prints is not shown.

    Raises:
        NotWritten, Wrong: see `call`.
    """
    return _attempted(mine, inputs, named)[0]


def _attempted(mine: Callable, inputs: tuple, named: dict) -> tuple[object, str]:
    """What it returned, and what it printed."""
    try:
        with watched() as printed, noting(), limited(LIMIT):
            out = mine(*inputs, **named)
    except (NotWritten, KeyboardInterrupt):
        raise
    except AsksForInput:
        raise Wrong(
            "It calls input(), and nobody is there to answer: what it needs comes with "
            "its arguments."
        ) from None
    except TimeUp as error:
        raise TooLong(
            f"It was stopped after {LIMIT:g} s: does a loop never end?"
            f"{place(error, _file_of(mine))}"
        ) from None
    except BaseException as error:  # also sys.exit()
        said = told(error, _file_of(mine))
        raise Wrong(said + _advice(said)) from None
    if printed.getvalue():
        note("What it printed is not shown here: a check looks at what is returned.")
    return out, printed.getvalue()


def _advice(said: str) -> str:
    found = [advice for words, advice in ADVICE.items() if re.search(words, said)]
    return "".join(f"\n{advice}" for advice in found)


@contextmanager
def advised(symptom: str, words: str, unless: str = r"$^") -> Iterator[None]:
    """Where the learner's code stops with `symptom`, say `words` as the advice.

    Args:
        symptom: a pattern for PyTorch's own words.
        words: what to do about it here, in place of the usual advice.
        unless: a pattern for what the learner's line must not hold.
    """
    try:
        yield
    except Wrong as fault:
        said = str(fault)
        if not re.search(symptom, said) or re.search(unless, said):
            raise
        for usual in ADVICE.values():
            said = said.replace(f"\n{usual}", "")
        raise type(fault)(f"{said}\n{words}") from None


def _file_of(mine: Callable) -> str | None:
    inner = inspect.unwrap(getattr(mine, "forward", mine))  # behind decorators
    code = getattr(getattr(inner, "__func__", inner), "__code__", None)
    return code.co_filename if code else None


@contextmanager
def when(words: str) -> Iterator[None]:
    """Whatever is found wrong inside is said to be so in this case."""
    try:
        yield
    except Wrong as fault:
        raise type(fault)(f"{words}: {fault}") from None
