"""A student's page, run cell by cell as the grader asks: `python -m classroom.inside`.

Messages come by standard input and go by standard output; what the page prints goes
nowhere.
"""

import contextlib
import importlib
import io
import os
import sys
import traceback
from collections.abc import Iterator
from types import FunctionType

import torch
from IPython.core.interactiveshell import InteractiveShell
from tqdm import std, tqdm
from traitlets.config import Config

import gptlib.checks
from classroom import exchange, modules, peer, wire
from classroom.peer import Answers, Peer
from classroom.wire import Broken, Packer, receive, send
from gptlib.checks import limits
from gptlib.checks.finished import Seen

CELL = 60.0  # seconds
MOST_NAMES = 50_000  # of operations
# Whose own calls do not count: these carry what a call was given and what it gave.
OURS = frozenset(it.__file__ for it in (wire, exchange, modules, peer))


class Sink(io.StringIO):
    """Keeps the first characters of what is printed."""

    MOST = 4000

    def write(self, text: str) -> int:
        if self.tell() < self.MOST:
            super().write(text[: self.MOST])
        return len(text)


class NoMonitor:
    """In the place of the thread with which tqdm looks at its bars."""

    def __init__(self, kind: type, interval: float):
        pass

    def report(self) -> bool:
        """Whether it runs; so that no other one is begun."""
        return True

    def exit(self) -> None:
        """Nothing has to be ended."""


class Page(Answers):
    """What a call of the student's code is allowed, and what is told of its errors."""

    def __init__(self, seconds: float):
        self.seconds = seconds  # that a call may take
        quiet = Config()
        quiet.HistoryManager.enabled = False
        quiet.InteractiveShell.automagic = False  # a word alone is no command
        quiet.InteractiveShell.autocall = 0
        self.shell = InteractiveShell.instance(config=quiet)
        self.shell.showtraceback = lambda *_, **__: None
        self.shell.display_formatter.active_types = []
        self.shell.enable_gui = lambda *_, **__: None  # %matplotlib asks for it
        self.files: dict[str, int] = {}  # numbers of cells, by the name of their file
        self.names, self.seen = [], None
        self.optimizes = False  # whether a cell speaks of optimizers

    def called(self) -> None:
        """From now on only what must not be called is noted."""
        if self.seen:
            self.seen.most = 0

    @contextlib.contextmanager
    def around(self, depth: int, watch: bool) -> Iterator[io.StringIO]:
        """With a limit, without a keyboard, and quietly."""
        if not depth:  # a call within a call goes on with the names of the outer one
            self.names = []
        outer = self.seen
        with contextlib.ExitStack() as stack:
            stack.callback(setattr, self, "seen", outer)
            printed = stack.enter_context(quietly())
            if watch:
                self.seen = stack.enter_context(Seen(self.names, MOST_NAMES, OURS))
            if not depth:
                stack.enter_context(limits.limited(self.seconds))
            yield printed

    def told(self, error: BaseException) -> dict:
        """What it is, and which lines of which cells it came through."""
        made = {"type": type(error).__name__, "words": self._words(error)}
        if isinstance(error, gptlib.checks.NotWritten):
            made["exercise"] = str(getattr(error, "exercise", ""))[:100]
        made["frames"] = [
            [self.files[f.filename], f.lineno]
            for f in traceback.extract_tb(error.__traceback__)
            if f.filename in self.files
        ][-20:]
        return made

    def _words(self, error: BaseException) -> str:
        try:
            return str(error)[:4000]
        except Exception:
            return ""

    def run(self, number: int, source: str) -> BaseException | None:
        """Run a cell; the error in which it ended."""
        before = set(self.shell.compile._filename_map)
        self.optimizes |= "optim" in source
        try:
            with quietly(), limits.limited(CELL):
                result = self.shell.run_cell(source, store_history=True)
        except BaseException as error:
            return error
        finally:
            for path in set(self.shell.compile._filename_map) - before:
                self.files[path] = number
        return result.error_before_exec or result.error_in_exec


@contextlib.contextmanager
def quietly() -> Iterator[io.StringIO]:
    """Catch what is printed, drop what is displayed, and refuse `input`."""
    with contextlib.ExitStack() as stack:
        printed = stack.enter_context(limits.watched())
        sink = Sink()
        stack.enter_context(contextlib.redirect_stdout(sink))
        stack.enter_context(contextlib.redirect_stderr(Sink()))
        yield sink
        printed.write(sink.getvalue())


class Inside(Peer):
    """The side of the sandbox."""

    def __init__(self, read, stream, page: Page):
        super().__init__(read, stream, page)
        self.page = page

    def _found(self, message: dict, parts: list[bytes]) -> tuple[dict, list]:
        """An object of the page by its name, and the whole numbers beside it."""
        space, packer = self.page.shell.user_ns, Packer(self.said_of)
        there = message["name"] in space
        value = packer.pack(space.get(message["name"]))
        numbers = {
            name: it
            for name, it in space.items()
            if type(it) is int and not name.startswith("_") and abs(it) < 10**9
        }
        answer = {"do": "answer", "there": there, "value": value, "numbers": numbers}
        answer["at"] = self._place(message["name"], space.get(message["name"]))
        return answer, packer.tensors

    def _place(self, name: str, it: object) -> list[int] | None:
        """The cell and the line where a function, or a class's forward, begins.

        None for one that was made under another name.
        """
        if isinstance(it, type):
            name, it = "forward", vars(it).get("forward")
        code = it.__code__ if isinstance(it, FunctionType) else None
        path = getattr(code, "co_filename", None)
        if path not in self.page.files or code.co_name != name:
            return None
        return [self.page.files[path], code.co_firstlineno]

    def serve(self, message: dict, parts: list[bytes]) -> None:
        """A cell to run, beside what every side does."""
        apart = message.get("do") == "call" and message.get("apart")
        if apart and not self.depth and hasattr(os, "fork"):
            return self._apart(message, parts)
        if message.get("do") != "run":
            return super().serve(message, parts)
        error = self.page.run(message["number"], message["source"])
        told = None if error is None else self.page.told(error)
        send(self.stream, {"do": "answer", "error": told}, [])

    def _apart(self, message: dict, parts: list[bytes]) -> None:
        """Serve in a copy of this process, of which nothing stays.

        A witness that is asked about many implementations cannot compare them: it knows
        no other one.
        """
        if self.page.optimizes:  # once, and not in each copy: it takes seconds
            importlib.import_module("torch._dynamo")
        with LINE.kept():
            child = os.fork()
        if child == 0:
            status = 1
            try:
                super().serve(message, parts)
                self.stream.flush()
                status = 0
            finally:
                os._exit(status)
        if os.waitpid(child, 0)[1]:
            os._exit(1)  # the grader waits for an answer that nobody gives


class Line:
    """The way to the grader: a copy of this process has none, unless we make it."""

    def __init__(self):
        self.ends: tuple[int, ...] = ()
        self.ours = False

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Inside, a copy has it too."""
        self.ours = True
        try:
            yield
        finally:
            self.ours = False

    def cut(self) -> None:
        """In a copy that a page makes."""
        if not self.ours:
            for it in self.ends:
                os.close(it)


LINE = Line()


def main() -> None:
    """Serve until the grader closes the line."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    LINE.ends = incoming, outgoing
    if hasattr(os, "fork"):  # not so on Windows
        os.register_at_fork(after_in_child=LINE.cut)
    torch.set_num_threads(1)
    # It would look at bars in a thread of its own, which nobody watches.
    tqdm.monitor_interval, std.TMonitor = 0, NoMonitor
    with os.fdopen(incoming, "rb") as source, os.fdopen(outgoing, "wb") as stream:
        hello, _ = receive(source.read)
        gptlib.checks.SIZES.update(hello["sizes"])
        inside = Inside(source.read, stream, Page(float(hello["seconds"])))
        send(stream, {"do": "answer"}, [])
        while True:
            try:
                message, parts = receive(source.read)
            except Broken:
                sys.exit()
            inside.serve(message, parts)


if __name__ == "__main__":
    main()
