"""Looking inside a model while it runs.

B batch, T time (positions), C = n_embd, nh heads, V vocabulary.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gptlib.model import GPT

# What the last axis of a module's output is; every other module ends with C.
LAST_AXIS = {"c_attn": "3C", "c_fc": "4C", "gelu": "4C", "lm_head": "V"}


@dataclass(frozen=True)
class Step:
    """What one module did: its output's shape, and its own parameters."""

    name: str
    kind: str
    letters: str  # such as (B, T, C)
    shape: tuple[int, ...]
    parameters: int  # of the whole module
    mean: float
    spread: float  # standard deviation of all numbers of the output

    def cells(self) -> tuple[str, ...]:
        """The step as the texts of a line of a table."""
        numbers = (f"{self.parameters:,}", f"{self.mean:z.4f}", f"{self.spread:.4f}")
        return (self.name, self.kind, self.letters, str(self.shape), *numbers)


class Trace(list[Step]):
    """The steps in the order in which they ended; a table in text and in a notebook."""

    HEAD = ("module", "class", "axes", "shape", "parameters", "mean", "spread")

    def __str__(self) -> str:
        lines = [self.HEAD, *(step.cells() for step in self)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                text.rjust(w) if i > 3 else text.ljust(w)
                for i, (text, w) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )

    __repr__ = __str__


@torch.no_grad()
def trace(model: GPT, idx: Tensor) -> Trace:
    """Run `model` once on `idx`, (B, T) int64, and list what each module gave.

    The model's mode and weights stay as they are. Modules that only hold others and
    are never called (`transformer`, `h`) do not appear.
    """
    steps, hooks = Trace(), []
    for name, module in model.named_modules():
        if name:
            note = _note(steps, name)
            hooks.append(module.register_forward_hook(note))
    try:
        model(idx)
    finally:
        for hook in hooks:
            hook.remove()
    return steps


def _note(steps: Trace, name: str):
    def note(module: nn.Module, inputs: tuple, output: Tensor) -> None:
        last = LAST_AXIS.get(name.rpartition(".")[2], "C")
        axes = ("B", "T", last)[-output.dim() :]
        if output.dim() == 4:  # the weights of the hand-written attention path
            axes = ("B", "nh", "T", "T")
        shape, kind = tuple(output.shape), type(module).__name__
        parameters = sum(p.numel() for p in module.parameters())
        mean, spread = output.mean().item(), output.std(correction=0).item()
        axes_text = f"({', '.join(axes)})"
        steps.append(Step(name, kind, axes_text, shape, parameters, mean, spread))

    return note


@torch.no_grad()
def attention_maps(model: GPT, idx: Tensor) -> Tensor:
    """Who listens to whom, in every layer and head, while the model reads `idx`.

    Args:
        model: a GPT; its mode and its weights stay as they are.
        idx: (B, T) int64.

    Returns:
        (n_layer, B, nh, T, T): [l, b, h, t, s] is how much position t takes from s.
    """
    maps = []
    hooks = [
        block.attn.register_forward_hook(
            lambda attn, inputs, output: maps.append(attn.weights(inputs[0]))
        )
        for block in model.transformer.h
    ]
    try:
        model(idx)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(maps)
