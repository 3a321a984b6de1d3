"""GELU, exactly and as GPT-2 was trained with it."""

import math

import torch
from torch import Tensor, nn


def exact_gelu(x: Tensor) -> Tensor:
    """x times the chance that a standard normal variable is below x.

    Any shape and float dtype, the same out. Source: Hendrycks and Gimpel 2016,
    "Gaussian Error Linear Units", section 2. Equals `nn.GELU()`.
    """
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def new_gelu(x: Tensor) -> Tensor:
    """The tanh approximation of GELU, minGPT's NewGELU and GPT-2's own activation.

    Any shape and float dtype, the same out. Source: the same paper, section 2, and
    GPT-2's `src/model.py`. Equals `nn.GELU(approximate="tanh")`.
    """
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x.pow(3))
    return 0.5 * x * (1 + torch.tanh(inner))


class NewGELU(nn.Module):
    """`new_gelu` as a module, as minGPT has it."""

    def forward(self, x: Tensor) -> Tensor:
        return new_gelu(x)


def make_gelu(kind: str) -> nn.GELU:
    """PyTorch's GELU: `kind` is "tanh" (NewGELU) or "exact" (nanoGPT's choice)."""
    return nn.GELU(approximate={"tanh": "tanh", "exact": "none"}[kind])
