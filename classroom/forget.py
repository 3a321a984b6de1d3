"""Delete all that a class knows of a student: `python -m classroom forget`."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import Positional

from classroom.pages import file_name
from classroom.store import ClassFolder, Student
from classroom.traces import Words, still_named
from gptlib.guard.files import write_whole
from gptlib.lab.pages import unknown

CLASSWIDE = ("index.html", "points.csv", "moodle.csv", "canvas.csv")
GONE = "(forgotten)"


@dataclass(frozen=True)
class ForgetConfig:
    """Delete a student from FOLDER: rows, what was handed in, released and reported.

    The report of the class goes too, since it names the student: write it anew. A
    roster or a school's system is not touched.
    """

    folder: Positional[Path]
    """The class's folder."""
    student: Positional[str]
    """The student's id."""
    yes: bool = False
    """Delete; without it, only say what would be deleted."""


@dataclass
class Found:
    """What there is of a student."""

    files: list[Path] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)  # to be written without them
    refused: list[int] = field(default_factory=list)  # rows
    kept: list[str] = field(default_factory=list)  # lines on what is others' too


def forget(config: ForgetConfig) -> None:
    """Delete, files first, so that a second call ends what a killed one began.

    Raises:
        FileNotFoundError: there is no such class.
        ValueError: there is no such student.
        OSError: a file could not be deleted; call it again.
    """
    folder = ClassFolder(config.folder)
    known = {it.id: it for it in folder.students()}
    if config.student not in known:
        raise ValueError(unknown("student", config.student, list(known)))
    student = known[config.student]
    words = Words(student)
    found = search(folder, student, words)
    word = "deleted" if config.yes else "would delete"
    for path in found.files:
        print(f"{word} {path.relative_to(folder.path)}")
    for path in found.archives:
        print(f"{word} their sheets in {path.relative_to(folder.path)}")
    if not config.yes:
        print("and all rows; nothing was deleted: add --yes to do it")
        return
    for path in found.archives:
        _rewrite(path, student)
    for path in found.files:
        path.unlink(missing_ok=True)
    _remove_empty(folder.path)
    rows = _delete_rows(folder, student, words, found.refused)
    print(f"deleted {rows} rows, and what the file class.sqlite still held of them")
    for line in [*found.kept, *still_named(folder.path, words)]:
        print(line)
    print("the class's report is gone too: python -m classroom report writes it anew")


def search(folder: ClassFolder, student: Student, words: Words) -> Found:
    """The files that go, the archives that hold some, and what was refused."""
    found, root = Found(), folder.path
    _refused(folder, words, found)
    _handed_in(folder, student, found)
    pages = (file_name(it) + ".html" for it in (student.id, student.pseudonym))
    found.files += [root / "report" / "students" / page for page in pages]
    found.files += [root / "report" / name for name in CLASSWIDE]
    released = sorted((root / "release").rglob("*.ipynb"))
    found.files += [it for it in released if _is_of(it.read_bytes(), student)]
    for path in sorted((root / "release").rglob("*.zip")):
        if any(_is_of(data, student) for _, data in _members(path)):
            found.archives.append(path)
    found.files = [it for it in dict.fromkeys(found.files) if it.is_file()]
    return found


def _handed_in(folder: ClassFolder, student: Student, found: Found) -> None:
    """What stands in attempts; what another student handed in too stays."""
    asked = "select distinct original, notebook, digest from attempts where student = ?"
    for row in folder.db.execute(asked, [student.id]).fetchall():
        others = folder.db.execute(
            "select distinct student from attempts where digest = ? and student != ?",
            (row["digest"], student.id),
        ).fetchall()
        if others:
            whose = ", ".join(it["student"] for it in others)
            found.kept.append(f"kept {row['original']}: {whose} handed in the same")
        else:
            found.files += [
                folder.path / row["original"],
                folder.path / row["notebook"],
            ]


def _refused(folder: ClassFolder, words: Words, found: Found) -> None:
    """What was refused and names the student, in its row or in its bytes."""
    asked = (
        "select rowid, *, digest in (select digest from attempts) as taken from refused"
    )
    for row in folder.db.execute(asked).fetchall():
        files = [
            path
            for path in (folder.path / "originals").glob("*")
            if row["digest"] and path.stem == row["digest"] and not row["taken"]
        ]
        said = any(words.text.search(row[it]) for it in ("original", "member", "why"))
        if said or any(words.bytes.search(path.read_bytes()) for path in files):
            found.refused.append(row["rowid"])
            found.files += files


def _is_of(notebook: bytes, student: Student) -> bool:
    """Whether a sheet is stamped as this student's."""
    try:
        stamp = json.loads(notebook)["metadata"]["classroom"]
        return stamp["student"] == student.id
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _members(path: Path) -> list[tuple[zipfile.ZipInfo, bytes]]:
    with zipfile.ZipFile(path) as archive:
        return [(it, archive.read(it)) for it in archive.infolist()]


def _rewrite(path: Path, student: Student) -> None:
    """The archive without a student's sheets and their folder."""
    members = _members(path)
    gone = {it.filename for it, data in members if _is_of(data, student)}
    folders = tuple(f"{name.rsplit('/', 1)[0]}/" for name in gone if "/" in name)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for it, data in members:
            if it.filename not in gone and not it.filename.startswith(folders):
                archive.writestr(it, data, it.compress_type)
    write_whole(path, lambda temporary: temporary.write_bytes(made.getvalue()))


def _remove_empty(root: Path) -> None:
    for top in ("release", "notebooks", "originals", "report"):
        for path in sorted((root / top).rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def _delete_rows(
    folder: ClassFolder, student: Student, words: Words, refused: list[int]
) -> int:
    """Delete and overwrite; other students' notes lose the name."""
    folder.db.execute("pragma secure_delete = on")
    with folder.writing() as db:
        before = db.total_changes
        for row in refused:
            db.execute("delete from refused where rowid = ?", [row])
        db.execute("delete from students where id = ?", [student.id])
        for table, key in (("attempts", "id"), ("runs", "attempt")):
            for row in db.execute(f"select {key} as key, note from {table}").fetchall():
                note = words.text.sub(GONE, row["note"])
                if note != row["note"]:
                    place = note, row["key"]
                    db.execute(f"update {table} set note = ? where {key} = ?", place)
        deleted = db.total_changes - before
    folder.db.execute("vacuum")
    folder.db.execute("pragma wal_checkpoint(truncate)")
    return deleted


CONFIG, command = ForgetConfig, forget
