"""`python -m gptlib progress`: what is written, passed and open."""

import nbformat
import pytest
from matplotlib.image import imread
from nbformat.v4 import new_output
from pages import cell
from test_judge import course_page, define, points, root, save, write_missing  # noqa: F401

from gptlib.__main__ import main
from gptlib.lab.forms import learner_form
from gptlib.lab.progress import OPEN, PASSED, WRITTEN, exercises_of


@pytest.fixture
def course(root):  # noqa: F811
    save(root / "notebooks/01_twice.ipynb", course_page("double", "triple", "quad"))
    save(root / "notebooks/homework/1_window.ipynb", course_page("window_a"))
    write_missing(root)
    return root


def write(path, slug, source, verdict):
    """Write an exercise in a copy, and save what its check said."""
    nb = nbformat.read(path, as_version=4)
    cell(nb, slug).source = source
    data = {"text/plain": f"{slug}: {verdict}"}
    cell(nb, f"proof-{slug}").outputs = [
        new_output("execute_result", data, execution_count=1)
    ]
    save(path, nb)


def test_what_is_untouched_is_open_and_what_passed_was_seen_to(course):
    reading = course_page("double", "triple", "quad")
    path = course / "workbook/01_twice.ipynb"
    write(path, "double", define("double"), "right\nSeen: all.")
    write(path, "triple", define("triple", "return x"), "not yet\nno 6")
    states = exercises_of(nbformat.read(path, as_version=4), reading)
    assert [it.state for it in states] == [PASSED, WRITTEN, OPEN]


def test_a_verdict_without_lines_of_ones_own_does_not_pass(course):
    reading = course_page("double")
    mine = learner_form(reading, "twice")
    data = {"text/plain": "double: right"}
    cell(mine, "proof-double").outputs = [new_output("display_data", data)]
    assert exercises_of(mine, reading)[0].state == OPEN


def test_it_prints_a_line_for_each_page_and_draws_them(course, points, capsys):  # noqa: F811
    write(course / "workbook/01_twice.ipynb", "double", define("double"), "right")
    said = "not yet, 3 of 4 points\nthe edge"
    sheet = course / "workbook/homework/1_window.ipynb"
    write(sheet, "window-a", define("window_a"), said)
    before = sheet.read_bytes()
    main(["progress"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["twice", "█··", "1", "of", "3", "passed"]
    assert lines[1].split("▒")[1].split() == [
        *("0", "of", "1", "passed,", "1", "more", "written;", "3", "of", "4", "points")
    ]
    assert "lessons: 1 of 3 passed; homework: 3 of 4 points" in lines
    assert imread(course / "workbook/progress.png").shape[1] > 400
    assert sheet.read_bytes() == before


def test_a_damaged_copy_is_named_and_the_rest_is_told(course, capsys):
    (course / "workbook/01_twice.ipynb").write_text("{")
    main(["progress", "--picture", str(course / "there/p.png")])
    out = capsys.readouterr().out
    assert "01_twice.ipynb is damaged" in out
    assert "window" in out.splitlines()[0]
    assert (course / "there/p.png").exists()


def test_without_a_workbook_it_says_how_to_begin(root, capsys):  # noqa: F811
    with pytest.raises(SystemExit):
        main(["progress"])
    assert "there is no workbook yet" in capsys.readouterr().err
