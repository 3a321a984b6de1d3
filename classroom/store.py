"""The folder of a class: plain files, and one SQLite file that says what they are.

secret.key          32 random bytes, in hexadecimal; who has them knows all sizes
class.sqlite        students, attempts, grades, manual points
release/            what goes out to the students
originals/          what came in, byte for byte
notebooks/          what was taken from it, one notebook an attempt
report/             what `report` wrote
"""

import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VERSION = 1
SCHEMA = """
create table students (
    id text primary key, name text not null, email text not null default '',
    pseudonym text not null unique
) strict;
create table sheets (
    name text primary key, due text, released text not null, course text not null,
    grace real not null default 0 -- minutes after due that are not late
) strict;
create table attempts (
    id integer primary key, student text not null references students on delete cascade,
    sheet text not null references sheets, number integer not null,
    handed_in text not null, late integer not null, original text not null,
    notebook text not null, digest text not null, note text not null default '',
    said_late integer, -- what the school's system says, 0 or 1, if it says it
    unique (student, sheet, number)
) strict;
create table refused (
    original text not null, member text not null, digest text not null,
    why text not null, unique (original, member, digest)
) strict;
create table runs (
    attempt integer primary key references attempts on delete cascade,
    seed text not null, course text not null, sandbox text not null,
    seconds real not null, note text not null default ''
) strict;
create table grades (
    attempt integer not null references attempts on delete cascade,
    exercise text not null, points real not null, most real not null,
    status text not null, words text not null, code text not null default '',
    primary key (attempt, exercise)
) strict;
create table manual (
    student text not null references students on delete cascade,
    sheet text not null references sheets, exercise text not null,
    points real, most real, comment text not null default '',
    primary key (student, sheet, exercise)
) strict;
"""


@dataclass(frozen=True)
class Student:
    """A line of the roster."""

    id: str
    name: str
    email: str
    pseudonym: str  # stands for the name where nobody needs it


@contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """An error of the database inside is said in words, as an OSError."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(
            f"{folder / 'class.sqlite'} cannot be read or written ({error}): is the "
            "disk full, may you write there, and is it a class's own file?"
        ) from error


class ClassFolder:
    """The folder of a class, opened.

    Args:
        path: the folder.
        new: make it if it is not there.

    Raises:
        FileNotFoundError: there is no such class.
        ValueError: it was made by a later version of this package.
    """

    def __init__(self, path: Path, new: bool = False):
        self.path = Path(path)
        file = self.path / "class.sqlite"
        if not file.is_file() and not new:
            raise FileNotFoundError(
                f"{self.path} is no class (it has no class.sqlite): begin one with "
                "python -m classroom release FOLDER --class roster.csv"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(file, timeout=30, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("pragma foreign_keys = on")
        self.db.execute("pragma synchronous = full")
        self._make_schema()

    def _make_schema(self) -> None:
        with self.writing():
            (version,) = self.db.execute("pragma user_version").fetchone()
            if version > VERSION:
                raise ValueError(
                    f"{self.path} was written by a newer course (its version is "
                    f"{version}, and this one knows {VERSION}): use that one"
                )
            if version == 0:
                for statement in SCHEMA.split(";"):
                    self.db.execute(statement)
                self.db.execute(f"pragma user_version = {VERSION}")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All statements inside, or none of them."""
        self.db.execute("begin immediate")
        try:
            yield self.db
        except BaseException:
            self.db.execute("rollback")
            raise
        self.db.execute("commit")

    def secret(self) -> bytes:
        """The class's secret; made when it is asked for first, read by nobody else."""
        path = self.path / "secret.key"
        if not path.exists():
            self._make_secret(path)
        found = bytes.fromhex(path.read_text().strip())
        if len(found) != 32:
            raise ValueError(f"{path} must hold 64 hexadecimal digits: put it back")
        return found

    def _make_secret(self, path: Path) -> None:
        """Write it whole; of several who do so at once the first one's stays."""
        temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        with open(os.open(temporary, flags, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        except OSError:  # a disk that has no links
            os.replace(temporary, path)
        temporary.unlink(missing_ok=True)

    def require_secret(self) -> None:
        """Nothing, where students have a secret that their keys follow from.

        Raises:
            FileNotFoundError: it is gone, and a new one would fit no sheet given out.
        """
        path = self.path / "secret.key"
        if self.students() and not path.is_file():
            raise FileNotFoundError(
                f"{path} is gone, and no sheet that was given out can be known without "
                "it: put it back from a copy of the folder"
            )

    def derived(self, *words: str) -> str:
        """16 hexadecimal digits that follow from the secret and these words."""
        text = "\0".join(words).encode()
        return hmac.new(self.secret(), text, "sha256").hexdigest()[:16]

    def key(self, student: str) -> str:
        """What a student's sheets carry: the id and 16 digits that nobody guesses.

        Own sizes follow from it, and `collect` knows a sheet by it.
        """
        return f"{student} {self.derived('key', student)}"

    def students(self) -> list[Student]:
        """All of them, by id."""
        rows = self.db.execute("select * from students order by id")
        return [Student(**row) for row in rows]
