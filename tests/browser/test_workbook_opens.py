"""`python -m gptlib lab` in a browser: the tour opens, a touched page is updated."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from lab_page import SECONDS, NotebookPage
from lab_server import TOKEN, serve
from lessons import NOTEBOOKS
from playwright.sync_api import expect

COURSE = NOTEBOOKS.parent
LAB = [sys.executable, "-m", "gptlib", "lab"]
TOUR = "workbook/00_tour.ipynb"
MINE = "1 + 1  # mine"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of one lesson, the tour, in a folder of its own."""
    root = tmp_path_factory.mktemp("course")
    for name in ("gptlib", "data"):
        kept = shutil.ignore_patterns("__pycache__")
        shutil.copytree(COURSE / name, root / name, ignore=kept)
    (root / "notebooks").mkdir()
    shutil.copy(NOTEBOOKS / "00_tour.ipynb", root / "notebooks")
    return root


@pytest.fixture(scope="module")
def lab(course, browser, tmp_path_factory):
    with serve(course, tmp_path_factory.mktemp("jupyter"), [*LAB, "--"]) as running:
        yield running


def test_it_opens_on_the_tour(lab, page, tmp_path):
    page.goto(f"{lab.url}?token={TOKEN}")
    tab = page.locator(".lm-DockPanel-tabBar .lm-mod-current")
    expect(tab).to_have_text("00_tour.ipynb", timeout=SECONDS * 1000)
    expect(page.locator(".jp-RenderedMarkdown h1").first).to_be_visible()
    page.screenshot(path=tmp_path / "opened.png")


def test_an_update_keeps_what_was_written_and_brings_what_is_new(
    lab, course, page, browser
):
    opened = NotebookPage(page, lab, TOUR)
    first = next(it for it in opened.ids if opened.is_code(it))
    source = next(c["source"] for c in opened.saved_cells() if c["id"] == first)
    mine = "".join(source) + f"\n{MINE}"
    opened.write(first, mine)
    assert opened.run(first).endswith("2")
    opened.save()
    theirs = course / "notebooks/00_tour.ipynb"
    nb = nbformat.read(theirs, as_version=4)
    nb.cells[0].source += "\n\nA sentence of tomorrow's course."
    nbformat.write(nb, theirs)
    page.goto("about:blank")  # the learner closes it
    command = [*LAB, "--no-open", "--update", "tour"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    assert "as it was before: workbook/00_tour.before-" in done.stdout, done.stderr
    again = NotebookPage(browser.new_page(), lab, TOUR)
    expect(again.cells.first).to_contain_text("A sentence of tomorrow's course.")
    expect(again.cell(first)).to_contain_text(MINE)
    again.page.close()
