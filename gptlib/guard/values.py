"""Checks of what comes in through a door: ids, text, whole numbers, numbers.

Each returns the value in its plain form, or raises with what was given, what was
expected and what to do. They stand at the doors (command line, loaders, `GPT.forward`,
`generate`, `get_batch`, `loss_fn`, configs); behind a door nothing asks again.
"""

import functools
import math
import operator
import reprlib
from collections.abc import Callable, Iterable
from types import UnionType

import torch
from torch import Tensor


def checked_ids(
    name: str, x: object, dim: int | None = None, vocab_size: int | None = None
) -> Tensor:
    """An int64 tensor of token ids, with `dim` axes and below `vocab_size` if given.

    The ids themselves are looked at where `readable` says so.

    Raises:
        TypeError: not a tensor, or not int64.
        ValueError: another number of axes, or an id outside 0..vocab_size-1.
    """
    if not isinstance(x, Tensor) or x.dtype != torch.int64:
        use = "torch.tensor(tokenizer.encode(text))"
        if isinstance(x, Tensor):
            use = f"{name}.long()"
        raise TypeError(
            f"{name} must be an int64 tensor of token ids, got {_kind(x)}: use {use}"
        )
    if dim is not None and x.dim() != dim:
        axes = {1: "1-D", 2: "(B, T)"}.get(dim, f"{dim}-D")
        hint = f": {name}[None] is a batch of one" if (x.dim(), dim) == (1, 2) else ""
        raise ValueError(f"{name} must be {axes}, got shape {tuple(x.shape)}{hint}")
    if vocab_size is not None and readable(x) and x.numel():
        low, high = (end.item() for end in torch.aminmax(x))
        if low < 0 or high >= vocab_size:
            raise ValueError(
                f"{name} must be 0..{vocab_size - 1} (vocab_size {vocab_size}), "
                f"got {low}..{high}"
            )
    return x


def checked_floats(name: str, x: object, source: str) -> Tensor:
    """A tensor of floats with at least one axis; `source` is a line that makes one.

    Raises:
        TypeError: not a tensor, or not of floats.
        ValueError: no axis.
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError(f"{name} must be a tensor of floats, got {_kind(x)}: {source}")
    if x.dim() == 0:
        raise ValueError(f"{name} must be (..., V), got shape (): {source}")
    return x


def checked_type(
    name: str, value: object, type_: type | UnionType, wanted: str
) -> object:
    """`value`, if it is a `type_`; `wanted` says that in words.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(value, type_):
        raise TypeError(f"{name} must be {wanted}, got {_kind(value)}")
    return value


def checked_generator(generator: object) -> torch.Generator | None:
    """What random choices may come from; None is PyTorch's own generator.

    Raises:
        TypeError: something else, such as a seed.
    """
    wanted = "a torch.Generator (torch.Generator().manual_seed(seed) makes one)"
    if generator is not None:
        checked_type("generator", generator, torch.Generator, wanted)
    return generator


def readable(x: Tensor) -> bool:
    """Whether a check may look at the numbers in `x`: only those of a plain CPU run.

    A GPU would have to finish all its work first, at every step, and CUDA's own kernels
    refuse a wrong id anyway; a compiled graph would break in two.
    """
    return x.device.type == "cpu" and not torch.compiler.is_compiling()


def checked_tokens(ids: Iterable[int] | Tensor, vocab_size: int) -> list[int]:
    """Token ids to decode as a list of ints, each of which the vocabulary has.

    Raises:
        TypeError: not whole numbers.
        ValueError: a tensor that is not 1-D, or an id outside 0..vocab_size-1.
    """
    if isinstance(ids, Tensor) and ids.dim() != 1:
        raise ValueError(
            f"decode needs a 1-D tensor of ids, got shape {tuple(ids.shape)}: "
            f"pick one row, as in ids[0]"
        )
    try:
        whole = [*map(operator.index, ids.tolist() if isinstance(ids, Tensor) else ids)]
    except TypeError:
        raise TypeError(
            f"decode needs ids, whole numbers in a list or a 1-D tensor, got "
            f"{_kind(ids)}"
        ) from None
    for position, i in enumerate(whole):
        if not 0 <= i < vocab_size:
            raise ValueError(
                f"id {i} at position {position} is outside this vocabulary of "
                f"{vocab_size}: expected 0..{vocab_size - 1}"
            )
    return whole


def checked_text(name: str, value: object) -> str:
    """Text, which bytes and paths are not.

    Raises:
        TypeError: not a str.
    """
    if not isinstance(value, str):
        raise TypeError(
            f"{name} must be text (str), got {_kind(value)}: bytes become text by "
            f'.decode("utf-8"), a file by gptlib.text.read_file(path)'
        )
    return value


def checked_whole(
    name: str, value: object, least: int = 1, most: int | None = None
) -> int:
    """A whole number from `least` to `most`; NumPy's and PyTorch's count too, bool not.

    Raises:
        TypeError: not a whole number.
        ValueError: below `least` or above `most`.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        whole = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {_kind(value)}") from None
    if whole < least:
        raise ValueError(f"{name} must be at least {least}, got {whole}")
    if most is not None and whole > most:
        raise ValueError(f"{name} must be at most {most}, got {whole}")
    return whole


def checked_number(name: str, value: object) -> float:
    """A finite number, whole or not; NumPy's count too, bool and text do not.

    Raises:
        TypeError: not a number.
        ValueError: infinite, or not a number at all (nan).
    """
    try:
        if isinstance(value, (bool, str, bytes)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {_kind(value)}") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {number}")
    return number


def ids_only(forward: Callable) -> Callable:
    """For a model's `forward(idx, *, cache=None)`: say where the loss stands.

    minGPT and nanoGPT take the targets into the model as well, and habits last.
    """

    @functools.wraps(forward)
    def checked(model, idx, *more, cache=None, **named):
        if more or named:
            given = [*map(_kind, more), *(f"{k}={_kind(v)}" for k, v in named.items())]
            raise TypeError(
                f"a model takes ids alone, but {', '.join(given)} came with them; the "
                f"loss stands outside: loss_fn(model(X), y) (and a cache is given by "
                f"name: model(X, cache=cache))"
            )
        return forward(model, idx, cache=cache)

    return checked


def _kind(value: object) -> str:
    """What was given, in a few words on one line, for an error."""
    if isinstance(value, Tensor):
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}"
    text = " ".join(reprlib.repr(value).split())
    return f"{text} of type {type(value).__name__}"
