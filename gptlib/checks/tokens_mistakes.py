"""What comes out of the classic mistakes with ids and batches, and words for each."""

import re

import torch
from torch import Tensor

REVERSED = (
    "That character is in chars. Is the character the key of your dictionary, and its "
    "place the value?"
)
EXCHANGED = "X and y are exchanged: return X first, then y."
NOT_SHIFTED = (
    "y is the same as X. The right answer for a place is the token after it, so y "
    "begins one place further right."
)
BACKWARDS = (
    "y is shifted the wrong way: it holds the token before each place. A GPT predicts "
    "the token after it."
)
WRAPPED = (
    "y is X with its own columns moved, so the last column is not the token after the "
    "window: cut y out of ids, where that token stands."
)


def encode_mistakes(text: str, chars: list[str]) -> list[tuple[list, str]]:
    """Instead of each character's place in `chars`."""
    known = list(chars)
    own, ordered = sorted(set(text)), sorted(known)
    return [
        (
            [ord(char) for char in text],
            "These are the characters' numbers in Unicode, which ord gives. The id is "
            "the place in chars.",
        ),
        (
            [known.index(char) + 1 for char in text],
            "The ids count from 1; the first character of chars has the id 0.",
        ),
        (
            [own.index(char) for char in text],
            "The ids come from the characters of the text itself. Another text would "
            "give the same character another id: use chars, which was given.",
        ),
        (
            [ordered.index(char) for char in text],
            "chars was sorted again. Its order says which id a character has.",
        ),
        (
            [text.index(char) for char in text],
            "These are places in the text. The id is the place in chars.",
        ),
        (list(text), "These are the characters and not their ids."),
    ]


def window_mistakes(
    ids: Tensor, starts: Tensor, T: int, name: str
) -> list[tuple[Tensor, str]]:
    """Instead of X, or of y, as `name` says: (B, T) each, or of another shape."""
    at = starts[:, None] + torch.arange(T)
    in_turn = ids[at[starts.argsort()] + (name == "y")]
    right = at + 1 if name == "y" else at
    in_order = torch.arange(len(starts) * T).view(-1, T) + (right - at)
    X, later = ids[at], ids[(right + 1) % len(ids)]
    common = [
        (ids[right].T, f"{name} is (T, B): each window must be a row, (B, T)."),
        (ids[right].flatten(), f"The windows of {name} lie in one line: stack them."),
        (right, f"{name} holds places and not tokens: look the ids up at these."),
        (
            ids[in_order],
            f"The rows of {name} follow one another from place 0: begin each at its "
            "start.",
        ),
        (
            in_turn,
            f"The rows of {name} are those of the starts in ascending order: keep the "
            "order in which the starts are given.",
        ),
        (ids[right][:, :-1], f"The rows of {name} are too short by one: T tokens."),
        (
            torch.cat([ids[right], later[:, -1:]], dim=1),
            f"The rows of {name} are too long by one: T tokens.",
        ),
    ]
    if name == "X":
        return [*common, (later, "X begins one place too late: at its start.")]
    return [
        (X, NOT_SHIFTED),
        (ids[at - 1], BACKWARDS),
        (
            X + 1,
            "y is X + 1. That is the id after each id, and not the token after each "
            "token: it is right only where the ids count up.",
        ),
        (X.roll(-1, dims=1), WRAPPED),
        (torch.cat([X[:, 1:], torch.zeros_like(X[:, :1])], dim=1), WRAPPED),
        (X[:, 1:], "The rows of y are too short by one: its last token is not in X."),
        (X.roll(1, dims=1), BACKWARDS),
        (later, "y is shifted by two places, and one is enough."),
        (ids[(at + T) % len(ids)], "y is the next window: shift by 1, and not by T."),
        *common,
    ]


def lengths_differ(fault: str, T: int) -> str:
    """A line on why windows cannot be stacked, if `fault` says that they cannot."""
    sizes = re.search(r"got \[(\d+)\] at entry \d+ and \[(\d+)\] at entry", fault)
    if not sizes:
        return ""
    a, b = sorted(map(int, sizes.groups()))
    if a == 0:
        return (
            "\nA window is empty: for the start 0 a slice that begins at s - 1 begins "
            "at -1, the last place. X begins at s, and y at s + 1."
        )
    return (
        f"\nWindows are {a} and {b} long, and T = {T} was asked for. Take T as it is "
        "given: a slice that reaches past the end of the text comes out shorter."
    )
