"""Our points in nbgrader's gradebook, by nbgrader's own API."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from classroom.points import DONE, PROJECT, Handed, Result, Table, by_hand_cell, pages
from gptlib.guard.files import write_whole
from gptlib.lab.forms import tagged
from gptlib.lab.pages import Page, read_page

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

INSTALL = "pip install nbgrader==0.9.6"


def importable() -> None:
    """Nothing, where nbgrader is installed.

    Raises:
        ImportError: it is not; the message says how to install it.
    """
    if find_spec("nbgrader") is None:
        raise ImportError(f"--nbgrader needs nbgrader: {INSTALL}")


def write_gradebook(path: Path, table: Table) -> str:
    """Write all graded sheets into a gradebook, which may be new; a line on what was.

    The check's points become nbgrader's auto_score, and a teacher's its manual_score.
    The file is whole at any time: a copy is filled and takes its place, so nothing else
    may write into it meanwhile.

    Raises:
        ImportError: nbgrader is not installed.
        ValueError: the file is no gradebook of this nbgrader.
        OSError: it cannot be written.
    """
    importable()
    path = Path(path).resolve()
    course = _course(path)
    course_pages, written = pages(), []

    def fill(temporary: Path) -> None:
        if path.exists():
            shutil.copyfile(path, temporary)
        with _opened(temporary, course) as book:
            for sheet in (it for it in table.sheets if it in course_pages):
                written.append(_write_sheet(book, course_pages[sheet], table))

    write_whole(path, fill)
    return f"wrote {sum(written)} sheets into {path}"


def _course(path: Path) -> str:
    """The course's name in a gradebook; nbgrader's usual one for a new file."""
    if not path.exists():
        return "default_course"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            names = [row[0] for row in db.execute("select id from course")]
    except sqlite3.Error as error:
        raise ValueError(
            f"{path} is no gradebook of nbgrader 0.9 ({error}): give its gradebook.db, "
            "brought up to date by nbgrader db upgrade, or a new name"
        ) from None
    return names[0] if len(names) == 1 else "default_course"


def _opened(path: Path, course: str) -> "Gradebook":
    from nbgrader.api import Gradebook

    # For a new gradebook it calls the program alembic, which lies beside Python.
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        return Gradebook(f"sqlite:///{path}", course_id=course)
    finally:
        os.environ["PATH"] = before


def _write_sheet(book: "Gradebook", page: Page, table: Table) -> int:
    """Enter the sheet, its cells and all that is graded; how many sheets that is."""
    graded = [it for it in table.of_sheet(page.name) if it.state == DONE]
    if not graded:
        return 0
    cells = _cells(page)
    book.update_or_create_assignment(page.bare)
    book.update_or_create_notebook(page.course.stem, page.bare)
    for it in graded:
        for result in it.results:
            name = cells.setdefault(result.exercise, result.exercise)
            _enter_cell(book, name, page, result)
    for it in graded:
        _write_one(book, page, cells, it)
    return len(graded)


def _cells(page: Page) -> dict[str, str]:
    """By exercise the id of the cell that nbgrader gives points for."""
    reading = read_page(page.course)
    code = [cell for cell in reading.cells if cell.cell_type == "code"]
    found = {
        cell.id: check.id for cell, check in pairwise(code) if tagged(cell, "yours")
    }
    cell = by_hand_cell(reading)
    return found or ({PROJECT: cell.id} if cell else {})


def _enter_cell(book: "Gradebook", name: str, page: Page, result: Result) -> None:
    from nbgrader.api import MissingEntry

    place = name, page.course.stem, page.bare
    try:
        book.find_graded_cell(*place)
    except MissingEntry:
        most = result.most or 0
        book.add_grade_cell(*place, max_score=most, cell_type="code")


def _write_one(
    book: "Gradebook", page: Page, cells: dict[str, str], it: Handed
) -> None:
    from nbgrader.api import Grade

    first, _, last = it.student.name.rpartition(" ")
    names = {"first_name": first, "last_name": last, "email": it.student.email or None}
    book.update_or_create_student(it.student.id, **names)
    when = {"timestamp": it.attempt["handed_in"]} if it.attempt else {}
    submission = book.update_or_create_submission(page.bare, it.student.id, **when)
    (notebook,) = (nb for nb in submission.notebooks if nb.name == page.course.stem)
    there = {grade.name: grade for grade in notebook.grades}
    for result in it.results:
        name = cells[result.exercise]
        cell = book.find_graded_cell(name, page.course.stem, page.bare)
        grade = there.get(name) or Grade(cell_id=cell.id, notebook=notebook)
        grade.auto_score, grade.manual_score = result.machine, result.manual
        grade.needs_manual_grade = result.points is None
    book.db.commit()
