"""What a check may expect of a learner's objects, and the words when it is not so."""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.testing import assert_close

from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import NotWritten, Wrong, told


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
    before = [it.clone() if isinstance(it, Tensor) else it for it in inputs]
    out = attempt(mine, *inputs, **named)
    if out is None:
        raise Wrong("It returned None: the last line needs a `return`.")
    for old, new in zip(before, inputs, strict=True):
        if isinstance(new, Tensor) and not torch.equal(old, new):
            raise Wrong(
                "It changed the tensor that it was given. A method whose name ends in "
                "an underscore, such as masked_fill_, writes into it, and so do += and "
                "scores[...] = ...: make a new tensor instead."
            )
    return out


def attempt(mine: Callable, *inputs: object, **named: object) -> object:
    """Call what the learner wrote; what it returns or changes is the caller's to judge.

    Raises:
        NotWritten, Wrong: see `call`.
    """
    try:
        return mine(*inputs, **named)
    except (NotWritten, KeyboardInterrupt):
        raise
    except BaseException as error:  # also sys.exit()
        said = told(error, _file_of(mine))
        raise Wrong(said + _advice(said)) from None


# PyTorch's own words for what learners meet here most, and what to do about it.
ADVICE = {
    r"\.T\b": (
        ".T turns all axes round, and with a batch there are more than two: "
        ".transpose(-2, -1) exchanges the last two."
    ),
    r"\.transpose\((0|1), ": (
        "Counted from the front, axes move when a batch stands there: "
        "k.transpose(-2, -1) exchanges the last two, however many there are."
    ),
    "shape of the mask": (
        "masked_fill(mask, number) lays the mask over each table of a batch; an index "
        "needs scores[..., mask]."
    ),
    "only supports boolean masks": (
        "A mask is a table of true and false: .bool(), or dtype=torch.bool."
    ),
    "must match the size of tensor b": (
        "Laid over each other from the last axis on, the shapes do not fit. An axis "
        "that a sum or a mean ran along is gone, unless it says keepdim=True."
    ),
    "Boolean value of Tensor": (
        "Two masks are joined by | (or) and & (and), each in brackets."
    ),
    r"must be Tensor, not (int|float)": (
        "A function of torch takes tensors: for a plain number take that of math, such "
        "as math.sqrt."
    ),
    "got float": "A size must be a whole number: divide with //.",
    "values to unpack": (
        "split takes the size of each piece, and chunk the number of pieces; both take "
        "the axis as dim."
    ),
    "view size is not compatible": (
        "After a transpose the numbers no longer stand in memory in the order of the "
        "axes, and `view` refuses: put .contiguous() before it, or use reshape or "
        "flatten."
    ),
    "a leaf Variable that requires grad": (
        "A method whose name ends in an underscore writes in place: use the one "
        "without."
    ),
    "can't be cast": (
        "A tensor of whole numbers cannot hold fractions: begin with a float tensor."
    ),
}


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
        raise Wrong(f"{said}\n{words}") from None


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
        raise Wrong(f"{words}: {fault}") from None


def expect_shape(out: Tensor, shape: tuple[int, ...], given: str) -> None:
    """Raise Wrong unless `out` has the shape; `given` says for what input."""
    if tuple(out.shape) != tuple(shape):
        raise Wrong(
            f"For {given} the result must have the shape {tuple(shape)}, and yours has "
            f"{tuple(out.shape)}."
        )


def expect_no_nan(out: Tensor, why: str) -> None:
    """Raise Wrong with `why` if there is a nan in `out`."""
    if out.isnan().any():
        raise Wrong(f"It holds nan: {why}")


def close(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are equal within PyTorch's usual tolerances."""
    try:
        assert_close(a, b)
    except AssertionError:
        return False
    return True


def expect_values(out: Tensor, right: Tensor, mistakes: Mistakes = ()) -> None:
    """Raise Wrong unless `out` is `right`; say which classic mistake gives `out`.

    Args:
        out: what the learner's code gave.
        right: what it should have given, of the same shape.
        mistakes: what comes out of each classic mistake, and words for it.
    """
    if out.dtype != right.dtype:
        raise Wrong(f"The numbers must be {right.dtype}, and yours are {out.dtype}.")
    if close(out, right):
        return
    for wrong, words in mistakes:
        if wrong.shape == out.shape and close(out, wrong) and not close(wrong, right):
            raise Wrong(words)
    raise Wrong(where(out, right))


def where(out: Tensor, right: Tensor) -> str:
    """The first rows in which `out` differs from `right`, in words."""
    tables = [it.reshape(-1, *it.shape[-2:]) for it in (out, right)]
    t = next(
        t for t in range(right.shape[-2]) if not close(*(it[:, t] for it in tables))
    )
    pairs = zip(*(it[:, t] for it in tables), strict=True)
    row, right_row = next(pair for pair in pairs if not close(*pair))
    for digits in (4, 9):
        yours, expected = (
            ", ".join(f"{n:.{digits}g}" for n in it[:6]) for it in (row, right_row)
        )
        if yours != expected:
            break
    before = "Row 0 is wrong"
    if t:
        rows_before = "Row 0 is" if t == 1 else f"Rows 0 to {t - 1} are"
        before = f"{rows_before} right, row {t} is not"
    return f"{before}.\nYours:    {yours}\nExpected: {expected}"


def expect_gradients(
    out: Tensor, right: Tensor, mine: dict[str, Tensor], theirs: dict[str, Tensor]
) -> None:
    """Raise Wrong unless both outputs give the same gradients for the same tensors.

    Args:
        out, right: the learner's output and the right one, equal in value.
        mine, theirs: what each was computed from, by name.
    """
    lost = "The values are right, and no gradient reaches {}: is something detached, "
    lost += "or turned into Python numbers by .item(), .tolist() or torch.tensor()?"
    if not out.requires_grad:
        raise Wrong(lost.format("the inputs"))
    pull = torch.randn_like(right)  # stands for what a loss sends back
    expected = torch.autograd.grad(right, list(theirs.values()), pull)
    found = torch.autograd.grad(out, list(mine.values()), pull, allow_unused=True)
    for name, a, b in zip(mine, found, expected, strict=True):
        if a is None:
            raise Wrong(lost.format(name))
        if not close(a, b):
            raise Wrong(
                f"The values are right, and the gradient for {name} is not: does every "
                "use of it stay in the computation, none detached or under no_grad?"
            )
