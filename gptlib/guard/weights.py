"""Checks of a model's weights, where they come in and where they go out."""

import torch
from torch import Tensor

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


def check_tied(head: Tensor, wte: Tensor) -> None:
    """Refuse a head that holds other values than `wte`; both (V, C).

    Where both have a nan they count as the same.
    """
    same = head.shape == wte.shape
    if same and not head.is_meta:  # there a tensor has no values
        head, wte = head.float(), wte.float()
        same = torch.allclose(head, wte, rtol=0, atol=0, equal_nan=True)
    if not same:
        raise ValueError(
            "lm_head.weight differs from wte.weight: GPT-2 ties the two, and one would "
            "be lost; tie them (wte.weight = lm_head.weight) and train on"
        )


def check_numbers(name: str, tensor: Tensor) -> None:
    """Refuse weights that are quantised, or that a failed training left behind."""
    if tensor.dtype not in DTYPES:
        raise ValueError(
            f"{name} is {tensor.dtype}, expected one of {DTYPES}: save the model as it "
            f"was before it was quantised"
        )
    if not tensor.isfinite().all():
        raise ValueError(
            f"{name} has values that are nan or infinite: its training went wrong, or "
            f"the file is damaged"
        )
