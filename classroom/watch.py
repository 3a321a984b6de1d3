"""Ends a sandbox that takes too long or too much memory, from outside."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

MEMORY = 3 * 2**30  # bytes of all its processes together
PROCESSES = 8  # at once; the sandbox's own are three
EVERY = 0.2  # seconds between two looks
LINUX = sys.platform == "linux"
PAGE = os.sysconf("SC_PAGE_SIZE") if LINUX else 0


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

    Files that are in memory and nowhere else count too. Known on Linux alone.
    """
    if not LINUX:
        return 1, 0
    count = total = 0
    for it in tree(pid):
        with contextlib.suppress(OSError, ValueError):
            pages = int(Path(f"/proc/{it}/statm").read_text().split()[1])
            count, total = count + 1, total + pages * PAGE + _in_memory(it)
    return count, total


def tree(pid: int) -> list[int]:
    """A process and all that it started; psutil would take ten times as long."""
    children: dict[int, list[int]] = {}
    for it in os.scandir("/proc"):
        if it.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                said = Path(it.path, "stat").read_bytes()  # a name may be any bytes
                parent = int(said.rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(it.name))
    found, waiting = [], [pid]
    while waiting:
        here = waiting.pop()
        found.append(here)
        waiting += children.get(here, [])
    return found


def _in_memory(pid: int) -> int:
    """Bytes of a process's files that no folder has."""
    total = 0
    try:
        descriptors = list(os.scandir(f"/proc/{pid}/fd"))
    except OSError:
        return 0
    for it in descriptors:
        with contextlib.suppress(OSError):
            if os.readlink(it.path).startswith("/memfd:"):
                total += os.stat(it.path).st_size
    return total
