"""Checks of lesson mlp: the feed-forward layer. B batch, T time, C channels."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gptlib.checks.calls import call
from gptlib.checks.expect import close, expect_gradients, expect_shape, expect_values
from gptlib.checks.mistakes import Mistakes
from gptlib.checks.modules import loud, made
from gptlib.checks.verdict import Wrong, part

NAMES = ("c_fc", "gelu", "c_proj", "dropout")


def _made(seed: int, cls: type, p: float = 0.0) -> tuple[nn.Module, Tensor]:
    """A module of the learner's class with weights that hide nothing, and an input."""
    B, T, C = [(2, 5, 6), (3, 7, 4), (4, 6, 5)][seed]
    module = loud(made(cls, C, p), NAMES)
    return module, torch.randn(B, T, C)


def _right(module: nn.Module, x: Tensor) -> Tensor:
    """Widen, bend, narrow: (B, T, C)."""
    return module.c_proj(F.gelu(module.c_fc(x), approximate="tanh"))


def _mistakes(module: nn.Module, x: Tensor) -> Mistakes:
    """Instead of what the class gives for x, (B, T, C) each."""
    wide, right = module.c_fc(x), _right(module, x)
    bend, narrow = module.gelu, module.c_proj
    bare = x @ module.c_fc.weight.T
    forgotten = "{} was forgotten: a Linear adds its bias too."
    return [
        (narrow(wide), "The bend is missing: gelu stands between c_fc and c_proj."),
        (
            bend(narrow(wide)),
            "gelu comes after c_proj: it belongs where the vector is wide.",
        ),
        (
            bend(right),
            "gelu is there twice: after c_proj nothing is bent.",
        ),
        (
            narrow(bend(module.c_fc(bend(x)))),
            "gelu is there twice: x is not bent before it is widened.",
        ),
        (
            narrow(module.c_fc(bend(x))),
            "gelu comes before c_fc: it belongs where the vector is wide.",
        ),
        (narrow(bend(bend(wide))), "gelu is called twice in a row."),
        (narrow(F.relu(wide)), "The bend is ReLU: self.gelu is there for it."),
        (narrow(F.gelu(wide)), "That is GELU by erf: self.gelu is the tanh form."),
        (right - narrow.bias, forgotten.format("The bias of c_proj")),
        (narrow(bend(bare)), forgotten.format("The bias of c_fc")),
        (narrow(bend(bare)) - narrow.bias, forgotten.format("Each bias")),
        (right + x, "x was added to the result: that is the block's part."),
    ]


@part("mlp-forward", "each position is widened, bent and narrowed, by itself")
def forward(seed: int, cls: type) -> None:
    """A class with `__init__(C, p)` and `forward(x)`, (B, T, C) to (B, T, C)."""
    module, x = _made(seed, cls)
    for some in (x, x[0]):
        out = call(module, some)
        if tuple(out.shape) == (*some.shape[:-1], 4 * some.shape[-1]):
            raise Wrong(
                f"The result is still wide, {tuple(out.shape)}: c_proj brings it back."
            )
        expect_shape(out, tuple(some.shape), f"x of {tuple(some.shape)}")
        if not torch.equal(out, call(module, some)):
            raise Wrong(
                "With p = 0 the results differ from call to call: something is "
                "dropped, or drawn, besides self.dropout."
            )
        expect_values(out, _right(module, some), _mistakes(module, some))


@part("mlp-forward", "five gradients")
def gradients(seed: int, cls: type) -> None:
    """Of the input and the four parameters."""
    module, x = _made(seed, cls)
    layers = {"c_fc": module.c_fc, "c_proj": module.c_proj}
    tensors = {"x": x.requires_grad_()} | {
        f"{name}.{kind}": parameter
        for name, layer in layers.items()
        for kind, parameter in layer.named_parameters()
    }
    expect_gradients(call(module, x), _right(module, x), tensors, tensors)


@part("mlp-forward", "dropout last, and only in training")
def dropout(seed: int, cls: type) -> None:
    """On what c_proj gives, through the module that knows about training."""
    module, x = _made(seed, cls, p=0.5)
    met: list[tuple[Tensor, Tensor]] = []
    module.dropout.register_forward_hook(_note(met))
    out = call(module, x)
    if not met:
        raise Wrong("self.dropout is never called: it belongs on what c_proj gives.")
    if len(met) > 1:
        raise Wrong(f"self.dropout is called {len(met)} times; once is enough.")
    given, dropped = met[0]
    if not close(given, _right(module, x)):
        raise Wrong(
            f"self.dropout was given a tensor of {tuple(given.shape)} that is not what "
            "c_proj gives: it comes last."
        )
    if not torch.equal(out, dropped):
        raise Wrong("What self.dropout returns is not what you return: use its result.")
    if torch.equal(given, dropped):
        raise Wrong("In training self.dropout drops nothing: is eval() called?")
    if not close(call(module.eval(), x), _right(module, x)):
        raise Wrong("In evaluation something is still dropped: self.dropout is enough.")


def _note(met: list[tuple[Tensor, Tensor]]) -> Callable:
    def hook(_, inputs: tuple, output: Tensor) -> None:
        met.append((inputs[0], output))

    return hook
