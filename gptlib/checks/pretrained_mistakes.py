"""The classic mistakes with a file of weights, and words for each."""

import torch
from torch import Tensor

from gptlib.checks.expect import close
from gptlib.pretrained import TRANSPOSED


def as_bytes(tensor: Tensor) -> bytes:
    """Its numbers as they stand in a file."""
    return tensor.reshape(-1).view(torch.uint8).numpy().tobytes()


def cause(out: Tensor, right: Tensor, raw: bytes, entry: dict) -> str:
    """Why the numbers are others, if it is one of the classic mistakes."""
    n = int.from_bytes(raw[:8], "little")
    start, end = entry["data_offsets"]
    begins = {
        0: "Offsets count from the first byte behind the header, and yours from the "
        "file's first byte.",
        8: "Offsets count from the first byte behind the header, and yours from the "
        "header's first byte.",
        n: "The first 8 bytes stand before the header: they are not counted in n, so "
        "the numbers begin at 8 + n.",
        8 + n - start: "That is the first tensor's place: add its own first offset.",
    }
    for begin, words in begins.items():
        piece = raw[begin + start : begin + end]
        if piece and as_bytes(out) == piece:
            return words
    axes = range(right.dim())[::-1]
    if torch.equal(out, right.reshape(right.shape[::-1]).permute(*axes)):
        return "The numbers stand row after row, and you read column after column."
    return "Type and shape are right, and the numbers are others than the file's."


def why_named(name: str, unknown: bool) -> str:
    """What is wrong with a name that is there and unknown, or missing."""
    if unknown and name.endswith((".attn.bias", ".attn.masked_bias")):
        return "is a mask and no weight: leave it out."
    if unknown and name == "transformer.lm_head.weight":
        return "is the head, and that stands beside the body: it is lm_head.weight."
    if unknown and name.startswith("transformer.transformer."):
        return "has its first word twice: put it in front only where it lacks."
    if unknown and not name.startswith("transformer.") and name != "lm_head.weight":
        return "lacks its first word: our names begin with `transformer.`"
    if not unknown and name.endswith("attn.c_attn.bias"):
        return (
            "is missing: without a dot in front `attn.bias` is the end of its name too."
        )
    if not unknown and name == "lm_head.weight":
        return "is missing: a file holds the tied matrix once, as wte.weight."
    return ""


def why(name: str, out: Tensor, right: Tensor) -> str:
    """What is wrong with a tensor of a right name."""
    conv = TRANSPOSED.search(name)
    turned = tuple(out.shape) == tuple(right.shape)[::-1] and close(out.T, right)
    if name == "lm_head.weight":
        return "holds other numbers than wte.weight: it is the same matrix."
    if turned and not conv:
        return "belongs to no Conv1D: only the four matrices of a block are turned."
    if turned and right.shape[0] == right.shape[1]:
        return (
            "is not turned. It is square and fits both ways, so the shape cannot tell "
            "you: go by the name."
        )
    if turned:
        return "is still (in, out), as in the file: transpose it."
    if conv and out.shape == right.shape and close(out, right.T.reshape(right.shape)):
        return (
            "has the right shape and the numbers in the wrong places: reshape and view "
            "keep their order, and transposing does not."
        )
    return f"must be {tuple(right.shape)} with the file's numbers, and is not."
