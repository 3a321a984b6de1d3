"""No page of the site breaks a rule of WCAG 2.2 AA that axe knows, in either theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from site_server import SIZES, served

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
PAGES = "index 06_attention tiles"
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def address(course_site):
    """Where the site is read."""
    with served(course_site) as address:
        yield address


def violations(page, url, theme, size="laptop"):
    """Each broken rule, with the first element that breaks it."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(url, wait_until="networkidle")
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    for slider in page.locator(".moving input").all():
        slider.fill("5")
    found = Axe().run(page, options=OPTIONS).response["violations"]
    name = url.rpartition("/")[2]
    return [
        f"{name}, {theme}, {size}: {it['id']}, {len(it['nodes'])} times, as "
        f"{it['nodes'][0]['html'][:200]} {it['nodes'][0]['failureSummary'][:300]}"
        for it in found
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PAGES.split())
def test_a_page_breaks_no_rule(page, address, name, theme):
    assert violations(page, f"{address}{name}.html", theme) == []


def test_a_phone_breaks_no_rule(page, address):
    assert violations(page, f"{address}index.html", "light", "phone") == []


@pytest.mark.soak
@pytest.mark.parametrize("theme", THEMES)
def test_no_page_breaks_a_rule(page, address, course_site, theme):
    names = sorted(path.name for path in course_site.glob("*.html"))
    found = [violations(page, address + name, theme) for name in names]
    assert [it for some in found for it in some] == []
