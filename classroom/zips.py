"""The files of a zip, one after the other, in memory and never on the disk.

A zip is not unpacked by the names in it, and no more of a file is read than a limit,
whatever the zip says of its size.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from classroom.found import (
    JUNK,
    MB,
    MEMBER,
    Found,
    Refused,
    clash,
    first,
    is_zip,
    too_large,
)
from classroom.names import sound

TOTAL = 2_000 * MB  # bytes of all files in a zip of the school's system
INNER = 100 * MB  # and in a zip inside it, a student's
COUNT = 5000  # files in a zip
NAME = 255  # characters of a name, as on most disks
RATIO, FREE = 500, 10 * MB  # bytes for one packed byte, in files of more than FREE
DEPTH = 2  # zips in one another
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError),
    *(RuntimeError, ValueError, LookupError, MemoryError, OverflowError),
)


def unzipped(
    file: BinaryIO,
    parts: tuple[str, ...],
    time: datetime,
    own_dates: bool,
    depth: int = 1,
    came: datetime | None = None,
) -> Iterator[Found]:
    """Each file of a zip, and of the zips in it.

    Args:
        file: the zip; it is left open.
        parts: where it is.
        time: when it came.
        own_dates: its files have the dates that it gives them, and not its own; in a
            student's zip these would be the dates of writing, or whatever was wished.
        depth: how many zips this is in, itself counted.
        came: when the outermost one came, where it lay among other files; not where it
            is what was given.
    """
    try:
        _check_list(file)
        with zipfile.ZipFile(file) as archive:
            members = [it for it in archive.infolist() if not it.is_dir()]
            if len(members) > COUNT:
                raise Refused(f"it holds more than {COUNT} files")
            told = (parts, time, own_dates, depth, came)
            yield from _members(archive, members, *told)
    except DAMAGED as error:
        # What a student's zip holds is kept as it came; the outermost stays with you.
        data = file.getvalue() if isinstance(file, io.BytesIO) else b""
        yield Found(parts, time, data, came, _damage(error))


def _members(
    archive: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    parts: tuple[str, ...],
    time: datetime,
    own_dates: bool,
    depth: int,
    came: datetime | None,
) -> Iterator[Found]:
    left, seen = INNER if depth > 1 else TOTAL, {}
    for member in sorted(members, key=lambda it: first(it.filename)):
        steps = _name(member).replace("\\", "/").split("/")
        if any(JUNK.fullmatch(step) for step in steps):
            continue
        where, data = (*parts, *steps), b""
        why = _odd(member, steps) or clash(tuple(steps), seen)
        try:
            data = _read(archive, member, left)  # to be kept, whatever it is called
        except DAMAGED as error:
            why = why or _damage(error)
        left -= len(data)
        dated = _date(member, time) if own_dates else time
        if not why and is_zip(steps[-1]) and depth < DEPTH:
            inner = io.BytesIO(data)
            yield from unzipped(inner, where, dated, False, depth + 1, came)
            continue
        if not why and is_zip(steps[-1]):
            why = f"only {DEPTH} zips in one another are opened, and it is one more"
        yield Found(where, dated, data, came, why)


def _check_list(file: BinaryIO) -> None:
    """Raise Refused if the zip's list of files is too long to be read at all."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 70_000))
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    length = int.from_bytes(tail[end + 12 : end + 16], "little")
    if length == 0xFFFFFFFF:  # the number stands in the record for large zips
        end = tail.rfind(b"PK\6\6")
        length = int.from_bytes(tail[end + 40 : end + 48], "little")
    if end >= 0 and length > 1000 * COUNT:
        raise Refused(f"its list of files alone has {length / MB:.0f} MB")


def _name(member: zipfile.ZipInfo) -> str:
    """A file's name in a zip; macOS writes UTF-8 without saying so."""
    name = member.orig_filename
    if not member.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return sound(name.removeprefix("./"))


def _odd(member: zipfile.ZipInfo, steps: list[str]) -> str:
    """What a file in a zip must not be, and this one is; "" if it is all right."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.flag_bits & 1:
        return "it is encrypted: ask for it without a password"
    if kind and not stat.S_ISREG(kind):
        return "it is a link or a device, and no plain file"
    if ".." in steps or steps[0] in ("", "~") or re.match(r"[A-Za-z]:", steps[0]):
        return "its name leads out of the zip"
    if max(map(len, steps)) > NAME:
        return f"its name is longer than {NAME} characters"
    return "its name has a zero byte in it" if "\0" in member.orig_filename else ""


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> bytes:
    """A file's bytes, and never more of them than allowed, whatever its header says."""
    pieces, length = [], 0
    with archive.open(member) as file:
        while piece := file.read(MB):
            pieces.append(piece)
            length += len(piece)
            if length > MEMBER:
                raise Refused(too_large(MEMBER))
            if length > left:
                raise Refused("its zip holds more than is read of one: take it apart")
            if length > max(FREE, RATIO * member.compress_size):
                raise Refused(
                    f"each of its bytes becomes more than {RATIO}, as in a zip that is "
                    "made to fill a disk"
                )
    return b"".join(pieces)


def _date(member: zipfile.ZipInfo, otherwise: datetime) -> datetime:
    try:
        return datetime(*member.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise


def _damage(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    said = " ".join(str(error).split()) or type(error).__name__
    return f"it is damaged or no zip that can be read ({said})"
