"""Checks of the homework tie-fault: table and head, two parameters on one memory."""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gptlib.checks.calls import run
from gptlib.checks.expect import close
from gptlib.checks.faults import LIKE, expect_mended, expect_witness
from gptlib.checks.verdict import Wrong, part
from gptlib.layernorm import LayerNorm


def make_model(V, C):
    """A small model whose table of tokens and head shall be one matrix, the head's."""
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = nn.Parameter(model.lm_head.weight)
    return model


LOOK = "How many parameters has it, and how many should it have?"
LAYERS = {"wte": nn.Embedding, "ln_f": nn.Module, "lm_head": nn.Linear}
WHOLE_LAYER = (
    "{} has become an {}, and it was an {}: what is to be shared is the matrix, "
    "and each layer stays what it was. One looks ids up, the other multiplies."
)
EQUAL_MEMORY = (
    "There are still two parameters, on the same memory: their numbers agree, but each "
    "has a gradient of its own, and an optimizer steps both. One name must hold the "
    "other's Parameter itself."
)
COPY = (
    "The one is a copy of the other: equal at the start, and two parameters. "
    "An assignment copies nothing."
)
UNEQUAL = "Now the two are not even equal at the start."
OTHER_WAY = (
    "Now it is one matrix, but it starts with the embedding's numbers, whose spread is "
    "1: keep the head's."
)
OTHER_START = (
    "It is one matrix, and it does not start with the numbers that the head had: "
    "change only the tie."
)
OTHER_PARTS = (
    "Its parts are no longer those that were given, or they are set otherwise: change "
    "only the tie."
)
FROZEN = "The shared matrix has no gradient: it must be learned."
NORM_FROZEN = "The norm is no longer learned: change only the tie."


def _made(mine: Callable, V: int, C: int, seed: int) -> nn.Module:
    """The learner's model, drawn from this seed."""
    torch.manual_seed(seed)
    model = run(mine, V, C)
    if not isinstance(model, nn.Module):
        kind = type(model).__name__
        raise Wrong(f"It must return the model, and yours returned {kind}.")
    for name, kind in LAYERS.items():
        layer = getattr(model, name, None)
        if not isinstance(layer, nn.Module):
            raise Wrong(f"The model has no {name}: leave the parts as they were.")
        if not isinstance(layer, kind):
            now = f"nn.{type(layer).__name__}"
            raise Wrong(WHOLE_LAYER.format(name, now, f"nn.{kind.__name__}"))
    return model


def _one(mine: Callable, V: int, C: int, seed: int) -> nn.Module:
    """The learner's model, if its table and head hold one Parameter."""
    model = _made(mine, V, C, seed)
    table, head = model.wte.weight, model.lm_head.weight
    if table is head:
        if not head.requires_grad:
            raise Wrong(FROZEN)
        return model
    if not close(table, head):
        raise Wrong(UNEQUAL)
    raise Wrong(EQUAL_MEMORY if table.data_ptr() == head.data_ptr() else COPY)


def _expect_rest(model: nn.Module, start: nn.Module, table: Tensor) -> None:
    """All but the tie is as in `start`; `table` is what the embedding was drawn as."""
    found, wanted = model.state_dict(), start.state_dict()
    if str(model) != str(start) or found.keys() != wanted.keys():
        raise Wrong(OTHER_PARTS)
    if not all(p.requires_grad for p in model.parameters()):
        raise Wrong(NORM_FROZEN)
    kinds = {it.dtype for it in found.values()}
    if kinds == {table.dtype} and torch.equal(found["wte.weight"], table):
        raise Wrong(OTHER_WAY)
    same = (torch.equal(found[name], wanted[name]) for name in wanted)
    if kinds != {table.dtype} or not all(same):
        raise Wrong(OTHER_START)


def _gradients(model: nn.Module, idx: Tensor, pull: Tensor) -> tuple[Tensor, Tensor]:
    """What reading and what writing send to the table and to the head."""
    (model(idx) * pull).sum().backward()
    return model.wte.weight.grad, model.lm_head.weight.grad


@part("tie-fault", "one matrix under two names, and the head's numbers", points=1)
def one(seed: int, mine: Callable) -> None:
    """Asked of the modules themselves, for two sizes; all else is as it was."""
    expect_mended(mine, make_model, LOOK)
    for V, C in ((5 + seed, 4), (7, 10)):
        model, start = _one(mine, V, C, seed), _made(make_model, V, C, seed)
        torch.manual_seed(seed)
        _expect_rest(model, start, nn.Embedding(V, C).weight)


@part("tie-fault", "it gets the gradients of reading and of writing", points=1)
def gradients(seed: int, mine: Callable) -> None:
    """Their sum, against the two loose matrices of the given code."""
    expect_mended(mine, make_model, LOOK)
    V, C = 6 + seed, 4
    model, loose = _one(mine, V, C, seed), make_model(V, C)
    loose.load_state_dict(model.state_dict())
    idx, pull = torch.randint(V, (2, 5)), torch.randn(2, 5, V)
    both = sum(_gradients(loose, idx, pull))
    if not close(_gradients(model, idx, pull)[1], both):
        raise Wrong(
            "The shared matrix must get the gradient of reading and that of writing, "
            "added up: does each forward pass use it twice, and is all else as it was?"
        )


def _assigned(V: int, C: int) -> nn.Module:
    model = make_model(V, C)
    model.wte.weight = model.lm_head.weight
    return model


def _copied(V: int, C: int) -> nn.Module:
    model = make_model(V, C)
    model.wte.weight = nn.Parameter(model.lm_head.weight.detach().clone())
    return model


class _Functional(nn.Module):
    """Right too: another class, with the same names."""

    def __init__(self, V: int, C: int, tied: bool = True):
        super().__init__()
        self.lm_head, self.ln_f = nn.Linear(C, V, bias=False), LayerNorm(C)
        self.wte, weight = nn.Embedding(V, C), self.lm_head.weight
        self.wte.weight = weight if tied else nn.Parameter(weight)

    def forward(self, idx: Tensor) -> Tensor:
        x = nn.functional.embedding(idx, self.lm_head.weight)
        return self.ln_f(x) @ self.wte.weight.T


def _loose(V: int, C: int) -> nn.Module:
    """The given fault in the other class, so that no class is right or wrong."""
    return _Functional(V, C, tied=False)


@part(
    "tie-witness", "your number is 0 for right code, and not for either fault", points=2
)
def witness(seed: int, mine: Callable) -> None:
    """Two right models, the one that was given, and one with a copy."""
    wrong = {
        make_model: "table and head are two parameters on the same memory",
        _loose: LIKE,
        _copied: "table and head are only equal at the start",
    }
    expect_witness(mine, [_assigned, _Functional], wrong)
