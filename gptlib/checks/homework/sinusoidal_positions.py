"""Checks of the homework sinusoidal-positions: waves in place of a learned table.

T positions, C numbers each. Vaswani et al. 2017, section 3.5.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gptlib.checks.calls import call
from gptlib.checks.expect import close, expect_no_nan, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

NAME = "sinusoidal-positions"
Part = tuple[slice, slice]
ALL, FIRST_ROW, FIRST_PAIR = (
    (slice(None), slice(None)),
    (slice(1), slice(None)),
    (slice(None), slice(2)),
)

HALVES = (
    "All sines stand in the left half and all cosines in the right. The paper lets "
    "them take turns: sine in column 0, cosine in column 1, and so on."
)
OWN_SPEEDS = (
    "Columns 2 i and 2 i + 1 are a pair with the same speed, and your cosines are "
    "slower than the sines beside them: both have the exponent 2 i / C."
)
HALF_POWER = (
    "The exponent runs to a half only: with i counting the pairs it is 2 i / C, not "
    "i / C."
)
TWICE_POWER = (
    "The exponent runs to 2: it is 2 i / C where i counts pairs, and a column's number "
    "is 2 i already."
)
LAST_AT_END = (
    "The slowest pair has exactly 1 / 10000: you divided by C / 2 - 1. That is how "
    "the authors' code does it; the paper's formula, which is asked for, has 2 i / C."
)
FROM_1 = "Positions are counted from 0, and yours begin at 1."
EXCHANGED = "Sine and cosine have changed places: sine stands in the even columns."
SINES = "There are sines only: the odd columns hold cosines."
COSINES = "There are cosines only: the even columns hold sines."
FASTER = (
    "The speeds grow to the right: the position must be divided by the power of 10000, "
    "not multiplied."
)
BASE = "The number under the power is not 10000."
DIVIDED = "10000 must be raised to the power 2 i / C, not multiplied by it."
BY_T = "The exponent is 2 i / C, and yours is divided by T."
ROUNDS = "The angle is in radians as it stands: it is not multiplied by 2 pi."
FAR = (
    "Far down the table, from row {} on, its numbers are wrong: are the positions cut "
    "off, or rounded? In float16 and bfloat16 large numbers have gaps."
)
DEGREES = "The angles are radians, as sin and cos take them: yours were in degrees."
FLOORED = (
    "The exponent 2 i / C is a fraction, and yours is a whole number: // drops what is "
    "behind the point, so that pairs turn at the same speed."
)
WAVELESS = "Those are the angles: their sines and cosines are asked for."


def _angles(T: int, C: int, base: float = 1e4, power: float = 1.0) -> Tensor:
    """(T, C / 2), in double precision."""
    pairs = torch.arange(C // 2, dtype=torch.float64)
    return torch.arange(T)[:, None] / base ** (power * 2 * pairs / C)


def _in_turn(even: Tensor, odd: Tensor) -> Tensor:
    return torch.stack([even, odd], dim=-1).flatten(-2).float()


def _waves(angles: Tensor) -> Tensor:
    return _in_turn(angles.sin(), angles.cos())


def _mistakes(T: int, C: int) -> Mistakes:
    angles, place = _angles(T, C), torch.arange(T, dtype=torch.float64)[:, None]
    column = torch.arange(C, dtype=torch.float64)
    own, floored = (place / 1e4**power for power in (column / C, 2 * column // C))
    to_the_end = torch.arange(C // 2, dtype=torch.float64) / (C // 2 - 1)
    share = (2 * torch.arange(C // 2) / C).clamp(min=1e-9)
    return [
        (torch.cat([angles.sin(), angles.cos()], dim=1).float(), HALVES),
        (_in_turn(own[:, ::2].sin(), own[:, 1::2].cos()), OWN_SPEEDS),
        (_waves(_angles(T, C, power=0.5)), HALF_POWER),
        (_waves(_angles(T, C, power=2)), TWICE_POWER),
        (_waves(place / 1e4**to_the_end), LAST_AT_END),
        (_waves(_angles(T + 1, C)[1:]), FROM_1),
        (_in_turn(angles.cos(), angles.sin()), EXCHANGED),
        (own.sin().float(), SINES),
        (_in_turn(angles.sin(), angles.sin()), SINES),
        (_in_turn(angles.cos(), angles.cos()), COSINES),
        *[(_waves(_angles(T, C, base=b)), BASE) for b in (math.e, 10, 100, 1e3, 1e5)],
        (_waves(place / (1e4 * share)), DIVIDED),
        (_in_turn(angles, angles), WAVELESS),
        (_waves(place / 1e4 ** (column[::2] / T)), BY_T),
        (_waves(2 * math.pi * angles), ROUNDS),
        (_waves(torch.deg2rad(angles)), DEGREES),
        (_waves(place.expand_as(angles)), FLOORED),
        (_in_turn(floored[:, ::2].sin(), floored[:, 1::2].cos()), FLOORED),
    ]


def _judge(mine: Callable, T: int, C: int, where: Part = ALL) -> None:
    """The whole table is asked for, and `where` must be right."""
    out = call(mine, T, C)
    expect_shape(out, (T, C), f"T = {T} and C = {C}")
    expect_no_nan(out, "is there a division by 0, or a power of a negative number?")
    right = _waves(_angles(T, C))
    if out.dtype != right.dtype:
        expect_values(out, right)
    if not close(out[where], right[where]):
        # Its fastest waves are noise in float32, so only the second pair is compared.
        faster = _waves(_angles(T, C, power=-1))[1:2, 2:4]
        if faster.numel() and close(out[1:2, 2:4], faster):
            raise Wrong(FASTER)
        expect_values(out, right, _mistakes(T, C))


def _expect_far(mine: Callable, T: int, C: int) -> None:
    """Thousands of radians, which float32 knows to three digits behind the point."""
    out = call(mine, T, C)
    expect_shape(out, (T, C), f"T = {T} and C = {C}")
    off = ~((out - _waves(_angles(T, C))).abs() < 0.01).all(dim=1)
    if off.any():
        raise Wrong(FAR.format(off.int().argmax().item()))


@part(NAME, "a table (T, C) in float32 whose row 0 is 0, 1, 0, 1", points=1)
def first_row(seed: int, mine: Callable) -> None:
    """Position 0: all sines are 0, all cosines 1."""
    _judge(mine, 7 + seed, 6, FIRST_ROW)
    _judge(mine, 1, 8, FIRST_ROW)


@part(NAME, "the first pair turns by 1 a position", points=1)
def first_pair(seed: int, mine: Callable) -> None:
    """Sine and cosine of the position itself, in radians."""
    _judge(mine, 9 + seed, 8, FIRST_PAIR)


@part(NAME, "every pair at its own speed, for any T and C", points=2)
def all_pairs(seed: int, mine: Callable) -> None:
    """More columns than rows, fewer, and one pair alone."""
    for T, C in ((30, 12 + 2 * seed), (4, 64), (7, 2)):
        _judge(mine, T, C)
    _expect_far(mine, 2100 + seed, 6)
    if call(mine, 6, 8).requires_grad:
        raise Wrong("Nothing in this table is learned, and yours asks for a gradient.")
