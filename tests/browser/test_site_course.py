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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SOME)
def test_a_page_is_quiet_and_as_wide_as_the_window(page, address, name, size):
    assert faults(page, address, name, size) == []


def faults(page, address, name, size):
    """What is wrong with a page at a size, with everything opened."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    witness = visit(page, address + name)
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    wider = [f"{name} is {it} wider than {size}" for it in [sideways(page)] if it]
    return [*witness.faults(address), *wider]


@pytest.mark.soak
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_quiet_and_as_wide_as_the_window(
    page, address, course_site, size
):
    names = sorted(path.name for path in course_site.glob("*.html"))
    assert len(names) > len(course()) + 20
    assert [it for name in names for it in faults(page, address, name, size)] == []


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
