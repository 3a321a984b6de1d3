"""The homework's checks, tested harder than the lessons'; and its sheets."""

import ast
import inspect
import json
import os
import subprocess
import sys
from importlib import import_module

import homework_table
import nbformat
import pytest
import torch
from answers import DRAWS, HOMEWORK, STUDENTS, judged
from lessons import ROOT, course
from test_checks import label
from torch.testing import assert_close
from wrong_answers.homework.softcap_backward import bracket

from gptlib.checks import reports
from gptlib.checks.own import own_sizes
from gptlib.checks.verdict import PARTS
from gptlib.lab.forms import learner_form, solutions, tagged
from gptlib.lab.stubs import Yours
from gptlib.text import load_text
from gptlib.text.tales import read

RIGHT = [(name, it) for name, known in HOMEWORK.items() for it in known["right"]]
WRONG = [
    (name, it, words)
    for name, known in HOMEWORK.items()
    for it, words in known["wrong"].items()
]


def test_every_exercise_has_three_right_answers_and_six_wrong_ones():
    with_points = {name for name, parts in PARTS.items() if parts[0].points}
    assert HOMEWORK.keys() == with_points
    for name, known in HOMEWORK.items():
        assert len(known["right"]) >= 3, name
        assert len(known["wrong"]) >= 6, name


@pytest.mark.parametrize(("name", "mine"), RIGHT, ids=label)
def test_a_right_answer_passes_on_twenty_seeds(name, mine, monkeypatch):
    monkeypatch.setattr("gptlib.checks.verdict.SEEDS", range(20))
    assert judged(name, mine).points == sum(part.points for part in PARTS[name])


@pytest.mark.parametrize(
    ("name", "mine"), [it for it in RIGHT if it[0] in DRAWS], ids=label
)
def test_right_numbers_pass_for_every_students_sizes(name, mine):
    assert all(judged(name, mine, student).passed for student in STUDENTS)


@pytest.mark.parametrize(
    ("name", "mine", "words"), [it for it in WRONG if it[0] in DRAWS], ids=label
)
def test_wrong_numbers_get_their_hint_for_every_students_sizes(name, mine, words):
    assert all(words in judged(name, mine, it).words for it in STUDENTS)


@pytest.mark.parametrize("name", DRAWS)
def test_neighbours_have_other_sizes_and_each_has_them_for_ever(name):
    drawn = {str(own_sizes(name, student)) for student in STUDENTS}
    assert len(drawn) >= 10
    assert own_sizes(name, "ada") == own_sizes(name, " ada\n")


@pytest.mark.parametrize("student", ["", "  ", None, 3])
def test_nobody_has_no_sizes(student):
    with pytest.raises(ValueError, match="student must be a name"):
        own_sizes("cache-bill", student)


def test_an_exercise_without_sizes_is_named():
    with pytest.raises(ValueError, match=r"'attention' draws no sizes.*cache-bill"):
        own_sizes("attention", "ada")


def test_the_floor_of_reports_is_that_of_the_tales():
    train, val = load_text("tales")
    stories = [read(line) for line in val.strip("\n").split("\n")]
    characters = sum(len(story.text) + 1 for story in stories)  # a newline each
    floor = sum(story.nats for story in stories) / characters
    assert abs(reports.FLOOR - floor) < 1e-6
    assert len(set(train + val)) == reports.CHARACTERS


SHEETS = {
    path: nbformat.read(path, as_version=4)
    for path in course()
    if path.parent.name == "homework" and solutions(nbformat.read(path, as_version=4))
}
each_sheet = pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
STARS = {1: "★", 2: "★★", 3: "★★★"}


def exercises(path):
    return [cell for cell in SHEETS[path].cells if tagged(cell, "yours")]


def points(names):
    return sum(part.points for name in names for part in PARTS[name])


@each_sheet
def test_a_sheet_has_twenty_points_and_takes_two_to_three_hours(path):
    cells = exercises(path)
    assert points(cell.id for cell in cells) == 20
    assert 120 <= sum(cell.metadata.yours.minutes for cell in cells) <= 180


@each_sheet
def test_it_has_all_kinds_of_exercises(path):
    kinds = {cell.metadata.yours.kind for cell in exercises(path)}
    assert kinds >= {"write", "fault", "witness", "predict", "derive", "explore"}


@each_sheet
def test_an_exercise_says_what_it_teaches_and_which_mistake_it_is_after(path):
    for cell in exercises(path):
        yours = Yours.read(cell.metadata.yours)
        assert yours.teaches, cell.id
        assert yours.mistake, cell.id
        assert yours.stars, cell.id


@each_sheet
def test_stars_points_and_minutes_of_a_section_are_those_of_its_exercises(path):
    """`## 1 · A window ★ (4 points, 20 minutes)`, or two exercises added up."""
    heading, found = None, {}
    for cell in SHEETS[path].cells:
        if cell.source.startswith("## "):
            heading = cell.source.splitlines()[0]
        if tagged(cell, "yours"):
            found.setdefault(heading, []).append(cell)
    for number, (heading, cells) in enumerate(found.items(), start=1):
        minutes = sum(cell.metadata.yours.minutes for cell in cells)
        (stars,) = {STARS[cell.metadata.yours.stars] for cell in cells}
        said = f" {stars} ({points(c.id for c in cells)} points, {minutes} minutes)"
        assert heading.startswith(f"## {number} · ")
        assert heading.endswith(said), (heading, said)


@each_sheet
def test_the_code_with_a_fault_is_the_one_that_its_check_knows(path):
    form = learner_form(SHEETS[path], "homework/sheet")
    for cell in form.cells:
        if cell.id.endswith("-fault"):
            module = import_module(
                f"gptlib.checks.homework.{cell.id.replace('-', '_')}"
            )
            name = ast.parse(cell.source).body[0].name
            known = inspect.getsource(getattr(module, name))
            assert cell.source.strip() == known.strip()


@each_sheet
def test_a_student_trains_with_the_whole_budget_and_the_tests_with_a_twentieth(path):
    cell, *own = [c for c in SHEETS[path].cells if tagged(c, "experiment")]
    assert len(own) <= 1  # the row of their own
    ((ours, theirs),) = cell.metadata.given
    assert "share = 1 / 20 " in ours
    assert theirs.startswith("share = 1 ")


@each_sheet
def test_nothing_of_nbgrader_is_in_it(path):
    assert "nbgrader" not in path.read_text("utf-8")


def said(threads, every, **environment):
    """The verdicts of every so manieth answer, in another process."""
    command = [sys.executable, "tests/verdicts.py", str(threads), str(every)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.soak), 8])
def test_threads_and_other_processors_change_no_verdict(every):
    """`default` is what PyTorch uses where there are no vector instructions."""
    expected = said(1, every)
    answers = [[*it["right"], *it["wrong"]] for it in HOMEWORK.values()]
    assert len(expected) == sum(len(it[::every]) for it in answers)
    assert said(2, every) == expected
    kernels = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}
    assert said(1, every, **kernels) == expected


def test_the_readmes_table_is_the_one_that_the_checks_give():
    inside = homework_table.inside()
    ours, theirs = (
        homework_table.without_numbers(it) for it in (homework_table.table(), inside)
    )
    assert ours == theirs, "python tests/homework_table.py writes it anew"


def test_nobody_reads_of_two_mistakes_the_same():
    """Most mistakes of an exercise have a hint of their own."""
    for known in HOMEWORK.values():
        assert len(set(known["wrong"].values())) >= 5


def test_the_gradient_through_a_cap_is_autograds():
    scores, pull = torch.randn(2, 3, 4, 5, dtype=torch.float64).unbind()
    scores.requires_grad_()
    weights = (2.0 * torch.tanh(scores / 2.0)).softmax(dim=-1)
    (expected,) = torch.autograd.grad(weights, scores, pull)
    assert_close(bracket(scores.detach(), pull, 2.0), expected)
