"""The teacher's report in a browser: of a whole class, on a laptop and on a phone."""

import pytest
from site_server import SIZES, Witness, served, sideways
from test_classroom_class import CLASS, box, folder, kinds  # noqa: F401 - fixtures
from test_site_axe import violations

from classroom.grade import GradeConfig, grade
from classroom.report import ReportConfig, report

pytestmark = [
    pytest.mark.soak,
    pytest.mark.parametrize("kinds", [CLASS], ids=["whole"], indirect=True),
]


@pytest.fixture(scope="module")
def address(folder):  # noqa: F811
    """Where the report is read."""
    grade(GradeConfig(folder, jobs=2))
    report(ReportConfig(folder))
    with served(folder / "report") as address:
        yield address


def test_its_first_screen_is_quiet_and_shows_a_bar_for_each_exercise(
    page, address, tmp_path
):
    heard = Witness(page)
    page.set_viewport_size({"width": 750, "height": 960})
    page.goto(f"{address}index.html", wait_until="networkidle")
    assert heard.faults(address) == []
    assert page.locator("svg").count() >= 7
    page.screenshot(path=tmp_path / "report.png")


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_the_window_or_breaks_a_rule(page, address, size):
    page.goto(f"{address}index.html")
    links = page.locator("a[href]").evaluate_all("it => it.map(a => a.href)")
    students = sorted({it.partition("#")[0] for it in links if "/students/" in it})
    assert len(students) == len(CLASS)
    for url in (f"{address}index.html", students[0], students[12], students[-1]):
        assert violations(page, url, "light", size) == []
        assert sideways(page) <= 0, url
