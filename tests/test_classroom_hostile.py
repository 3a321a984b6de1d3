"""Pages that harm, cheat or fail: each is scored right, and nothing else is touched."""

import socket
import tempfile
from pathlib import Path

import psutil
import pytest
from hostile_pages import CHEATS, HARMS, HONEST, RIGHT
from lessons import ROOT
from nbformat.v4 import new_code_cell, new_notebook
from wrong_answers.homework.cache_bill import ANSWERS

from classroom.judge import judge
from classroom.sandbox import NoSandbox, build_course, sandbox
from classroom.session import Session
from gptlib.checks.own import own_sizes
from gptlib.lab.forms import learner_form

KEY, DRAWS = "student 7", [(3, 17), (9, 18), (12, 19)]
SIZES = own_sizes("cache-bill", KEY)
PREDICTED = ANSWERS["cache-bill"]["right"][0](SIZES)
FIRST = """import math

import torch

from gptlib.checks import check
from gptlib.checks.own import own_sizes"""


def reading():
    """A sheet of two exercises."""
    write = {"keep": 1, "goals": ["(T, T)"], "kind": "write"}
    cells = [
        ("first", FIRST, {}),
        ("window-softmax", HONEST.strip(), {"tags": ["yours"], "yours": write}),
        ("one", 'check("window-softmax", window_softmax)', {}),
        ("sizes", 'sizes = own_sizes("cache-bill", "your name")', {}),
        (
            "cache-bill",
            f"predicted = {PREDICTED}",
            {"tags": ["yours"], "yours": {"kind": "predict"}},
        ),
        ("two", 'check("cache-bill", sizes, predicted)', {}),
    ]
    made = [new_code_cell(text, id=name, metadata=m) for name, text, m in cells]
    return new_notebook(cells=made)


def handed_in(source):
    """A student's page: this in the first exercise, right numbers in the other."""
    made = learner_form(reading(), "homework/more_attention")
    for cell in made.cells:
        if cell.id == "window-softmax":
            cell.source = source
        if cell.id == "cache-bill":
            cell.source = f"predicted = {PREDICTED}"
    return made


@pytest.fixture(scope="module")
def box():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        try:
            yield sandbox(build_course(Path(folder)))
        except NoSandbox as why:
            pytest.skip(str(why))


def points(box, mine, held=False):
    """What the page gets for both exercises, and the first one's words.

    It is run, though it would be held back: the sandbox has to hold by itself.
    """
    session = Session(box.start, {"cache-bill": SIZES}, seconds=2.0)
    first, second = judge(mine, reading(), KEY, lambda _: DRAWS, session, held)
    return first.points, second.points, first.words


@pytest.fixture(scope="module")
def listening():
    """A port of this machine's on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


# One of each kind. The others are like these and take seconds each: `make soak`.
KINDS = {
    *("the_solution", "a_database_or_a_secret", "the_graders_processes", "the_network"),
    *("a_way_to_be_root", "equals_everything", "patched_checks", "writes_to_the_line"),
    *("looks_into_the_callers", "only_the_sizes_that_were_seen", "endless_and_deaf"),
    *("forks_without_end", "all_memory", "a_full_disk", "a_daemon", "sys_exit"),
    *("kills_everybody", "a_segmentation_fault", "asks_for_input", "deep_recursion"),
    *("a_hundred_megabytes_of_output", "a_deep_list_as_answer", "no_python", "deleted"),
    *("honest", "a_file_named_torch", "a_magic", "a_thread_that_stays"),
}


def all_of(pages):
    """Their names, for `parametrize`."""
    return [
        pytest.param(it, marks=() if it in KINDS else pytest.mark.soak) for it in pages
    ]


@pytest.mark.parametrize("name", all_of(CHEATS))
def test_a_cheat_has_no_points_and_costs_nobody_any(box, listening, name):
    source = CHEATS[name].replace("PORT", str(listening))
    first, second, words = points(box, handed_in(source))
    assert (first, second) == (0, 3), words


# What these leave running may end their own page's next exercise too.
SPILLS = ("a_daemon",)


@pytest.mark.parametrize("name", all_of(HARMS))
def test_harm_is_stopped_and_costs_nobody_any_points(box, name):
    first, second, words = points(box, handed_in(HARMS[name]))
    assert (first, second) in ((0, 3), (0, 0) if name in SPILLS else ()), words
    assert words and "Traceback" not in words
    ours = psutil.Process().children(recursive=True)
    left = [it for it in psutil.process_iter() if str(box.course) in said_by(it)]
    assert not left and not [it for it in ours if "classroom.inside" in said_by(it)]


def said_by(process):
    """Its command line; one that is ending has none."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.mark.parametrize("name", all_of(RIGHT))
def test_what_is_right_has_its_points_whatever_stands_around_it(box, name):
    assert points(box, handed_in(RIGHT[name]))[:2] == (4, 3)


def test_the_readme_for_teachers_counts_them():
    text = (ROOT / "classroom" / "README.md").read_text(encoding="utf-8")
    assert f"hand in {len(CHEATS) + len(HARMS)} hostile or broken pages" in text
