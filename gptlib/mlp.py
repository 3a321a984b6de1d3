"""The feed-forward layer: each position thinks alone. B batch, T time, C = n_embd."""

from torch import Tensor, nn

from gptlib.config import GPTConfig
from gptlib.gelu import make_gelu


class MLP(nn.Module):
    """Widen four times, bend, narrow again: (B, T, C) to (B, T, C).

    Its own module as in nanoGPT; minGPT keeps it in a ModuleDict and a lambda.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        C = config.n_embd
        self.c_fc = nn.Linear(C, 4 * C, bias=config.bias)
        self.gelu = make_gelu(config.gelu)
        self.c_proj = nn.Linear(4 * C, C, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        h = self.gelu(self.c_fc(x))  # (B, T, 4C)
        return self.dropout(self.c_proj(h))  # (B, T, C)
