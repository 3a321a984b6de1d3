"""Sliders in JupyterLab: one is moved by keyboard, and its picture is another one."""

import nbformat
import pytest
from lab_page import SECONDS, NotebookPage
from lessons import lesson
from playwright.sync_api import expect

SLIDERS = {"layernorm": "import-ipywidgets-ipywidgets-interact-power"}
LONG = {  # for `make soak`: much is computed before them
    "attention": "explore-the-divisor",
    "training": "import-ipywidgets-from-gptlib-show",
    "generation": "sliders-dict-temperature-0-1",
}


@pytest.fixture(scope="module")
def lab(start_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sliders")
    for name in SLIDERS | LONG:
        nb = nbformat.read(lesson(name), as_version=4)
        for cell in nb.cells:  # what goes further is folded, and is unfolded here
            cell.metadata.pop("jp-MarkdownHeadingCollapsed", None)
            if cell.cell_type == "code":
                cell.update(execution_count=None, outputs=[])
        nbformat.write(nb, folder / f"{name}.ipynb")
    return start_lab(folder)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        *SLIDERS.items(),
        *(pytest.param(*it, marks=pytest.mark.soak) for it in LONG.items()),
    ],
)
def test_a_slider_moves_and_its_picture_and_words_change(
    lab, page, tmp_path, name, cell
):
    opened = NotebookPage(page, lab, f"{name}.ipynb")
    opened.run_above(cell)
    opened.run(cell)
    shown = opened.cell(cell)
    picture = shown.locator("img")
    expect(picture).to_have_count(1, timeout=SECONDS * 1000)
    before, number = picture.get_attribute("src"), shown.locator(".widget-readout")
    value, words = number.first.inner_text(), shown.locator("p.jp-sr-only").inner_text()
    assert words.startswith("Picture: ")
    shown.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    expect(number.first).not_to_have_text(value)
    expect(picture).not_to_have_attribute("src", before, timeout=SECONDS * 1000)
    expect(shown.locator("p.jp-sr-only")).not_to_have_text(words)
    shown.scroll_into_view_if_needed()
    opened.picture(tmp_path)
