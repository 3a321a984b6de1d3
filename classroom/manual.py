"""Points and comments that a teacher gives by hand, from a CSV file."""

import csv
import io
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from classroom.points import exercises, released
from classroom.store import ClassFolder
from gptlib.lab.pages import unknown

NEEDED, OPTIONAL = ("student", "sheet", "exercise", "points"), ("comment", "most")
NUMBER = re.compile(r"[0-9]{1,6}([.,][0-9]{1,6})?")
SHOWN = 5  # errors at a time


@dataclass(frozen=True)
class Line:
    """A line of the file, checked."""

    student: str
    sheet: str
    exercise: str
    points: float | None
    most: float | None
    comment: str


def given(folder: ClassFolder, path: Path) -> tuple[list[Line], list[str]]:
    """The lines of a file, all of them right; and the exercises that are new.

    Raises:
        ValueError: a line is wrong; the message names the file, the line and what was
            expected.
        OSError: the file cannot be read.
    """
    check, lines, wrong, seen = _Check(folder), [], [], {}
    for number, row in _rows(path):
        try:
            line = check.line(row)
            place = line.student, line.sheet, line.exercise
            if place in seen:
                raise ValueError(f"the same as line {seen[place]}: keep one of them")
            seen[place] = number
            lines.append(line)
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        said = "; ".join(wrong[:SHOWN])
        raise ValueError(f"{path}, {said}{more} (nothing of the file was taken)")
    new = {f"{it.exercise} of {it.sheet}" for it in lines if check.is_new(it)}
    return lines, sorted(new)


def enter(folder: ClassFolder, lines: list[Line]) -> None:
    """Keep all of them, in one step; a line without points and comment takes back."""
    with folder.writing() as db:
        for it in lines:
            place = it.student, it.sheet, it.exercise
            if it.points is None and not it.comment:
                where = "student = ? and sheet = ? and exercise = ?"
                db.execute(f"delete from manual where {where}", place)
            else:
                db.execute(
                    "insert or replace into manual (student, sheet, exercise, points, "
                    "most, comment) values (?, ?, ?, ?, ?, ?)",
                    (*place, it.points, it.most, it.comment),
                )


class _Check:
    """Knows what a line may hold."""

    def __init__(self, folder: ClassFolder):
        self.students = [it.id for it in folder.students()]
        self.sheets = released(folder)
        self.course = {name: exercises(name) for name in self.sheets}
        self.known = {name: dict(of) for name, of in self.course.items()}
        asked = "select sheet, exercise, max(most) as most from {} group by 1, 2"
        by_hand = "manual"
        graded = "(select * from grades join attempts on attempts.id = attempt)"
        for source in (by_hand, graded):
            for row in folder.db.execute(asked.format(source)):
                known = self.known[row["sheet"]]
                known.setdefault(row["exercise"], row["most"])
        self.before = {name: set(of) for name, of in self.known.items()}

    def is_new(self, line: Line) -> bool:
        return line.exercise not in self.before[line.sheet]

    def line(self, row: dict[str, str]) -> Line:
        """Raises ValueError, which says what is wrong."""
        student, exercise = row["student"], row["exercise"]
        if student not in self.students:
            raise ValueError(unknown("student", student, self.students))
        bare = {name.split("/")[-1]: name for name in self.sheets}
        sheet = bare.get(row["sheet"], row["sheet"])
        if sheet not in self.sheets:
            raise ValueError(unknown("sheet", row["sheet"], self.sheets))
        points, most = _number(row, "points"), _number(row, "most")
        most = self._most(sheet, exercise, most)
        if points is not None and most is not None and points > most:
            raise ValueError(f"{points:g} points, and {exercise} has {most:g}")
        return Line(student, sheet, exercise, points, most, row["comment"])

    def _most(self, sheet: str, exercise: str, most: float | None) -> float | None:
        """How many points an exercise has, which may be new."""
        if not exercise:
            raise ValueError("no exercise is named; a name such as project may be new")
        known = self.known[sheet]
        close = get_close_matches(exercise, known, n=1, cutoff=0.85)
        if exercise not in known and close:
            raise ValueError(f"no exercise {exercise!r}: did you mean {close[0]}?")
        course = self.course[sheet].get(exercise)
        if course is not None and most not in (None, course):
            raise ValueError(f"{exercise} has {course:g} points, and not {most:g}")
        if most is None:
            most = known.get(exercise)
        if course is None:
            known[exercise] = most
        return most


def _number(row: dict[str, str], name: str) -> float | None:
    if not (text := row[name]):
        return None
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{name} must be a number of 0 or more, got {text!r}")
    return float(text.replace(",", "."))


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Each line's number and its fields by the column's name, in small letters."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 (byte {error.start}): save it as CSV UTF-8"
        ) from None
    head = text.split("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count)
    )
    found: list[tuple[int, dict[str, str]]] = []
    try:
        columns = [it.strip().lower() for it in next(reader, [])]
        _expect_columns(path, columns)
        for row in reader:
            if not any(it.strip() for it in row):
                continue
            if len(row) != len(columns):
                raise ValueError(
                    f"{path}, line {reader.line_num}: it has {len(row)} fields, and "
                    f"the first line {len(columns)}; a text with commas needs quotes"
                )
            cells = dict(zip(columns, (it.strip() for it in row), strict=True))
            found.append((reader.line_num, dict.fromkeys(OPTIONAL, "") | cells))
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from None
    return found


def _expect_columns(path: Path, columns: list[str]) -> None:
    known = (*NEEDED, *OPTIONAL)
    missing = [name for name in NEEDED if name not in columns]
    wrong = [it for it in columns if it not in known or columns.count(it) > 1]
    if missing or wrong:
        raise ValueError(
            f"{path}, line 1: the columns must be {', '.join(NEEDED)}, and perhaps "
            f"{', '.join(OPTIONAL)}; got {', '.join(columns) or 'nothing'}"
        )
