"""The students of a class: what a roster changes, and the names that stand for them."""

from pathlib import Path

from classroom.names import folded, shown
from classroom.roster import Entry
from classroom.store import ClassFolder, Student


def members(path: Path) -> dict[str, Student]:
    """Who is in the class now, by id; nobody if there is no class yet."""
    if not (path / "class.sqlite").is_file():
        return {}
    folder = ClassFolder(path)
    found = {student.id: student for student in folder.students()}
    folder.require_secret()
    return found


def as_before(entries: list[Entry], before: dict[str, Student]) -> list[Entry]:
    """The entries, each with the id as the class writes it: "AB1" may be "ab1"."""
    ids = {folded(name): name for name in before}
    return [Entry(ids.get(folded(it.id), it.id), it.name, it.email) for it in entries]


def news(path: Path, entries: list[Entry], before: dict[str, Student]) -> list[str]:
    """What the roster changes in the class, a line each."""
    lines = []
    new = [entry for entry in entries if entry.id not in before]
    for entry in entries:
        old = before.get(entry.id)
        if old and old.name != entry.name:
            told = f"{shown(old.name)} is now {shown(entry.name)}"
            lines.append(f"{shown(entry.id)}: {told}")
        if old and entry.email not in (None, old.email):
            lines.append(f"{shown(entry.id)}: the address is new")
    here = {entry.id for entry in entries}
    for student in before.values():
        if student.id not in here:
            named = f"{shown(student.id)} ({shown(student.name)})"
            lines.append(f"{named} is not in {path} and stays in the class")
    lines.append(f"{len(entries)} students in {path}, {len(new)} of them new")
    return lines


def enter_students(folder: ClassFolder, entries: list[Entry]) -> None:
    """Add the students, or bring them up to date; inside `ClassFolder.writing`."""
    db = folder.db
    taken = {row["pseudonym"] for row in db.execute("select pseudonym from students")}
    for entry in entries:
        name = pseudonym(folder, entry.id, taken)
        row = (entry.id, entry.name, entry.email or "", name)
        made = db.execute("insert or ignore into students values (?, ?, ?, ?)", row)
        if made.rowcount:
            taken.add(name)
        db.execute(
            "update students set name = ?, email = coalesce(?, email) where id = ?",
            (entry.name, entry.email, entry.id),
        )


def pseudonym(folder: ClassFolder, student: str, taken: set[str]) -> str:
    """A name such as "student 4172" that is not taken and tells nothing of anybody."""
    number = 0
    while True:
        digits = folder.derived("pseudonym", student, str(number))
        name = f"student {1000 + int(digits, 16) % 9000}"
        if name not in taken:
            return name
        number += 1
        if number > 10_000:
            raise ValueError(f"a class has 9000 students at most, not {len(taken) + 1}")
