"""A lesson in JupyterLab as its learner meets it: wrong, told so, right."""

import shutil

import nbformat
import pytest
from lab_page import NotebookPage
from lessons import lesson
from playwright.sync_api import expect

from gptlib.lab.forms import learner_form, solutions

LESSON = lesson("attention")
EXERCISE, CHECK = "mean-weights", "check-mean-weights-mean-weights"
WRONG = """def mean_weights(T):
    ones = torch.ones(T, T).tril()
    return ones / T"""
RIGHT = """def mean_weights(T):
    t = torch.arange(T)
    return (t <= t[:, None]) / (t[:, None] + 1)"""


@pytest.fixture(scope="module")
def lab(start_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workbook")
    nb = nbformat.read(LESSON, as_version=4)
    nbformat.write(learner_form(nb, "attention"), folder / LESSON.name)
    (folder / "solutions").mkdir()
    for name, source in solutions(nb).items():
        (folder / "solutions" / f"{name}.py").write_text(source)
    return start_lab(folder)


@pytest.fixture
def opened(lab, page, tmp_path):
    """The lesson as it was generated; afterwards a screenshot is in tmp_path."""
    shutil.copy(lab.folder / LESSON.name, lab.folder / "mine.ipynb")
    yield NotebookPage(page, lab, "mine.ipynb")
    page.screenshot(path=tmp_path / "end.png")


def scroll_and_shoot(opened, name, path):
    """The notebook alone, without what JupyterLab shows around it."""
    opened.cell(name).scroll_into_view_if_needed()
    opened.page.locator(".jp-NotebookPanel-notebook").screenshot(path=path)


def test_empty_then_wrong_then_right(opened, tmp_path):
    opened.run_above(EXERCISE)
    opened.run(EXERCISE)
    assert opened.run(CHECK).startswith("mean-weights: not written yet")
    opened.write(EXERCISE, WRONG)
    opened.run(EXERCISE)
    said = opened.run(CHECK)
    scroll_and_shoot(opened, CHECK, tmp_path / "wrong.png")
    assert said.startswith("mean-weights: not yet")
    assert "row t has t + 1 numbers" in said
    opened.write(EXERCISE, RIGHT)
    opened.run(EXERCISE)
    assert opened.run(CHECK).startswith("mean-weights: right")
    scroll_and_shoot(opened, CHECK, tmp_path / "right.png")
    assert any(cell["source"] == RIGHT.splitlines(True) for cell in opened.save())


def test_what_needs_an_unwritten_cell_says_so_in_one_line(opened, tmp_path):
    opened.run_above(EXERCISE)
    opened.run(EXERCISE)
    said = opened.run("weights-mean-weights-t-t")
    scroll_and_shoot(opened, CHECK, tmp_path / "unwritten.png")
    assert said.startswith("NotWritten: mean-weights is not written yet")
    assert "Traceback" not in said


def test_one_can_go_on_without_writing(opened):
    opened.run_above(EXERCISE)
    opened.write(EXERCISE, "%run -i solutions/mean-weights.py")
    opened.run(EXERCISE)
    assert opened.run(CHECK).startswith("mean-weights: right")


def test_a_drawing_says_its_numbers_to_who_cannot_see_it(opened):
    opened.run_above(EXERCISE)
    drawing = "scores-torch-tensor-0-2"
    opened.run(drawing)
    heard = opened.cell(drawing).aria_snapshot()
    assert "softmax of each row: 1.00, 0.00, 0.00; 0.25, 0.75, 0.00" in heard


def test_answers_and_hints_are_folded_and_open_by_a_click(opened, tmp_path):
    details = opened.page.locator(".jp-MarkdownOutput details")
    assert details.count() > 10
    assert all(it.get_attribute("open") is None for it in details.all())
    stuck = opened.page.locator("summary", has_text="Stuck?").first
    hint = opened.page.locator("summary", has_text="Hint 1").first
    expect(hint).not_to_be_visible()
    stuck.click()
    expect(hint).to_be_visible()
    hint.click()
    text = opened.page.locator(".jp-MarkdownOutput p", has_text="Begin with a table")
    expect(text).to_be_visible()
    opened.page.screenshot(path=tmp_path / "hint.png")
