"""Checks of lesson gpt: the forward pass, the tie, the start values.

B batch, T time (positions), C = n_embd, V vocabulary.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import call
from gptlib.checks.expect import close, expect_gradients, expect_values
from gptlib.checks.gpt_expect import (
    Loose,
    act,
    call_counting,
    expect_shared,
    expect_start,
    wide_config,
)
from gptlib.checks.gpt_mistakes import forward_mistakes, logits_of
from gptlib.checks.modules import made
from gptlib.checks.verdict import Wrong, part
from gptlib.config import GPTConfig

PARTS = ("wte", "wpe", "drop", "h", "ln_f")


def _sizes(seed: int) -> tuple[int, int, GPTConfig]:
    """B, T and a config: each of another size, so that no axis passes for another."""
    B, T, V, block_size, n_layer, n_head, C = [
        (2, 5, 9, 11, 3, 2, 6),
        (3, 4, 10, 12, 2, 5, 15),
        (4, 6, 11, 13, 3, 4, 8),
    ][seed]
    bias = seed != 1
    sizes = dict(n_layer=n_layer, n_head=n_head, n_embd=C, bias=bias)
    return B, T, GPTConfig(vocab_size=V, block_size=block_size, **sizes)


def _made(seed: int, cls: type) -> tuple[nn.Module, Tensor]:
    """A model of the learner's class with weights that hide nothing, and ids (B, T)."""
    B, T, config = _sizes(seed)
    model = made(cls, config)
    inside = getattr(model, "transformer", {})
    missing = [name for name in PARTS if name not in inside]
    if missing or not isinstance(getattr(model, "lm_head", None), nn.Module):
        raise Wrong("Parts are missing: leave __init__ and its names as they were.")
    for weights in model.parameters():
        nn.init.normal_(weights, mean=0.1, std=0.3)
    return model.eval(), torch.randint(config.vocab_size, (B, T))


@part("gpt-forward", "the logits of the parts called one after the other")
def forward(seed: int, cls: type) -> None:
    """A class with `__init__(config)` and `forward(idx)`, (B, T) to (B, T, V)."""
    model, idx = _made(seed, cls)
    out = call_counting(model, idx)
    right = logits_of(model, idx)
    _expect_logits(out, tuple(right.shape), model, idx)
    if not close(out, right):  # the mistakes take far longer than the right answer
        expect_values(out, right, forward_mistakes(model, idx))


def _expect_logits(
    out: Tensor, shape: tuple[int, ...], model: nn.Module, idx: Tensor
) -> None:
    B, T, V = shape
    C = model.lm_head.in_features
    if tuple(out.shape) == shape:
        return
    said = f"For idx of {(B, T)} the logits must be {shape}, and yours are"
    said = f"{said} {tuple(out.shape)}."
    if tuple(out.shape) == (B, T, C):
        said = f"This is still the stream, (B, T, C) = {(B, T, C)}: lm_head is missing."
    if tuple(out.shape) in ((B, 1, V), (B, V)):
        said = f"{said} These are one position's only: every position predicts."
    raise Wrong(said)


@part("gpt-forward", "the gradient of every parameter")
def forward_gradients(seed: int, cls: type) -> None:
    """The same gradients as the parts called one after the other."""
    model, idx = _made(seed, cls)
    params = dict(model.named_parameters())
    expect_gradients(call(model, idx), logits_of(model, idx), params, params)


@part("gpt-forward", "the dropout in its place")
def forward_dropout(seed: int, cls: type) -> None:
    """Called once, on the sum of both embeddings, and its result goes on."""
    model, idx = _made(seed, cls)
    calls = []
    model.transformer.drop.p = 0.5
    model.transformer.drop.train()
    note = lambda _, given, out: calls.append((given[0], out))
    model.transformer.drop.register_forward_hook(note)
    out = call(model, idx)
    if len(calls) != 1:
        raise Wrong(
            f"transformer.drop is called {len(calls)} times: call it once, on the sum "
            "of the two embeddings."
        )
    given, dropped = calls[0]
    model.transformer.drop.eval()
    stream = logits_of(model, idx, upto="embeddings")
    if given.shape != stream.shape or not close(given, stream):
        raise Wrong(
            f"transformer.drop was given a tensor of {tuple(given.shape)} that is not "
            "the sum of the two embeddings: it stands before the first block."
        )
    if not close(out, logits_of(model, idx, stream=dropped)):
        raise Wrong("What transformer.drop returns is not what the blocks read.")


@part("gpt-forward", "positions made where idx is")
def forward_device(seed: int, cls: type) -> None:
    """PyTorch's meta device, with shapes and no numbers, stands for a GPU."""
    model, idx = _made(seed, cls)
    model.transformer.h = nn.ModuleList()  # only where the stream begins is asked
    seen = []
    model.transformer.wpe.register_forward_pre_hook(
        lambda _, given: seen.append(given[0].device.type)
    )
    try:
        out = model.to("meta")(idx.to("meta"))
    except Exception as error:
        seen.append(f"{type(error).__name__}")
    if set(seen) - {"meta"}:
        raise Wrong(
            "On another device than the CPU it would stop: the positions must be made "
            "on the device of idx. torch.arange takes a device."
        )
    if out.device.type != "meta":
        raise Wrong("The logits are not on the device of idx and of the weights.")


@part("tie", "one Parameter under both names, with the head's start")
def tie(seed: int, mine: Callable) -> None:
    """`mine(model)` makes model.lm_head and model.transformer.wte share a weight."""
    model = Loose(_sizes(seed)[2])
    before = {name: it.clone() for name, it in model.state_dict().items()}
    act(mine, model)
    kinds = (nn.Linear, nn.Embedding)
    ends = (model.lm_head, model.transformer.wte)
    same = all(isinstance(it, kind) for it, kind in zip(ends, kinds, strict=True))
    if not same or model.state_dict().keys() != before.keys():
        raise Wrong(
            "lm_head must stay a Linear and wte an Embedding, both with a weight: the "
            "tie is one Parameter in two modules, the modules stay."
        )
    rows, head = (before[f"{it}.weight"] for it in ("transformer.wte", "lm_head"))
    expect_shared(model, rows, head)
    if close(model.lm_head.weight, rows):
        raise Wrong(
            "They are tied, the other way round: both hold what the Embedding held, "
            "with a spread of 1. Keep the Linear's quiet numbers: the name on the left "
            "of the = is the one that changes."
        )
    if not close(model.lm_head.weight, head):
        raise Wrong("They are tied, and the numbers are not those that lm_head had.")
    for name, it in model.state_dict().items():
        if name != "transformer.wte.weight" and not torch.equal(it, before[name]):
            raise Wrong(f"It changed {name}, too.")


@part("start-values", "every spread, every bias, every norm")
def start_values(seed: int, mine: Callable) -> None:
    """`mine(model)` fills a GPT with its start values, at random; norms are ready."""
    model = Loose(wide_config(seed))
    model.transformer.wte.weight = model.lm_head.weight
    held = dict(model.named_parameters())
    for name, p in held.items():
        if "ln_" not in name:
            nn.init.normal_(p, mean=0.5, std=0.5)
    act(mine, model)
    if model.lm_head.weight is not model.transformer.wte.weight:
        raise Wrong("The tie is broken: fill the parameters, do not replace them.")
    for name, p in model.named_parameters():
        if p is not held.get(name) or not p.requires_grad:
            raise Wrong(f"{name} was replaced or frozen: fill what is there, in place.")
        expect_start(name, p.detach(), model.config.n_layer)
