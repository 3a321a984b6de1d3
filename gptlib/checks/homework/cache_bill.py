"""Checks of the homework cache-bill: what attention stores, before the run."""

from random import Random

from gptlib.checks.own import Sizes, sizes_of
from gptlib.checks.predictions import expect_number
from gptlib.checks.verdict import part

NAME = "cache-bill"


@sizes_of(NAME)
def draw(chance: Random) -> Sizes:
    """No two factors alike, so that no two mistakes give the same number."""
    groups = chance.choice((5, 7))
    kv_heads = chance.choice((3, 6))
    return {
        "n_layer": chance.choice((11, 13, 23)),
        "n_head": groups * kv_heads,
        "kv_heads": kv_heads,
        "hs": chance.choice((24, 40, 56)),
        "rows": chance.choice((9, 17, 19)),
        "T": chance.choice((230, 310, 370)),
    }


@part(NAME, "the parameters of the attention part", points=1)
def parameters(seed: int, sizes: Sizes, mine: dict) -> None:
    """c_attn and c_proj of one block, with biases."""
    C = sizes["n_head"] * sizes["hs"]
    forgotten = {
        "you left out the biases, one number for each output.": 4 * C**2,
        "c_attn makes queries, keys and values: three times C outputs.": 2 * C**2
        + 2 * C,
        "you left out c_proj, which mixes the heads.": 3 * C**2 + 3 * C,
        "you left out the biases of c_proj.": 4 * C**2 + 3 * C,
        "that is all blocks, and one is asked for.": sizes["n_layer"]
        * (4 * C**2 + 4 * C),
        "that is one head's, and C is n_head x hs.": 4 * sizes["hs"] ** 2
        + 4 * sizes["hs"],
    }
    expect_number(NAME, mine, "parameters", 4 * C**2 + 4 * C, forgotten)


def _bytes(sizes: Sizes, heads: int) -> int:
    """Keys and values of every layer, head, row and position, 4 bytes a number."""
    where = sizes["n_layer"] * sizes["rows"] * sizes["T"]
    return 2 * 4 * where * heads * sizes["hs"]


def _forgotten(sizes: Sizes, right: int) -> dict[str, float]:
    return {
        "half of it: keys and values are both kept, and a number takes 4 bytes.": right
        / 2,
        "you counted numbers, and each takes 4 bytes.": right / 4,
        "you counted the numbers of the keys alone, and bytes are asked for.": right
        / 8,
        "every layer keeps its own.": right / sizes["n_layer"],
        "every row of the batch keeps its own.": right / sizes["rows"],
        "queries are not kept: nobody asks for them again.": right * 3 / 2,
        "that is in bits.": right * 8,
        "that is in MB, and bytes are asked for.": right / 1e6,
        "that is in MiB, and bytes are asked for.": right / 2**20,
        "that is one position, and all T are kept.": right / sizes["T"],
        "the cache grows with T, not with its square.": right * sizes["T"],
    }


@part(NAME, "the bytes of a full cache", points=1)
def cache(seed: int, sizes: Sizes, mine: dict) -> None:
    """All heads have keys and values of their own."""
    right = _bytes(sizes, sizes["n_head"])
    forgotten = _forgotten(sizes, right)
    forgotten |= {
        "one head's are hs numbers, and there are n_head.": right / sizes["n_head"],
        "that is the number for `grouped`.": _bytes(sizes, sizes["kv_heads"]),
    }
    expect_number(NAME, mine, "cache", right, forgotten)


@part(NAME, "and with fewer heads for keys and values", points=1)
def grouped(seed: int, sizes: Sizes, mine: dict) -> None:
    """Several query heads share a head of keys and values."""
    right = _bytes(sizes, sizes["kv_heads"])
    share = sizes["n_head"] / sizes["kv_heads"]
    forgotten = {
        "that is the cache without groups.": right * share,
        "one head's are hs numbers, and there are kv_heads.": right / sizes["kv_heads"],
        "fewer heads make it smaller: you multiplied.": right * share**2,
        "kv_heads is how many there are, not how many share one.": _bytes(
            sizes, sizes["n_head"]
        )
        / sizes["kv_heads"],
    }
    expect_number(NAME, mine, "grouped", right, forgotten | _forgotten(sizes, right))
