"""Calls of Linux's kernel that a sandbox refuses: for memory that no process owns.

Shared memory and queues of messages in the manner of System V outlive whoever asked for
them, and files in memory can be on their way from one process to another: no process is
seen to hold them. No homework needs them.
"""

import platform
import struct

# Of each processor: its number in AUDIT_ARCH_..., and those of shmget, msgget, semget,
# mq_open, bpf, userfaultfd, io_uring_setup and memfd_create.
CALLS = {
    "x86_64": (0xC000003E, (29, 68, 64, 240, 321, 323, 425, 319)),
    "aarch64": (0xC00000B7, (194, 186, 190, 180, 280, 282, 425, 279)),
}
X32 = 0x4000_0000  # from here on the same calls have other numbers
# A filter is a list of steps for the kernel: load a word, jump on what it is, return.
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, PROCESSOR = 0, 4  # where they stand in what is loaded from
ALLOWED, NOT_PERMITTED = 0x7FFF_0000, 0x0005_0000 | 1  # EPERM is 1


def refusing() -> bytes:
    """The filter, as `bwrap --seccomp` reads it; empty for an unknown processor."""
    if platform.machine() not in CALLS:
        return b""
    processor, calls = CALLS[platform.machine()]
    tests = [(AT_LEAST, X32), *((EQUAL, number) for number in calls)]
    # A jump says how many steps to pass over, if it is so and if not.
    steps = [(LOAD, 0, 0, PROCESSOR), (EQUAL, 0, len(tests) + 2, processor)]
    steps += [(LOAD, 0, 0, NUMBER)]
    steps += [(kind, len(tests) - at, 0, n) for at, (kind, n) in enumerate(tests)]
    steps += [(RETURN, 0, 0, ALLOWED), (RETURN, 0, 0, NOT_PERMITTED)]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
