"""Answers to the homework mlp-bill: what students count, right and wrong."""


def bill(sizes, **given):
    """The right numbers, or those that are given."""
    C, hidden, B, T = (sizes[name] for name in ("n_embd", "hidden", "B", "T"))
    right = {
        "parameters": C * hidden + hidden + hidden * C + C,
        "flops": B * T * 2 * (C * hidden + hidden * C),
        "kept": B * T * hidden * 2 * 4,
    }
    return right | given


def right(sizes):
    return bill(sizes)


def as_floats(sizes):
    return {name: float(value) for name, value in bill(sizes).items()}


def by_layer(sizes):
    C, hidden = sizes["n_embd"], sizes["hidden"]
    tokens = sizes["B"] * sizes["T"]
    return {
        "kept": sum(4 * tokens * hidden for _ in ("before the bend", "after it")),
        "flops": sum(2 * tokens * m * n for m, n in ((C, hidden), (hidden, C))),
        "parameters": sum((m + 1) * n for m, n in ((C, hidden), (hidden, C))),
    }


def no_biases(sizes):
    return bill(sizes, parameters=2 * sizes["n_embd"] * sizes["hidden"])


def wide_biases_only(sizes):
    C, hidden = sizes["n_embd"], sizes["hidden"]
    return bill(sizes, parameters=2 * C * hidden + hidden)


def same_biases_twice(sizes):
    C, hidden = sizes["n_embd"], sizes["hidden"]
    return bill(sizes, parameters=2 * C * hidden + 2 * hidden)


def one_layer(sizes):
    C, hidden = sizes["n_embd"], sizes["hidden"]
    return bill(sizes, parameters=C * hidden + hidden)


def gpt2s_width(sizes):
    C = sizes["n_embd"]
    return bill(sizes, parameters=8 * C * C + 5 * C)


def with_a_gate(sizes):
    C, hidden = sizes["n_embd"], sizes["hidden"]
    return bill(sizes, parameters=3 * C * hidden + 2 * hidden + C)


def no_additions(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] // 2)


def one_product_no_additions(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] // 4)


def one_text(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] // sizes["B"])


def one_token(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] // (sizes["B"] * sizes["T"]))


def training(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] * 3)


def two_a_parameter(sizes):
    tokens = sizes["B"] * sizes["T"]
    return bill(sizes, flops=2 * bill(sizes)["parameters"] * tokens)


def gpt2s_flops(sizes):
    tokens = sizes["B"] * sizes["T"]
    return bill(sizes, flops=16 * tokens * sizes["n_embd"] ** 2)


def one_tensor(sizes):
    return bill(sizes, kept=bill(sizes)["kept"] // 2)


def numbers_not_bytes(sizes):
    return bill(sizes, kept=bill(sizes)["kept"] // 4)


def numbers_of_one(sizes):
    return bill(sizes, kept=bill(sizes)["kept"] // 8)


def x_too(sizes):
    x = 4 * sizes["B"] * sizes["T"] * sizes["n_embd"]
    return bill(sizes, kept=bill(sizes)["kept"] + x)


def narrow(sizes):
    return bill(sizes, kept=2 * 4 * sizes["B"] * sizes["T"] * sizes["n_embd"])


def three(sizes):
    return bill(sizes, kept=bill(sizes)["kept"] * 3 // 2)


def weights_kept_too(sizes):
    weights = 2 * sizes["n_embd"] * sizes["hidden"]
    return bill(sizes, kept=bill(sizes)["kept"] + 4 * weights)


def parameters_kept_too(sizes):
    return bill(sizes, kept=bill(sizes)["kept"] + 4 * bill(sizes)["parameters"])


def with_biases(sizes):
    biases = sizes["n_embd"] + sizes["hidden"]
    tokens = sizes["B"] * sizes["T"]
    return bill(sizes, flops=bill(sizes)["flops"] + tokens * biases)


def in_megabytes(sizes):
    return bill(sizes, kept=bill(sizes)["kept"] / 1e6)


def one_open(sizes):
    return {**bill(sizes), "flops": None}


def a_text(sizes):
    return {**bill(sizes), "kept": "a lot"}


ANSWERS = {
    "mlp-bill": {
        "right": [right, as_floats, by_layer],
        "wrong": {
            no_biases: "you left out the biases, one number",
            wide_biases_only: "you left out the biases of c_proj",
            same_biases_twice: "both layers have `hidden` biases",
            one_layer: "that is c_fc alone",
            gpt2s_width: "`parameters`: you took 4 n_embd for the width",
            with_a_gate: "three matrices",
            no_additions: "half of it: there are two products",
            one_product_no_additions: "a quarter of it",
            one_text: "that is one text's",
            one_token: "that is one token's",
            training: "only forward is asked for",
            two_a_parameter: "biases only add",
            gpt2s_flops: "`flops`: you took 4 n_embd for the width",
            one_tensor: "half of it: ask of each",
            numbers_not_bytes: "you counted numbers, and each",
            numbers_of_one: "the numbers of one tensor",
            x_too: "x, which c_fc keeps, is narrow",
            narrow: "these are narrow tensors",
            three: "three are too many",
            weights_kept_too: "weights are no tensors of tokens",
            parameters_kept_too: "weights and biases are no tensors",
            with_biases: "each bias is one addition",
            in_megabytes: "that is in MB",
            one_open: "`flops` is still None",
            a_text: "must be a number",
        },
    }
}
