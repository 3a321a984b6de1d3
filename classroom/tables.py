"""The report's CSV files, ours and those that Moodle and Canvas import; all UTF-8.

Moodle: Grades, Import, CSV file; map "ID number" to the ID number, and each sheet and
its feedback to the grade item (docs.moodle.org, Grade import). Canvas: Gradebook,
Import; it finds students by their SIS ids, and a sheet by the assignment's name.
"""

import csv
import io

from classroom.pages import Names, number, title
from classroom.points import DONE, Handed, Table

POINTS = (
    "student",
    "name",
    "sheet",
    "exercise",
    "points",
    "of",
    "by",
    "status",
    "comment",
    "attempt",
    "handed_in",
    "late",
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def points_csv(table: Table, names: Names) -> str:
    """A line for each student, sheet and exercise; no points where none were given."""
    rows = [POINTS]
    for it in table.handed.values():
        student = it.student.pseudonym if names.hidden else it.student.id
        attempt = it.attempt or {"number": "", "handed_in": ""}
        for result in it.results:
            by = "" if result.points is None else "check"
            rows.append(
                (
                    student,
                    names.of(it.student),
                    it.sheet,
                    names.clean(result.exercise),
                    _points(result.points),
                    _points(result.most),
                    by if result.manual is None else "teacher",
                    result.status,
                    names.clean(result.comment),
                    attempt["number"],
                    attempt["handed_in"],
                    "late" if it.late else "",
                )
            )
    return _text(rows)


def moodle_csv(table: Table) -> str:
    """A line for each student; empty where a sheet is not graded."""
    heads = [
        head for it in table.sheets for head in (title(it), f"{title(it)} feedback")
    ]
    rows = [["ID number", "Email address", *heads]]
    for student in table.students:
        row = [student.id, student.email]
        for it in table.of_student(student):
            row += [_points(it.points), feedback(it)]
        rows.append(row)
    return _text(rows)


def canvas_csv(table: Table) -> str:
    """The same in the gradebook's columns, after a line with the points possible.

    Canvas' own number of a student, ID, is not known here and stays empty.
    """
    possible = [_points(table.most(it)) for it in table.sheets]
    rows = [[*CANVAS, *map(title, table.sheets)]]
    rows.append(["    Points Possible", *[""] * (len(CANVAS) - 1), *possible])
    for student in table.students:
        points = [_points(it.points) for it in table.of_student(student)]
        rows.append([student.name, "", student.id, student.id, "", *points])
    return _text(rows)


def feedback(it: Handed) -> str:
    """Points by exercise and a teacher's comments, in a line."""
    if it.state != DONE:
        return ""
    said = []
    for result in it.results:
        of = f" of {number(result.most)}" if result.most else ""
        comment = f" ({result.comment})" if result.comment else ""
        said.append(f"{result.exercise} {number(result.points)}{of}{comment}")
    return "; ".join(said)


def harmless(field: object) -> str:
    """A field in one line that no spreadsheet takes for a formula.

    A text that begins as formulas do gets an apostrophe in front, which spreadsheets
    read as "this is text".
    """
    text = " ".join(str(field).split()) if str(field).strip() else ""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _points(points: float | None) -> str:
    return "" if points is None else number(points)


def _text(rows: list) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    pad = "    Points Possible"  # Canvas' own spelling
    writer.writerows([f if f == pad else harmless(f) for f in row] for row in rows)
    return made.getvalue()
