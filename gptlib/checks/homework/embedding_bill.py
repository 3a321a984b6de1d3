"""Checks of the homework embedding-bill: what tables and logits cost, before the run.

V tokens in the vocabulary, B rows of T tokens, C numbers a vector.
"""

from random import Random

from gptlib.checks.own import Sizes, sizes_of
from gptlib.checks.predictions import expect_number
from gptlib.checks.verdict import part

NAME = "embedding-bill"


@sizes_of(NAME)
def draw(chance: Random) -> Sizes:
    """No two factors alike, so that no two mistakes give the same number.

    B rows have fewer tokens than the vocabulary, and large_B rows have more.
    """
    return {
        "vocab_size": chance.choice((2003, 4001, 6007)),
        "block_size": chance.choice((170, 230, 290)),
        "n_embd": chance.choice((52, 76, 116)),
        "B": chance.choice((7, 9, 11)),
        "T": chance.choice((106, 134, 158)),
        "large_B": chance.choice((67, 83, 95)),
    }


@part(NAME, "the parameters of both tables", points=1)
def parameters(seed: int, sizes: Sizes, mine: dict) -> None:
    """A row of C numbers for each token, and one for each place there is."""
    V, block_size, C = (sizes[it] for it in ("vocab_size", "block_size", "n_embd"))
    B, T = sizes["B"], sizes["T"]
    forgotten = {
        "that is the token table alone: the places have a table too.": V * C,
        "that is the table of places alone.": block_size * C,
        "you took T rows for the places: the table has block_size of them, however "
        "long this batch is.": (V + T) * C,
        "you multiplied the two tables, and parameters add up.": V * C * block_size * C,
        "an embedding has no bias: only its table.": (V + block_size) * C + 2 * C,
        "those are rows, and each has n_embd numbers.": V + block_size,
        "a row of places is shared by all rows of the batch.": (V + B * block_size) * C,
        "that is a vector for each token of the batch: the tables are the same for "
        "every batch.": B * T * C,
        "the token table is counted twice: here no lm_head is asked for.": 2 * V * C
        + block_size * C,
        "those are bytes, and parameters are asked for.": 4 * (V + block_size) * C,
    }
    expect_number(NAME, mine, "parameters", (V + block_size) * C, forgotten)


@part(NAME, "the bytes of the logits", points=1)
def logits(seed: int, sizes: Sizes, mine: dict) -> None:
    """A float32 for each token of the vocabulary, at each place of each row."""
    V, C, B, T = (sizes[it] for it in ("vocab_size", "n_embd", "B", "T"))
    right = 4 * B * T * V
    forgotten = {
        "you counted numbers, and each takes 4 bytes.": right / 4,
        "those are the vectors, (B, T, C): the logits have a number for each token of "
        "the vocabulary.": 4 * B * T * C,
        "those are the numbers of the vectors, (B, T, C).": B * T * C,
        "that is one row of the batch, and there are B.": right / B,
        "that is one place of each row, and training asks at all T.": right / T,
        "a float32 takes 4 bytes; you counted 8, as for the ids.": right * 2,
        "a float32 takes 4 bytes; you counted 2.": right / 2,
        "that is in bits.": right * 8,
        "that is in MB, and bytes are asked for.": right / 1e6,
        "that is in MiB, and bytes are asked for.": right / 2**20,
        "this batch has T places a row, and not block_size.": right
        / T
        * sizes["block_size"],
        "the vectors are used up by then: C is no axis of the logits.": right * C,
        "those are the ids of the batch.": 8 * B * T,
    }
    expect_number(NAME, mine, "logits", right, forgotten)


@part(NAME, "how many rows can learn, from a batch and from a large one", points=1)
def touched(seed: int, sizes: Sizes, mine: dict) -> None:
    """At most as many as there are tokens in the batch, or in the vocabulary."""
    for name, B in (("touched", "B"), ("touched_large", "large_B")):
        most = min(sizes["vocab_size"], sizes[B] * sizes["T"])
        right = most + sizes["T"]
        expect_number(NAME, mine, name, right, _forgotten(sizes, sizes[B], most))


def _forgotten(sizes: Sizes, B: int, most: int) -> dict[str, float]:
    """`most` is how many rows of the token table a batch of B rows can touch."""
    V, T, C = (sizes[it] for it in ("vocab_size", "T", "n_embd"))
    block_size = sizes["block_size"]
    (other,) = {sizes["B"], sizes["large_B"]} - {B}
    if B * T < V:
        words = "a batch cannot touch more rows of tokens than it has tokens, B x T."
    else:
        words = "a batch cannot touch more rows of tokens than the table has."
    return {
        words: max(V, B * T) + T,
        "those are the rows of the token table: the table of places has rows that "
        "learn too.": most,
        "that is every token of the batch and no place: count again what each table "
        "can give.": B * T,
        "places from T on are in no row of this batch, and get nothing.": most
        + block_size,
        "that is every row there is, and many of them are in no row of this batch.": V
        + block_size,
        "all rows of a batch use the same T places.": most + B * T,
        "those are numbers, and rows are asked for.": (most + T) * C,
        "those are the rows for one text of the batch: it has more.": 2 * T,
        "those are the places alone.": T,
        "that is the answer for the other of the two batches.": min(V, other * T) + T,
    }
