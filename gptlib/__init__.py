"""GPT-2 built by hand: the finished pieces of the course, in lesson order."""

from gptlib.attention import CausalSelfAttention, KVCache, attention_weights
from gptlib.block import Block
from gptlib.config import GPTConfig
from gptlib.embeddings import embed
from gptlib.gelu import NewGELU, new_gelu
from gptlib.layernorm import LayerNorm
from gptlib.loss import loss_fn
from gptlib.mlp import MLP
from gptlib.model import GPT

__all__ = [
    "GPT",
    "MLP",
    "Block",
    "CausalSelfAttention",
    "GPTConfig",
    "KVCache",
    "LayerNorm",
    "NewGELU",
    "attention_weights",
    "embed",
    "loss_fn",
    "new_gelu",
]
