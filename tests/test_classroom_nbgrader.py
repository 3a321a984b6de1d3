"""nbgrader's own autograde gives the points that we give; `make nbgrader` runs it."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from lessons import ROOT

from classroom.judge import judge
from classroom.release import ReleaseConfig, release
from classroom.sandbox import build_course, sandbox
from classroom.session import Session
from gptlib.checks.own import DRAWS, own_sizes
from gptlib.lab.forms import solutions

pytestmark = pytest.mark.skipif(
    not find_spec("nbgrader"), reason="nbgrader is not installed: make nbgrader"
)
NAME, FILE = "more_attention", "3_more_attention.ipynb"
READING = nbformat.read(ROOT / "notebooks" / "homework" / FILE, as_version=4)
HALF = ("window-softmax", "mask-fault", "cache-bill")
KEY = "your name"  # nbgrader gives all students one page
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "gpt"
c.ExecutePreprocessor.timeout = 120
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of nbgrader's, with a page of three students each."""
    root = tmp_path_factory.mktemp("nbgrader")
    roster = root / "roster.csv"
    roster.write_text("id,name\nada,Ada\nben,Ben\neve,Eve\n")
    release(ReleaseConfig(root / "spring", roster, sheets=(NAME,), nbgrader=root))
    shutil.rmtree(root / "release")
    (root / "nbgrader_config.py").write_text(CONFIG)
    nbgrader(root, "generate_assignment", NAME)
    for student, wanted in (("ada", solutions(READING)), ("ben", HALF), ("eve", ())):
        page = nbformat.read(root / "release" / NAME / FILE, as_version=4)
        for cell in page.cells:
            if cell.id in wanted:
                cell.source = solutions(READING)[cell.id]
            elif cell.id == "grouped-queries" and student == "eve":
                cell.source = "def grouped_attention(q, k, v:\n"
        place = root / "submitted" / student / NAME / FILE
        place.parent.mkdir(parents=True)
        nbformat.write(page, place)
    nbgrader(root, "autograde", NAME)
    return root


def nbgrader(root, *words):
    here = str(Path(sys.executable).parent)  # where nbgrader looks for alembic
    env = os.environ | {"PATH": f"{here}{os.pathsep}{os.environ['PATH']}"}
    env |= {"PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize(("student", "points"), [("ada", 20), ("ben", 9), ("eve", 0)])
def test_autograde_and_our_verdict_have_the_same_points(
    course, tmp_path, student, points
):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        theirs = book.find_submission(NAME, student).score
    page = course / "submitted" / student / NAME / FILE
    mine = nbformat.read(page, as_version=4)
    box = sandbox(build_course(tmp_path), trusted=True)
    session = Session(box.start, {name: own_sizes(name, KEY) for name in DRAWS})
    ours = judge(mine, READING, KEY, lambda _: [(0, 0), (1, 1), (2, 2)], session)
    assert (theirs, sum(it.points for it in ours)) == (points, points)
