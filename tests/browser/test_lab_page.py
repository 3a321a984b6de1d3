"""The tools for JupyterLab itself, on a small notebook."""

import sys

import nbformat
import pytest
from find_browser import ADVICE, find_browser
from lab_page import NotebookPage
from lab_server import serve
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebook_tool import KERNEL
from playwright.sync_api import expect

ALT = 'A line that rises, for "a" < b.'
DRAWING = f"""import matplotlib.pyplot as plt
from gptlib.show.picture import show
plt.plot([1, 3])
show({ALT!r})"""
CELLS = {
    "start": "import time\ntime.sleep(0.3)\nwanted = 4",
    "yours": "def double(x):\n    ...",
    "check": 'print("right" if double(2) == wanted else "wrong")',
    "drawing": DRAWING,
}


@pytest.fixture(scope="module")
def lab(start_lab, tmp_path_factory):
    return start_lab(tmp_path_factory.mktemp("notebooks"))


@pytest.fixture
def opened(lab, page):
    """The notebook, never run, with enough prose to push its end out of view."""
    cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]
    cells[2:2] = [new_markdown_cell("\n\n".join("prose" * 60), id="prose")]
    nb = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    nbformat.write(nb, lab.folder / "small.ipynb")
    return NotebookPage(page, lab, "small.ipynb")


def test_code_typed_wrong_and_then_right_is_judged_so(opened):
    opened.write("yours", "def double(x):\n    return x * x * x")
    opened.run_above("check")
    assert opened.run("check") == "wrong"
    opened.write("yours", "def double(x):\n    if x:\n        x = x + x\n    return x")
    assert opened.run("yours") == ""
    assert opened.run("check") == "right"


def test_what_was_typed_and_said_is_saved(opened):
    opened.write("check", "1 + 1")
    opened.run("check")
    cells = {cell["id"]: cell for cell in opened.save()}
    assert cells["check"]["source"] == ["1 + 1"]
    assert cells["check"]["outputs"][0]["data"]["text/plain"] == ["2"]
    assert cells["yours"]["execution_count"] is None


def test_a_picture_is_followed_by_its_words_which_are_out_of_sight(opened):
    opened.run("drawing")
    judge_words(opened.cell("drawing"))


def test_saved_and_opened_again_without_trust_the_words_are_still_there(opened, page):
    opened.run("drawing")
    nb = nbformat.from_dict({"cells": opened.save(), "nbformat": 4})
    nb.update(nbformat_minor=5, metadata={"kernelspec": KERNEL})
    nbformat.write(nb, opened.path.with_name("fetched.ipynb"))
    fetched = NotebookPage(page, opened.lab, "fetched.ipynb")
    assert fetched.cell("drawing").locator(".jp-mod-trusted").count() == 0
    judge_words(fetched.cell("drawing"))


def judge_words(cell):
    """One picture, and after it one paragraph that is read but takes no room."""
    shown = cell.locator(".jp-OutputArea-output")
    expect(shown).to_have_count(2)
    expect(shown.nth(0).locator("img")).to_be_visible()
    assert shown.nth(1).locator("p").inner_text() == f"Picture: {ALT}"
    assert f'paragraph: "Picture: {ALT}"' in cell.aria_snapshot().replace('\\"', '"')
    assert shown.nth(1).bounding_box()["height"] == 0


def test_what_nobody_needs_is_folded_up_to_the_next_heading(lab, page):
    folded = {"tags": ["further"], "jp-MarkdownHeadingCollapsed": True}
    cells = [
        new_markdown_cell("## Further: deep", id="deep", metadata=folded),
        new_code_cell("6 * 7", id="water"),
        new_markdown_cell("## On", id="on"),
    ]
    nb = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    nbformat.write(nb, lab.folder / "further.ipynb")
    opened = NotebookPage(page, lab, "further.ipynb")
    expect(opened.cell("water")).to_be_hidden()
    expect(opened.cell("on")).to_be_visible()
    opened.cell("deep").locator(
        ".jp-MarkdownCell-headingCollapser, button"
    ).first.click()
    expect(opened.cell("water")).to_be_visible()


def test_a_screenshot_is_named_like_the_notebook(opened, tmp_path):
    assert opened.picture(tmp_path) == tmp_path / "small.png"
    assert (tmp_path / "small.png").stat().st_size > 10_000


def test_a_server_that_cannot_start_says_why(tmp_path):
    broken = [sys.executable, "-c", "raise SystemExit('no port is free')"]
    with pytest.raises(RuntimeError, match="no port is free"):
        serve(tmp_path, tmp_path, broken).__enter__()


def test_without_a_browser_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda command: None)
    monkeypatch.setattr("find_browser.usual_places", list)
    assert find_browser() is None
    assert "apt-get install chromium" in ADVICE
