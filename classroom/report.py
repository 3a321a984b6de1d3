"""Points and pages, for students and teacher: `python -m classroom report`."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tqdm import tqdm
from tyro.conf import Positional

from classroom import manual as by_hand
from classroom.overview import class_page
from classroom.pages import Names, student_page
from classroom.points import DONE, Table, table
from classroom.store import ClassFolder
from classroom.tables import canvas_csv, moodle_csv, points_csv
from gptlib.guard.files import remove_leftovers, write_text

NAMED = ("moodle.csv", "canvas.csv")  # they need ids


@dataclass(frozen=True)
class ReportConfig:
    """Write the points of a class as CSV files, and a page for each student and one for
    the teacher, into FOLDER/report. It may be called at any time, and again."""

    folder: Positional[Path]
    """The class's folder."""
    attempt: Literal["last", "first"] = "last"
    """Which attempt counts: the last one on time, or else the last late one; or the
    first one."""
    manual: Path | None = None
    """A CSV file with points given by hand: columns student, sheet, exercise, points,
    and perhaps comment and most. They replace the check's and outlive grading again; an
    exercise may be new, such as project, and then `most` says how many points it has. A
    line with neither points nor comment takes back."""
    pseudonyms: bool = False
    """Write pseudonyms in place of names and ids; no file for Moodle or Canvas then."""
    sheets: tuple[str, ...] = ()
    """Of these sheets alone, such as more_attention; all that were released, unless
    given."""
    nbgrader: Path | None = None
    """Write the points into this gradebook.db of nbgrader too, while nothing else has
    it open."""
    dry_run: bool = False
    """Say what would be written, and write nothing."""


def report(config: ReportConfig) -> None:
    """Take points given by hand, and write all files; say where they are.

    Raises:
        ValueError: a sheet is unknown, or a line of the CSV file is wrong; nothing was
            written then.
        FileNotFoundError: there is no such class.
        ImportError: a gradebook is to be written, and nbgrader is not installed.
        OSError: a file could not be written; those that are there are whole.
    """
    folder = ClassFolder(config.folder)
    if config.nbgrader:
        from classroom.gradebook import importable

        importable()
    table(folder, config.attempt, config.sheets)  # before anything is written
    _take_manual(folder, config)
    found = table(folder, config.attempt, config.sheets)
    files = _files(folder, found, config)
    out = folder.path / "report"
    if config.dry_run:
        print(*(f"would write {out / name}" for name in files), sep="\n")
        return
    _write(out, files)
    if config.nbgrader:
        from classroom.gradebook import write_gradebook

        print(write_gradebook(config.nbgrader, found))
    _say(out, found, config)


def _take_manual(folder: ClassFolder, config: ReportConfig) -> None:
    if config.manual is None:
        return
    lines, new = by_hand.given(folder, config.manual)
    would = "would take" if config.dry_run else "took"
    if not config.dry_run:
        by_hand.enter(folder, lines)
    print(f"{would} {len(lines)} lines of {config.manual}")
    for name in new:
        print(f"  new: {name}, which no check knows")


def _files(
    folder: ClassFolder, found: Table, config: ReportConfig
) -> dict[str, Callable[[], str]]:
    """What makes each file, by its path in report/."""
    names, rule = Names(folder, config.pseudonyms), config.attempt
    files = {"points.csv": lambda: points_csv(found, names)}
    if not config.pseudonyms:
        files["moodle.csv"] = lambda: moodle_csv(found)
        files["canvas.csv"] = lambda: canvas_csv(found)
    for it in found.students:
        path = f"students/{names.file(it)}"
        files[path] = lambda it=it: student_page(found, it, names, rule)
    return files | {"index.html": lambda: class_page(found, names, rule)}


def _write(out: Path, files: dict[str, Callable[[], str]]) -> None:
    """Write all, each whole; then delete what is left of an earlier report."""
    students = out / "students"
    students.mkdir(parents=True, exist_ok=True)
    for name, make in tqdm(files.items(), "pages", disable=not sys.stderr.isatty()):
        write_text(out / name, make())
    known = {out / name for name in files}
    for path in [*students.glob("*.html"), *(out / name for name in NAMED)]:
        if path not in known:
            path.unlink(missing_ok=True)
    for path in (out, students):
        remove_leftovers(path, seconds=3600)


def _say(out: Path, found: Table, config: ReportConfig) -> None:
    for sheet in found.sheets:
        handed = found.of_sheet(sheet)
        came = sum(it.attempt is not None for it in handed)
        graded = sum(it.state == DONE for it in handed)
        print(f"{sheet}: {came} of {len(handed)} handed in, {graded} with points")
    if config.pseudonyms:
        print(
            "no moodle.csv and canvas.csv: they need ids (report without --pseudonyms)"
        )
    print(f"written to {out}; begin with {out / 'index.html'}")


CONFIG, command = ReportConfig, report
