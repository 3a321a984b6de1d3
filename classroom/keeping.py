"""What came in, on the disk and in the books: first the bytes, then the row."""

import os
import re
import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import writes

from classroom.attempts import Attempt, date_anew, enter
from classroom.found import Found
from classroom.names import sound
from classroom.store import ClassFolder
from gptlib.guard.files import write_whole

ORIGINALS, NOTEBOOKS = "originals", "notebooks"
BY_HAND = "assigned by hand"  # how the note of an attempt begins
ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")


class Keeping:
    """Keeps what came in to a class. Files are called by the SHA-256 of what came in.

    Whenever it stops, each file is whole, and whatever has a row has its files.

    Args:
        folder: the class.
        dry: no file is written.
    """

    def __init__(self, folder: ClassFolder, dry: bool):
        self.folder, self.dry = folder, dry

    def attempt(
        self,
        new: Attempt,
        found: Found,
        nb: NotebookNode,
        by_hand: bool,
        dated: bool,
    ) -> sqlite3.Row | None:
        """Keep an attempt; its row, or None if the student handed it in before.

        Args:
            new: the attempt, yet without its files: what came in, and the notebook.
            by_hand: a teacher said whose it is, so it is refused no longer.
            dated: a teacher said when it was handed in, so it holds for a known one.

        Raises:
            OSError: it could not be written.
        """
        text, name = (writes(nb) + "\n").encode(), f"{found.digest}.ipynb"
        original = self._file(ORIGINALS, name, found.data, new.handed_in)
        notebook = self._file(NOTEBOOKS, name, text)
        new = replace(new, original=original, notebook=notebook)
        with self.folder.writing() as db:
            if by_hand:
                db.execute("delete from refused where digest = ?", (found.digest,))
            row = enter(db, new)
            if row is None and dated:
                date_anew(db, new)
        return row

    def refused(self, source: Path, found: Found, why: str) -> str:
        """Keep what is not taken, and why; where its bytes are, or "" if not read.

        Raises:
            OSError: it could not be written.
        """
        at = ""
        if found.data:
            ending = ENDING.search(found.parts[-1])
            name = found.digest + (ending[0].lower() if ending else "")
            at = self._file(ORIGINALS, name, found.data, found.time)
        given = os.fsencode(source).decode("utf-8", "replace")
        with self.folder.writing() as db:
            db.execute(
                "insert or replace into refused values (?, ?, ?, ?)",
                (given, found.place, found.digest, sound(why)),
            )
        return at

    def was_assigned(self, found: Found) -> bool:
        """Whether a teacher has said whose these bytes are."""
        row = self.folder.db.execute(
            "select 1 from attempts where digest = ? and instr(note, ?) = 1",
            (found.digest, BY_HAND),
        )
        return bool(found.digest) and row.fetchone() is not None

    def _file(
        self, folder: str, name: str, data: bytes, time: datetime | None = None
    ) -> str:
        """Write a file once; its path in the class."""
        path = self.folder.path / folder / name

        def write(temporary: Path) -> None:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if time:  # where --as finds it
                os.utime(temporary, (time.timestamp(), time.timestamp()))

        if not self.dry and not path.is_file():
            path.parent.mkdir(exist_ok=True)
            write_whole(path, write)
        return f"{folder}/{name}"
