"""Ends a sandbox that takes too long or too much memory, from outside."""

import contextlib
import os
import subprocess
import threading
import time

import psutil

MEMORY = 3 * 2**30  # bytes of all its processes together
PROCESSES = 8  # at once; the sandbox's own are three
EVERY = 0.1  # seconds between two looks


class Watch(threading.Thread):
    """Looks at a sandbox until it ends, or has to be ended.

    Args:
        process: the sandbox's first process.
        seconds: until it is ended; see `allow`.
    """

    def __init__(self, process: subprocess.Popen, seconds: float):
        super().__init__(daemon=True)
        self.process, self.reason = process, ""
        self.most = 0  # bytes that were seen
        self.allow(seconds)
        self.start()

    def allow(self, seconds: float) -> None:
        """It may run for so long from now."""
        self.seconds, self.deadline = seconds, time.monotonic() + seconds

    def run(self) -> None:
        """Look, again and again."""
        while self.process.poll() is None:
            count, now = used(self.process.pid)
            self.most = max(self.most, now)
            if count > PROCESSES:
                self.reason = f"it had more than {PROCESSES} processes at once"
            elif self.most > MEMORY:
                self.reason = (
                    f"it used more than {MEMORY / 2**30:g} GB of memory, and was ended"
                )
            elif time.monotonic() > self.deadline:
                self.reason = f"it did not end within {self.seconds:g} s"
            if self.reason:
                return self.process.kill()  # and with it all that is inside
            time.sleep(EVERY)


def used(pid: int) -> tuple[int, int]:
    """How many processes a process and all its children are, and their bytes.

    Files that are in memory and nowhere else count too.
    """
    count = total = 0
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        for it in [first, *first.children(recursive=True)]:
            with contextlib.suppress(psutil.Error, OSError):
                count += 1
                total += it.memory_info().rss + _in_memory(it.pid)
    return count, total


def _in_memory(pid: int) -> int:
    """Bytes of a process's files that no folder has."""
    total = 0
    for it in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(it.path).startswith("/memfd:"):
                total += os.stat(it.path).st_size
    return total
