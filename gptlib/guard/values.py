"""Checks of what comes in through a door: ids, text, whole numbers, numbers.

Each returns the value in its plain form, or raises with what was given, what was
expected and what to do. They stand at the doors (command line, loaders, `GPT.forward`,
`generate`, `get_batch`, `loss_fn`, configs); behind a door nothing asks again.
"""

import math
import operator
from collections.abc import Iterable

import torch
from torch import Tensor


def checked_ids(name: str, x: object, dim: int | None = None) -> Tensor:
    """An int64 tensor of token ids, with `dim` axes if that is given.

    Raises:
        TypeError: not a tensor, or not int64.
        ValueError: another number of axes.
    """
    if not isinstance(x, Tensor) or x.dtype != torch.int64:
        got = f"a {x.dtype} tensor" if isinstance(x, Tensor) else _kind(x)
        raise TypeError(
            f"{name} must be an int64 tensor of token ids, got {got}: "
            f"use torch.tensor(tokenizer.encode(text))"
        )
    if dim is not None and x.dim() != dim:
        axes = {1: "1-D", 2: "(B, T)"}.get(dim, f"{dim}-D")
        raise ValueError(f"{name} must be {axes}, got shape {tuple(x.shape)}")
    return x


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


def checked_whole(name: str, value: object, least: int = 1) -> int:
    """A whole number of at least `least`; NumPy's and PyTorch's count too, bool not.

    Raises:
        TypeError: not a whole number.
        ValueError: below `least`.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        whole = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {_kind(value)}") from None
    if whole < least:
        raise ValueError(f"{name} must be at least {least}, got {whole}")
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


def _kind(value: object) -> str:
    text = repr(value)
    short = text if len(text) <= 40 else text[:37] + "..."
    return f"{short} of type {type(value).__name__}"
