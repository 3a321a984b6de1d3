"""The site, built from two small lessons, as somebody sees it in a browser."""

import json
import sys

import nbformat
import pytest
from lessons import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebook_tool import main
from playwright.sync_api import expect
from site_server import Witness, served, sideways

sys.path.append(str(ROOT / "docs"))
from lesson_pages import FURTHER, OUTPUT, SOLUTION
from make_site import build, some_pages

# Of Sphinx to the authors of its extensions.
pytestmark = pytest.mark.filterwarnings("ignore:.*app' is deprecated")

HINTS = """<details><summary>Stuck?</summary>

<details><summary>A first hint</summary>

Think of **two**.

</details>

</details>"""
DRAWING = """import matplotlib.pyplot as plt
from gptlib.show.picture import show
plt.plot([1, 3])
show("A line that rises.")"""


def words(source, *tags):
    return new_markdown_cell(source, metadata={"tags": [*tags]})


def code(source, *tags):
    return new_code_cell(source, metadata={"tags": [*tags]})


LESSON = [
    words("# 04 · Heads\n\nAfter [lesson 03](03_one.ipynb), not [05](05_none.ipynb)."),
    words("## Write it"),
    code("def double(x):\n    return x + x", "yours"),
    words(HINTS, "hints"),
    words("What is it?"),
    code("double(21) + 1000"),
    words("It is **one thousand and more**.", "answer"),
    code(DRAWING),
    words("## Further: deep\n\nStill water.", "further"),
    code("6 * 7 + 3000"),
    words("## Tables"),
    words("| " + "a wide table | " * 20 + "\n|" + "---|" * 20),
    code("'a long line ' * 30"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of the site, built from a lesson of a page and one of a line."""
    folder = tmp_path_factory.mktemp("lessons")
    for name, cells in {"03_one": [words("# 03 · One")], "04_heads": LESSON}.items():
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    assert main([str(folder)]) == 0
    site = tmp_path_factory.mktemp("site")
    build(some_pages(sorted(folder.glob("*.ipynb"))), site)
    with served(site) as address:
        yield address


@pytest.fixture
def visit(page, site):
    """A function that opens a page of the small site; `page.witness` looks on."""
    page.witness = Witness(page)

    def go(name):
        page.goto(site + name, wait_until="networkidle")
        return page

    return go


@pytest.mark.parametrize(
    ("summary", "inside"),
    [
        ("Answer: open it after your guess", "one thousand and more"),
        (OUTPUT, "1042"),
        (SOLUTION, "return x + x"),
        (FURTHER, "Still water"),
        (FURTHER, "3042"),
    ],
)
def test_what_would_tell_is_folded_and_opens_with_a_click(visit, summary, inside):
    article = visit("04_heads.html").locator("article")
    secret = article.get_by_text(inside)
    expect(secret).to_have_count(1)
    expect(secret).to_be_hidden()
    article.locator("summary", has_text=summary).click()
    expect(secret).to_be_visible()


def test_hints_open_one_by_one_and_are_markdown_inside(visit):
    article = visit("04_heads.html").locator("article")
    hint = article.locator("details details strong")
    article.get_by_text("Stuck?").click()
    expect(hint).to_be_hidden()
    article.get_by_text("A first hint").click()
    expect(hint).to_be_visible()
    assert hint.inner_text() == "two"


def test_every_picture_has_words_and_they_stand_there_once(visit):
    page = visit("04_heads.html")
    images = page.locator("article img").all()
    assert [image.get_attribute("alt") for image in images] == ["A line that rises."]
    assert "Picture:" not in page.locator("article").inner_text()


@pytest.mark.parametrize("name", ["index.html", "04_heads.html", "search.html?q=head"])
def test_a_page_asks_no_other_host_and_complains_of_nothing(visit, site, name):
    witness = visit(name).witness
    assert witness.asked
    assert witness.faults(site) == []


@pytest.mark.parametrize("name", ["index.html", "04_heads.html"])
def test_a_phone_shows_a_page_without_scrolling_sideways(visit, name):
    page = visit(name)
    page.set_viewport_size({"width": 390, "height": 844})
    for summary in page.locator("article summary").all():
        if summary.is_visible():
            summary.click()
    assert sideways(page) == 0


def test_links_lead_to_other_pages_and_to_no_missing_one(visit):
    page = visit("04_heads.html")
    links = page.locator("article section").first.locator("p a").all()
    assert [link.get_attribute("href") for link in links] == ["03_one.html"]
    assert "not 05." in page.locator("article").inner_text()


def test_the_index_names_the_lessons_in_order(visit):
    links = visit("index.html").locator("article .toctree-wrapper a").all()
    assert [link.inner_text() for link in links] == ["03 · One", "04 · Heads"]


def test_the_search_finds_a_lesson(visit):
    page = visit("index.html")
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("thousand")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li a").first
    expect(found).to_have_attribute("href", "04_heads.html")


def test_the_dark_page_is_dark(visit):
    page = visit("04_heads.html")
    page.emulate_media(color_scheme="dark")
    page.reload(wait_until="networkidle")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(json.loads(colour.replace("rgb(", "[").replace(")", "]"))) < 60
