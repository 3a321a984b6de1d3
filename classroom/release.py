"""The sheets of a class, each student's own: `python -m classroom release`."""

import io
import sqlite3
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from tqdm import tqdm
from tyro.conf import Positional, arg

from classroom.attempts import judge_lateness, moment, utc
from classroom.members import as_before, enter_students, members, news
from classroom.names import safe
from classroom.nbgrader import write_trees
from classroom.roster import read_roster
from classroom.sheets import Sheet, chosen, stamped
from classroom.store import ClassFolder, plainly
from gptlib.guard.files import remove_leftovers, write_whole
from gptlib.lab.pages import checkout

RELEASE = "release"


@dataclass(frozen=True)
class ReleaseConfig:
    """Make the sheets of a class: each student's own, with a stamp to know it by.

    FOLDER becomes the folder of the class, or is it already. Students of the roster are
    added or brought up to date by their id; none is ever removed. Run again with the
    same roster, it writes the same files, byte for byte.
    """

    folder: Positional[Path]
    """The folder of the class."""

    roster: Annotated[Path, arg(name="class")]
    """CSV in UTF-8 with the columns id, name and, if you have it, email; the names that
    Moodle and Canvas give these columns are known."""

    sheets: tuple[str, ...] = ()
    """Sheets by name, such as more_attention; without names, all of them."""

    due: str = ""
    """When these sheets are due, such as 2027-01-31T23:59; a date alone means the end
    of that day, and no zone that of this machine. Unless given, it stays as it is."""

    nbgrader: Path | None = None
    """Write nbgrader's folders source and release there too."""

    dry_run: bool = False
    """Say what would be written, and write nothing."""


def release(config: ReleaseConfig) -> None:
    """Write release/STUDENT/SHEET.ipynb for all students, and release/SHEET.zip.

    Raises:
        FileNotFoundError: there is no roster, or this is no checkout of the course.
        ValueError: the roster, a name of a sheet or the due time is wrong.
        OSError: a file could not be written; run it again once it can.
    """
    pages = chosen(checkout(), config.sheets)
    due = moment(config.due, "due") if config.due else None
    with plainly(config.folder):
        before = members(config.folder)
        entries = as_before(read_roster(config.roster), before)
        sheets = [Sheet.read(page) for page in pages]
        print(*news(config.roster, entries, before), sep="\n")
        if config.dry_run:
            count = len(before.keys() | {entry.id for entry in entries})
            print(*_plan(config, sheets, count), "nothing was written", sep="\n")
            return
        folder = ClassFolder(config.folder, new=True)
        with folder.writing() as db:
            enter_students(folder, entries)
            _enter_sheets(db, sheets, due)
        _write(folder, sheets)
        print(*_plan(config, sheets, len(folder.students())), sep="\n")
    if config.nbgrader:
        write_trees(config.nbgrader, sheets)


def _enter_sheets(
    db: sqlite3.Connection, sheets: list[Sheet], due: datetime | None
) -> None:
    for sheet in sheets:
        db.execute(
            "insert into sheets (name, due, released, course) values (?, ?, ?, ?) "
            "on conflict (name) do update set course = excluded.course, "
            "due = coalesce(excluded.due, due)",
            (sheet.page.name, due and utc(due), utc(datetime.now()), sheet.course),
        )
    judge_lateness(db)


def _write(folder: ClassFolder, sheets: list[Sheet]) -> None:
    students = folder.students()
    bar = tqdm(total=len(sheets) * len(students), desc="sheets", disable=None)
    for sheet in sheets:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
            for student in students:
                data = stamped(sheet, student.id, folder.key(student.id)).encode()
                name = f"{safe(student.id)}/{sheet.page.course.name}"
                write_bytes(folder.path / RELEASE / name, data)
                member = zipfile.ZipInfo(name)  # of 1980, whenever it is made
                member.create_system, member.external_attr = 3, 0o644 << 16
                member.compress_type = zipfile.ZIP_DEFLATED
                members.writestr(member, data)
                bar.update()
        write_bytes(_zip(folder.path, sheet), archive.getvalue())
    bar.close()


def _zip(folder: Path, sheet: Sheet) -> Path:
    return folder / RELEASE / f"{sheet.page.bare}.zip"


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole, unless it holds this already; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != data:
        remove_leftovers(path.parent, seconds=3600)
        write_whole(path, lambda temporary: temporary.write_bytes(data))


def _plan(config: ReleaseConfig, sheets: list[Sheet], count: int) -> list[str]:
    """What is written, a line for each sheet."""
    lines = []
    for sheet in sheets:
        name = sheet.page.course.name
        lines.append(
            f"{sheet.page.name}: {name} for {count} students (course {sheet.course}), "
            f"all in {_zip(config.folder, sheet)}"
        )
        if config.nbgrader:
            at = config.nbgrader / "{source,release}" / sheet.page.bare / name
            lines.append(f"{sheet.page.name}: {at}")
    return lines


CONFIG, command = ReleaseConfig, release
