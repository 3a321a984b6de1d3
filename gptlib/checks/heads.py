"""Checks of lesson heads: several heads, and the class.

B batch, T time (positions), C = nh * hs channels, nh heads, hs numbers a head.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.attention import attention_weights
from gptlib.checks.expect import (
    Mistakes,
    call,
    close,
    expect_gradients,
    expect_shape,
    expect_values,
)
from gptlib.checks.verdict import Wrong, part

Function = Callable[..., Tensor]

NO_TRANSPOSE = (
    "Right for one head, wrong for two: the view. Asking view (or reshape) for the "
    "final shape at once mixes positions: first cut the last axis in two, then bring "
    "the heads to the front."
)
RESHAPED = (
    "c_attn's output was taken apart with a view or reshape, which mixes positions: "
    "split its last axis into the C numbers of q, those of k and those of v."
)
CUT_TOO_EARLY = (
    "c_attn's output was cut into heads before it was taken apart: the first third of "
    "its last axis is q, the second k, the third v. Split first, then cut each."
)


def _sizes(seed: int) -> tuple[int, int, int, int]:
    """B, T, nh and hs: each of another size, so that no axis passes for another."""
    return 2, 5 + seed, 3, 4


@part("cut-heads", "head i has the columns from i * hs on, of every position")
def cut(seed: int, mine: Function) -> None:
    """(B, T, C) and nh to (B, nh, T, hs)."""
    B, T, heads, hs = _sizes(seed)
    for nh in (1, heads):
        C = nh * hs
        x = torch.randn(B, T, C)
        out = call(mine, x, nh)
        if tuple(out.shape) == (B, T, nh, hs):
            raise Wrong(
                f"The last axis is cut, (B, T, nh, hs) = {tuple(out.shape)}, and the "
                "heads are not yet in front of the positions: (B, nh, T, hs)."
            )
        expect_shape(out, (B, nh, T, hs), f"x of {(B, T, C)} and nh = {nh}")
        mistakes = [
            (x.reshape(B, nh, T, hs), NO_TRANSPOSE),
            (
                x.reshape(B, T, hs, nh).permute(0, 3, 1, 2),
                "Each head takes every nh-th column instead of hs neighbours: the "
                "last axis is cut into (nh, hs), in this order.",
            ),
            (
                x.transpose(1, 2).reshape(B, nh, T, hs),
                "The positions and the columns changed places before the cut: cut "
                "the last axis first, then transpose.",
            ),
        ]
        right = torch.stack(x.split(hs, dim=-1), dim=1)
        expect_values(out, right, mistakes)


@part("join-heads", "head i comes back to the columns from i * hs on")
def join(seed: int, mine: Function) -> None:
    """(B, nh, T, hs) to (B, T, C)."""
    B, T, heads, hs = _sizes(seed)
    for nh in (1, heads):
        y = torch.randn(B, nh, T, hs)
        out = call(mine, y)
        expect_shape(out, (B, T, nh * hs), f"y of {(B, nh, T, hs)}")
        mistakes = [
            (
                y.reshape(B, T, nh * hs),
                "Right for one head, wrong for two: the numbers were read in the "
                "order in which they lie, head after head. Bring the positions to "
                "the front first.",
            ),
            (
                y.permute(0, 2, 3, 1).reshape(B, T, nh * hs),
                "The heads are shuffled into one another: each must keep its hs "
                "numbers side by side.",
            ),
        ]
        expect_values(out, torch.cat(y.unbind(dim=1), dim=-1), mistakes)


def _parts(seed: int, cls: type, p: float = 0.0) -> tuple[nn.Module, Tensor, int]:
    """A module of the learner's class with weights that hide nothing, and an input."""
    B, T, nh, hs = _sizes(seed)
    try:
        module = cls(nh * hs, nh, p)
    except Exception as error:
        raise Wrong(f"It cannot be made: {type(error).__name__}: {error}") from None
    for weights in module.parameters():
        nn.init.normal_(weights, std=0.5)
    return module, torch.randn(B, T, nh * hs), nh


def _forward(
    module: nn.Module, x: Tensor, nh: int, order: str = "qkv", scale: float = 1.0
) -> Tensor:
    """The right answer, head by head; or a wrong one, by order of q, k, v or scale."""
    found = dict(zip(order, module.c_attn(x).chunk(3, dim=-1), strict=True))
    q, k, v = (found[name].chunk(nh, dim=-1) for name in "qkv")
    heads = [
        attention_weights(a * scale, b) @ c for a, b, c in zip(q, k, v, strict=True)
    ]
    return module.c_proj(torch.cat(heads, dim=-1))


@part("attention-forward", "head by head the same, for one and for three heads")
def forward(seed: int, cls: type) -> None:
    """A class with `__init__(C, nh, p)` and `forward(x)`, (B, T, C) to (B, T, C)."""
    module, x, nh = _parts(seed, cls)
    out = call(module, x)
    expect_shape(out, tuple(x.shape), f"x of {tuple(x.shape)}")
    if not torch.equal(out, call(module, x)):
        raise Wrong(
            "With p = 0 the results differ from call to call: something is dropped, or "
            "drawn, besides attn_dropout and resid_dropout."
        )
    expect_values(out, _forward(module, x, nh), _forward_mistakes(module, x, nh))


def _forward_mistakes(module: nn.Module, x: Tensor, nh: int) -> Mistakes:
    B, T, C = x.shape
    q, k, v = (
        torch.stack(it.chunk(nh, dim=-1), dim=1)
        for it in module.c_attn(x).chunk(3, dim=-1)
    )
    y = attention_weights(q, k) @ v  # (B, nh, T, hs)
    joined = y.transpose(1, 2).reshape(B, T, C)
    wrong = [it.reshape(B, nh, T, -1) for it in module.c_attn(x).chunk(3, dim=-1)]
    leak = attention_weights(wrong[0], wrong[1]) @ wrong[2]
    as_viewed = leak.transpose(1, 2).reshape(B, T, C)
    free = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1) @ v
    no_mask = free.transpose(1, 2).reshape(B, T, C)
    mistakes = [
        (joined, "The output projection c_proj is missing."),
        (
            _forward(module, x, 1),
            "There is one head over all C numbers: cut q, k and v into heads "
            "before you attend.",
        ),
        (
            module.c_proj(y.reshape(B, T, C)),
            "The way back is wrong: the heads were not brought behind the "
            "positions before they were put side by side.",
        ),
        (module.c_proj(as_viewed), NO_TRANSPOSE),
        (module.c_proj(no_mask), "The future is not masked."),
        (
            _forward(module, x, nh, scale=math.sqrt(C // nh)),
            "The scores are not divided by the root of hs.",
        ),
        (
            _forward(module, x, nh, scale=1 / math.sqrt(nh)),
            "The scores are divided by the root of C: a head's dot product "
            "runs over hs numbers.",
        ),
    ]
    for words, parts in _taken_apart_wrongly(module, x, nh):
        found = attention_weights(*parts[:2]) @ parts[2]
        mistakes.append((module.c_proj(found.transpose(1, 2).reshape(B, T, C)), words))
    for order in ("qvk", "kqv", "kvq", "vqk", "vkq"):
        words = f"c_attn's output was taken apart as {', '.join(order)}: it is q, k, v."
        mistakes.append((_forward(module, x, nh, order), words))
    return mistakes


def _taken_apart_wrongly(
    module: nn.Module, x: Tensor, nh: int
) -> list[tuple[str, list[Tensor]]]:
    """Heads of q, k and v, (B, nh, T, hs), as they come out of classic mistakes."""
    B, T, C = x.shape
    made = module.c_attn(x)
    cut = lambda it: it.reshape(B, T, nh, -1).transpose(1, 2)
    return [
        (RESHAPED, [cut(part) for part in made.reshape(3, B, T, C)]),
        (RESHAPED, [cut(part) for part in made.reshape(B, 3, T, C).unbind(1)]),
        (CUT_TOO_EARLY, list(cut(made).chunk(3, dim=-1))),
    ]


@part("attention-forward", "five gradients")
def forward_gradients(seed: int, cls: type) -> None:
    """Of the input and the four parameters."""
    module, x, nh = _parts(seed, cls)
    tensors = {"x": x.requires_grad_(), **dict(module.named_parameters())}
    out = call(module, x)
    expect_gradients(out, _forward(module, x, nh), tensors, tensors)


@part("attention-forward", "both dropouts in their places")
def dropouts(seed: int, cls: type) -> None:
    """One on the weights, one on what comes out; neither in eval mode."""
    module, x, nh = _parts(seed, cls, p=0.5)
    given, dropped = {}, {}

    def note(name: str) -> Callable:
        def hook(_, inputs: tuple, output: Tensor) -> None:
            given[name], dropped[name] = inputs[0], output

        return hook

    places = {
        "attn_dropout": "the weights, after the softmax",
        "resid_dropout": "what comes out, after c_proj",
    }
    for name in places:
        getattr(module, name).register_forward_hook(note(name))
    out = call(module, x)
    for name, place in places.items():
        if name not in given:
            raise Wrong(f"{name} is never called: it belongs on {place}.")
    T, shape = x.shape[1], tuple(given["attn_dropout"].shape)
    if shape[-2:] != (T, T):
        raise Wrong(
            f"attn_dropout was given a tensor of {shape}; it belongs on "
            f"{places['attn_dropout']}, whose last two axes are {(T, T)}."
        )
    if not torch.equal(out, dropped["resid_dropout"]):
        raise Wrong(f"resid_dropout must be last: it belongs on {places[name]}.")
    module.eval()
    if not close(call(module, x), _forward(module, x, nh)):
        raise Wrong("In eval mode something is still dropped, or scaled.")
