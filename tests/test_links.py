"""Every link between the project's own pages leads somewhere."""

import json
import re
from itertools import pairwise

import pytest
from lessons import ROOT, course, lessons

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("data/*.md")]
PAGES += [*ROOT.glob("notebooks/*.md"), *course()]


def prose(page):
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join(
        "".join(c["source"]) for c in cells if c["cell_type"] == "markdown"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_is_broken(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(page))
    local = [t for t in targets if not t.startswith(("http:", "https:", "mailto:"))]
    assert [t for t in local if not (page.parent / t).exists()] == []


def test_the_pages_are_found():
    assert {"README", "00_tour"} <= {page.stem for page in PAGES}


@pytest.mark.parametrize("here, there", list(pairwise(lessons())), ids=lambda p: p.stem)
def test_each_lesson_ends_with_a_link_to_the_next(here, there):
    end = prose(here)[-400:]
    assert re.search(rf"\nNext: .*\]\({there.name}\)", end)


@pytest.mark.parametrize("page", course(), ids=lambda page: page.name)
def test_a_lesson_that_is_named_is_linked(page):
    """Outside of summaries, headings and tables, where it would not be a link."""
    kept = [
        line
        for line in prose(page).splitlines()
        if not line.startswith(("#", "|")) and "<summary>" not in line
    ]
    named = re.findall(r"(?<!\[)[Ll]essons? (\d\d)(?!\])", "\n".join(kept))
    assert set(named) <= {page.name[:2]}
