"""What a check may expect of a learner's class."""

from collections.abc import Iterable

from torch import nn

from gptlib.checks.calls import attempt
from gptlib.checks.verdict import Wrong


def made(cls: type, *sizes: object, **named: object) -> nn.Module:
    """A module of the learner's class.

    Raises:
        NotWritten: its constructor is not written yet.
        Wrong: it cannot be made, or is no module.
    """
    if isinstance(cls, nn.Module):
        raise Wrong(
            "This is a layer that was made already: hand over the class itself, its "
            "name without brackets."
        )
    try:
        module = attempt(cls, *sizes, **named)
    except Wrong as fault:
        raise type(fault)(f"It cannot be made. {fault}") from None
    if not isinstance(module, nn.Module):
        raise Wrong("It is no nn.Module: leave the first line of the class as it was.")
    return module


def loud(module: nn.Module, names: Iterable[str] = (), std: float = 0.5) -> nn.Module:
    """The module with normal weights that hide nothing, if it has these parts."""
    for name in names:
        if not isinstance(getattr(module, name, None), nn.Module):
            raise Wrong(f"It has no {name}: leave __init__ and its names as they were.")
    seen: set[int] = set()
    for weights in module.parameters():
        if weights.numel() and weights.data_ptr() in seen:
            raise Wrong(
                "Two of its parameters lie on the same memory: leave __init__ as it "
                "was."
            )
        seen.add(weights.data_ptr())
        nn.init.normal_(weights, std=std)
    return module


def settings(*modules: nn.Module) -> list[tuple[type, dict[str, object]]]:
    """What they and all modules in them are, and how each is set: `p`, `eps` ..."""
    inner = [part for it in modules for part in it.modules()]
    plain = bool | int | float | str | None
    return [
        (type(it), {k: v for k, v in vars(it).items() if isinstance(v, plain)})
        for it in inner
    ]
