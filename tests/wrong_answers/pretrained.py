"""Answers to lesson pretrained: right ones written differently, and the wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import json

import numpy as np
import torch

DTYPES = {"F32": torch.float32, "F16": torch.float16, "I64": torch.int64}
NUMPY = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


def opened(raw):
    n = int.from_bytes(raw[:8], "little")
    return n, json.loads(raw[8 : 8 + n])


def flat(piece, entry):
    return torch.frombuffer(bytearray(piece), dtype=DTYPES[entry["dtype"]])


def by_slices(raw, name):
    n, header = opened(raw)
    start, end = header[name]["data_offsets"]
    body = raw[8 + n :]
    return flat(body[start:end], header[name]).view(header[name]["shape"])


def by_numpy(raw, name):
    n, header = opened(raw)
    entry = header[name]
    start, end = entry["data_offsets"]
    piece = np.frombuffer(raw[8 + n + start : 8 + n + end], NUMPY[entry["dtype"]])
    return torch.tensor(piece).reshape(entry["shape"])


def by_count(raw, name):
    n, header = opened(raw)
    entry = header[name]
    dtype = DTYPES[entry["dtype"]]
    start, end = entry["data_offsets"]
    count = (end - start) // dtype.itemsize
    whole = bytearray(raw[8 + n + start :])
    return torch.frombuffer(whole, dtype=dtype, count=count).view(entry["shape"])


def from_the_files_start(raw, name):
    entry = opened(raw)[1][name]
    start, end = entry["data_offsets"]
    return flat(raw[start:end], entry).view(entry["shape"])


def from_the_headers_start(raw, name):
    entry = opened(raw)[1][name]
    start, end = entry["data_offsets"]
    return flat(raw[8 + start : 8 + end], entry).view(entry["shape"])


def eight_forgotten(raw, name):
    n, header = opened(raw)
    start, end = header[name]["data_offsets"]
    return flat(raw[n + start : n + end], header[name]).view(header[name]["shape"])


def always_the_first(raw, name):
    n, header = opened(raw)
    start, end = header[name]["data_offsets"]
    piece = raw[8 + n : 8 + n + end - start]
    return flat(piece, header[name]).view(header[name]["shape"])


def always_float32(raw, name):
    n, header = opened(raw)
    start, end = header[name]["data_offsets"]
    piece = bytearray(raw[8 + n + start : 8 + n + end])
    return torch.frombuffer(piece, dtype=torch.float32).view(header[name]["shape"])


def made_float(raw, name):
    return by_slices(raw, name).float()


def no_shape(raw, name):
    return by_slices(raw, name).flatten()


def turned(raw, name):
    it = by_slices(raw, name)
    return it.reshape(it.shape[::-1])


def column_by_column(raw, name):
    it = by_slices(raw, name)
    return it.reshape(it.shape[::-1]).permute(*range(it.dim())[::-1])


def no_end(raw, name):
    n, header = opened(raw)
    start, _ = header[name]["data_offsets"]
    return flat(raw[8 + n + start :], header[name]).view(header[name]["shape"])


def big_end_first(raw, name):
    n = int.from_bytes(raw[:8], "big")
    entry = json.loads(raw[8 : 8 + n])[name]
    return entry


def nothing(*_):
    pass


READ = {
    "right": [by_slices, by_numpy, by_count],
    "wrong": {
        from_the_files_start: "yours from the file's first byte",
        from_the_headers_start: "yours from the header's first byte",
        eight_forgotten: "the numbers begin at 8 + n",
        always_the_first: "add its own first offset",
        always_float32: "read them as its own type",
        made_float: "The type must be",
        no_shape: "stand in one row",
        turned: "must have the shape",
        column_by_column: "you read column after column",
        no_end: "no more, and read them",
        big_end_first: "lowest byte first",
        nothing: "needs a `return`",
    },
}

CONV = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight")
CONV += ("mlp.c_proj.weight",)
MASKS = (".attn.bias", ".attn.masked_bias")


def renamed(theirs, masks=MASKS):
    no_head = {k: p for k, p in theirs.items() if k != "lm_head.weight"}
    left = {k: p for k, p in no_head.items() if not k.endswith(masks)}
    return {f"transformer.{k.removeprefix('transformer.')}": p for k, p in left.items()}


def tied(ours):
    return ours | {"lm_head.weight": ours["transformer.wte.weight"]}


def turn(ours, which=lambda name, tensor: name.endswith(CONV)):
    return {name: p.T if which(name, p) else p for name, p in ours.items()}


def in_steps(theirs):
    return tied(turn(renamed(theirs)))


def by_modules(theirs):
    parts = {"c_attn", "c_proj", "c_fc"}
    conv = lambda name, p: p.dim() == 2 and name.split(".")[-2] in parts
    return tied(turn(renamed(theirs), conv))


def copied(theirs):
    return tied({name: p.clone() for name, p in turn(renamed(theirs)).items()})


def each_copied(theirs):
    return {name: p.clone() for name, p in in_steps(theirs).items()}


def head_copied(theirs):
    ours = in_steps(theirs)
    ours["lm_head.weight"] = ours["transformer.wte.weight"].clone()
    return ours


def the_files_head(theirs):
    ours = in_steps(theirs)
    return ours | {k: p for k, p in theirs.items() if k == "lm_head.weight"}


def head_in_the_body(theirs):
    found = {f"transformer.{k}": p for k, p in theirs.items() if k == "lm_head.weight"}
    return in_steps(theirs) | found


def always_put_in_front(theirs):
    left = {k: p for k, p in theirs.items() if not k.endswith(MASKS)}
    return tied(turn({f"transformer.{name}": p for name, p in left.items()}))


def never_put_in_front(theirs):
    return tied(turn({k: p for k, p in theirs.items() if not k.endswith(MASKS)}))


def looked_up_bare(theirs):
    return renamed(theirs) | {"lm_head.weight": theirs["wte.weight"]}


def not_turned(theirs):
    return tied(renamed(theirs))


def by_shape(theirs):
    C = renamed(theirs)["transformer.wte.weight"].shape[1]
    wrong = lambda name, p: name.endswith(CONV) and p.shape != (C, C)
    return tied(turn(renamed(theirs), wrong))


def all_tables(theirs):
    return tied(turn(renamed(theirs), lambda name, p: p.dim() == 2))


def reshaped(theirs):
    return {
        name: p.reshape(tuple(p.shape)[::-1]) if name.endswith(CONV) else p
        for name, p in tied(renamed(theirs)).items()
    }


def masks_kept(theirs):
    return tied(turn(renamed(theirs, masks=("nothing",))))


def no_dot(theirs):
    return tied(turn(renamed(theirs, masks=("attn.bias", "attn.masked_bias"))))


def first_word_always(theirs):
    left = {k: p for k, p in theirs.items() if not k.endswith(MASKS)}
    ours = turn({f"transformer.{name}": p for name, p in left.items()})
    return ours | {"lm_head.weight": next(iter(ours.values()))}


def first_word_never(theirs):
    ours = turn({k: p for k, p in theirs.items() if not k.endswith(MASKS)})
    (wte,) = (p for name, p in ours.items() if name.endswith("wte.weight"))
    return ours | {"lm_head.weight": wte}


def no_head(theirs):
    return turn(renamed(theirs))


def head_of_its_own(theirs):
    ours = turn(renamed(theirs))
    wte = ours["transformer.wte.weight"]
    return ours | {"lm_head.weight": torch.zeros_like(wte)}


def writes_into_theirs(theirs):
    for name in list(theirs):
        if name.endswith(CONV):
            theirs[name] = theirs[name].T
    return tied(renamed(theirs))


def a_list(theirs):
    return list(in_steps(theirs).items())


OURS = {
    "right": [in_steps, by_modules, copied],
    "wrong": {
        not_turned: "transpose it",
        by_shape: "It is square and fits both ways",
        all_tables: "belongs to no Conv1D",
        reshaped: "reshape and view keep their order",
        masks_kept: "is a mask and no weight",
        no_dot: "without a dot in front",
        first_word_always: "has its first word twice",
        first_word_never: "lacks its first word",
        each_copied: "one tensor under two names",
        head_copied: "one tensor under two names",
        the_files_head: "one tensor under two names",
        head_in_the_body: "that stands beside the body",
        always_put_in_front: "the word stands there twice",
        never_put_in_front: "the word must be put in front",
        looked_up_bare: "begins with `transformer.` already",
        no_head: "a file holds the tied matrix once",
        head_of_its_own: "it is the same matrix",
        writes_into_theirs: "It changed the dict",
        a_list: "A dict is expected",
        nothing: "needs a `return`",
    },
}

ANSWERS = {"read-tensor": READ, "to-ours": OURS}
