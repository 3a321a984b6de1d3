"""Which operations of PyTorch's a learner's code makes: a loop makes many."""

from collections.abc import Callable, Sequence
from itertools import zip_longest

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from gptlib.checks.calls import run
from gptlib.checks.expect import close
from gptlib.checks.verdict import Wrong

NO_AUTOGRAD = "Write it without autograd: only sums, means, products and roots."
MORE = 6  # operations for a longer input by which a loop is known


WATCHING: list["Noted"] = []  # those inside which we are


class Noted(TorchDispatchMode):
    """Keeps the name of each operation."""

    def __init__(self):
        super().__init__()
        self.names: list[str] = []
        self.paused = False

    def __enter__(self) -> "Noted":
        WATCHING.append(self)
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        WATCHING.remove(self)
        super().__exit__(*error)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None) -> object:
        if not self.paused:
            self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def operations(
    mine: Callable, *inputs: object, right: Callable | None = None
) -> list[str]:
    """The names of the operations that one call makes.

    Args:
        mine: the learner's function.
        inputs: what it is given.
        right: gives what it should give; None if nobody asks here.

    Raises:
        NotWritten, Wrong: see `run`; another value than the right one.
    """
    with Noted() as noted:
        out = run(mine, *inputs)
    if right is not None:
        pairs = _pairs(out, right(*inputs))
        if not all(isinstance(a, Tensor) and close(a, b) for a, b in pairs):
            raise Wrong("Its values are wrong for inputs of another size.")
    return noted.names


def _pairs(out: object, right: object) -> list[tuple[object, Tensor]]:
    """What came out beside what should have; of several tensors, the first ones."""
    if isinstance(right, Tensor):
        return [(out, right)]
    several = list(out) if isinstance(out, tuple | list) else []
    return list(zip_longest(several[: len(right)], right))


def expect_no_loop(
    mine: Callable, few: Sequence, many: Sequence, over: str, right: Callable
) -> None:
    """Raise Wrong if there are more operations for an input with more of something.

    Args:
        mine: the learner's function.
        few, many: its inputs; of what it may not go through one by one, `many` hold
            MORE more at least.
        over: what that is, in words.
        right: gives what the learner's function should give, a tensor, or the first
            of several.
    """
    with_few, with_many = (
        len(operations(mine, *it, right=right)) for it in (few, many)
    )
    if with_many >= with_few + MORE:
        raise Wrong(
            f"The values are right, and it goes through the {over} one by one: the "
            f"more there are, the more operations it makes ({with_few}, then "
            f"{with_many}). Write it without a loop."
        )


def expect_no_backward(mine: Callable, *inputs: object) -> None:
    """Raise Wrong if PyTorch's own backward of a softmax or a norm was called."""
    if any("backward" in name for name in operations(mine, *inputs)):
        raise Wrong(NO_AUTOGRAD)
