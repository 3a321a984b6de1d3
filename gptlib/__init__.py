"""GPT-2 built by hand: the finished pieces of the course.

`__all__` has them in the order of the lessons, each lesson by its name.
"""

from gptlib.attention import (
    CausalSelfAttention,
    KVCache,
    attention_weights,
    fused_attention,
)
from gptlib.block import Block
from gptlib.config import GPTConfig
from gptlib.embeddings import embed
from gptlib.gelu import NewGELU, new_gelu
from gptlib.generate import next_probs
from gptlib.layernorm import LayerNorm
from gptlib.loss import evaluate, loss_fn
from gptlib.mlp import MLP
from gptlib.model import GPT
from gptlib.optim import configure_optimizers, cosine_lr

__all__ = [  # noqa: RUF022 - in lesson order, not sorted
    # embeddings
    "embed",
    # gelu
    "new_gelu",
    "NewGELU",
    # attention
    "attention_weights",
    "CausalSelfAttention",
    # flash_attention
    "fused_attention",
    # mlp
    "MLP",
    # block
    "LayerNorm",
    "Block",
    # gpt
    "GPTConfig",
    "GPT",
    # loss
    "loss_fn",
    "evaluate",
    # training
    "configure_optimizers",
    "cosine_lr",
    # generation
    "next_probs",
    "KVCache",
]
