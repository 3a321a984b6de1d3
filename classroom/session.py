"""A student's page in a sandbox, cell by cell; begun anew where the code ended it."""

import contextlib
import subprocess
import time
from collections.abc import Callable

import psutil

from classroom.exchange import sense
from classroom.peer import Answers, Peer, error_of, is_tried
from classroom.stand_in import known_error, stand_in
from classroom.watch import Watch
from classroom.wire import Unpacker
from gptlib.checks import finished, operations
from gptlib.checks.limits import LIMIT, TimeUp

STARTS = 12  # of one page, after which nothing more of it is run
SECONDS = 90.0  # for a cell, or for an exercise
Start = Callable[[], subprocess.Popen]


ENDED = (
    "Python itself ended in your code: does it call exit, or use more memory or "
    "processes than there are?"
)

STOPPED = {"type": "RuntimeError", "words": "It stopped, given this."}


class Ended(Exception):
    """The sandbox ended, or had to be; the text says why."""


class _Answers(Answers):
    """Errors of the sandbox's as the checks know them; of ours, next to nothing."""

    asked: object = None  # what of ours was called last
    kept: dict | None = None  # what of its error was not told

    def told(self, error: BaseException) -> dict:
        """An exception of ours; of what a witness tries, only that there was one.

        Its words would tell which implementation it was. The verdict has them again.
        """
        told = super().told(error)
        if is_tried(self.asked):
            self.kept = told
            return STOPPED
        return told

    def error(self, told: dict) -> BaseException:
        hidden = {key: told.get(key) for key in STOPPED} == STOPPED
        error = known_error(told) or error_of(
            self.kept if hidden and self.kept else told
        )
        frames = told.get("frames")
        if isinstance(frames, list):
            error.frames = [
                (path_of(frame[0]), frame[1])
                for frame in frames
                if isinstance(frame, list)
                and [type(n) for n in frame] == [int, int]
                and 0 < frame[1] < 10_000
            ]
        return error


def path_of(number: int) -> str:
    """What cell `number` is called in errors."""
    return f"<cell {number}>"


class Session:
    """A page that runs in a sandbox.

    Args:
        start: starts a sandbox's process.
        sizes: the student's own sizes, by exercise.
        seconds: that a call of the student's code may take.
    """

    def __init__(self, start: Start, sizes: dict, seconds: float = LIMIT):
        self.start, self.sizes, self.seconds = start, sizes, seconds
        self.cells: list[tuple[int, str]] = []  # that have run, to be run again
        self.process: subprocess.Popen | None = None
        self.starts = self.most = 0
        self.died = ""  # why it ended last

    def run(self, number: int, source: str) -> dict | None:
        """Run a cell; what is told of the error in which it ended, if it did.

        Raises:
            Ended: the cell ended its sandbox.
        """
        asked = {"do": "run", "number": number, "source": source}
        told = self._ask(asked)[0].get("error")
        self.cells.append((number, source))
        return told if isinstance(told, dict) else None

    def find(self, name: str, source: str, number: int) -> tuple[bool, object]:
        """Whether the page has a name, and what stands in the grader for its object."""
        found, parts = self._ask({"do": "find", "name": name})
        with sense():
            tree, numbers = found["value"], found["numbers"]
            if isinstance(tree, dict) and "function" in tree:
                path = path_of(number)
                known = {k: n for k, n in numbers.items() if type(n) is int}
                at = found["at"] if found["at"] and found["at"][0] == number else None
                line = at[1] if at else 0
                return True, stand_in(self.peer, tree, source, name, path, known, line)
            return bool(found["there"]), Unpacker(parts, self.peer.made_of).unpack(tree)

    def allow(self) -> None:
        """What comes next may take SECONDS; nothing has ended yet."""
        self.died = ""
        if self.process:
            self.watch.allow(SECONDS)

    def lost(self) -> str:
        """The sandbox is gone: end what is left of it; why it is gone."""
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=2)  # so that the watch has its say
            reason = self.watch.reason
            self.died = f"Your code had to be stopped: {reason}." if reason else ENDED
            self.close()
        return self.died

    def close(self) -> None:
        """End the sandbox."""
        if self.process:
            end(self.process)
            self.most = max(self.most, self.watch.most)
            for stream in (self.process.stdin, self.process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()
            self.process = None

    def _ask(self, message: dict) -> tuple[dict, list[bytes]]:
        if self.process is None:
            self._begin()
        try:
            return self.peer.request(message, [])
        except (Exception, TimeUp):  # an error is no answer to this
            raise Ended(self.lost()) from None

    def _begin(self) -> None:
        """A new sandbox in which all that ran before has run."""
        if self.starts == STARTS:
            raise Ended(f"Your page ended Python {STARTS} times: no more of it is run.")
        self.starts += 1
        self.process = self.start()
        self.watch = Watch(self.process, SECONDS)
        reader, writer = self.process.stdout, self.process.stdin
        self.peer = GraderPeer(reader.read, writer)
        try:
            hello = {"do": "hello", "sizes": self.sizes, "seconds": self.seconds}
            self.peer.request(hello, [])
            for number, source in self.cells:
                self.watch.allow(SECONDS)
                self.peer.request({"do": "run", "number": number, "source": source}, [])
            self.watch.allow(SECONDS)
        except (Exception, TimeUp):
            raise Ended(self.lost()) from None


def end(process: subprocess.Popen) -> None:
    """Kill a process and wait until all that it started is gone."""
    inner: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        inner = psutil.Process(process.pid).children(recursive=True)
    process.kill()  # a sandbox's first process takes all others with it
    process.wait()
    patience = time.monotonic() + 5
    while any(map(lives, inner)) and time.monotonic() < patience:
        time.sleep(0.01)


def lives(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits to be counted does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


class GraderPeer(Peer):
    """The grader's side: it seeds, and lets operations be counted."""

    def __init__(self, read, stream):
        super().__init__(read, stream, _Answers(), seeds=True)

    def serve(self, message: dict, parts: list[bytes]) -> None:
        """As every peer."""
        of = message.get("of")
        self.answers.asked = self.exports.get(of) if type(of) is int else None
        super().serve(message, parts)

    def call(self, number, inputs, named, state=None):
        """As every peer, and what is watched here is watched there."""
        watching = [*operations.WATCHING, *finished.NOTING]
        self.watching = [it.names for it in watching]
        before, known = [it.paused for it in watching], self.count
        for it in watching:  # what happens on this side is no operation of theirs
            it.paused = True
        try:
            return super().call(number, inputs, named, state)
        finally:
            for it, paused in zip(watching, before, strict=True):
                it.paused = paused
            # What was lent for a call is nobody's afterwards.
            self.exports = {n: it for n, it in self.exports.items() if n <= known}
