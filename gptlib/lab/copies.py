"""Files of the workbook: written whole, and what they held is never lost."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from gptlib.guard.files import write_text, write_whole
from gptlib.lab.merge import fingerprint
from gptlib.lab.pages import LESSON, read_copy, shown

# First lines of files that are the course's, with a fingerprint of what follows.
SOLUTION = (
    "# The course's solution ({}). Write in the lesson: this file may be made anew."
)
TEXT = "<!-- The course's text ({}). Write elsewhere: this file may be made anew. -->"


def write(path: Path, text: str) -> None:
    """Write a file unless it holds this; of a link, the file that it leads to.

    Raises:
        OSError: it could not be written; it is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path = path.resolve()
    if not path.is_file() or path.read_bytes() != text.encode():
        write_text(path, text)


def replace(path: Path, text: str) -> Path:
    """Write a file, and keep what it held beside it, under the name returned.

    Whenever this stops, `path` is there, and what it held is in it or beside it: that
    has its second name, and the new text its file, before the first name changes hands.

    Raises:
        OSError: it could not be written; it is as it was.
    """
    aside, target = _free_name(path), path.resolve()

    def make(temporary: Path) -> None:
        temporary.write_bytes(text.encode())
        _name_too(target, aside)

    try:
        write_whole(target, make)
    except BaseException:
        with suppress(OSError):
            if aside.samefile(target):
                aside.unlink()
        raise
    return aside


def _name_too(path: Path, second: Path) -> None:
    """Give a file a second name, or a copy with that name."""
    try:
        os.link(path, second)
    except OSError:  # on another disk, or on one that has no links
        write_whole(second, lambda temporary: shutil.copyfile(path, temporary))


def _free_name(path: Path) -> Path:
    before = path.with_stem(f"{path.stem}.before-{date.today().isoformat()}")
    aside, number = before, 1
    while os.path.lexists(aside):
        number += 1
        aside = before.with_stem(f"{before.stem}-{number}")
    return aside


def renumbered(root: Path, path: Path) -> list[str]:
    """Give a lesson's copy the number that the lesson has now: the newest, if several.

    The lines to tell the learner are returned. A file of that name may be no copy.
    """
    found = LESSON.fullmatch(path.name)
    if not found:
        return []
    named_so = path.parent.glob(f"[0-9][0-9]_{found[1]}.ipynb")
    others = [it for it in named_so if it != path and _is_of(it, found[1])]
    others.sort(key=lambda it: (it.stat().st_mtime_ns, it.name))
    said = []
    if others and not os.path.lexists(path):
        others.pop().rename(path)
        said.append(f"{shown(root, path)} is your copy, with the lesson's new number")
    left = sorted(shown(root, other) for other in others)
    return said + [
        f"{it} is another copy of the same lesson; it is left" for it in left
    ]


def _is_of(path: Path, lesson: str) -> bool:
    try:
        return read_copy(path).metadata.gptlib.lesson == lesson
    except ValueError:
        return False


def keep(root: Path, path: Path, head: str, source: str) -> list[str]:
    """Write a file that is the course's; what a learner wrote in it is put aside.

    The lines to tell the learner are returned.

    Args:
        head: SOLUTION or TEXT, its first line.
    """
    text = f"{head.format(fingerprint(source))}\n{source}\n"
    try:
        here = os.path.lexists(path)
        there = path.read_bytes().decode(errors="replace") if here else text
    except OSError as error:
        return [f"{shown(root, path)} cannot be read ({error.strerror}). It is left"]
    if _is_the_courses(there, head) or there == f"{source}\n":
        write(path, text)
        return []
    aside = shown(root, replace(path, text))
    return [f"{shown(root, path)} is the course's again; what you wrote there: {aside}"]


def _is_the_courses(text: str, head: str) -> bool:
    """Whether a file with this first line is as the course once wrote it."""
    first, _, source = text.replace("\r\n", "\n").partition("\n")
    return first == head.format(fingerprint(source.removesuffix("\n")))


@contextmanager
def in_words() -> Iterator[None]:
    """An error of the file system says which file, what, and what to do about it."""
    try:
        yield
    except OSError as error:
        if error.strerror is None:  # it has words of our own
            raise
        remedy = "the workbook must be yours to read and to write"
        if isinstance(error, FileExistsError | NotADirectoryError):
            remedy = "a folder must be there: give what is in its place another name"
        raise OSError(f"{error.filename}: {error.strerror}; {remedy}") from error
