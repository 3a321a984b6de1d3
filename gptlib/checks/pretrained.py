"""Checks of lesson pretrained: a tensor out of a file's bytes, and a file's names.

V tokens, T positions, C channels, as in a GPT; n bytes of header in a file.
"""

from collections.abc import Callable
from itertools import accumulate, pairwise
from json import dumps

import torch
from torch import Tensor, nn

from gptlib.checks.calls import advised, call, run, when
from gptlib.checks.expect import close
from gptlib.checks.pretrained_mistakes import as_bytes, cause, why, why_named
from gptlib.checks.verdict import Wrong, part
from gptlib.config import GPTConfig
from gptlib.model import GPT
from gptlib.pretrained import state_to_hf

LETTERS = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}
State = dict[str, Tensor]
NO_WTE = r"KeyError: '(transformer\.)?wte\.weight'"


def _tensors(seed: int) -> State:
    """Some tensors of several types; no two axes of one are alike."""
    rows, columns = [(2, 3), (4, 3), (3, 5)][seed]
    return {
        "whole": torch.randint(100, (rows,)),
        "W": torch.randn(rows, columns),
        "half": torch.randn(columns, rows).half(),
        "one": torch.randn(()),
        "deep": torch.randn(rows, columns, rows + 1),
    }


def _file(tensors: State) -> tuple[bytes, dict[str, dict]]:
    """The bytes of a safetensors file, its header in another order than its numbers."""
    parts = [as_bytes(it) for it in tensors.values()]
    ends = accumulate(map(len, parts), initial=0)
    entries = {
        name: {
            "dtype": LETTERS[it.dtype],
            "shape": list(it.shape),
            "data_offsets": list(places),
        }
        for (name, it), places in zip(tensors.items(), pairwise(ends), strict=True)
    }
    header = {"__metadata__": {"format": "pt"}} | dict(reversed(entries.items()))
    head = dumps(header).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head + b"".join(parts), header


@part("read-tensor", "type, shape and numbers, wherever the tensor lies in the file")
def read(seed: int, mine: Callable[[bytes, str], Tensor]) -> None:
    """A file's bytes and a name to the tensor, for several types and shapes."""
    tensors = _tensors(seed)
    raw, header = _file(tensors)
    for name in ("W", "whole", "one", "half", "deep"):
        right, entry = tensors[name], header[name]
        said = f"For {entry['dtype']} of shape {entry['shape']}"
        with when(said):
            out = _called(mine, raw, name)
            if out.dtype != right.dtype:
                raise Wrong(
                    f"The type must be {right.dtype}, and yours is {out.dtype}."
                )
            _expect_axes(out, right)
            if not torch.equal(out, right):
                raise Wrong(cause(out, right, raw, entry))


def _called(mine: Callable[[bytes, str], Tensor], raw: bytes, name: str) -> Tensor:
    try:
        return call(mine, raw, name)
    except Wrong as fault:
        said = str(fault)
    if "JSONDecodeError" in said or "UnicodeDecodeError" in said:
        said += "\nThe header is the n bytes from byte 8 on, and n has its lowest byte "
        said += "first."
    elif "is invalid for input of size" in said or "buffer length" in said:
        said += "\nTake the bytes from its first one up to the one after its last, no "
        said += "more, and read them as its own type."
    raise Wrong(said)


def _expect_axes(out: Tensor, right: Tensor) -> None:
    if out.shape == right.shape:
        return
    shapes = f"{tuple(right.shape)}, and yours has {tuple(out.shape)}"
    words = f"The result must have the shape {shapes}."
    if out.dim() == 1 and right.dim() != 1 and out.numel() == right.numel():
        words = f"The numbers stand in one row: view them in the shape {shapes}."
    raise Wrong(words)


def _model(seed: int) -> GPT:
    """A GPT whose axes all have sizes of their own, and whose weights are random."""
    V, T, nh, hs = [(11, 7, 2, 3), (13, 9, 3, 5), (17, 5, 2, 4)][seed]
    model = GPT(GPTConfig(V, T, n_layer=2, n_head=nh, n_embd=nh * hs))
    for weights in model.parameters():
        nn.init.normal_(weights)
    return model


@part("to-ours", "today's file: the names, four matrices turned, the head tied")
def today(seed: int, mine: Callable[[State], State]) -> None:
    """The tensors as transformers writes them now to the state dict of our GPT."""
    model = _model(seed)
    with advised(
        NO_WTE,
        "In this file each name begins with `transformer.` already. Put in front once "
        "more, the word stands there twice; taken away and not put back, it lacks.",
    ):
        _expect_state(mine, state_to_hf(model), model.state_dict())


@part("to-ours", "a file that holds the head under a name of its own")
def headed(seed: int, mine: Callable[[State], State]) -> None:
    """The same out of a file with `lm_head.weight`, equal to `wte.weight`."""
    model = _model(seed)
    theirs = state_to_hf(model)
    theirs |= {"lm_head.weight": theirs["transformer.wte.weight"].clone()}
    with when("For a file that holds lm_head.weight too"):
        _expect_state(mine, theirs, model.state_dict())


@part(
    "to-ours", "an old file: no first word in its names, and masks, which are left out"
)
def old(seed: int, mine: Callable[[State], State]) -> None:
    """The same out of a file of a bare body, with two buffers in each block."""
    model = _model(seed)
    theirs = {k.removeprefix("transformer."): p for k, p in state_to_hf(model).items()}
    size = model.config.block_size
    for layer in range(model.config.n_layer):
        theirs[f"h.{layer}.attn.bias"] = torch.ones(1, 1, size, size).tril()
        theirs[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    with (
        when("For a file of the old kind"),
        advised(
            NO_WTE,
            "In this file no name begins with `transformer.`: the word must be put in "
            "front.",
        ),
    ):
        _expect_state(mine, theirs, model.state_dict())


def _expect_state(mine: Callable[[State], State], theirs: State, right: State) -> None:
    given = {name: tensor.clone() for name, tensor in theirs.items()}
    out = run(mine, given)
    if not isinstance(out, dict):
        raise Wrong(f"A dict is expected, and it returned a {type(out).__name__}.")
    same = given.keys() == theirs.keys() and all(
        given[name].shape == p.shape and torch.equal(given[name], p)
        for name, p in theirs.items()
    )
    if not same:
        raise Wrong("It changed the dict that it was given: fill a new one.")
    _expect_names(out, right)
    for name, tensor in right.items():
        if not isinstance(out[name], Tensor):
            raise Wrong(f"{name} is a {type(out[name]).__name__}, and no tensor.")
        if not (out[name].shape == tensor.shape and close(out[name], tensor)):
            raise Wrong(f"{name} {why(name, out[name], tensor)}")

    head, wte = out["lm_head.weight"], out["transformer.wte.weight"]
    if head.data_ptr() != wte.data_ptr():
        raise Wrong(
            "lm_head.weight has the numbers of transformer.wte.weight and is another "
            "tensor: the two are tied, one tensor under two names."
        )


def _expect_names(out: State, right: State) -> None:
    unknown = [name for name in out if name not in right]
    missing = [name for name in right if name not in out]
    for name in [*unknown, *missing]:
        if words := why_named(str(name), name in unknown):
            raise Wrong(f"{name} {words}")
    if missing or unknown:
        raise Wrong(f"missing: {missing[:3]}, unknown: {unknown[:3]}.")
