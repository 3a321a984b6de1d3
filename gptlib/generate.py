"""Writing: predict a token, choose it, put it at the end, and again.

B batch, T time (positions), V vocabulary.
"""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from gptlib.attention import KVCache
from gptlib.loss import all_evaluating


def next_probs(
    logits: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Tensor:
    """The distribution that the next token is drawn from: (..., V) logits to (..., V).

    Args:
        logits: (..., V) float.
        temperature: divides the logits; below 1 sharper, above 1 flatter.
        top_k: keep the k most likely tokens (and those tied with the last of them);
            more than V keeps all.
        top_p: keep the most likely tokens until their sum reaches p, at least one
            (Holtzman et al. 2019, nucleus sampling). Applied after top_k; 1 keeps all.

    Raises:
        ValueError: temperature not above 0, top_k below 1, top_p outside (0, 1].
    """
    check_sampling(temperature, top_k, top_p)
    logits = logits / temperature
    if top_k is not None:
        kth = logits.topk(min(top_k, logits.shape[-1])).values[..., -1:]
        logits = logits.masked_fill(logits < kth, -math.inf)
    if top_p is not None and top_p < 1:
        probs = logits.softmax(dim=-1, dtype=torch.float32)
        probs, order = probs.sort(dim=-1, descending=True, stable=True)
        before = probs.cumsum(dim=-1) - probs  # what the more likely ones sum to
        cut = torch.empty_like(before, dtype=torch.bool)
        # Rounding may lift `before` of the first one off zero; it stays in any case.
        cut.scatter_(-1, order, (before >= top_p) & (order != order[..., :1]))
        logits = logits.masked_fill(cut, -math.inf)
    return logits.softmax(dim=-1)


def last_logits(
    model: nn.Module, idx: Tensor, cache: Sequence[KVCache] | None = None
) -> Tensor:
    """Logits for the token after the last one of `idx`: (B, T) to (B, V).

    Reads the last block_size tokens. With a cache, only those it does not hold yet.
    """
    block_size = model.config.block_size
    if cache is not None and idx.shape[1] <= block_size:
        new = idx[:, cache[0].length :]
        return model.lm_head(model.hidden(new, cache=cache)[:, -1])  # (B, V)
    # Past block_size the window slides: every token moves to another position, so
    # every key and value changes and nothing cached can be used.
    return model.lm_head(model.hidden(idx[:, -block_size:])[:, -1])  # (B, V)


@torch.no_grad()
def stream(
    model: nn.Module,
    idx: Tensor,
    max_new_tokens: int,
    *,
    do_sample: bool = True,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    use_cache: bool = True,
    stop_id: int | None = None,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    """Yield one column of new tokens, (B, 1) int64, at a time: see `generate`."""
    check_sampling(temperature, top_k, top_p)
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must be at least 0, got {max_new_tokens}")
    model.check_idx(idx, cropped=True)
    V = model.config.vocab_size
    if stop_id is not None and not 0 <= stop_id < V:
        raise ValueError(f"stop_id must be one of the ids 0..{V - 1}, got {stop_id}")
    cache = model.new_cache() if use_cache else None
    modules = list(model.modules())
    done = torch.zeros(len(idx), 1, dtype=torch.bool, device=idx.device)
    for _ in range(max_new_tokens):
        with all_evaluating(modules):
            logits = last_logits(model, idx, cache)
        if do_sample:
            probs = next_probs(logits, temperature, top_k, top_p)
            new = torch.multinomial(probs, 1, generator=generator)  # (B, 1)
        else:
            new = logits.argmax(dim=-1, keepdim=True)  # (B, 1)
        if stop_id is not None:
            new = new.masked_fill(done, stop_id)
            done = done | (new == stop_id)
        yield new
        if stop_id is not None and done.all():
            return
        idx = torch.cat((idx, new), dim=1)


def generate(model: nn.Module, idx: Tensor, max_new_tokens: int, **options) -> Tensor:
    """`idx` with up to `max_new_tokens` tokens written after it.

    The context is cropped to the last block_size tokens. Dropout is off meanwhile.

    Args:
        model: a GPT.
        idx: what is already there, (B, T) int64 with T at least 1.
        max_new_tokens: how many to write.
        do_sample: draw from the distribution, or always take the most likely token.
        temperature, top_k, top_p: shape the distribution, see `next_probs`.
        use_cache: keep keys and values of what was read; the same tokens, faster.
        stop_id: a row that wrote this token is finished and is filled up with it; when
            all rows are, writing ends.
        generator: where the chance comes from, on the device of `idx`.

    Returns:
        (B, T + n) int64, n at most `max_new_tokens`.

    Raises:
        ValueError, TypeError: see `next_probs` and `GPT.forward`.
    """
    return torch.cat((idx, *stream(model, idx, max_new_tokens, **options)), dim=1)


def check_sampling(temperature: float, top_k: int | None, top_p: float | None) -> None:
    """Raise ValueError for a setting that `next_probs` cannot use."""
    if not temperature > 0:
        raise ValueError(
            f"temperature must be above 0, got {temperature}: "
            f"for the most likely token every time use do_sample=False"
        )
    if top_k is not None and (not isinstance(top_k, int) or top_k < 1):
        raise ValueError(f"top_k must be a whole number, at least 1, got {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
