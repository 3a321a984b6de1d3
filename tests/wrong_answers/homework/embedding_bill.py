"""Answers to the homework embedding-bill: what students count, right and wrong."""


def bill(sizes, **given):
    """The right numbers, or those that are given."""
    V, block_size, C, B, T, large_B = sizes.values()
    right = {
        "parameters": V * C + block_size * C,
        "logits": B * T * V * 4,
        "touched": min(B * T, V) + T,
        "touched_large": min(large_B * T, V) + T,
    }
    return right | given


def right(sizes):
    return bill(sizes)


def as_floats(sizes):
    return {name: float(value) for name, value in bill(sizes).items()}


def row_by_row(sizes):
    rows = sizes["vocab_size"] + sizes["block_size"]
    tokens = sizes["B"] * sizes["T"]
    return {
        "touched_large": len({*range(sizes["vocab_size"])}) + sizes["T"],
        "touched": tokens + sizes["T"],
        "parameters": rows * sizes["n_embd"],
        "logits": sum(4 * sizes["vocab_size"] for _ in range(tokens)),
    }


def tokens_alone(sizes):
    return bill(sizes, parameters=sizes["vocab_size"] * sizes["n_embd"])


def T_places(sizes):
    return bill(sizes, parameters=(sizes["vocab_size"] + sizes["T"]) * sizes["n_embd"])


def with_biases(sizes):
    both = bill(sizes)["parameters"]
    return bill(sizes, parameters=both + 2 * sizes["n_embd"])


def places_for_each_row(sizes):
    rows = sizes["vocab_size"] + sizes["B"] * sizes["block_size"]
    return bill(sizes, parameters=rows * sizes["n_embd"])


def with_the_head(sizes):
    more = sizes["vocab_size"] * sizes["n_embd"]
    return bill(sizes, parameters=bill(sizes)["parameters"] + more)


def numbers_not_bytes(sizes):
    return bill(sizes, logits=bill(sizes)["logits"] // 4)


def vectors(sizes):
    return bill(sizes, logits=4 * sizes["B"] * sizes["T"] * sizes["n_embd"])


def last_place(sizes):
    return bill(sizes, logits=4 * sizes["B"] * sizes["vocab_size"])


def one_text(sizes):
    return bill(sizes, logits=4 * sizes["T"] * sizes["vocab_size"])


def as_int64(sizes):
    return bill(sizes, logits=2 * bill(sizes)["logits"])


def in_megabytes(sizes):
    return bill(sizes, logits=bill(sizes)["logits"] / 1e6)


def at_block_size(sizes):
    places = sizes["B"] * sizes["block_size"]
    return bill(sizes, logits=4 * places * sizes["vocab_size"])


def no_places(sizes):
    return bill(sizes, touched=bill(sizes)["touched"] - sizes["T"])


def all_places(sizes):
    most = bill(sizes)["touched"] - sizes["T"]
    return bill(sizes, touched=most + sizes["block_size"])


def every_row(sizes):
    return bill(sizes, touched=sizes["vocab_size"] + sizes["block_size"])


def places_of_each_text(sizes):
    most = bill(sizes)["touched"] - sizes["T"]
    return bill(sizes, touched=most + sizes["B"] * sizes["T"])


def the_larger(sizes):
    return bill(sizes, touched=sizes["vocab_size"] + sizes["T"])


def the_larger_of_many(sizes):
    return bill(sizes, touched_large=(sizes["large_B"] + 1) * sizes["T"])


def no_places_of_many(sizes):
    return bill(sizes, touched_large=sizes["vocab_size"])


def every_row_of_many(sizes):
    return bill(sizes, touched_large=sizes["vocab_size"] + sizes["block_size"])


def the_other_batch(sizes):
    return bill(sizes, touched_large=bill(sizes)["touched"])


def numbers_not_rows(sizes):
    return bill(sizes, touched=bill(sizes)["touched"] * sizes["n_embd"])


def one_open(sizes):
    return bill(sizes, touched=None)


def a_text(sizes):
    return bill(sizes, logits="4 B T V")


ANSWERS = {
    "embedding-bill": {
        "right": [right, as_floats, row_by_row],
        "wrong": {
            tokens_alone: "the places have a table too",
            T_places: "the table has block_size of them",
            with_biases: "has no bias",
            places_for_each_row: "is shared by all rows",
            with_the_head: "counted twice",
            numbers_not_bytes: "each takes 4 bytes",
            vectors: "those are the vectors",
            last_place: "training asks at all T",
            one_text: "that is one row of the batch",
            as_int64: "you counted 8",
            in_megabytes: "that is in MB",
            at_block_size: "and not block_size",
            no_places: "has rows that learn too",
            all_places: "in no row of this batch",
            every_row: "in no row of this batch",
            places_of_each_text: "use the same T places",
            the_larger: "than it has tokens",
            the_larger_of_many: "`touched_large`: a batch cannot touch more rows",
            no_places_of_many: "`touched_large`: those are the rows of the token",
            every_row_of_many: "in no row of this batch",
            the_other_batch: "the other of the two",
            numbers_not_rows: "rows are asked for",
            one_open: "`touched` is still None",
            a_text: "must be a number",
        },
    }
}
