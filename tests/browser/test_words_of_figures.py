"""Each picture of a lesson that is opened in JupyterLab, and not run, has its words."""

import nbformat
import pytest
from lab_page import SECONDS, NotebookPage
from lessons import course
from playwright.sync_api import expect

SHORT = "05_gelu"
PAGES = {path.stem: path for path in course()}
WORDS = 'p[class="jp-sr-only"]'


def pictures(path):
    """The cells that show a picture, and the words that are saved for each."""
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                alt = output.metadata["image/png"]["alt"]
                found.setdefault(cell.id, []).append(alt)
    return found


@pytest.fixture(scope="module")
def lab(start_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    for path in PAGES.values():
        (folder / path.name).write_bytes(path.read_bytes())
    return start_lab(folder)


@pytest.mark.parametrize(
    "name",
    [SHORT, *(pytest.param(it, marks=pytest.mark.soak) for it in PAGES if it != SHORT)],
)
def test_each_picture_has_its_words_which_are_no_placeholder(lab, page, name):
    saved = pictures(PAGES[name])
    assert saved or name not in (SHORT, "06_attention")
    opened = NotebookPage(page, lab, PAGES[name].name)
    for cell, words in saved.items():
        opened.cell(cell).scroll_into_view_if_needed()
        shown = opened.cell(cell).locator(WORDS)
        expect(shown).to_have_count(len(words), timeout=SECONDS * 1000)
        assert shown.all_inner_texts() == [f"Picture: {it}" for it in words]
        assert all(len(it) > 40 for it in words)
