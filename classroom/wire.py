"""What goes between the grader and a sandbox: plain data, and never code.

A message is JSON with the bytes of its tensors behind it. Whatever cannot be said so,
such as an object that equals everything, arrives as its type's name.
"""

import json
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor, nn

from gptlib.config import GPTConfig

MOST_BYTES = 64_000_000  # of a message
MOST_TEXT = 8_000_000  # of its JSON, which takes many times as much memory as objects
MOST_THINGS, DEEPEST = 200_000, 60  # of a value: things in it, and one in another
HEAD = struct.Struct(">QI")  # bytes of the JSON; how many tensors
SIZE = struct.Struct(">Q")
DTYPES = {
    str(it).removeprefix("torch."): it
    for it in (
        torch.float32,
        torch.float64,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
        torch.complex64,
    )
}
NUMBERS = frozenset(np.sctypeDict.values())  # NumPy's own, and no class like them
Read = Callable[[int], bytes]


class Broken(Exception):
    """What arrived is no message, or the other side is gone."""


class Opaque:
    """Stands for something that cannot be sent."""


def opaque(name: str) -> Opaque:
    """An object whose type has this name, and which can do nothing."""
    return type(name[:60] or "object", (Opaque,), {})()


def send(stream: BinaryIO, message: object, tensors: list[Tensor | bytes]) -> None:
    """Write a message, with tensors or with what is their bytes already.

    Raises:
        Broken: it is too large, or nobody reads.
    """
    text = json.dumps(message).encode()
    parts = [it if isinstance(it, bytes) else bytes_of(it) for it in tensors]
    if len(text) + sum(map(len, parts)) > MOST_BYTES:
        raise Broken(f"more than {MOST_BYTES / 1e6:g} MB are to be sent")
    try:
        stream.write(HEAD.pack(len(text), len(parts)) + text)
        for it in parts:
            stream.write(SIZE.pack(len(it)) + it)
        stream.flush()
    except OSError as error:
        raise Broken(f"nobody reads ({error})") from None


def receive(read: Read) -> tuple[Any, list[bytes]]:
    """A message and the bytes of its tensors.

    Args:
        read: gives so many bytes, or fewer at the end.

    Raises:
        Broken: it is too large, cut off, or no JSON.
    """
    length, count = HEAD.unpack(_exactly(read, HEAD.size, MOST_BYTES))
    left = MOST_BYTES - length
    text, parts = _exactly(read, length, MOST_TEXT), []
    for _ in range(count):
        (size,) = SIZE.unpack(_exactly(read, SIZE.size, MOST_BYTES))
        parts.append(_exactly(read, size, left))
        left -= size + SIZE.size
    try:
        return json.loads(text), parts
    except (ValueError, RecursionError) as error:
        raise Broken(f"no JSON ({type(error).__name__})") from None


def _exactly(read: Read, size: int, most: int) -> bytes:
    if size > most:
        raise Broken(f"more than {MOST_BYTES / 1e6:g} MB have been sent")
    try:
        found = read(size)
    except OSError:  # it ended with something unread
        found = b""
    if len(found) < size:
        raise Broken("the other side is gone")
    return found


def bytes_of(it: Tensor) -> bytes:
    """What stands for its numbers on the line."""
    flat = it.detach().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""


def tensor_of(part: bytes, dtype: str, shape: list[int]) -> Tensor:
    """The tensor that these bytes are.

    Raises:
        Broken: they are no tensor of this dtype and shape.
    """
    sizes = all(type(it) is int and 0 <= it < 2**40 for it in shape)
    if dtype not in DTYPES or not sizes or len(shape) > 20:
        raise Broken(f"no tensor: {dtype} {shape}"[:200])
    made = torch.empty(0, dtype=DTYPES[dtype])
    count = 1
    for it in shape:
        count *= it
    if count * made.element_size() != len(part):
        raise Broken(f"{len(part)} bytes are no {dtype} of shape {shape}"[:200])
    if not count:
        return torch.empty(shape, dtype=DTYPES[dtype])
    buffer = torch.frombuffer(bytearray(part), dtype=torch.uint8)
    return buffer.view(DTYPES[dtype]).reshape(shape).clone()  # no view of a leaf


def is_plain(it: object) -> bool:
    """Whether it is a list or dict of numbers and texts, or of such lists."""
    if type(it) not in (list, dict):
        return False
    inner = it.values() if isinstance(it, dict) else it
    return all(isinstance(one, int | float | str) or is_plain(one) for one in inner)


class Packer:
    """Turns values into what JSON can say, and keeps their tensors in order.

    Args:
        other: says what to send for what is none of the plain kinds, or returns None.
    """

    def __init__(self, other: Callable[["Packer", object], dict | None]):
        self.other, self.tensors = other, []
        self.places: dict[int, int] = {}
        self.count = self.depth = 0

    def pack(self, it: object) -> object:
        """What stands for `it`; tensors in it are appended to `tensors`."""
        self.count += 1
        if self.count > MOST_THINGS or self.depth >= DEEPEST:
            return {"o": "object that is too large to be sent"}
        self.depth += 1
        try:
            return self._packed(it)
        finally:
            self.depth -= 1

    def _packed(self, it: object) -> object:
        kind = type(it)
        if it is None or kind in (bool, str, float):
            return it
        if kind is int:
            return it if it.bit_length() < 13_000 else {"o": "int"}
        if kind is list:
            return {"l": [self.pack(one) for one in it]}
        if kind in (tuple, torch.Size):
            return {"t": [self.pack(one) for one in it]}
        if kind is dict:
            return {"d": [[self.pack(k), self.pack(v)] for k, v in it.items()]}
        if kind in (Tensor, nn.Parameter):
            return self.tensor(it)
        if kind is torch.dtype:
            return {"dt": str(it).removeprefix("torch.")}
        if kind is GPTConfig:
            return {"config": {name: value for name, value in vars(it).items()}}
        if kind in NUMBERS:
            return self.pack(it.item())
        return self.other(self, it) or {"o": kind.__name__}

    def tensor(self, it: Tensor) -> dict:
        """A tensor; the same one again is only named."""
        if id(it) not in self.places:
            name = str(it.dtype).removeprefix("torch.")
            plain = it.layout is torch.strided and it.device.type == "cpu"
            if not plain or name not in DTYPES:
                return {"o": "Tensor"}
            self.places[id(it)] = len(self.tensors)
            self.tensors.append(it)
        place = self.places[id(it)]
        kind = "P" if isinstance(it, nn.Parameter) else "T"
        made = {kind: place, "dtype": str(it.dtype).removeprefix("torch.")}
        made |= {"shape": list(it.shape), "grad": it.requires_grad}
        return made | self._memory(it, place)

    def _memory(self, it: Tensor, place: int) -> dict:
        """Which tensor before it lies on the same memory, if one does."""
        for other, before in enumerate(self.tensors[:place]):
            if before.data_ptr() == it.data_ptr() and before.shape == it.shape:
                return {"same": other} if it.numel() else {}
        return {}


class Unpacker:
    """Turns them back.

    Args:
        parts: the bytes of the tensors.
        other: makes what `Packer.other` said.
    """

    def __init__(self, parts: list[bytes], other: Callable[["Unpacker", dict], object]):
        self.parts, self.other = parts, other
        self.tensors: dict[int, Tensor] = {}

    def unpack(self, it: object) -> object:
        """The value that `it` stands for.

        Raises:
            Broken: it stands for nothing.
        """
        if it is None or isinstance(it, bool | int | float | str):
            return it
        try:
            return self._unpacked(it)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise Broken(f"no value: {type(error).__name__}") from None

    def _unpacked(self, it: dict) -> object:
        if "l" in it:
            return [self.unpack(one) for one in it["l"]]
        if "t" in it:
            return tuple(self.unpack(one) for one in it["t"])
        if "d" in it:
            return {self.unpack(k): self.unpack(v) for k, v in it["d"]}
        if "T" in it or "P" in it:
            return self.tensor(it)
        if "dt" in it:
            return DTYPES[it["dt"]]
        if "config" in it:
            return GPTConfig(**it["config"])
        if "o" in it:
            return opaque(str(it["o"]))
        return self.other(self, it)

    def tensor(self, it: dict) -> Tensor:
        """A tensor, a leaf; the same place is the same tensor."""
        place = it["P"] if "P" in it else it["T"]
        if place not in self.tensors:
            made = tensor_of(self.parts[place], it["dtype"], it["shape"])
            if "same" in it and self.tensors[it["same"]].shape == made.shape:
                made = self.tensors[it["same"]].detach()
            floats = made.is_floating_point() or made.is_complex()
            wants = bool(it["grad"]) and floats
            if "P" in it:
                made = nn.Parameter(made, requires_grad=wants)
            elif wants:
                made.requires_grad_()
            self.tensors[place] = made
        return self.tensors[place]
