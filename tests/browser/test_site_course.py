"""The course's own site in a browser: every page, at every size, by every way."""

import nbformat
import pytest
from lessons import course, lesson
from site_server import SIZES, Witness, served, sideways

PAGES = "index 06_attention 15_ladder homework_3_more_attention numbers words story "
SOME = [f"{it}.html" for it in f"{PAGES} tiles gptlib gptlib.model".split()]


@pytest.fixture(scope="module")
def address(course_site):
    """Where the site is read."""
    with served(course_site) as address:
        yield address


def visit(page, url):
    witness = Witness(page)
    page.goto(url, wait_until="networkidle")
    return witness


@pytest.mark.parametrize("name", SOME)
def test_a_page_is_quiet_and_as_wide_as_any_window(page, address, name):
    assert faults(page, address, name) == []


def faults(page, address, name):
    """What is wrong with a page, with everything opened, at one of the sizes."""
    witness, wider = visit(page, address + name), []
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        if by := sideways(page):
            wider.append(f"{name} is {by} pixels wider than a {size}")
    return [*witness.faults(address), *wider]


@pytest.mark.soak
def test_every_page_is_quiet_and_as_wide_as_any_window(page, address, course_site):
    names = sorted(path.name for path in course_site.glob("*.html"))
    assert len(names) > len(course()) + 20
    assert [it for name in names for it in faults(page, address, name)] == []


@pytest.mark.parametrize("name", ["attention", "heads"])
def test_a_lesson_of_the_course_hides_what_would_tell(page, address, name):
    path = lesson(name)
    visit(page, f"{address}{path.stem}.html")
    assert page.locator("article details[open]").count() == 0
    text = page.locator("article").inner_text()  # what can be seen
    cells = nbformat.read(path, as_version=4).cells
    told = [c for c in cells if {"yours", "answer"} & {*c.metadata.get("tags", [])}]
    assert len(told) >= 8
    assert [c.id for c in told if c.source.split("\n")[-1] in text] == []
