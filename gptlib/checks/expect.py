"""What a check may expect of what came out, and the words when it is not so."""

import torch
from torch import Tensor
from torch.testing import assert_close

from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong


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
    """The first rows in which `out` differs from `right`, in words.

    Six numbers of a row are shown: its first, or those from the first that differs.
    A vector is one row.
    """
    out, right = torch.atleast_2d(out, right)
    tables = [it.reshape(-1, *it.shape[-2:]) for it in (out, right)]
    t = next(
        t for t in range(right.shape[-2]) if not close(*(it[:, t] for it in tables))
    )
    pairs = zip(*(it[:, t] for it in tables), strict=True)
    row, right_row = next(pair for pair in pairs if not close(*pair))
    first = next(i for i in range(len(row)) if not close(row[i], right_row[i]))
    begin = 0 if first < 6 else first
    for digits in (4, 9):
        yours, expected = (
            ", ".join(f"{n:.{digits}g}" for n in it[begin : begin + 6])
            for it in (row, right_row)
        )
        if yours != expected:
            break
    before = "Row 0 is wrong"
    if t:
        rows_before = "Row 0 is" if t == 1 else f"Rows 0 to {t - 1} are"
        before = f"{rows_before} right, row {t} is not"
    place = f" Shown from its column {begin} on:" if begin else ""
    return f"{before}.{place}\nYours:    {yours}\nExpected: {expected}"


def expect_no_leak(out: Tensor, right: Tensor) -> None:
    """Raise Wrong unless all positions but the last are right, (..., T, hs) both.

    The last position's value is meant to be so large that any weight of it shows.
    """
    if not close(out[..., :-1, :], right[..., :-1, :]):
        raise Wrong(
            "A little of the future comes through: what is hidden must have exactly "
            "weight 0, so use -math.inf."
        )


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
