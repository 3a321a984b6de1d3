"""Answers to the homework training-bill: what students count, right and wrong."""


def bill(sizes, flops=None, state=None, share=None):
    """The right numbers, or those that are given."""
    tokens = sizes["rows"] * sizes["T"] * sizes["accumulate"] * sizes["steps"]
    right = {
        "flops": 6 * sizes["parameters"] * tokens,
        "state": 8 * sizes["parameters"],
        "share": (sizes["step"] + 1) / (sizes["warmup"] + 1),
    }
    given = {"flops": flops, "state": state, "share": share}
    return right | {name: value for name, value in given.items() if value is not None}


def right(sizes):
    return bill(sizes)


def rounded(sizes):
    found = bill(sizes)
    return {
        "flops": float(f"{found['flops']:.3g}"),
        "state": float(found["state"]),
        "share": round(found["share"], 4),
    }


def tensor_by_tensor(sizes):
    N = sizes["parameters"]
    step = sizes["accumulate"] * sizes["rows"] * sizes["T"] * (2 * N + 4 * N)
    m, v = 4 * N, 4 * N
    ramp = [(i + 1) / (sizes["warmup"] + 1) for i in range(sizes["warmup"])]
    return {
        "share": ramp[sizes["step"]],
        "state": m + v,
        "flops": step * sizes["steps"],
    }


def forward_only(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / 3)


def backward_only(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] * 2 / 3)


def one_operation(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / 2)


def one_micro_batch(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / sizes["accumulate"])


def one_step(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / sizes["steps"])


def rows_for_tokens(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / sizes["T"])


def one_row(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / sizes["rows"])


def tokens_only(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / 6 / sizes["parameters"])


def one_flop(sizes):
    return bill(sizes, flops=bill(sizes)["flops"] / 6)


def warmup_on_top(sizes):
    steps = sizes["steps"]
    return bill(sizes, flops=bill(sizes)["flops"] * (steps + sizes["warmup"]) / steps)


def m_only(sizes):
    return bill(sizes, state=4 * sizes["parameters"])


def numbers_not_bytes(sizes):
    return bill(sizes, state=2 * sizes["parameters"])


def parameters_alone(sizes):
    return bill(sizes, state=sizes["parameters"])


def with_weights(sizes):
    return bill(sizes, state=12 * sizes["parameters"])


def all_of_it(sizes):
    return bill(sizes, state=16 * sizes["parameters"])


def in_megabytes(sizes):
    return bill(sizes, state=8 * sizes["parameters"] / 1e6)


def for_each_micro_batch(sizes):
    return bill(sizes, state=8 * sizes["parameters"] * sizes["accumulate"])


def begins_at_zero(sizes):
    return bill(sizes, share=sizes["step"] / sizes["warmup"])


def begins_at_zero_too(sizes):
    return bill(sizes, share=sizes["step"] / (sizes["warmup"] + 1))


def ends_too_early(sizes):
    return bill(sizes, share=(sizes["step"] + 1) / sizes["warmup"])


def per_cent(sizes):
    return bill(sizes, share=100 * bill(sizes)["share"])


def over_the_run(sizes):
    return bill(sizes, share=(sizes["step"] + 1) / sizes["steps"])


def the_peak(sizes):
    return bill(sizes, share=1)


def one_open(sizes):
    return {**bill(sizes), "share": None}


def a_text(sizes):
    return {**bill(sizes), "flops": "6 N D"}


ANSWERS = {
    "training-bill": {
        "right": [right, rounded, tensor_by_tensor],
        "wrong": {
            forward_only: "that is the forward pass",
            backward_only: "that is the backward pass alone",
            one_operation: "are two operations",
            one_micro_batch: "several micro-batches",
            one_step: "that is one step",
            rows_for_tokens: "a row has T tokens",
            one_row: "a micro-batch has several rows",
            tokens_only: "those are the tokens",
            one_flop: "that is tokens x parameters",
            warmup_on_top: "the warm-up is a part of the steps",
            m_only: "m and v are both kept",
            numbers_not_bytes: "you counted numbers",
            parameters_alone: "you counted parameters",
            with_weights: "weights or gradients are in it",
            all_of_it: "weights and gradients are in it",
            in_megabytes: "that is in MB",
            for_each_micro_batch: "kept once",
            begins_at_zero: "already; and it is step",
            begins_at_zero_too: "has some rate already.",
            ends_too_early: "not the one before it",
            per_cent: "that is in per cent",
            over_the_run: "not of the run",
            the_peak: "still lies in the warm-up",
            one_open: "`share` is still None",
            a_text: "must be a number",
        },
    }
}
