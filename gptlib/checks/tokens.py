"""Checks of lesson tokens: characters to ids, ids to batches.

B windows, T tokens each.
"""

import re
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import run
from gptlib.checks.lists import expect_list, expect_type, short
from gptlib.checks.tokens_mistakes import (
    EXCHANGED,
    REVERSED,
    encode_mistakes,
    lengths_differ,
    window_mistakes,
)
from gptlib.checks.tokens_watch import Watched
from gptlib.checks.verdict import Wrong, part

Encode = Callable[[str, list[str]], list[int]]
Batch = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]

LETTERS = "abdeghijklmnopqrstuvwxyz ,.!"  # without c and f: what may be unknown


def _chars(seed: int, n: int = 9) -> Watched:
    """A vocabulary in no order that could be guessed."""
    order = torch.randperm(len(LETTERS)).tolist()
    return Watched(LETTERS[i] for i in order[: n + seed])


def _text(chars: list[str], n: int) -> str:
    """A random text in which no character is the vocabulary's first."""
    return "".join(chars[i] for i in torch.randint(1, len(chars), (n,)).tolist())


@part("encode-characters", "each character's place in chars, in any order of chars")
def encode(seed: int, mine: Encode) -> None:
    """A text and its vocabulary to a list of ids."""
    chars = _chars(seed)
    text = _text(chars, 12 + seed) + chars[0]
    right = [list(chars).index(char) for char in text]
    try:
        out = run(mine, text, chars)
    except Wrong as fault:
        stopped = re.search(r"with (Key|Value)Error", str(fault))
        raise Wrong(f"{fault}\n{REVERSED}" if stopped else str(fault)) from None
    expect_list(out, right, _given(text, chars), encode_mistakes(text, chars))


def _given(text: str, chars: list[str]) -> str:
    return f"the text {text!r} and the vocabulary {''.join(chars)!r}"


@part("encode-characters", "a character that is not there stops it, and is named")
def unknown(seed: int, mine: Encode) -> None:
    """ValueError with the character in its message."""
    chars = _chars(seed)
    text = f"{_text(chars, 5)}{'cf'[seed % 2]}{_text(chars, 3)}"
    missing = text[5]
    try:
        out = mine(text, chars)
    except ValueError as error:
        if repr(missing) in str(error) or f"{missing} " in f"{error} ":
            return
        raise Wrong(
            f"The ValueError does not name the character {missing!r}, and that is what "
            "somebody with a long text needs to know."
        ) from None
    except KeyError:
        raise Wrong(
            f"For the unknown character {missing!r} it stops with a bare KeyError: ask "
            "first whether it is there, and raise a ValueError that names it."
        ) from None
    raise Wrong(_silent(out, text, missing))


def _silent(out: object, text: str, missing: str) -> str:
    """What was made of an unknown character without an error."""
    if isinstance(out, BaseException) or out is ValueError:
        return (
            "It returns the ValueError, and whoever called it goes on. An error stops "
            "them when it is raised: `raise ValueError(...)`."
        )
    made = f"the answer was {short(out, 40)}"
    if isinstance(out, list) and len(out) == len(text):
        made = f"it got the id {short(out[5], 20)}"
    elif isinstance(out, list) and len(out) == len(text) - 1:
        made = "it was left out"
    return (
        f"The character {missing!r} is not in chars, and {made} without a word. "
        "Then the ids are those of another text: raise a ValueError that names it."
    )


@part("encode-characters", "no search through chars for each character")
def looks_up(seed: int, mine: Encode) -> None:
    """As many searches as a dictionary may need that is made once."""
    chars = _chars(seed)
    run(mine, _text(chars.copy(), 200), chars)
    if found := chars.too_often(3 * len(chars)):
        raise Wrong(f"Right, and slow for 200 characters: {found}")


def _sizes(seed: int) -> tuple[int, int, int]:
    """How many ids, B and T: each of another size."""
    return [(40, 3, 5), (57, 4, 7), (71, 6, 4)][seed]


def _given_batch(seed: int) -> tuple[Tensor, Tensor, int]:
    """Distinct ids (n,), starts (B,) with the first place and the last, and T."""
    n, B, T = _sizes(seed)
    ids = torch.randperm(500)[:n]
    starts = torch.randint(2, n - T - 2, (B,))
    starts[0], starts[-1] = n - T - 1, 0
    return ids, starts, T


@part("batch", "X holds the windows that begin at starts, the first and the last too")
def windows(seed: int, mine: Batch) -> None:
    """X is (B, T)."""
    ids, starts, T = _given_batch(seed)
    X, y = _two(_cut(mine, ids, starts, T))
    right = torch.stack([ids[s : s + T] for s in starts])
    later = torch.stack([ids[s + 1 : s + T + 1] for s in starts])
    if X.tolist() == later.tolist() and y.tolist() == right.tolist():
        raise Wrong(EXCHANGED)
    _expect(X, right, "X", window_mistakes(ids, starts, T, "X"))


@part("batch", "y is one token further right, its last column too")
def targets(seed: int, mine: Batch) -> None:
    """y is (B, T), X[:, 1:] and one more token."""
    ids, starts, T = _given_batch(seed)
    _, y = _two(_cut(mine, ids, starts, T))
    right = torch.stack([ids[s + 1 : s + T + 1] for s in starts])
    _expect(y, right, "y", window_mistakes(ids, starts, T, "y"))


def _cut(mine: Batch, ids: Tensor, starts: Tensor, T: int) -> object:
    """What is returned; where windows cannot be stacked, with the likely cause."""
    try:
        return run(mine, ids, starts, T)
    except Wrong as fault:
        raise Wrong(f"{fault}{lengths_differ(str(fault), T)}") from None


def _two(out: object) -> tuple[Tensor, Tensor]:
    """X and y, however they come."""
    if isinstance(out, Tensor):
        raise Wrong("It must return two tensors, `return X, y`, and yours is one.")
    expect_type(out, tuple | list, "X and y, `return X, y`")
    if len(out) != 2 or not all(isinstance(it, Tensor) for it in out):
        raise Wrong("It must return two tensors, X and y: lists become one by stack.")
    return tuple(out)


def _expect(out: Tensor, right: Tensor, name: str, mistakes: list) -> None:
    """Raise Wrong unless `out` is `right`, (B, T); say which mistake gives `out`."""
    B, T = right.shape
    if out.dtype != torch.int64:
        raise Wrong(f"{name} must hold ids, torch.int64, and yours is {out.dtype}.")
    for wrong, words in mistakes:
        if torch.equal(out, wrong) and not torch.equal(wrong, right):
            raise Wrong(words)
    if out.shape != right.shape:
        raise Wrong(
            f"For {B} starts and T = {T}, {name} must have the shape {(B, T)}, and "
            f"yours has {tuple(out.shape)}."
        )
    if not torch.equal(out, right):
        b = next(b for b in range(B) if not torch.equal(out[b], right[b]))
        raise Wrong(
            f"Row {b} of {name} is wrong.\nYours:    {out[b].tolist()}\n"
            f"Expected: {right[b].tolist()}"
        )
