"""Who is in the class: a table as the school's system writes it."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classroom.names import folded, shown

# What systems call their columns, the likeliest first; - and _ count as spaces.
COLUMNS = {
    "id": "id, student id, id number, student number, matriculation number, "
    "username, user name, login, login id, user id, sis user id, sis login id",
    "name": "name, full name, student name, display name, student",
    "first": "first name, given name, firstname, forename",
    "last": "last name, surname, family name, lastname",
    "email": "email, e mail, email address, mail",
}
REMEDY = "save it as CSV in UTF-8, with a header such as id,name,email"
NO_STUDENT = "points possible"  # Canvas writes such a line below its header


@dataclass(frozen=True)
class Entry:
    """A line of the roster."""

    id: str
    name: str
    email: str | None  # None where the roster has no such column


def read_roster(path: Path) -> list[Entry]:
    """The students in a file of columns, in its order.

    Args:
        path: CSV in UTF-8; the columns are set apart by a comma, a semicolon or a tab.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no such table, or two lines have one id; it names the line.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no roster {path}: give a file, {REMEDY}")
    found: dict[str, tuple[int, Entry]] = {}
    for line, entry in _entries(path, _text(path)):
        key = folded(entry.id)
        if key in found:
            before, other = found[key]
            raise ValueError(
                f"{path}, line {line}: the id {shown(entry.id)!r} is that of line "
                f"{before} too ({shown(other.name)}): each student needs one of its own"
            )
        found[key] = line, entry
    if not found:
        raise ValueError(f"{path} has no student in it: {REMEDY}")
    return [entry for _, entry in found.values()]


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise ValueError(
            f"{path}, line {line}: the byte 0x{byte:02x} is not UTF-8: {REMEDY}"
        ) from None


def _entries(path: Path, text: str) -> Iterator[tuple[int, Entry]]:
    """Each student, and the line of the file; lines without anything are passed by."""
    header = text.lstrip().split("\n")[0]
    if not header.strip():
        raise ValueError(f"{path} is empty: {REMEDY}")
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: dict[str, int] = {}
    try:
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if not any(value.strip() for value in row):
                continue
            if not columns:
                columns, width = _columns(where, row), len(row)
            elif len(row) != width:
                raise ValueError(
                    f"{where} has {len(row)} columns and the header {width}: put "
                    f"quotes around a text with a {delimiter!r} in it"
                )
            elif entry := _entry(where, row, columns):
                yield reader.line_num, entry
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}: {REMEDY}") from None


def _columns(where: str, header: list[str]) -> dict[str, int]:
    """Where each column is, of those that are there."""
    names = [" ".join(folded(h).replace("_", " ").split()) for h in header]
    names = [name.replace("-", " ") for name in names]
    found = {}
    for column, aliases in COLUMNS.items():
        here = [names.index(it) for it in aliases.split(", ") if it in names]
        if here:
            found[column] = here[0]
    named = "name" in found or {"first", "last"} <= set(found)
    if "id" not in found or not named:
        missing = "id" if "id" not in found else "name (or first name and last name)"
        raise ValueError(
            f"{where}: no column {missing}: its columns are "
            f"{', '.join(shown(h) for h in header)}; {REMEDY}"
        )
    return found


def _entry(where: str, row: list[str], columns: dict[str, int]) -> Entry | None:
    value = {name: _clean(where, row[at]) for name, at in columns.items()}
    name = value.get("name") or f"{value.get('first', '')} {value.get('last', '')}"
    name, number = name.strip(), value["id"]
    if not number and folded(name) == NO_STUDENT:
        return None
    if not number:
        raise ValueError(
            f"{where}: the id is empty ({shown(name) or 'no name either'}): give each "
            "student one, or take the line out"
        )
    return Entry(number, name or number, value.get("email"))


def _clean(where: str, text: str) -> str:
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    if odd := [c for c in text if unicodedata.category(c) in ("Cc", "Cs")]:
        raise ValueError(f"{where}: {shown(text)!r} has {odd[0]!r} in it: take it out")
    return text
