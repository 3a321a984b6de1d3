"""What a student must not call, because it is what they were asked to write.

It is noticed when it is called, whatever name it then goes by: functions of PyTorch's
by the protocol with which it lets others take its calls over, and by Python's profiler,
gradients where PyTorch's engine is started.
"""

import gc
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np
import torch
from torch import Tensor, is_complex, is_floating_point, nn
from torch.overrides import TorchFunctionMode, _get_current_function_mode

from gptlib.checks.finished_names import (
    ALL,
    ASKED,
    AWAY,
    CALLS,
    ENDED,
    LOOK,
    LOOKS,
    OUTSIDE,
    SAID,
    SMALL,
    TABLES,
    UNSEEN,
)

DATA = {
    *(Tensor, nn.Parameter, np.ndarray, torch.Size, torch.Generator, torch.dtype),
    *(torch.device, torch.layout, torch.memory_format, int, float, bool, complex, str),
    *(range, slice, type(None), type(...)),
    *(it for it in vars(torch.return_types).values() if isinstance(it, type)),
}
LIBRARIES = ("torch", "gptlib", "tiktoken", "transformers")
SMOOTHING = 7  # where label_smoothing stands among the arguments of cross_entropy


class Seen(TorchFunctionMode):
    """Keeps the names of what is called inside it, in their order.

    Args:
        names: where they go.
        most: so many at most; those that matter here are kept beyond it, once.
        but: files whose calls do not count.
    """

    def __init__(self, names: list[str], most: int = 50_000, but: Iterable[str] = ()):
        super().__init__()
        ours = Seen.__torch_function__.__code__.co_filename  # has noted it already
        self.names, self.most, self.but = names, most, {*but, ours}
        self.paused, self.within = False, 0
        self.looks = 0

    def __enter__(self) -> "Seen":
        self.before, self.collecting = sys.getprofile(), gc.isenabled()
        gc.disable()  # it would run what a page hangs on its garbage, while we look
        sys.setprofile(self._entered)
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        if _get_current_function_mode() is not self:  # somebody else left in its place
            self.paused = False
            self.keep(ENDED)
        super().__exit__(*error)
        if sys.getprofile() != self._entered:  # Python takes away one that raises
            self.paused = False
            self.keep(ENDED)
        sys.setprofile(self.before)
        if self.collecting:
            gc.enable()

    def keep(self, name: str) -> None:
        """Note a name."""
        if name in LOOK:
            self.looks += ASKED if name == "__bool__" else 1
            if self.looks > LOOKS:
                self.looks = -math.inf  # once is enough
                self.keep("many looks")
        room = len(self.names) < self.most or (name in ALL and name not in self.names)
        if room and not self.paused:
            self.names.append(name)

    def _entered(self, frame: FrameType, event: str, called: object) -> None:
        """A function begins, one written in Python or in C."""
        if event == "c_call" and frame.f_code.co_filename not in self.but:
            if called.__name__ in ALL:
                self.keep(called.__name__)
        elif event == "call" and self.within and _of_a_page(frame):
            self.keep(ENDED)  # PyTorch calls it back, where nobody sees what it calls
        elif event == "call" and (name := frame.f_code.co_qualname) in ALL:
            module = frame.f_globals.get("__name__")
            if type(module) is str and module.split(".")[0] in LIBRARIES:
                self.keep(name)

    def __torch_function__(self, func, types, args=(), kwargs=None) -> object:
        name, kwargs = str(getattr(func, "__name__", func)), kwargs or {}
        if any(map(_may_act, (*args, *kwargs.values()))):
            self.keep(ENDED)  # PyTorch may call what is in it, in C, where none looks
        counts = sys._getframe(1).f_code.co_filename not in self.but
        if counts and not (name in TABLES and _is_little(args)):
            self.keep(name)
        if name == "__get__":  # of a property
            self.keep(str(getattr(func.__self__, "__name__", name)))
        for key in kwargs:
            if key in ALL and _is_given(kwargs[key]):
                self.keep(key)
        if name == "__getitem__" and _are_places(args[1]) and not _is_little(args[:1]):
            self.keep("places")
        if name == "cross_entropy" and any(map(_is_given, args[SMOOTHING:][:1])):
            self.keep("label_smoothing")
        self.within += 1
        try:
            value = func(*args, **kwargs)
        finally:
            self.within -= 1
        if isinstance(value, Tensor) and is_complex(value):
            self.keep("complex numbers")
        if counts and any(map(_is_shared, (value, kwargs.get("out"), *args[:1]))):
            self.keep("numpy")
        return value


def _of_a_page(frame: FrameType) -> bool:
    """Whether a function was made in a notebook."""
    return frame.f_globals.get("__name__") == "__main__"


def _may_act(it: object) -> bool:
    """Whether something that is handed to PyTorch is more than data."""
    if type(it) in (list, tuple, dict):
        inner = it.values() if type(it) is dict else it
        return any(_may_act(one) for one in inner)
    return type(it) not in DATA and not isinstance(it, np.generic)


def _is_given(value: object) -> bool:
    """Whether a setting is more than nothing; a number that says it is none is one."""
    return value not in (0, None) if type(value) in (int, float, bool) else True


def _is_little(given: Iterable[object]) -> bool:
    """Whether no tensor among these has many numbers."""
    return all(it.numel() <= SMALL for it in given if isinstance(it, Tensor))


def _is_shared(it: object) -> bool:
    """Whether a tensor's memory is an array's too, which nobody could watch."""
    try:
        return isinstance(it, Tensor) and not it.untyped_storage().resizable()
    except (RuntimeError, NotImplementedError):
        return False  # one without memory, as inside of torch.func


def _are_places(index: object) -> bool:
    """Whether an index is, or holds, a tensor of whole numbers."""
    if isinstance(index, tuple | list):
        return any(map(_are_places, index))
    numbers = isinstance(index, Tensor) and index.dtype is not torch.bool
    return numbers and not (is_floating_point(index) or is_complex(index))


WATCHED: list[list[str]] = []  # of the exercise that is judged, the names seen so far
NOTING: list[Seen] = []  # inside which we are


@contextmanager
def watched(exercise: str) -> Iterator[list[str]]:
    """While an exercise is judged, note what its answer calls; gives the names."""
    names: list[str] = []
    if exercise not in CALLS:
        yield names
        return
    WATCHED.append(names)
    try:
        yield names
    finally:
        WATCHED.remove(names)


@contextmanager
def noting() -> Iterator[None]:
    """Around each call of an answer: what it calls is noted, if somebody wants it."""
    if not WATCHED:
        yield
        return
    seen = Seen(WATCHED[-1])
    NOTING.append(seen)
    try:
        with seen:
            yield
    finally:
        NOTING.remove(seen)


def said_of(exercise: str, names: list[str]) -> str | None:
    """What is said of an answer that called these; None if it may."""
    calls = CALLS.get(exercise, {})
    if calls and ENDED in names:
        return UNSEEN
    found = next((calls[name] for name in names if name in calls), None)
    if found is None:
        return None
    away = found in OUTSIDE.values()
    return (AWAY if away else SAID).format(f"`{found}`")
