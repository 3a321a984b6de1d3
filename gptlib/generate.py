"""Writing: predict a token, choose it, put it at the end, and again.

B batch, T time (positions), V vocabulary.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from gptlib.attention import KVCache
from gptlib.guard.values import (
    checked_floats,
    checked_generator,
    checked_number,
    checked_type,
    checked_whole,
    readable,
)
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
        temperature: divides the logits; below 1 sharper, above 1 flatter. As small as
            it may be, the result is a distribution: all for the most likely tokens.
        top_k: keep the k most likely tokens (and those tied with the last of them);
            more than V keeps all.
        top_p: keep the most likely tokens until their sum reaches p, at least one
            (Holtzman et al. 2019, nucleus sampling). Applied after top_k; 1 keeps all.

    Raises:
        TypeError: logits that are not floats, a setting that is not a number.
        ValueError: temperature not above 0, top_k below 1, top_p outside (0, 1].
    """
    checked_floats("logits", logits, "model(idx)[:, -1] gives them")
    temperature, top_k, top_p = checked_sampling(temperature, top_k, top_p)
    # The greatest logit becomes 0 and the divisor stays a normal number: then nothing
    # overflows but what is so far below that its chance is 0 in any case.
    logits = logits - logits.amax(dim=-1, keepdim=True)
    logits = logits / max(temperature, torch.finfo(logits.dtype).tiny)
    if top_k is not None:
        kth = logits.topk(min(top_k, logits.shape[-1])).values[..., -1:]
        logits = logits.masked_fill(logits < kth, -math.inf)
    if top_p is not None and top_p < 1:
        probs = logits.softmax(dim=-1, dtype=torch.float32)
        probs, order = probs.sort(dim=-1, descending=True, stable=True)
        before = probs.cumsum(dim=-1) - probs  # what the more likely ones sum to
        cut = torch.empty_like(before, dtype=torch.bool)
        # The first one stays in any case: a top_p too small for float32 counts as 0
        # here, and so `before` of the first one, 0, would have reached it.
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
    """Yield one column of new tokens, (B, 1) int64, at a time: see `generate`.

    What cannot be used is refused at once, not with the first token.
    """
    model.check_idx(idx, cropped=True)
    max_new_tokens = checked_whole("max_new_tokens", max_new_tokens, least=0)
    if stop_id is not None:
        last = model.config.vocab_size - 1
        stop_id = checked_whole("stop_id", stop_id, least=0, most=last)
    for name, value in (("do_sample", do_sample), ("use_cache", use_cache)):
        checked_type(name, value, bool, "True or False")
    generator = checked_generator(generator)
    setting = checked_sampling(temperature, top_k, top_p)

    def choose(logits: Tensor) -> Tensor:
        """A token for each row: (B, V) to (B, 1)."""
        if not do_sample:
            return logits.argmax(dim=-1, keepdim=True)  # (B, 1)
        probs = next_probs(logits, *setting)  # (B, V)
        return torch.multinomial(probs, 1, generator=generator)  # (B, 1)

    return _written(model, idx, max_new_tokens, choose, use_cache, stop_id)


@torch.no_grad()
def _written(
    model: nn.Module,
    idx: Tensor,
    max_new_tokens: int,
    choose: Callable[[Tensor], Tensor],
    use_cache: bool,
    stop_id: int | None,
) -> Iterator[Tensor]:
    """What `stream` yields, from arguments that it has checked."""
    cache = model.new_cache() if use_cache else None
    modules = list(model.modules())
    done = torch.zeros(len(idx), 1, dtype=torch.bool, device=idx.device)
    for _ in range(max_new_tokens):
        with all_evaluating(modules):
            logits = last_logits(model, idx, cache)
        if readable(logits) and logits.isnan().any():
            raise FloatingPointError(
                "the model's logits are nan (not a number), so no token is the most "
                "likely: its weights are damaged, or its training diverged"
            )
        new = choose(logits)  # (B, 1)
        if stop_id is not None:
            new = new.masked_fill(done, stop_id)
            done = done | (new == stop_id)
        yield new
        if stop_id is not None and done.all():
            return
        idx = torch.cat((idx, new), dim=1)


def generate(
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
) -> Tensor:
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
        TypeError, ValueError: see `next_probs` and `GPT.forward`.
        FloatingPointError: the model's logits are nan (looked at on the CPU only).
    """
    columns = stream(
        model,
        idx,
        max_new_tokens,
        do_sample=do_sample,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        use_cache=use_cache,
        stop_id=stop_id,
        generator=generator,
    )
    return torch.cat((idx, *columns), dim=1)


def checked_sampling(
    temperature: float, top_k: int | None, top_p: float | None
) -> tuple[float, int | None, float | None]:
    """The three in their plain form, or the TypeError or ValueError of `next_probs`."""
    temperature = checked_number("temperature", temperature)
    if temperature <= 0:
        raise ValueError(
            f"temperature must be above 0, got {temperature}: for the most likely "
            f"token every time use do_sample=False (--no-do-sample in a command)"
        )
    if top_k is not None:
        top_k = checked_whole("top_k", top_k)
    if top_p is not None:
        top_p = checked_number("top_p", top_p)
        if not 0 < top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
    return temperature, top_k, top_p
