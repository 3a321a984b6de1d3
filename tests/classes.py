"""A small class for the tests of the teacher's bench."""

import io
import json
import os
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from classroom.__main__ import COMMANDS
from classroom.store import ClassFolder
from gptlib.__main__ import main

ROSTER = """id;name;email
ada;Ada Lovelace;ada@example.org
s/2;Zoë O'Brien;
007;明 李;
twin1;Jo Twin;
twin2;Jo Twin;
"""
SHEET, FILE = "homework/more_attention", "3_more_attention.ipynb"
DUE = "2027-01-31T23:59+00:00"
MOODLE = "Ada Lovelace_4711_assignsubmission_file_"


def bench(*words) -> None:
    """Run a command of the bench as a shell would."""
    main([str(word) for word in words], commands=COMMANDS, program="bench")


def begin(root: Path, roster: str = ROSTER, *more) -> Path:
    """A class with these students and one sheet; its folder."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "roster.csv").write_text(roster, encoding="utf-8")
    words = ("--sheets", "more_attention", "--due", DUE, *more)
    bench("release", root / "class", "--class", root / "roster.csv", *words)
    return root / "class"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A class that was given a sheet; nobody writes to it."""
    return begin(tmp_path_factory.mktemp("bench")).parent


@pytest.fixture
def folder(tmp_path, fresh):
    """A class of its own for each test, which was given a sheet."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    return tmp_path / "class"


def sheet_of(folder: Path, student: str = "ada", change: str = "") -> bytes:
    """A student's sheet as it was given out, with a line more in its last cell."""
    (path,) = (folder / "release").glob(f"{student}*/{FILE}")
    nb = json.loads(path.read_text(encoding="utf-8"))
    nb["cells"][-1]["source"].append(f"\n{change}")
    return json.dumps(nb).encode()


def unstamped(data: bytes, **changes) -> bytes:
    """The same without a stamp or a key, and with other keys at its top."""
    nb = json.loads(data)
    del nb["metadata"]["classroom"]
    for cell in nb["cells"]:
        lines = cell["source"]
        cell["source"] = [it for it in lines if not it.startswith("student = ")]
    return json.dumps(nb | changes).encode()


def zipped(path: Path, files: dict[str, bytes], date=(2027, 1, 30, 12, 0, 0)) -> Path:
    """A zip with these files."""
    path.write_bytes(zip_bytes(files, date))
    return path


def zip_bytes(files: dict[str, bytes], date=(2027, 1, 30, 12, 0, 0)) -> bytes:
    """The bytes of a zip with these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, date)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return made.getvalue()


def attempts(folder: Path) -> list[dict]:
    """What is in the books, in their order."""
    db = ClassFolder(folder).db
    rows = db.execute("select * from attempts order by student, sheet, number")
    return [dict(row) for row in rows]


def refused(folder: Path) -> dict[str, str]:
    """What was refused and why, by the place it was at."""
    rows = ClassFolder(folder).db.execute("select member, why from refused")
    return {row["member"]: row["why"] for row in rows}


def whose(folder: Path) -> list[tuple[str, int]]:
    """The students with attempts, and the number of each."""
    return [(row["student"], row["number"]) for row in attempts(folder)]


def collected(folder: Path, *places, capsys=None) -> str:
    """Collect from these places; what is printed, with `capsys`."""
    bench("collect", folder, *places)
    return capsys.readouterr().out if capsys else ""


def loose(tmp_path: Path, name: str, data: bytes, time: str = "") -> Path:
    """A file in the folder "in", last changed at this time."""
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    stamp = datetime.fromisoformat(time or "2027-01-30T12:00+00:00").timestamp()
    os.utime(path, (stamp, stamp))
    return path


def notebook(*cells: str, **more) -> bytes:
    """The bytes of a small notebook of more_attention with these sources."""
    made = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "source": it,
            "outputs": [],
        }
        for n, it in enumerate(cells)
    ]
    about = {"gptlib": {"lesson": SHEET}}
    nb = {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": made}
    return json.dumps(nb | more).encode()
