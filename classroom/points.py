"""What counts: attempts, the machine's grades, and what a teacher gave by hand."""

import re
import sqlite3
from dataclasses import dataclass, replace

from nbformat import NotebookNode

import gptlib.checks  # noqa: F401 - enters all checks into PARTS
from classroom.attempts import counting
from classroom.store import ClassFolder, Student
from gptlib.checks.verdict import PARTS
from gptlib.lab.forms import solutions
from gptlib.lab.pages import Page, checkout, homework, read_page, unknown

PROJECT = "project"
BY_HAND = re.compile(r"graded \((\d+) points\)")
MISSING, WAITING, DONE = "not handed in", "not graded yet", "graded"


@dataclass(frozen=True)
class Result:
    """An exercise of a student's: what the machine said, and the teacher."""

    exercise: str
    machine: float | None = None  # points; None: it was not graded
    most: float | None = None  # None: nobody said how many there are
    status: str = ""
    words: str = ""
    code: str = ""
    manual: float | None = None  # points that replace the machine's
    comment: str = ""

    @property
    def points(self) -> float | None:
        """What counts."""
        return self.machine if self.manual is None else self.manual


@dataclass(frozen=True)
class Handed:
    """A sheet of a student's."""

    student: Student
    sheet: str
    results: tuple[Result, ...]
    attempt: sqlite3.Row | None = None  # the one that counts
    attempts: int = 0  # how many there are
    run: sqlite3.Row | None = None

    @property
    def state(self) -> str:
        """MISSING, WAITING or DONE."""
        given = any(it.manual is not None for it in self.results)
        if self.attempt is None:
            return DONE if given else MISSING
        graded = any(it.machine is not None for it in self.results)
        by_hand = given and not any(it.exercise in PARTS for it in self.results)
        return DONE if graded or by_hand else WAITING

    @property
    def points(self) -> float | None:
        """The sum; None unless it is DONE."""
        if self.state != DONE:
            return None
        return sum(it.points or 0 for it in self.results)

    @property
    def most(self) -> float:
        """All the points that there are."""
        return sum(it.most or 0 for it in self.results)

    @property
    def late(self) -> bool:
        return bool(self.attempt and self.attempt["late"])


@dataclass(frozen=True)
class Table:
    """All sheets of all students, by student and by sheet."""

    students: list[Student]
    sheets: list[str]
    handed: dict[tuple[str, str], Handed]  # by the student's id, and the sheet

    def of_student(self, student: Student) -> list[Handed]:
        return [self.handed[student.id, sheet] for sheet in self.sheets]

    def of_sheet(self, sheet: str) -> list[Handed]:
        return [self.handed[student.id, sheet] for student in self.students]

    def most(self, sheet: str) -> float:
        """The points that a sheet has."""
        return max((it.most for it in self.of_sheet(sheet)), default=0)


def pages() -> dict[str, Page]:
    """The course's sheets by name."""
    return {page.name: page for page in homework(checkout())}


def exercises(sheet: str) -> dict[str, float]:
    """The points of each exercise of a sheet, in its order; none of an unknown one.

    A page without checks that says what it gives points for has one, "project".
    """
    if (page := pages().get(sheet)) is None:
        return {}
    reading = read_page(page.course)
    found = {s: sum(part.points for part in PARTS[s]) for s in solutions(reading)}
    cell = by_hand_cell(reading)
    return found or ({PROJECT: float(BY_HAND.search(cell.source)[1])} if cell else {})


def by_hand_cell(reading: NotebookNode) -> NotebookNode | None:
    """The cell that says for what a person gives points, if there is one."""
    cells = (it for it in reading.cells if it.cell_type == "markdown")
    return next((it for it in cells if BY_HAND.search(it.source)), None)


def released(folder: ClassFolder, names: tuple[str, ...] = ()) -> list[str]:
    """The class's sheets, or those that are meant, in the course's order.

    Raises:
        ValueError: a sheet was never released.
    """
    order = {name: number for number, name in enumerate(pages())}
    rows = folder.db.execute("select name from sheets order by name")
    known = sorted((row["name"] for row in rows), key=lambda it: order.get(it, 99))
    bare = {name.split("/")[-1]: name for name in known} | {it: it for it in known}
    for name in names:
        if name not in bare:
            raise ValueError(
                f"{unknown('sheet', name, known)} (released in this class)"
            )
    meant = {bare[name] for name in names}
    return [name for name in known if name in meant] if names else known


def table(
    folder: ClassFolder, rule: str = "last", names: tuple[str, ...] = ()
) -> Table:
    """All that counts.

    Raises:
        ValueError: a sheet was never released, or the rule is unknown.
    """
    db, sheets, students = folder.db, released(folder, names), folder.students()
    attempts = {(it["student"], it["sheet"]): it for it in counting(db, rule)}
    asked = "select student, sheet, count(*) as n from attempts group by student, sheet"
    numbers = {(it["student"], it["sheet"]): it["n"] for it in db.execute(asked)}
    runs = {it["attempt"]: it for it in db.execute("select * from runs")}
    results = _results(folder, attempts, {name: exercises(name) for name in sheets})
    handed = {}
    for student in students:
        for sheet in sheets:
            place = student.id, sheet
            attempt = attempts.get(place)
            run = runs.get(attempt["id"]) if attempt else None
            found = tuple(results[place].values())
            number = numbers.get(place, 0)
            handed[place] = Handed(student, sheet, found, attempt, number, run)
    return Table(students, sheets, handed)


def _results(
    folder: ClassFolder, attempts: dict, known: dict[str, dict[str, float]]
) -> dict[tuple[str, str], dict[str, Result]]:
    """By student and sheet: each exercise's result, in the sheet's order."""
    found = {
        (student.id, sheet): {
            slug: Result(slug, most=most) for slug, most in of.items()
        }
        for student in folder.students()
        for sheet, of in known.items()
    }
    counted = {it["id"]: place for place, it in attempts.items()}
    for row in folder.db.execute("select * from grades"):
        if (place := counted.get(row["attempt"])) in found:
            said = row["status"], row["words"], row["code"]
            found[place][row["exercise"]] = Result(
                row["exercise"], row["points"], row["most"], *said
            )
    rows = list(folder.db.execute("select * from manual order by exercise"))
    most: dict[tuple[str, str], float] = {}
    for row in rows:
        place = row["sheet"], row["exercise"]
        most[place] = max(most.get(place, 0), row["most"] or 0)
    for row in rows:
        mine = found.get((row["student"], row["sheet"]))
        if mine is not None:
            slug, of = row["exercise"], most[row["sheet"], row["exercise"]] or None
            was = mine.get(slug, Result(slug, most=of))
            mine[slug] = replace(was, manual=row["points"], comment=row["comment"])
    return found
