"""Two sides that call each other's functions: the grader and a sandbox.

What one side exports the other calls by its number. Values and gradients go both ways,
random numbers begin where the caller's do, and what a call changes in its tensors,
lists and modules is changed at the caller's too.
"""

import builtins
import contextlib
import hashlib
import io
from collections.abc import Callable
from types import FunctionType
from typing import BinaryIO

import torch
from torch import Tensor, nn
from torch.func import functional_call

from classroom.exchange import PRINTED, Exchange, Through
from classroom.modules import (
    HOMES,
    Remote,
    module_of,
    optimizer_of,
    packed_module,
    packed_optimizer,
    packed_state,
)
from classroom.wire import (
    Broken,
    Packer,
    Read,
    Unpacker,
    bytes_of,
    is_plain,
    receive,
    send,
)

GRAPHS = 64  # results that are kept, to ask for their gradients
DEEPEST = 40  # calls within calls


class Answers:
    """What a side does with a call beside making it; a sandbox does more."""

    names: tuple = ()  # of operations, where they are asked for

    def called(self) -> None:
        """The call is over, and what it gave is being packed."""

    @contextlib.contextmanager
    def around(self, depth: int, watch: bool):
        """Run the call inside; gives a text buffer with what it printed."""
        yield io.StringIO()

    def told(self, error: BaseException) -> dict:
        """An exception, as data."""
        return {"type": type(error).__name__, "words": str(error)[:4000]}

    def error(self, told: dict) -> BaseException:
        """An exception, from data."""
        return error_of(told)


class Peer:
    """One side.

    Args:
        read: gives so many bytes from the other side, or fewer at its end.
        stream: where to write.
        answers: what to do with calls and errors.
        seeds: whether the other side's random numbers are to begin where ours do.
    """

    def __init__(
        self,
        read: Read,
        stream: BinaryIO,
        answers: Answers | None = None,
        seeds: bool = False,
    ):
        self.read, self.stream = read, stream
        self.answers, self.seeds = answers or Answers(), seeds
        self.exports: dict[int, object] = {}
        self.graphs: dict[int, tuple] = {}
        self.watching: list[list[str]] = []  # where names of operations go
        self.depth = self.count = 0

    def export(self, it: object) -> int:
        """The number by which the other side may call it from now on."""
        self.count += 1
        self.exports[self.count] = it
        return self.count

    def call(
        self, number: int, inputs: tuple, named: dict, state: dict | None = None
    ) -> object:
        """Call what the other side exported under this number.

        Args:
            number: its number.
            inputs, named: its arguments.
            state: of a module, its parameters and buffers.

        Raises:
            Broken: the other side is gone, or answers nonsense.
            Exception: what the call raised, in the form that `answers` gives it.
        """
        packer = Packer(self.said_of)
        values = {"inputs": inputs, "named": named, "state": state}
        message = {"do": "call", "of": number, "watch": bool(self.watching)}
        message |= {name: packer.pack(it) for name, it in values.items()}
        message["apart"] = any(map(is_tried, inputs))
        message["grad"] = torch.is_grad_enabled()
        message["inference"] = torch.is_inference_mode_enabled()
        message["dtype"] = packer.pack(torch.get_default_dtype())
        tensors = list(packer.tensors)
        if self.seeds:
            message["seed"] = seed_to_tell()
        wanted = [it for it in packer.tensors if it.requires_grad]
        exchange = Exchange(self, message, tensors)
        if wanted and message["grad"] and not message["inference"]:
            exchange.outs = Through.apply(exchange, *wanted)
        else:
            exchange.run()
        return exchange.finish(inputs, named)

    def request(self, message: dict, tensors: list[Tensor]) -> tuple[dict, list]:
        """Send, and serve the other side's calls until its answer is there."""
        if self.depth >= DEEPEST:
            raise RecursionError("calls within calls without end")
        self.depth += 1
        try:
            with torch.no_grad():
                send(self.stream, message, tensors)
            while True:
                answer, parts = receive(self.read)
                if not isinstance(answer, dict) or "do" not in answer:
                    raise Broken("no message")
                if answer["do"] == "answer":
                    return answer, parts
                if answer["do"] == "error":
                    self.note(answer.get("names"))
                    raise self.answers.error(answer)
                self.serve(answer, parts)
        finally:
            self.depth -= 1

    def note(self, names: object) -> None:
        """Hand on which operations the other side has seen."""
        if isinstance(names, list):
            for watched in self.watching:
                watched += [str(it)[:100] for it in names]

    def serve(self, message: dict, parts: list[bytes]) -> None:
        """Do what the other side asks for, and answer."""
        try:
            known = {"call": self._called, "back": self._back, "find": self._found}
            if message.get("do") not in known:
                raise Broken(f"nobody asks for {message.get('do')!r:.40} here")
            answer, tensors = known[message["do"]](message, parts)
        except Broken:
            raise
        except BaseException as error:  # a student's code may raise anything
            answer, tensors = {"do": "error", **self.answers.told(error)}, []
            if message.get("watch"):
                answer["names"] = list(self.answers.names)
        with torch.no_grad():
            try:
                send(self.stream, answer, tensors)
            except Broken as error:
                told = self.answers.told(RuntimeError(str(error)))
                send(self.stream, {"do": "error", **told}, [])

    def _called(self, message: dict, parts: list[bytes]) -> tuple[dict, list[bytes]]:
        unpacker = Unpacker(parts, self.made_of)
        given = [unpacker.unpack(message[it]) for it in ("inputs", "named", "state")]
        inputs, named, state = given
        it = self.exports[message["of"]]
        leaves = [t for _, t in sorted(unpacker.tensors.items()) if t.requires_grad]
        with (
            torch.inference_mode(bool(message["inference"])),
            torch.set_grad_enabled(bool(message["grad"])),
            torch.random.fork_rng(devices=[]),
            _default(unpacker.unpack(message["dtype"])),
            self.answers.around(self.depth, bool(message["watch"])) as printed,
        ):
            if "seed" in message:
                torch.manual_seed(message["seed"])
            if state is None:
                value = it(*inputs, **named)
            else:
                value = functional_call(it, state, inputs, named)
            self.answers.called()
            # Here too, for an answer may be one that only now begins to compute, and
            # what it hangs on its inputs may do so when they go.
            packer = Packer(self.said_of)
            answer = {"do": "answer", "value": packer.pack(value)}
            outs = [
                (place, t)
                for place, t in enumerate(packer.tensors)
                if t.requires_grad and not isinstance(t, nn.Parameter)
            ]
            answer["outs"] = [place for place, _ in outs]
            answer["graph"] = self._keep([t for _, t in outs], leaves)
            answer["changed"] = [
                [key, self._changed(packer, one, tree, parts)]
                for key, one, tree in _each(inputs, named, message)
            ]
            del value, given, inputs, named, state, leaves, outs
            unpacker.tensors.clear()
            sent = [bytes_of(it) for it in packer.tensors]
        answer["printed"] = printed.getvalue()[:PRINTED]
        answer["names"] = list(self.answers.names) if message["watch"] else []
        return answer, sent

    def _changed(self, packer: Packer, it: object, tree: object, parts: list) -> object:
        """What has become of an argument; None where that is as it was, or unknown."""
        if isinstance(it, nn.Module):
            return {"state": packed_state(packer, it)}
        if isinstance(it, Tensor):
            before = Unpacker(parts, self.made_of).unpack(tree)
            same = it.shape == before.shape and _same(it.detach(), before.detach())
            return None if same else {"tensor": packer.pack(it.detach().clone())}
        if is_plain(it):
            again = Packer(self.said_of)
            if again.pack(it) != tree and not again.tensors:
                return {"plain": packer.pack(it)}
        return None

    def _keep(self, outs: list[Tensor], leaves: list[Tensor]) -> int | None:
        if not outs:
            return None
        self.count += 1
        self.graphs[self.count] = (outs, leaves)
        while len(self.graphs) > GRAPHS:
            del self.graphs[min(self.graphs)]
        return self.count

    def _back(self, message: dict, parts: list[bytes]) -> tuple[dict, list[Tensor]]:
        """Gradients for all leaves of a call, from those for its results."""
        outs, leaves = self.graphs[message["of"]]
        unpacker = Unpacker(parts, self.made_of)
        pulls = [unpacker.unpack(it) for it in message["pulls"]]
        pairs = [(o, p) for o, p in zip(outs, pulls, strict=True) if p is not None]
        found = torch.autograd.grad(
            [o for o, _ in pairs],
            leaves,
            [p for _, p in pairs],
            allow_unused=True,
            retain_graph=True,
        )
        packer = Packer(self.said_of)
        return {"do": "answer", "value": packer.pack(list(found))}, packer.tensors

    def _found(self, message: dict, parts: list[bytes]) -> tuple[dict, list[Tensor]]:
        raise KeyError("nothing is found here by its name")

    def said_of(self, packer: Packer, it: object) -> dict | None:
        """What is said of modules, optimizers and functions."""
        remote = isinstance(it, Remote) or type(it) is FunctionType
        home, number = (HOMES.get(it) if remote else None) or (None, 0)
        if home is self:
            return {"yours": number}
        if isinstance(it, nn.Module):
            return packed_module(packer, it, self)
        if isinstance(it, torch.optim.Optimizer):
            return packed_optimizer(packer, it)
        if callable(it):
            name = str(getattr(it, "__name__", type(it).__name__))[:60]
            made = {"function": self.export(it), "name": name}
            return made | {"class": isinstance(it, type)}
        return None

    def made_of(self, unpacker: Unpacker, it: dict) -> object:
        """And what is made of that."""
        if "yours" in it:
            return self.exports[it["yours"]]
        if "module" in it:
            return module_of(unpacker, it, self)
        if "optimizer" in it:
            return optimizer_of(unpacker, it)
        if "function" in it:
            return distant(self, it["function"])
        raise Broken("no value")


def is_tried(it: object) -> bool:
    """Whether it is an implementation that a witness is to try."""
    return getattr(it, "__name__", "") == "implementation"


def distant(peer: Peer, number: int) -> Callable:
    """A function that asks the other side."""

    def implementation(*inputs: object, **named: object) -> object:
        return peer.call(number, inputs, named)

    HOMES[implementation] = peer, number
    return implementation


def seed_to_tell() -> int:
    """The seed of random numbers elsewhere.

    It is our own where a check has just set a small one, as to draw the same on both
    sides. Else it follows from the state of ours, which does not follow from it.
    """
    state, seed = torch.get_rng_state(), torch.initial_seed()
    if seed < 1000 and torch.equal(
        torch.Generator().manual_seed(seed).get_state(), state
    ):
        return seed
    digest = hashlib.sha256(state.numpy().tobytes()).digest()
    return int.from_bytes(digest[:7], "big")


@contextlib.contextmanager
def _default(dtype: torch.dtype):
    """Let new tensors have this dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _each(inputs: tuple, named: dict, message: dict) -> list[tuple]:
    """Each argument with its key and what was said of it."""
    found = list(zip(range(len(inputs)), inputs, message["inputs"]["t"], strict=True))
    trees = {key: tree for key, tree in message["named"]["d"]}
    return [*found, *((key, it, trees[key]) for key, it in named.items())]


def _same(a: Tensor, b: Tensor) -> bool:
    if a.dtype != b.dtype:
        return False
    return bool(((a == b) | (a.isnan() & b.isnan())).all())


def error_of(told: dict) -> BaseException:
    """An exception of the other side's, as one of ours; of an unknown type, as new."""
    name, words = str(told.get("type"))[:60], str(told.get("words"))[:4000]
    known = getattr(builtins, name, Exception)
    if not (isinstance(known, type) and issubclass(known, Exception)):
        known = Exception
    return type(name or "Exception", (known,), {"__str__": lambda self: words})()
