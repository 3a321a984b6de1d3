"""The attempts of a class: in which order they came, which is late, which counts."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

RULE = "the last one handed in on time counts, else the last late one"
RULES = ("last", "first")


@dataclass(frozen=True)
class Attempt:
    """What a student handed in for a sheet, before it is in the books."""

    student: str
    sheet: str
    handed_in: datetime
    digest: str
    note: str = ""
    said_late: bool | None = None  # what the school's system says, if it says it
    original: str = ""  # paths in the folder of the class
    notebook: str = ""


def utc(time: datetime) -> str:
    """A time as all of them are kept: ISO 8601 in UTC, which sorts as text.

    A time without a zone is one of this machine's.
    """
    return time.astimezone(UTC).isoformat(timespec="seconds")


def moment(text: str, option: str) -> datetime:
    """The time that somebody typed; a date alone means the end of that day.

    Raises:
        ValueError: it is no time as ISO 8601 writes it.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"--{option} {text!r} is no time: write it as 2027-01-31T23:59, in this "
            "machine's zone, or as 2027-01-31T23:59+01:00"
        ) from None
    if len(text.strip()) <= 10:
        time = time.replace(hour=23, minute=59, second=59)
    return time.astimezone(UTC)


def enter(db: sqlite3.Connection, new: Attempt) -> sqlite3.Row | None:
    """Put an attempt into the books, and number all of this student's and sheet's.

    Returns:
        Its row, or None if the student handed in these very bytes before.
    """
    made = db.execute(
        "insert into attempts (student, sheet, number, handed_in, late, original, "
        "notebook, digest, note, said_late) select ?, ?, -1, ?, 0, ?, ?, ?, ?, ? "
        "where not exists (select 1 from attempts where (student, sheet, digest) = "
        "(?, ?, ?))",
        (
            *(new.student, new.sheet, utc(new.handed_in), new.original, new.notebook),
            *(new.digest, new.note, new.said_late),
            *(new.student, new.sheet, new.digest),
        ),
    )
    if not made.rowcount:
        return None
    renumber(db, new.student, new.sheet)
    judge_lateness(db, new.student)
    wanted = "select * from attempts where id = ?"
    return db.execute(wanted, (made.lastrowid,)).fetchone()


def date_anew(db: sqlite3.Connection, known: Attempt) -> None:
    """Give an attempt another time of handing in, which alone says if it is late."""
    db.execute(
        "update attempts set handed_in = ?, said_late = null where "
        "(student, sheet, digest) = (?, ?, ?)",
        (utc(known.handed_in), known.student, known.sheet, known.digest),
    )
    renumber(db, known.student, known.sheet)


def renumber(db: sqlite3.Connection, student: str, sheet: str) -> None:
    """Count a student's attempts at a sheet from 1, in the order of handing in."""
    rows = db.execute(
        "select id from attempts where (student, sheet) = (?, ?) "
        "order by handed_in, id",
        (student, sheet),
    ).fetchall()
    # No two may have one number at any time, so all of them leave theirs first.
    for sign in (-2, 1):
        for number, row in enumerate(rows, start=1):
            db.execute(
                "update attempts set number = ? where id = ?",
                (sign * number, row["id"]),
            )


def judge_lateness(db: sqlite3.Connection, student: str | None = None) -> int:
    """Say of all attempts, or a student's, which are late; for how many that is new.

    What the school's system says holds. Where it says nothing, late is what was handed
    in more than the sheet's grace after it was due.
    """
    changed = 0
    for row in db.execute(
        "select attempts.id, handed_in, late, said_late, due, grace from attempts "
        "join sheets on sheets.name = sheet where student = coalesce(?, student)",
        (student,),
    ).fetchall():
        late = row["said_late"]
        if late is None:
            late = row["due"] is not None and _after(row)
        if bool(late) != bool(row["late"]):
            changed += 1
            db.execute(
                "update attempts set late = ? where id = ?", (int(late), row["id"])
            )
    return changed


def _after(row: sqlite3.Row) -> bool:
    end = datetime.fromisoformat(row["due"]) + timedelta(minutes=row["grace"])
    return datetime.fromisoformat(row["handed_in"]) > end


def counting(db: sqlite3.Connection, rule: str = "last") -> list[sqlite3.Row]:
    """The attempt that counts of each student and sheet, by student and sheet.

    Args:
        rule: "last" for the last one handed in on time, else the last late one;
            "first" for the first one.

    Raises:
        ValueError: there is no such rule.
    """
    if rule not in RULES:
        raise ValueError(f"no rule {rule!r} for attempts: choose from {list(RULES)}")
    rows = db.execute("select * from attempts order by student, sheet, number")
    found = []
    for _, group in groupby(rows, lambda row: (row["student"], row["sheet"])):
        attempts = list(group)
        on_time = [row for row in attempts if not row["late"]]
        found.append(attempts[0] if rule == "first" else (on_time or attempts)[-1])
    return found
