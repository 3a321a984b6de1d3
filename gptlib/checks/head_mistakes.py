"""What comes out of the classic mistakes with several heads, and words for each.

B batch, T time (positions), C = nh * hs channels, nh heads, hs numbers a head.
"""

import math

import torch
from torch import Tensor, nn

from gptlib.attention import attention_weights
from gptlib.checks.mistakes import Mistakes

NO_TRANSPOSE = (
    "Right for one head, wrong for two: the view. Asking view (or reshape) for the "
    "final shape at once mixes positions: first cut the last axis in two, then "
    "exchange two axes, so that the heads stand in front."
)
RESHAPED = (
    "c_attn's output was taken apart with a view or reshape, which mixes positions: "
    "split its last axis into the C numbers of q, those of k and those of v."
)
Q_AND_K = (
    "q and k have changed places: c_attn's output was taken apart as k, q, v, or "
    "attention_weights was given k first."
)
CUT_TOO_EARLY = (
    "c_attn's output was cut into heads before it was taken apart: the first third of "
    "its last axis is q, the second k, the third v. Split first, then cut each."
)


def cut_mistakes(x: Tensor, nh: int) -> Mistakes:
    """Instead of the heads of x: (B, nh, T, hs) each."""
    B, T, C = x.shape
    hs = C // nh
    return [
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


def join_mistakes(y: Tensor) -> Mistakes:
    """Instead of the heads side by side: (B, T, C) each."""
    B, nh, T, hs = y.shape
    return [
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


def heads_of(module: nn.Module, x: Tensor, nh: int) -> list[Tensor]:
    """The right q, k and v, (B, nh, T, hs) each."""
    parts = module.c_attn(x).chunk(3, dim=-1)
    return [torch.stack(part.chunk(nh, dim=-1), dim=1) for part in parts]


def attend(
    module: nn.Module, x: Tensor, nh: int, order: str = "qkv", scale: float = 1.0
) -> Tensor:
    """The right answer, head by head; or a wrong one, by order of q, k, v or scale."""
    found = dict(zip(order, module.c_attn(x).chunk(3, dim=-1), strict=True))
    q, k, v = (found[name].chunk(nh, dim=-1) for name in "qkv")
    heads = [
        attention_weights(a * scale, b) @ c for a, b, c in zip(q, k, v, strict=True)
    ]
    return module.c_proj(torch.cat(heads, dim=-1))


def forward_mistakes(module: nn.Module, x: Tensor, nh: int) -> Mistakes:
    """Instead of what the class gives for x, (B, T, C) each."""
    B, T, C = x.shape
    q, k, v = heads_of(module, x, nh)
    y = attention_weights(q, k) @ v
    joined = y.transpose(1, 2).reshape(B, T, C)
    wrong = [it.reshape(B, nh, T, -1) for it in module.c_attn(x).chunk(3, dim=-1)]
    leak = attention_weights(wrong[0], wrong[1]) @ wrong[2]
    as_viewed = leak.transpose(1, 2).reshape(B, T, C)
    free = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1) @ v
    no_mask = free.transpose(1, 2).reshape(B, T, C)
    mistakes = [
        (joined, "The output projection c_proj is missing."),
        (
            attend(module, x, 1),
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
            attend(module, x, nh, scale=math.sqrt(C // nh)),
            "The scores are not divided by the root of hs.",
        ),
        (
            attend(module, x, nh, scale=1 / math.sqrt(nh)),
            "The scores are divided by the root of C: a head's dot product "
            "runs over hs numbers.",
        ),
        (
            attend(module, x, nh, scale=1 / math.sqrt(C // nh)),
            "The scores are divided twice: attention_weights has the scale in it.",
        ),
        (
            attend(module, x, C // nh),
            "There are hs heads of nh numbers each: it must be nh heads.",
        ),
        (
            module.c_proj((attention_weights(q, k).mT @ v).transpose(1, 2).flatten(2)),
            "The weights were turned: row t of the weights is position t's, so that "
            "weights @ v takes the mean for it.",
        ),
        (
            attend(module, x, nh) + x,
            "x was added to the result: that is the block's part, not attention's.",
        ),
    ]
    for words, parts in _taken_apart_wrongly(module, x, nh):
        found = attention_weights(*parts[:2]) @ parts[2]
        mistakes.append((module.c_proj(found.transpose(1, 2).reshape(B, T, C)), words))
    for order in ("qvk", "kqv", "kvq", "vqk", "vkq"):
        words = f"c_attn's output was taken apart as {', '.join(order)}: it is q, k, v."
        words = Q_AND_K if order == "kqv" else words
        mistakes.append((attend(module, x, nh, order), words))
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
