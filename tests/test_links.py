"""Every link between the project's own pages leads somewhere."""

import json
import re

import pytest
from lessons import ROOT, course

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("data/*.md"), *course()]


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
