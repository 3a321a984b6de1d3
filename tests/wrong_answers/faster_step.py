"""Answers to lesson faster_step: right ones written differently, and wrong ones."""


def product(m, n, k):
    return 2 * m * n * k


def one_by_one(B, T, C):
    rows = B * T
    linear = product(rows, C, 3 * C) + product(rows, C, C) + 2 * product(rows, C, 4 * C)
    return linear + B * (product(T, C, T) + product(T, T, C))


def closed(B, T, C):
    return B * T * (24 * C**2 + 4 * T * C)


def multiplications(B, T, C):
    return closed(B, T, C) // 2


def with_backward(B, T, C):
    return 3 * closed(B, T, C)


def no_attention(B, T, C):
    return 24 * B * T * C**2


def scores_only(B, T, C):
    return B * T * (24 * C**2 + 2 * T * C)


def visible_keys(B, T, C):
    return B * (24 * T * C**2 + 4 * (T * (T + 1) // 2) * C)


def half_the_keys(B, T, C):
    return B * (24 * T * C**2 + 4 * (T * T / 2) * C)


def one_key(B, T, C):
    return B * T * (24 * C**2 + 4 * C)


def across_texts(B, T, C):
    return B * T * (24 * C**2 + 4 * B * T * C)


def one_vector(B, T, C):
    return B * T * (20 * C**2 + 4 * T * C)


def no_projection(B, T, C):
    return B * T * (22 * C**2 + 4 * T * C)


def half_an_mlp(B, T, C):
    return B * T * (16 * C**2 + 4 * T * C)


def one_text(B, T, C):
    return closed(1, T, C)


def a_token(B, T, C):
    return 24 * C**2 + 4 * T * C


def something_else(B, T, C):
    return B * T * C


def stops(B, T, C):
    return B * T * (24 * C.square() + 4 * T * C)


def text(B, T, C):
    return f"{closed(B, T, C)}"


def nothing(B, T, C):
    closed(B, T, C)


ANSWERS = {
    "block-flops": {
        "right": [one_by_one, closed],
        "wrong": {
            multiplications: "also added up",
            with_backward: "has backward in it",
            no_attention: "without weights are missing",
            scores_only: "one of attention's two",
            visible_keys: "the mask hides are computed too",
            half_the_keys: "half of the keys",
            one_key: "all T keys",
            across_texts: "B T T and not",
            one_vector: "C by 3 C",
            no_projection: "c_proj, C by C, is missing",
            half_an_mlp: "C by 4 C and back",
            one_text: "this is one text",
            a_token: "this is one token",
            something_else: "times what it must be",
            stops: "Your code stopped with AttributeError",
            text: "an object of type str",
            nothing: "needs a `return`",
        },
    }
}
