"""What lies in folders and zips, one file after the other."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from classroom.found import JUNK, MEMBER, Found, clash, first, is_zip, too_large
from classroom.layouts import place_of
from classroom.zips import unzipped


def walked(path: Path, besides: Path) -> Iterator[Found]:
    """Each file of a folder, a zip or a loose file; one file at a time is in memory.

    Args:
        path: a link given here is followed; one that lies in a folder is not.
        besides: a folder that is passed by, that of the class.

    Raises:
        FileNotFoundError: there is nothing there.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}: give a folder, a zip or a .ipynb")
    real = path.resolve()
    if real.is_dir():
        yield from _folder(real, besides.resolve())
    else:
        yield from _file(real, (_text(real.name),), {}, given=True)


def _folder(real: Path, besides: Path) -> Iterator[Found]:
    seen: dict[str, str] = {}
    closed: list[OSError] = []
    for folder, folders, files in os.walk(real, onerror=closed.append):
        inner = Path(folder).relative_to(real).parts
        at = (_text(real.name), *(_text(part) for part in inner))
        links = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if not JUNK.fullmatch(name) and Path(folder, name) != besides
        )
        for name in sorted([*files, *links], key=first):
            if not JUNK.fullmatch(name):
                yield from _file(Path(folder, name), (*at, _text(name)), seen)
    for error in closed:
        why = f"it cannot be read ({error.strerror})"
        yield Found((_text(str(error.filename)),), datetime.now(UTC), why=why)


def _file(
    path: Path, parts: tuple[str, ...], seen: dict[str, str], given: bool = False
) -> Iterator[Found]:
    time, why = datetime.now(UTC), clash(parts, seen)
    try:
        about = path.lstat()
        time = datetime.fromtimestamp(about.st_mtime, UTC)
        why = _odd(path, about) or why
        if not why and is_zip(path.name):
            with path.open("rb") as file:
                # One that the system put somewhere is a student's, another a download.
                own_dates = not place_of(parts).system
                came = None if given else time
                yield from unzipped(file, parts, time, own_dates, came=came)
            return
        plain = stat.S_ISREG(about.st_mode) and about.st_size <= MEMBER
        data = path.read_bytes() if plain else b""
    except (OSError, ValueError, OverflowError) as error:
        data = b""
        why = f"it cannot be read ({getattr(error, 'strerror', None) or error})"
    yield Found(parts, time, data, why=why)


def _odd(path: Path, about: os.stat_result) -> str:
    """Why a file is not even opened; "" if it is."""
    if stat.S_ISLNK(about.st_mode):
        return "it is a link, which may lead anywhere: put the file itself there"
    if not stat.S_ISREG(about.st_mode):
        return "it is no plain file"
    if about.st_size > MEMBER and not is_zip(path.name):
        return too_large(MEMBER)
    return ""


def _text(name: str) -> str:
    """A file's name as text, also where its bytes are no UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")
