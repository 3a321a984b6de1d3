"""Answers to the homework cache-bill: what students count, right and wrong."""


def bill(sizes, parameters=None, cache=None, grouped=None):
    """The right numbers, or those that are given."""
    C = sizes["n_head"] * sizes["hs"]
    kept = 2 * sizes["n_layer"] * sizes["rows"] * sizes["T"] * 4  # bytes a number wide
    right = {
        "parameters": 4 * C * C + 4 * C,
        "cache": kept * C,
        "grouped": kept * sizes["kv_heads"] * sizes["hs"],
    }
    given = {"parameters": parameters, "cache": cache, "grouped": grouped}
    return right | {name: value for name, value in given.items() if value is not None}


def right(sizes):
    return bill(sizes)


def as_floats(sizes):
    return {name: float(value) for name, value in bill(sizes).items()}


def by_tensor(sizes):
    C = sizes["n_head"] * sizes["hs"]
    numbers = sizes["n_layer"] * sizes["rows"] * sizes["T"] * sizes["hs"]
    return {
        "grouped": numbers * sizes["kv_heads"] * 2 * 4,
        "cache": numbers * sizes["n_head"] * 2 * 4,
        "parameters": (C * 3 * C + 3 * C) + (C * C + C),
    }


def no_biases(sizes):
    return bill(sizes, parameters=4 * (sizes["n_head"] * sizes["hs"]) ** 2)


def no_projection(sizes):
    C = sizes["n_head"] * sizes["hs"]
    return bill(sizes, parameters=3 * C * C + 3 * C)


def all_blocks(sizes):
    return bill(sizes, parameters=bill(sizes)["parameters"] * sizes["n_layer"])


def one_head(sizes):
    hs = sizes["hs"]
    return bill(sizes, parameters=4 * hs * hs + 4 * hs)


def keys_only(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] // 2)


def numbers_not_bytes(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] // 4)


def one_layer(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] // sizes["n_layer"])


def one_row(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] // sizes["rows"])


def queries_too(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] * 3 // 2)


def in_megabytes(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] / 1e6)


def not_grouped(sizes):
    return bill(sizes, grouped=bill(sizes)["cache"])


def multiplied(sizes):
    share = sizes["n_head"] // sizes["kv_heads"]
    return bill(sizes, grouped=bill(sizes)["cache"] * share)


def divided_by_heads(sizes):
    return bill(sizes, grouped=bill(sizes)["cache"] / sizes["kv_heads"])


def in_mebibytes(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] / 2**20)


def exchanged(sizes):
    right = bill(sizes)
    return bill(sizes, cache=right["grouped"], grouped=right["cache"])


def one_shared_head(sizes):
    return bill(sizes, grouped=bill(sizes)["grouped"] // sizes["kv_heads"])


def one_open(sizes):
    return {**bill(sizes), "grouped": None}


def a_text(sizes):
    return {**bill(sizes), "cache": "a lot"}


def not_a_number(sizes):
    return bill(sizes, parameters=float("nan"))


def too_large_for_a_float(sizes):
    return bill(sizes, cache=10**400)


def names_gone(sizes):
    return {}


def one_too_many(sizes):
    return bill(sizes, cache=bill(sizes)["cache"] + 1)


ANSWERS = {
    "cache-bill": {
        "right": [right, as_floats, by_tensor],
        "wrong": {
            no_biases: "you left out the biases, one number",
            no_projection: "you left out c_proj",
            all_blocks: "that is all blocks",
            one_head: "that is one head's",
            keys_only: "keys and values are both kept",
            numbers_not_bytes: "each takes 4 bytes",
            one_layer: "every layer keeps its own",
            one_row: "every row of the batch",
            queries_too: "queries are not kept",
            in_megabytes: "that is in MB",
            in_mebibytes: "that is in MiB",
            exchanged: "the number for `grouped`",
            one_shared_head: "there are kv_heads",
            not_grouped: "the cache without groups",
            multiplied: "you multiplied",
            divided_by_heads: "not how many share one",
            one_open: "`grouped` is still None",
            a_text: "must be a number",
            not_a_number: "must be a number, and yours is nan",
            too_large_for_a_float: "must be a number",
            names_gone: "Its names are gone",
            one_too_many: "is too large",
        },
    }
}
