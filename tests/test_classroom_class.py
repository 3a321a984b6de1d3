"""A class with right, half right, wrong, hostile and broken pages, from start to end.

`make test` has fourteen pages, and `make soak` forty.
"""

import csv
import os
import signal
import subprocess
import sys
import zipfile

import nbformat
import pytest
from hostile_pages import CHEATS, HARMS
from lessons import ROOT
from test_classroom_hostile import box  # noqa: F401 - skips where there is no sandbox
from wrong_answers.homework import cache_bill

from classroom.collect import CollectConfig, collect
from classroom.grade import GradeConfig, grade
from classroom.pure import reaches_out
from classroom.release import ReleaseConfig, release
from classroom.report import ReportConfig, report
from classroom.store import ClassFolder
from gptlib.checks.own import own_sizes

SHEET, FILE = "homework/more_attention", "3_more_attention.ipynb"
READING = nbformat.read(ROOT / "notebooks" / "homework" / FILE, as_version=4)
SOLVED = {
    cell.id: cell.source
    for cell in READING.cells
    if "yours" in cell.metadata.get("tags", [])
}
HALF = ("window-softmax", "grouped-queries", "mask-fault", "mask-witness")
HOSTILE = {
    name: {**CHEATS, **HARMS}[name]
    for name in (
        *("equals_everything", "patched_checks", "looks_into_the_callers"),
        *("os_exit", "kills_everybody", "sys_exit", "a_full_disk", "deleted"),
    )
}
CLASS = [*["right"] * 10, *["half"] * 10, *["wrong"] * 8, *HOSTILE, *["broken"] * 4]
SMALL = [
    *["right"] * 3,
    *["half"] * 2,
    *["wrong"] * 2,
    *list(HOSTILE)[:5],
    *["broken"] * 2,
]
# What is not held back loses the points of the exercise that it cheats in.
POINTS = {"right": 20, "half": 12, "wrong": 6} | {
    name: 0 if reaches_out([source]) else 16 for name, source in HOSTILE.items()
}


def written(kind, nb):
    """A student's form, filled in."""
    key = nb.metadata.classroom.key
    numbers = cache_bill.ANSWERS["cache-bill"]["right"][0](own_sizes("cache-bill", key))
    mine = SOLVED | {"cache-bill": f"predicted = {numbers}"}
    for cell in nb.cells:
        if cell.id in mine and (kind != "half" or cell.id in HALF):
            cell.source = mine[cell.id]
        if kind == "wrong" and cell.id in mine:
            cell.source = wrong(cell.id, mine)
        if kind in HOSTILE and cell.id == "window-softmax":
            cell.source = HOSTILE[kind]
    text = nbformat.writes(nb)
    return text[: len(text) // 2] if kind == "broken" else text


def wrong(name, mine):
    """Right numbers only; elsewhere a classic mistake."""
    return {
        "cache-bill": mine["cache-bill"],
        "window-softmax": mine["window-softmax"].replace(">= window", "> window"),
        "grouped-queries": mine["grouped-queries"].replace(
            "k.repeat_interleave(group, dim=1)", "k.repeat(1, group, 1, 1)"
        ),
        "mask-fault": mine["mask-fault"].replace("-math.inf", "0.0"),
        "mask-witness": "def mask_witness(attend):\n    return 0.0",
        "softcap-backward": "def softcap_backward(scores, pull, cap):\n    return pull",
        "heads-report": "report = {'rows': [], 'best': 'mine', 'because': 'so'}",
    }[name]


@pytest.fixture(
    scope="module",
    params=[SMALL, pytest.param(CLASS, marks=pytest.mark.soak)],
    ids=["small", "whole"],
)
def kinds(request):
    """What each student hands in."""
    return request.param


@pytest.fixture(scope="module")
def folder(box, kinds, tmp_path_factory):
    """The class's folder after release and collect."""
    place = tmp_path_factory.mktemp("class")
    roster, made = place / "roster.csv", place / "spring"
    lines = [f"s{n:02d},Anna Müller {n},s{n:02d}@school.org" for n in range(len(kinds))]
    roster.write_text("\n".join(["id,name,email", *lines]), encoding="utf-8")
    due = "2027-01-31T23:59"
    release(ReleaseConfig(made, roster, sheets=("more_attention",), due=due))
    with zipfile.ZipFile(place / "moodle.zip", "w") as archive:
        for number, kind in enumerate(kinds):
            nb = nbformat.read(made / "release" / f"s{number:02d}" / FILE, 4)
            name = f"Anna Müller {number}_{900 + number}_assignsubmission_file_/{FILE}"
            archive.writestr(name, written(kind, nb))
    collect(CollectConfig(made, (place / "moodle.zip",), handed_in="2027-01-30"))
    return made


def rows(folder):
    """What each student got for each exercise."""
    with open(folder / "report" / "points.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_pages_come_in_are_graded_and_reported(folder, kinds, capsys):
    grade(GradeConfig(folder, jobs=2))
    report(ReportConfig(folder))
    got = {}
    for row in rows(folder):
        if row["points"]:
            student = int(row["student"][1:])
            got[student] = got.get(student, 0) + float(row["points"])
    wanted = {n: POINTS[kind] for n, kind in enumerate(kinds) if kind != "broken"}
    assert got == wanted
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    came = f"{len(wanted)} of {len(kinds)}"
    assert came in page and "The window is too long by one" in page
    before = grades(folder)
    some = (kinds.index(it) for it in ("right", "half", "wrong"))
    again = tuple(f"s{number:02d}" for number in some)
    grade(GradeConfig(folder, again=True, students=again))
    assert grades(folder) == before
    grade(GradeConfig(folder))
    assert "nothing to grade" in capsys.readouterr().out


def grades(folder):
    found = ClassFolder(folder).db.execute("select * from grades order by 1, 2")
    return [tuple(row) for row in found]


def test_killed_it_goes_on_where_it_stopped(folder):
    grade(GradeConfig(folder))
    before = grades(folder)
    db = ClassFolder(folder).db
    wanted = "select id from attempts where student in ('s01', 's02')"
    db.execute(f"delete from grades where attempt in ({wanted})")
    db.execute(f"delete from runs where attempt in ({wanted})")
    command = [sys.executable, "-m", "classroom", "grade", str(folder), "--jobs", "1"]
    first = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert "of 20 points" in first.stdout.readline()
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    kept = grades(folder)
    assert set(kept) < set(before)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.count("of 20 points") == (len(before) - len(kept)) // 7
    assert grades(folder) == before


def test_points_given_by_hand_outlive_a_second_look(folder, tmp_path):
    grade(GradeConfig(folder))
    by_hand = tmp_path / "points.csv"
    line = "s00,more_attention,heads-report,1.5,A law from one run\n"
    by_hand.write_text(f"student,sheet,exercise,points,comment\n{line}")
    report(ReportConfig(folder, manual=by_hand))
    grade(GradeConfig(folder, again=True, students=("s00",)))
    report(ReportConfig(folder))
    (row,) = (
        row
        for row in rows(folder)
        if (row["student"], row["exercise"]) == ("s00", "heads-report")
    )
    assert (row["points"], row["comment"]) == ("1.5", "A law from one run")


def test_a_students_page_has_no_other_student_and_no_solution(folder):
    grade(GradeConfig(folder))
    report(ReportConfig(folder))
    (page,) = (folder / "report" / "students").glob("*s08*")
    text = page.read_text(encoding="utf-8")
    assert "Anna Müller 8" in text and "Anna Müller 9" not in text
    assert "return scores.masked_fill" not in text
