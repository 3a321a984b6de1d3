"""One transformer block. B batch, T time, C = n_embd."""

from torch import Tensor, nn

from gptlib.attention import CausalSelfAttention, KVCache
from gptlib.config import GPTConfig
from gptlib.layernorm import LayerNorm
from gptlib.mlp import MLP


class Block(nn.Module):
    """Listen to the others, then think alone, each time adding to the stream.

    (B, T, C) in and out. LayerNorm stands before each part (pre-norm, GPT-2's way), so
    the residual stream itself runs through the block untouched.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, bias=config.bias)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = LayerNorm(config.n_embd, bias=config.bias)
        self.mlp = MLP(config)

    def forward(self, x: Tensor, cache: KVCache | None = None) -> Tensor:
        x = x + self.attn(self.ln_1(x), cache)  # (B, T, C)
        x = x + self.mlp(self.ln_2(x))  # (B, T, C)
        return x
