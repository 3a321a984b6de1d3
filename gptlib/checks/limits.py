"""What a check allows a learner's code while it runs: so much time, and no keyboard."""

import builtins
import ctypes
import io
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from types import FrameType

LIMIT = 10.0  # seconds for one call, of which no right answer needs one
AGAIN = 0.1  # seconds until code that caught the alarm hears it once more


class TimeUp(BaseException):
    """The time is up. No `except Exception` in a learner's code catches it."""


class AsksForInput(Exception):
    """A learner's code called `input`, and nobody is there to answer."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop what runs inside after `seconds`, by TimeUp at the line that it is in.

    An operation of PyTorch's that has begun is finished first.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and hasattr(signal, "setitimer"):
        with _alarm(seconds):
            yield
    else:
        with _thread(seconds):
            yield


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """By the system's alarm clock, which wakes a sleeper too."""
    clock, traced = _Alarm(), sys.gettrace()
    before = signal.signal(signal.SIGALRM, clock.ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(traced)


class _Alarm:
    """Rings at once; then, for code that caught it, some lines later each time.

    `while True: try: ... except: ...` catches all but what comes at the line `try:`.
    """

    def __init__(self):
        self.rung, self.lines = 0, 0

    def ring(self, number: int, frame: FrameType | None) -> None:
        self.rung += 1
        # Only now, so that no alarm ever rings into another one.
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        if self.rung == 1:
            raise TimeUp
        self.lines = self.rung
        sys.settrace(self.trace)
        while frame:
            frame.f_trace, frame = self.trace, frame.f_back

    def trace(self, frame: FrameType, event: str, arg: object) -> Callable:
        self.lines -= event == "line"
        if self.lines <= 0:
            raise TimeUp
        return self.trace


@contextmanager
def _thread(seconds: float) -> Iterator[None]:
    """By a second thread, where the system has no alarm clock (Windows)."""
    caller, done = threading.get_ident(), threading.Event()
    changing, rung = threading.Lock(), threading.Event()

    def ring() -> None:
        wait = seconds
        while not done.wait(wait):
            with changing:
                if not done.is_set():
                    rung.set()
                    _raise_in(caller)
            wait = AGAIN

    clock = threading.Thread(target=ring, daemon=True)
    clock.start()
    try:
        yield
    finally:
        with changing:
            done.set()
        if rung.is_set():
            _let_in(caller)
        clock.join()


def _raise_in(thread: int) -> None:
    """TimeUp in a thread at its next line."""
    error = ctypes.py_object(TimeUp)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)


def _let_in(thread: int) -> None:
    """Meet the TimeUp that may still wait for this thread, so that none comes later.

    Taking it back instead would leave Python 3.11 waiting for it for ever, once its
    profiler is on.
    """
    try:
        _raise_in(thread)
        while True:
            pass
    except TimeUp:
        pass


@contextmanager
def watched() -> Iterator[io.StringIO]:
    """Catch what is printed inside, and refuse `input`."""
    asked, builtins.input = builtins.input, _refuse
    try:
        with redirect_stdout(io.StringIO()) as printed:
            yield printed
    finally:
        builtins.input = asked


def _refuse(*_: object) -> str:
    raise AsksForInput
