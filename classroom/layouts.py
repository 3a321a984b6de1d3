"""Whose a file is and when it came, by where the school's system put it.

Moodle      Full Name_12345_assignsubmission_file_/x.ipynb, or all in the file's name
Canvas      lastfirst_LATE_userid_attachmentid_x.ipynb, without LATE if it is not late
Blackboard  Assignment_username_attempt_2027-01-31-23-59-59_x.ipynb
nbgrader    submitted/username/assignment/x.ipynb, with a timestamp.txt beside it
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

MOODLE = re.compile(r"(?P<name>.+?)_\d+_assignsubmission_file_?(?P<file>.*)")
CANVAS = re.compile(
    r"(?:(?P<name>[^_]+)_)?(?P<late>LATE_)?(?:(?P<id>\d+)|anon_[A-Za-z0-9]+)_\d{3,}_"
    r"(?P<file>.+\.\w+)"
)
BLACKBOARD = re.compile(
    r"(?P<before>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.*))?"
)
SUBMITTED = "submitted"
# What systems and browsers put behind a name: x-1.ipynb, x (1).ipynb, x-Copy1.ipynb.
COPIED = re.compile(r"(-\d+| ?\(\d+\)|-Copy\d*|[ _-]copy)+$", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """What a file's place says; what it does not say is empty."""

    system: str = ""
    ids: tuple[str, ...] = ()  # one of them, if it is a student's
    name: str = ""
    file: str = ""  # the name that the student gave it
    late: bool | None = None
    time: datetime | None = None
    depth: int = 0  # how many folders are around the one that says so


def place_of(parts: tuple[str, ...]) -> Place:
    """What a file's folders and name say; the outermost that says something counts.

    What is further inside was named by the student, who may claim anything.
    """
    own = parts[-1]
    for at, part in enumerate(parts):
        if part == SUBMITTED and len(parts) - at == 4:
            return Place("nbgrader", ids=(parts[-3],), file=own, depth=at)
        found = _moodle(part, own) or _blackboard(part, own)
        if not found and (at > 0 or part == own):  # a download may be called so
            found = _canvas(part, own)
        if found:
            return replace(found, depth=at)
    return Place(file=own)


def stem(file: str) -> str:
    """The name of a file without its ending and what copying put behind it."""
    return COPIED.sub("", file.rpartition(".")[0] or file)


def told_time(data: bytes) -> datetime | None:
    """The time in a timestamp.txt of nbgrader's, in UTC unless it says its zone."""
    words = data[:200].decode("utf-8", "replace").split()
    try:
        time, zone = datetime.fromisoformat(" ".join(words[:2])), _zone(words[2:])
        return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, LookupError, OverflowError, OSError):
        return None


def _zone(words: list[str]) -> tzinfo:
    """The zone that these words name, as America/Los_Angeles or +0100; UTC if none."""
    if not words:
        return UTC
    if words[0][0] in "+-":
        return datetime.strptime(words[0], "%z").tzinfo
    return ZoneInfo(words[0])


def _moodle(part: str, own: str) -> Place | None:
    found = MOODLE.fullmatch(part)
    if not found:
        return None
    return Place("Moodle", name=found["name"], file=_own(found["file"], part, own))


def _canvas(part: str, own: str) -> Place | None:
    found = CANVAS.fullmatch(part)
    if not found:
        return None
    return Place(
        "Canvas",
        ids=(found["id"],) if found["id"] else (),
        name=found["name"] or "",
        file=_own(found["file"], part, own),
        late=bool(found["late"]),
    )


def _blackboard(part: str, own: str) -> Place | None:
    found = BLACKBOARD.fullmatch(part)
    if not found:
        return None
    try:
        time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S").astimezone(UTC)
    except (ValueError, OverflowError):
        time = None
    # The name of the assignment and that of the student may both have a _ in them.
    words = found["before"].split("_")
    ids = tuple("_".join(words[at:]) for at in range(1, len(words)))
    file = _own(found["file"] or "", part, own)
    return Place("Blackboard", ids=ids, file=file, time=time)


def _own(file: str, part: str, own: str) -> str:
    return file if file and part == own else own
