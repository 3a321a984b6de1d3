"""Checks of lesson faster_step: the operations of a block's matrix products.

B batch, T time (positions), C channels.
"""

from collections.abc import Callable

from gptlib.checks.calls import run
from gptlib.checks.verdict import Wrong, part

Function = Callable[[int, int, int], int]


def right_one(B: int, T: int, C: int) -> int:
    """Forward: c_attn 3, c_proj 1, the MLP 4 and 4 times C x C; attention's two."""
    return 2 * B * T * (12 * C * C + 2 * T * C)


@part("block-flops", "six products, for four shapes")
def block_flops(seed: int, mine: Function) -> None:
    """B, T and C to a whole number."""
    # Sizes for which no mistake gives what another one gives.
    shapes = ((3, 7, 5), (5, 11, 13), (7, 13, 4), (5, 17, 23))
    for B, T, C in shapes[seed:] + shapes[:seed]:
        _expect_count(run(mine, B, T, C), B, T, C)


def _expect_count(found: object, B: int, T: int, C: int) -> None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        kind = type(found).__name__
        raise Wrong(f"It returned an object of type {kind}; a number is expected.")
    right = right_one(B, T, C)
    if found == right:
        return
    given = f"For B = {B}, T = {T}, C = {C}"
    for wrong, words in mistakes(B, T, C):
        if found == wrong != right:
            raise Wrong(f"{given}: {words}")
    ratio = found / right
    raise Wrong(f"{given} yours has {found:,}, {ratio:.3g} times what it must be.")


def mistakes(B: int, T: int, C: int) -> list[tuple[float, str]]:
    """What comes out of the classic mistakes, and words for each."""
    rows, right = B * T, right_one(B, T, C)
    table = 2 * rows * T * C  # of attention's two products, each
    return [
        (
            right // 2,
            "this is the number of multiplications. Each product is also added up: "
            "two operations for each pair of numbers.",
        ),
        (3 * right, "forward alone is asked for, and this has backward in it."),
        (
            right - 2 * table,
            "attention's two products without weights are missing: queries with keys, "
            "and weights with values.",
        ),
        (
            right - table,
            "one of attention's two products is missing: queries with keys, and "
            "weights with values, each (T, T) for each text. Or both are there and "
            "each has half of the keys: those that the mask hides count too.",
        ),
        (
            right - 2 * rows * (T - 1) * C,
            "each query meets all T keys. Those that the mask hides are computed too "
            "and then thrown away, so they count.",
        ),
        (
            right + 2 * table,
            "attention's two products are counted twice over.",
        ),
        (
            2 * rows * 12 * C * C + 4 * B * T * C,
            "each query meets all T keys: the table of a text is T by T.",
        ),
        (
            2 * rows * 12 * C * C + 4 * rows * rows * C,
            "each text has its own T by T table: rows of different texts never meet, "
            "so it is B T T and not (B T) squared.",
        ),
        (
            right - 2 * rows * 2 * C * C,
            "c_attn makes three vectors, q, k and v: it is C by 3 C.",
        ),
        (right - 2 * rows * C * C, "attention's c_proj, C by C, is missing."),
        (
            right - 2 * rows * 4 * C * C,
            "the MLP has two products, C by 4 C and back.",
        ),
        (right / B, "this is one text: a batch has B of them."),
        (right / rows, "this is one token: a batch has B T of them."),
        (right / T, "this is one position of each text: each has T of them."),
    ]
