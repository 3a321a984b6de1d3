"""Causal self-attention: each position gathers from itself and from the past.

B batch, T time (positions), C = n_embd, nh heads, hs = C // nh numbers a head.
"""

import math
import warnings

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gptlib.config import GPTConfig


def causal_mask(Tq: int, Tk: int, device: torch.device | None = None) -> Tensor:
    """Which of Tk keys each of the last Tq positions may see: (Tq, Tk) bool.

    The queries are the *last* Tq of the Tk positions, so row i may see the first
    Tk - Tq + i + 1 keys. With Tq = Tk this is the lower triangle.

    Raises:
        ValueError: more queries than keys: some would have nothing to look at.
    """
    if Tq > Tk:
        raise ValueError(f"{Tq} queries are not the last of only {Tk} keys")
    every = torch.ones(Tq, Tk, dtype=torch.bool, device=device)
    return every.tril(diagonal=Tk - Tq)


def attention_weights(q: Tensor, k: Tensor) -> Tensor:
    """How much each position listens to itself and to every earlier position.

    Queries are (..., Tq, hs), keys (..., Tk, hs); the queries are the last Tq of the
    Tk positions. The result is (..., Tq, Tk): each row sums to 1, and the weights of
    later positions are exactly 0.

    Source: Vaswani et al. 2017, equation 1, with the causal mask of GPT.
    """
    Tq, Tk, hs = q.shape[-2], k.shape[-2], q.shape[-1]
    # A dot product of hs unit-variance terms has variance hs; undo that growth.
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    hidden = ~causal_mask(Tq, Tk, device=q.device)
    return scores.masked_fill(hidden, -math.inf).softmax(dim=-1)


def fused_attention(q: Tensor, k: Tensor, v: Tensor, dropout: float = 0.0) -> Tensor:
    """`attention_weights(q, k) @ v` without ever holding the (Tq, Tk) weights.

    Shapes as there, values (..., Tk, hs), the result (..., Tq, hs).
    """
    Tq, Tk = q.shape[-2], k.shape[-2]
    if Tq == Tk:
        return F.scaled_dot_product_attention(
            q, k, v, dropout_p=dropout, is_causal=True
        )
    # is_causal puts the triangle in the upper left corner: with a cache, where the
    # queries are the last positions, it would hide the past. One query sees it all.
    mask = None if Tq == 1 else causal_mask(Tq, Tk, device=q.device)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)


class KVCache:
    """The keys and values of one layer's past positions, so that they are made once.

    `append` writes new ones of (B, nh, T, hs) behind the old ones and returns all so
    far. Memory: 2 * B * C * block_size numbers a layer, taken at the first `append`.
    It is written in place, so it is for use without gradients.

    Raises:
        ValueError: no room for T more, or another B, nh or hs than before.
    """

    def __init__(self, block_size: int):
        self.block_size = block_size
        self.length = 0
        self.k = self.v = None

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        B, nh, T, hs = k.shape
        end = self.length + T
        if end > self.block_size:
            raise ValueError(
                f"the cache holds {self.length} of {self.block_size} positions and "
                f"{T} more do not fit: start a new cache on a cropped context"
            )
        if self.k is None:
            self.k = k.new_empty(B, nh, self.block_size, hs)
            self.v = torch.empty_like(self.k)
        if (B, nh, hs) != (*self.k.shape[:2], self.k.shape[3]):
            raise ValueError(
                f"the cache holds {tuple(self.k.shape)} for (B, nh, block_size, hs), "
                f"which keys of (B, nh, T, hs) = {tuple(k.shape)} do not continue"
            )
        self.k[:, :, self.length : end] = k
        self.v[:, :, self.length : end] = v
        self.length = end
        return self.k[:, :, :end], self.v[:, :, :end]


class CausalSelfAttention(nn.Module):
    """Multi-head causal self-attention, (B, T, C) to (B, T, C).

    Two paths with the same weights and the same numbers: `flash=True` uses PyTorch's
    fused kernel, `flash=False` the hand-written `attention_weights`.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        C = config.n_embd
        self.n_head = config.n_head
        self.c_attn = nn.Linear(C, 3 * C, bias=config.bias)  # q, k and v in one product
        self.c_proj = nn.Linear(C, C, bias=config.bias)
        self.attn_dropout = nn.Dropout(config.dropout)
        self.resid_dropout = nn.Dropout(config.dropout)
        self.flash = config.flash and _fused_kernel_exists()

    def forward(self, x: Tensor, cache: KVCache | None = None) -> Tensor:
        q, k, v = self.heads(x)  # (B, nh, T, hs), (B, nh, T, hs), (B, nh, T, hs)
        if cache is not None:
            k, v = cache.append(k, v)
        if self.flash:
            p = self.attn_dropout.p if self.training else 0.0
            y = fused_attention(q, k, v, dropout=p)  # (B, nh, T, hs)
        else:
            y = self.attn_dropout(attention_weights(q, k)) @ v  # (B, nh, T, hs)
        y = y.transpose(1, 2).flatten(2)  # (B, T, C)
        return self.resid_dropout(self.c_proj(y))  # (B, T, C)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of every head, (B, nh, T, hs) each."""
        B, T, C = x.shape
        shape = (B, T, self.n_head, C // self.n_head)
        parts = self.c_attn(x).split(C, dim=2)  # (B, T, C), (B, T, C), (B, T, C)
        return tuple(part.view(shape).transpose(1, 2) for part in parts)

    def weights(self, x: Tensor) -> Tensor:
        """The attention pattern of every head for input `x`: (B, nh, T, T)."""
        q, k, _ = self.heads(x)
        return attention_weights(q, k)  # (B, nh, T, T)


def _fused_kernel_exists() -> bool:
    if hasattr(F, "scaled_dot_product_attention"):
        return True
    warnings.warn(
        "this PyTorch has no scaled_dot_product_attention (2.0 and newer do): "
        "flash=True falls back to the hand-written path, same numbers, more memory",
        stacklevel=3,
    )
    return False
