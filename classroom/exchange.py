"""A call of the other side's, on its way: what is asked, and what came back of it."""

import contextlib
from typing import Protocol

import torch
from torch import Tensor, nn

from classroom.modules import restore
from classroom.wire import Broken, Packer, Unpacker, is_plain

PRINTED = 2000  # characters of what was printed


class Asking(Protocol):
    """The side that asks; see `Peer`."""

    def note(self, names: object) -> None:
        """Hand on which operations the other side has seen."""

    def request(self, message: dict, tensors: list[Tensor]) -> tuple[dict, list]:
        """Send, and wait for the answer."""

    def said_of(self, packer: Packer, it: object) -> dict | None:
        """What is said of modules, optimizers and functions."""

    def made_of(self, unpacker: Unpacker, it: dict) -> object:
        """And what is made of that."""


class Exchange:
    """A call on its way: what is asked, and what came back."""

    def __init__(self, peer: Asking, message: dict, tensors: list[Tensor]):
        self.peer, self.message, self.tensors = peer, message, tensors
        self.outs: tuple[Tensor, ...] = ()

    def run(self) -> list[Tensor]:
        """Ask; the results that have a gradient."""
        self.answer, parts = self.peer.request(self.message, self.tensors)
        self.unpacker = Unpacker(parts, self.peer.made_of)
        with sense():
            self.peer.note(self.answer["names"])
            places = self.answer["outs"]
            known = dict(_tensors(self.answer["value"]))
            return [self.unpacker.tensor(known[place]).detach() for place in places]

    def finish(self, inputs: tuple, named: dict) -> object:
        """The value, after what it changed has been changed here too."""
        with sense():
            for place, out in zip(self.answer["outs"], self.outs, strict=False):
                self.unpacker.tensors[place] = out
            if text := self.answer["printed"]:
                print(str(text)[:PRINTED])
            value = self.unpacker.unpack(self.answer["value"])
            ours = {**dict(enumerate(inputs)), **named}
            for key, change in self.answer["changed"]:
                if change:
                    _change(self.unpacker, ours[key], change)
            return value


class Through(torch.autograd.Function):
    """A call whose results know where their gradients go."""

    @staticmethod
    def forward(ctx, exchange: Exchange, *wanted: Tensor) -> tuple[Tensor, ...]:
        ctx.exchange, ctx.wanted = exchange, len(wanted)
        return tuple(exchange.run())

    @staticmethod
    def backward(ctx, *pulls: Tensor | None) -> tuple:
        peer, answer = ctx.exchange.peer, ctx.exchange.answer
        packer = Packer(peer.said_of)
        message = {"do": "back", "of": answer["graph"]}
        message["pulls"] = [packer.pack(it) for it in pulls]
        found, parts = peer.request(message, packer.tensors)
        with sense():
            grads = Unpacker(parts, peer.made_of).unpack(found["value"])
        if not isinstance(grads, list) or len(grads) != ctx.wanted:
            raise Broken("no gradients")
        return None, *grads


NONSENSE = (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError)


@contextlib.contextmanager
def sense():
    """An answer that makes no sense is a line that is broken.

    Raises:
        Broken: whatever its nonsense raises.
    """
    try:
        yield
    except NONSENSE as error:
        raise Broken(f"an answer without sense: {type(error).__name__}") from None


def _tensors(tree: object) -> list[tuple[int, dict]]:
    """All that is said of tensors in a value."""
    if isinstance(tree, list):
        return [found for it in tree for found in _tensors(it)]
    if not isinstance(tree, dict):
        return []
    if "T" in tree and isinstance(tree["T"], int):
        return [(tree["T"], tree)]
    return [found for it in tree.values() for found in _tensors(it)]


def _change(unpacker: Unpacker, ours: object, change: dict) -> None:
    """Let an argument be what the other side made of it."""
    if "state" in change and isinstance(ours, nn.Module):
        restore(unpacker, ours, change["state"])
    elif "tensor" in change and isinstance(ours, Tensor):
        new = unpacker.unpack(change["tensor"])
        if isinstance(new, Tensor) and new.shape == ours.shape:
            with torch.no_grad():
                ours.copy_(new)
    elif "plain" in change and is_plain(ours):
        new = unpacker.unpack(change["plain"])
        if type(new) is type(ours):
            ours.clear()
            (ours.extend if isinstance(ours, list) else ours.update)(new)
