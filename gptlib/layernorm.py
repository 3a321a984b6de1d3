"""LayerNorm with an optional bias."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerNorm(nn.Module):
    """Shift and scale each vector of `size` numbers to mean 0 and variance 1.

    (..., size) in, the same out. The variance is the biased one (divided by size), and
    `eps` is added to it inside the root. Then comes a learned weight, ones at first,
    and with `bias=True` a learned bias, zeros at first.

    Source: Ba et al. 2016; the optional bias as in nanoGPT.
    """

    def __init__(self, size: int, bias: bool = True, eps: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size)) if bias else None
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)
