"""From ids to vectors: what the token is, plus where it stands.

B batch, T time (positions), C = n_embd.
"""

import torch
from torch import Tensor, nn


def embed(idx: Tensor, wte: nn.Module, wpe: nn.Module, start: int = 0) -> Tensor:
    """The sum of each token's vector and its position's vector.

    Args:
        idx: token ids, (B, T) int64.
        wte: token embedding, maps ids to vectors of C numbers.
        wpe: position embedding, maps positions to vectors of C numbers.
        start: position of the first column, above 0 when a cache holds the ones before.

    Returns:
        (B, T, C), on the device of `idx`.

    Source: GPT-2, `src/model.py`: `h = tf.gather(wte, X) + tf.gather(wpe, positions)`.
    """
    T = idx.shape[-1]
    pos = torch.arange(start, start + T, device=idx.device)  # (T)
    tok_emb = wte(idx)  # (B, T, C)
    pos_emb = wpe(pos)  # (T, C)
    # The same positions for every row of the batch: broadcasting repeats them.
    return tok_emb + pos_emb  # (B, T, C)
