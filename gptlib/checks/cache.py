"""Checks of lesson cache: attention with what was kept, and the loop that uses it.

B rows, T tokens, C = nh * hs channels.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib import GPT, CausalSelfAttention, GPTConfig
from gptlib.checks.calls import call, run, when
from gptlib.checks.expect import close, expect_gradients, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.verdict import Wrong, part

Past = tuple[Tensor, Tensor]


def _attention(seed: int) -> tuple[CausalSelfAttention, Tensor]:
    """A layer whose weights hide nothing, and a text for it."""
    B, T, nh, hs = [(2, 5, 3, 4), (3, 4, 2, 5), (2, 6, 5, 2)][seed]
    config = GPTConfig(vocab_size=5, block_size=T, n_layer=1, n_head=nh, n_embd=nh * hs)
    attn = CausalSelfAttention(config)
    for weight in attn.parameters():
        nn.init.normal_(weight, std=0.5)
    return attn, torch.randn(B, T, nh * hs)


@part("cached-attention", "position by position what one pass gives")
def attention(seed: int, mine: Callable[..., tuple[Tensor, Past]]) -> None:
    """attn, x (B, 1, C) and past, or None, to (B, 1, C) and the new past."""
    attn, x = _attention(seed)
    right, past = attn(x), None
    for t in range(x.shape[1]):
        new = x[:, t : t + 1]
        with when(f"Position {t}, with {t} in the cache"):
            out, after = _pair(run(mine, attn, new, past))
            expect_shape(out, tuple(new.shape), f"x of {tuple(new.shape)}")
            _expect_past(after, attn, x[:, : t + 1])
            mistakes = _mistakes(attn, x[:, : t + 1])
            expect_values(out, right[:, t : t + 1], mistakes)
        past = after


@part("cached-attention", "every gradient")
def gradients(seed: int, mine: Callable[..., tuple[Tensor, Past]]) -> None:
    """Of the text and of the layer's parameters, through the cache."""
    attn, x = _attention(seed)
    x.requires_grad_()
    past, outs = None, []
    for t in range(x.shape[1]):
        out, past = mine(attn, x[:, t : t + 1], past)
        outs.append(out)
    tensors = {"x": x, **dict(attn.named_parameters())}
    expect_gradients(torch.cat(outs, dim=1), attn(x), tensors, tensors)


def _pair(out: object) -> tuple[Tensor, Past]:
    words = "It must return two things: what the position gets, and the pair (k, v)."
    if not isinstance(out, tuple) or len(out) != 2:
        raise Wrong(words)
    y, past = out
    kept = isinstance(past, tuple | list) and len(past) == 2
    if not kept or not all(isinstance(it, Tensor) for it in (y, *past)):
        raise Wrong(words)
    return y, tuple(past)


def _expect_past(past: Past, attn: CausalSelfAttention, x: Tensor) -> None:
    _, k, v = attn.heads(x)
    for name, mine, right in (("keys", past[0], k), ("values", past[1], v)):
        if mine.shape != right.shape:
            raise Wrong(
                f"The {name} to be kept must be {tuple(right.shape)}, (B, nh, T, hs) "
                f"with all T so far, and yours are {tuple(mine.shape)}."
            )
        if close(mine, right.flip(2)) and not close(mine, right):
            raise Wrong(f"The new {name} were put in front of the old: put them last.")
        if not close(mine, right):
            raise Wrong(f"The {name} to be kept are not those of heads(x), in order.")


def _mistakes(attn: CausalSelfAttention, x: Tensor) -> Mistakes:
    """What comes out for the last position when one thing is wrong."""
    q, k, v = attn.heads(x)
    q = q[:, :, -1:]
    hs = q.shape[-1]
    scores = q @ k.transpose(-2, -1)
    weights = (scores / math.sqrt(hs)).softmax(dim=-1)

    def projected(y: Tensor) -> Tensor:
        return attn.c_proj(y.transpose(1, 2).flatten(2))

    by_root_c = (scores / math.sqrt(x.shape[-1])).softmax(dim=-1)
    return [
        (projected(scores.softmax(dim=-1) @ v), "The scale 1 / sqrt(hs) is missing."),
        (projected(by_root_c @ v), "The scores are divided by the root of C, not hs."),
        (
            projected(v[:, :, -1:]),
            "It listens to itself alone: the weights must run over all keys so far.",
        ),
        (
            projected(weights[..., :1] @ v[:, :, :1]),
            "It listens to position 0 alone: a mask for one query hides what it may "
            "see, and none is needed.",
        ),
        (
            projected(q * 0 + v[:, :, :1]),
            "It listens to position 0 alone: a mask for one query hides what it may "
            "see, and none is needed.",
        ),
        (
            (weights @ v).transpose(1, 2).flatten(2),
            "The output projection, attn.c_proj, is missing.",
        ),
        (
            attn.c_proj((weights @ v).reshape(len(x), 1, -1)),
            "The heads were joined in the wrong order.",
        ),
    ]


@part("write-cached", "the same text, and each token read once")
def write(seed: int, mine: Callable[..., Tensor]) -> None:
    """model, (B, T) ids and n to (B, T + n) ids, greedily."""
    B, T, n = [(3, 3, 14), (3, 2, 9), (3, 5, 12)][seed]
    model = _model(seed)
    idx = torch.randint(model.config.vocab_size, (B, T))
    read = []
    hook = model.transformer.wte.register_forward_hook(
        lambda module, inputs, output: read.append(inputs[0].shape[1])
    )
    try:
        out = call(mine, model, idx, n)
    finally:
        hook.remove()
    if tuple(out.shape) == (B, n):
        raise Wrong("Only the new tokens come back: what was there comes first.")
    if out.shape[1:2] == (T + n * T,):
        raise Wrong("A row for every position was chosen: only the last one, [:, -1].")
    expect_shape(out, (B, T + n), f"{n} tokens behind {(B, T)}")
    _expect_read_once(read, T, n)
    if not torch.equal(out, model.generate(idx, n, do_sample=False)):
        raise Wrong(
            "Each token is read once, and the text is another one: give every call the "
            "same cache, cache=cache, so that it knows what came before."
        )


def _model(seed: int) -> GPT:
    """A tiny model with clear favourites; not tied, or it would repeat one token."""
    config = GPTConfig(vocab_size=9, block_size=256, n_layer=2, n_head=2, n_embd=8)
    model = GPT(config)
    model.lm_head.weight = nn.Parameter(torch.empty(9, 8))
    for name, weight in model.named_parameters():
        nn.init.normal_(weight, std=4.0 if "attn.c_proj" in name else 1.0)
    return model.eval()


def _expect_read_once(read: list[int], T: int, n: int) -> None:
    right = [T] + [1] * (n - 1)
    if read == right:
        return
    if read == list(range(T, T + n)):
        raise Wrong(
            f"The whole text was read each time, {read} tokens: the first time give "
            "the prompt, then only what is new."
        )
    if read[:n] == right:
        raise Wrong(f"It read {read} tokens: the last token need not be read any more.")
    if read == [1] * n and T > 1:
        raise Wrong("Only the last token of the prompt was read: first read all of it.")
    raise Wrong(
        f"It read {read} tokens, call by call: {right} are needed, the prompt of {T} "
        "and then each new token once."
    )
