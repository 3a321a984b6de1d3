"""A file that came in, before anybody knows what it is."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from classroom.names import folded

MB = 1_000_000
MEMBER = 100 * MB  # bytes of a file that are read at most
# What systems put beside the files of people.
JUNK = re.compile(
    r"__MACOSX|\._.*|\.DS_Store|\.ipynb_checkpoints|Thumbs\.db|desktop\.ini"
)
FIRST = "timestamp.txt"  # of nbgrader; it is read before what it tells the time of


class Refused(ValueError):
    """Why something that came in is not taken."""


@dataclass(frozen=True)
class Found:
    """A file that was found, or something that cannot be read."""

    parts: tuple[str, ...]  # where: folders, zips, and its name, the outermost first
    time: datetime  # when it was last changed
    data: bytes = b""
    came: datetime | None = None  # of a file in a zip: when the outermost zip came
    why: str = ""  # not empty: it is not taken, and why

    @property
    def place(self) -> str:
        return "/".join(self.parts)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal; "" where there are none."""
        return hashlib.sha256(self.data).hexdigest() if self.data else ""


def clash(parts: tuple[str, ...], seen: dict[str, str]) -> str:
    """What is wrong if a file before had the same name, as some systems see names."""
    name, key = "/".join(parts), folded("/".join(parts))
    if key not in seen:
        seen[key] = name
        return ""
    same = "the very name" if seen[key] == name else "in another spelling the name"
    return f"it has {same} of another file there, {seen[key]}"


def first(name: str) -> tuple[bool, str]:
    """Where a name stands in the order in which files are read."""
    return not name.endswith(FIRST), name


def too_large(limit: int) -> str:
    """What to say of a file with more than `limit` bytes."""
    return f"it has more than {limit / MB:.0f} MB: ask for it without its outputs"


def is_zip(name: str) -> bool:
    """Whether a file says of itself that it is one."""
    return name.lower().endswith(".zip")
