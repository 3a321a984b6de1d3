"""What a check may expect of code with a fault that was mended, and of a witness."""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from random import Random

import torch
from torch import Tensor

from gptlib.checks.calls import run
from gptlib.checks.verdict import Wrong

MOST = 2  # lines that may differ
# Beside the code that a page gave stand relatives of it, each time others, so that it
# does not help to know that code alone.
RELATIVES = 3
LIKE = "there is a fault of the same kind as in the given code"
ZERO, CLEAR = 1e-4, 1e-2  # a witness is below the first for right code, above for wrong


def expect_mended(mine: object, given: object, look: str) -> None:
    """Raise Wrong unless one or two lines of the given code were changed.

    Args:
        mine: the learner's function or class.
        given: the code with its fault, as the page gave it.
        look: what to look at, for somebody who has not begun.
    """
    kind = inspect.isclass if inspect.isclass(given) else inspect.isfunction
    if not kind(mine):
        raise Wrong(
            "It must be the code as it was given, with a line or two changed, and not "
            "something else that does the same."
        )
    changed = lines_changed(mine, given)
    if changed == 0:
        raise Wrong(f"This is still the code as it was given. {look}")
    if changed is None:
        raise Wrong(
            "Its source cannot be read. Write it with `def` or `class` in its own "
            "cell, under the name that it had, and without a decorator."
        )
    if changed > MOST:
        raise Wrong(
            f"{changed} lines differ from the code as it was given. Whatever else is "
            f"right about it, the fault can be mended in {MOST}: take the given code "
            "again and change only what is wrong."
        )


def lines_changed(mine: object, given: object) -> int | None:
    """In how many statements two sources differ; None where a source cannot be had.

    Comments, blank lines and how lines are broken do not count.
    """
    try:
        ours, theirs = (_lines(it) for it in (given, mine))
    except (OSError, TypeError, SyntaxError):
        return None
    steps = SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in steps if kind != "equal")


def _lines(it: object) -> list[str]:
    """A decorator is a line more, since it may change all others.

    Raises:
        OSError: Python finds a source, and it begins somewhere else.
    """
    source, start = inspect.getsourcelines(it)
    code = getattr(inspect.unwrap(it), "__code__", None)
    if code is not None and code.co_firstlineno != start:
        raise OSError("not where it was made")
    tree = ast.parse(textwrap.dedent("".join(source)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).splitlines()[1:]  # a learner may have renamed it


def expect_witness(
    mine: Callable,
    right: Sequence[Callable],
    wrong: Mapping[Callable, str],
) -> None:
    """Raise Wrong unless the learner's witness tells right code from wrong code.

    A witness is a function: it takes an implementation, tries it, and returns one
    number, which is 0 (at most ZERO) if the implementation is right and more than
    CLEAR if it is not. Each implementation is tried twice, in another order for each
    seed and under one name: what it does is all that tells them apart.

    Args:
        mine: the learner's witness.
        right: implementations that are right.
        wrong: implementations with a fault, and what the fault is.
    """
    stopped: dict[Callable, str] = {}
    numbers = _numbers(mine, right, [*wrong], stopped)
    for it in right:
        if it in stopped:
            raise Wrong(
                f"What you give it is nothing that it is made for: code that is right "
                f"stops there, with {stopped[it]}."
            )
        number = max(numbers[it], key=abs)
        if not abs(number) <= ZERO:
            raise Wrong(
                f"For code that is right your number is {number:.4g}, and it should be "
                "0: what you look at is different there too."
            )
    for it, words in wrong.items():
        # Of a relative it is enough to be noticed once: what is drawn may be small.
        number = (max if words == LIKE else min)(numbers[it], key=abs)
        if not abs(number) > CLEAR:
            # What is left of rounding is another number on each machine.
            told = f"{number:.4g}" if abs(number) > ZERO else "0"
            raise Wrong(
                f"Your number is {told} for code in which {words}: what you look "
                "at is the same there as in right code, or nearly so."
            )


def _numbers(
    mine: Callable,
    right: Sequence[Callable],
    wrong: Sequence[Callable],
    stopped: dict[Callable, str],
) -> dict[Callable, list[float]]:
    """What the witness says of each, tried in any order, and which of them stopped.

    A wrong one is the first, lest a witness call the same as the first one right.
    """
    # From the whole seed, of which torch's own numbers show no more than 32 bits.
    chance, tried = Random(str(torch.initial_seed())), [*right, *wrong] * 2
    if wrong:
        tried.remove(first := chance.choice(wrong))
    order = ([first] if wrong else []) + chance.sample(tried, len(tried))
    found: dict[Callable, list[float]] = {it: [] for it in order}
    for it in order:
        found[it].append(_number(run(mine, _disguised(it, stopped))))
    return found


def _disguised(it: Callable, stopped: dict[Callable, str]) -> Callable:
    """The same, with a name and a source that say nothing; errors are kept."""

    def implementation(*given: object, **named: object) -> object:
        try:
            return it(*given, **named)
        except Exception as error:
            stopped[it] = f"{type(error).__name__}: {str(error)[:100]}"
            raise

    return implementation


def _number(out: object) -> float:
    try:
        number = float("no number" if isinstance(out, str | bytes) else out)
    except (TypeError, ValueError, RuntimeError):
        kind = type(out).__name__
        raise Wrong(
            f"A witness returns one number, and yours returned {kind}."
        ) from None
    if math.isnan(number):
        raise Wrong("Your witness returned nan, which says nothing.")
    return number


def blend(right: Tensor, given: Tensor, far: float) -> Tensor:
    """What is `far` times as far from the right result as the given code's is.

    Where both are infinite they do not differ, and what is finite stays so: a nan or
    an inf that only a sum makes would tell it from right code.
    """
    away = (given - right).double().nan_to_num(0.0, math.inf, -math.inf)
    most = torch.finfo(right.dtype).max
    there = (right.double() + far * away).clamp(-most, most).to(right.dtype)
    return torch.where(right.isfinite(), unsigned(there), right)


def unsigned(it: Tensor) -> Tensor:
    """The same, with 0.0 for -0.0: a sum has lost that sign, and right code has not."""
    return it + 0.0


def relatives(make: Callable[[float], Callable]) -> dict[Callable, str]:
    """Wrong implementations of the same kind as the given one, for `expect_witness`.

    Args:
        make: what is `far` times as far from the right one as the given one is, below
            0 on its other side: which side is wrong is nothing to go by.
    """
    side = 1 - 2 * (torch.randperm(RELATIVES) % 2)
    far = side * (1.5 + 1.5 * torch.rand(RELATIVES))
    return {make(it): LIKE for it in far.tolist()}
