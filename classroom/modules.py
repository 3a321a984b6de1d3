"""Modules and optimizers as data: what they are made of, and nothing that they do.

Where every class in a module is known, the other side makes the same module. Of any
other class it gets the parts, and whoever calls it asks the side where it lives.
"""

from typing import Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

import gptlib.attention
import gptlib.block
import gptlib.embeddings
import gptlib.gelu
import gptlib.layernorm
import gptlib.mlp
from classroom.wire import Broken, Opaque, Packer, Unpacker

TORCHS = (
    nn.Linear,
    nn.Embedding,
    nn.LayerNorm,
    nn.RMSNorm,
    nn.Dropout,
    nn.Identity,
    nn.GELU,
    nn.SiLU,
    nn.ReLU,
    nn.Tanh,
    nn.Sigmoid,
    nn.Sequential,
    nn.ModuleList,
    nn.ModuleDict,
)
OURS = [
    it
    for module in (
        gptlib.attention,
        gptlib.block,
        gptlib.embeddings,
        gptlib.gelu,
        gptlib.layernorm,
        gptlib.mlp,
    )
    for it in vars(module).values()
    if isinstance(it, type)
    and issubclass(it, nn.Module)
    and it.__module__ == module.__name__
]
KNOWN = {f"{it.__module__}.{it.__qualname__}": it for it in (*TORCHS, *OURS)}
OPTIMIZERS = {it.__name__: it for it in (torch.optim.SGD, torch.optim.Adam)}
OPTIMIZERS |= {it.__name__: it for it in (torch.optim.AdamW, torch.optim.RMSprop)}
# What nn.Module keeps of its own.
OWN = set(vars(nn.Module()))


class Home(Protocol):
    """The side where a module lives, or which asks the one where it lives."""

    def export(self, it: object) -> int:
        """The number by which the other side calls it."""

    def call(self, number: int, inputs: tuple, named: dict, state: dict) -> object:
        """Call what the other side knows by this number."""


# Where a module or a function of the other side lives, and its number there. It is not
# kept on the object, which is in a student's hands.
HOMES: WeakKeyDictionary[object, tuple[Home, int]] = WeakKeyDictionary()


class Remote(nn.Module):
    """A module that lives on the other side: here are its parts."""

    def forward(self, *inputs: object, **named: object) -> object:
        """Ask the other side, with the parameters as they are here and now."""
        state = dict(self.named_parameters(remove_duplicate=False))
        state |= dict(self.named_buffers(remove_duplicate=False))
        home, number = HOMES[self]
        return home.call(number, inputs, named, state)


def packed_module(packer: Packer, module: nn.Module, home: Home) -> dict:
    """What stands for a module."""
    name = f"{type(module).__module__}.{type(module).__qualname__}"
    known = KNOWN.get(name) is type(module)  # a name alone can be anybody's
    plain = {}
    for key, value in vars(module).items():
        if key not in OWN and isinstance(key, str):
            plain[key] = value
    made = {
        "module": name if known else type(module).__name__,
        "known": known,
        "training": bool(module.training),
        "plain": {key: packer.pack(it) for key, it in plain.items() if _plain(it)},
        "own": [[n, *_with_gradient(packer, p)] for n, p in module._parameters.items()],
        "kept": [[n, packer.pack(b)] for n, b in module._buffers.items()],
        "parts": [
            [n, None if it is None else packed_module(packer, it, home)]
            for n, it in module._modules.items()
        ],
    }
    if not known:
        made["number"] = home.export(module)
    return made


def _with_gradient(packer: Packer, it: nn.Parameter | None) -> tuple[object, object]:
    return packer.pack(it), packer.pack(None if it is None else it.grad)


def _plain(it: object) -> bool:
    return it is None or type(it) in (bool, int, float, str) or _is_data(it)


def _is_data(it: object) -> bool:
    if type(it).__name__ == "GPTConfig":
        return True
    return type(it) is tuple and all(_plain(one) for one in it)


def module_of(
    unpacker: Unpacker, it: dict, home: Home, remote: type[Remote] = Remote
) -> nn.Module:
    """The module that this stands for.

    Args:
        unpacker: of the message.
        it: what `packed_module` said.
        home: asks the other side.
        remote: the class for what is not known here.

    Raises:
        Broken: it stands for none.
    """
    kind = KNOWN.get(it["module"]) if it["known"] else remote
    if kind is None:
        raise Broken(f"no module: {it['module']!r:.60}")
    if kind is remote:
        kind = type(str(it["module"])[:60] or "Module", (remote,), {})
    made = kind.__new__(kind)
    nn.Module.__init__(made)
    for name, value in it["plain"].items():
        if name not in OWN and not name.startswith("__") and not hasattr(kind, name):
            value = unpacker.unpack(value)
            if _plain(value):  # nothing that acts, and no method's name
                object.__setattr__(made, name, value)
    if "number" in it:
        HOMES[made] = home, it["number"]
    for name, value, gradient in it["own"]:
        parameter = _parameter(unpacker.unpack(value))
        made.register_parameter(name, parameter)
        if gradient is not None:
            parameter.grad = unpacker.unpack(gradient)
    for name, value in it["kept"]:
        made.register_buffer(name, unpacker.unpack(value))
    for name, part in it["parts"]:
        inner = None if part is None else module_of(unpacker, part, home, remote)
        made.add_module(name, inner)
    # Not train(): parts may be in another state.
    object.__setattr__(made, "training", bool(it["training"]))
    return made


def _parameter(it: object) -> nn.Parameter | None:
    if it is None or isinstance(it, nn.Parameter):
        return it
    raise Broken(f"no parameter: {type(it).__name__}")


def packed_optimizer(packer: Packer, it: torch.optim.Optimizer) -> dict | None:
    """What stands for an optimizer that has not stepped yet; None if it cannot."""
    if type(it).__name__ not in OPTIMIZERS:
        return None
    groups = [
        {
            "params": [packer.pack(p) for p in group["params"]],
            "options": {k: packer.pack(v) for k, v in group.items() if k != "params"},
        }
        for group in it.param_groups
    ]
    return {"optimizer": type(it).__name__, "groups": groups}


def optimizer_of(unpacker: Unpacker, it: dict) -> torch.optim.Optimizer:
    """The optimizer that this stands for."""
    groups = []
    for group in it["groups"]:
        options = {k: unpacker.unpack(v) for k, v in group["options"].items()}
        options = {k: v for k, v in options.items() if not isinstance(v, Opaque)}
        groups.append({"params": [unpacker.unpack(p) for p in group["params"]]})
        groups[-1] |= options
    known = OPTIMIZERS[it["optimizer"]]
    made = known(groups, lr=float(groups[0].get("lr", 1e-3)))
    return made


def packed_state(packer: Packer, module: nn.Module) -> list:
    """All parameters and their gradients, by name: what a call may have changed."""
    found = module.named_parameters(remove_duplicate=False)
    return [[name, *_with_gradient(packer, p)] for name, p in found]


def restore(unpacker: Unpacker, module: nn.Module, state: list) -> None:
    """Let the module hold what another side says that it holds now."""
    ours = dict(module.named_parameters(remove_duplicate=False))
    with torch.no_grad():
        for name, value, gradient in state:
            new, p = unpacker.unpack(value), ours.get(name)
            if p is None or not isinstance(new, Tensor) or new.shape != p.shape:
                raise Broken(f"no parameter {name!r:.60} of this shape")
            p.copy_(new)
            p.grad = None if gradient is None else unpacker.unpack(gradient).detach()
