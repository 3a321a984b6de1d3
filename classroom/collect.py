"""Taking in what came back, whatever it lies in: `python -m classroom collect`."""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tqdm import tqdm
from tyro.conf import Positional, arg

from classroom.archives import walked
from classroom.attempts import judge_lateness, moment
from classroom.names import shown
from classroom.store import ClassFolder, plainly
from classroom.taking import Taking
from gptlib.guard.files import remove_leftovers


@dataclass(frozen=True)
class CollectConfig:
    """Take in what came back: folders, zips and loose notebooks.

    Known are the downloads of Moodle, Canvas and Blackboard, nbgrader's folder
    submitted, and zips in them. A sheet is its stamp's student's. Without a stamp its
    owner follows from the id or name that the system wrote on it, or from the name of a
    folder or of the file. Where stamp and place disagree it is refused, and --as
    settles it.

    When it was handed in: as Blackboard's names and nbgrader's timestamp.txt say, else
    the file's date in the zip or folder. Canvas marks what is late, and that holds.
    Zips of Moodle may have the date of the download: then give --handed-in.

    Several attempts are all kept, and the same bytes count once. The last one handed in
    on time counts, else the last late one; grade and report can take the first instead.

    Nothing is lost: what is refused is listed with its reason, and its bytes are kept
    in the folder originals unless they cannot be read or are more than is read: 100 MB
    a file, 5000 files and 2 GB a zip, and 100 MB a zip inside it.
    """

    folder: Positional[Path]
    """The folder of the class."""

    inputs: Positional[tuple[Path, ...]] = ()
    """Folders, zips and notebooks."""

    late_after: float | None = None
    """Minutes after it is due that a sheet is not yet late. It holds for all sheets,
    also those already taken in, until another number is given."""

    handed_in: str = ""
    """When all of these were handed in, such as 2027-01-31T20:00, whatever the dates of
    the files say."""

    assign: Annotated[tuple[tuple[str, Path], ...], arg(name="as")] = ()
    """A student's id and a file, as often as needed: the file is this student's."""

    dry_run: bool = False
    """Say what would be taken in and refused, and write nothing."""


def collect(config: CollectConfig) -> None:
    """Put each sheet among the attempts of its student, and say what is odd or missing.

    Raises:
        FileNotFoundError: there is no such class, or nothing at a place given.
        ValueError: an id or a time is wrong, or no sheet was given out yet.
        OSError: something could not be written; run it again, and nothing counts twice.
    """
    time = moment(config.handed_in, "handed-in") if config.handed_in else None
    if config.late_after is not None and not 0 <= config.late_after < 1e6:
        raise ValueError(f"--late-after {config.late_after} is no number of minutes")
    with plainly(config.folder):
        folder = ClassFolder(config.folder)
        folder.require_secret()
        if config.dry_run:
            folder.db = _copied(folder.db)
        _collect(config, folder, Taking(folder, time, config.dry_run))


def _collect(config: CollectConfig, folder: ClassFolder, taking: Taking) -> None:
    places = _places(config, taking)
    if config.late_after is not None:
        with folder.writing() as db:
            db.execute("update sheets set grace = ?", (config.late_after,))
    for name in () if config.dry_run else ("originals", "notebooks"):
        remove_leftovers(folder.path / name, seconds=3600)
    _take(taking, places)
    with folder.writing() as db:
        if changed := judge_lateness(db):
            print(f"late or on time is new for {changed} attempts")
    lines = [*taking.warnings(), *missing(folder.db), *_counts(taking.counts)]
    print(*lines, *["nothing was written"] * config.dry_run, sep="\n")


def _copied(db: sqlite3.Connection) -> sqlite3.Connection:
    """The database in memory, which is gone afterwards."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    copy.row_factory = sqlite3.Row
    db.backup(copy)
    copy.execute("pragma foreign_keys = on")
    return copy


def _places(config: CollectConfig, taking: Taking) -> list[tuple[Path, str]]:
    """Where to look, and whose all of it is if that was said."""
    found = [(path, "") for path in config.inputs]
    found += [(path, taking.student(name)) for name, path in config.assign]
    own = config.folder.resolve()
    for path, student in found:
        if not path.exists():
            raise FileNotFoundError(
                f"there is no {path}: give a folder, a zip or a notebook"
            )
        if path.resolve().is_relative_to(own) and not student:
            raise ValueError(f"{path} is in the class's own folder: give what came in")
    return found


def _take(taking: Taking, places: list[tuple[Path, str]]) -> None:
    bar = tqdm(desc="files", disable=None)
    for path, student in places:
        for found in walked(path, taking.folder.path):
            bar.update()
            if line := taking.take(path, found, student):
                tqdm.write(line)
    bar.close()


def missing(db: sqlite3.Connection) -> list[str]:
    """Who has not handed in what, a line a student; a sheet that nobody has is one."""
    have = {(r["student"], r["sheet"]) for r in db.execute("select * from attempts")}
    sheets = [
        row["name"] for row in db.execute("select name from sheets order by name")
    ]
    begun = [name for name in sheets if any(sheet == name for _, sheet in have)]
    lines = [f"missing: {name}, by everybody" for name in sheets if name not in begun]
    for student in db.execute("select id, name from students order by id"):
        absent = [name for name in begun if (student["id"], name) not in have]
        if absent:
            who = f"{shown(student['name'])} ({shown(student['id'])})"
            lines.append(f"missing: {who}, {', '.join(absent)}")
    return lines


def _counts(counts: Counter[str]) -> list[str]:
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    return [told or "nothing was found"]


CONFIG, command = CollectConfig, collect
