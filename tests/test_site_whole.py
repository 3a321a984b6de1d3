"""The course's site: all pages are there, their links live, nothing is given away."""

import re
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from built_site import is_external, read
from lessons import ROOT, course, lessons

import gptlib
from gptlib.lab.forms import learner_form, solutions

sys.path.append(str(ROOT / "docs"))
from reference_pages import built_in, imported, title
from site_pages import page_name, sheets

MB = 1e6


@pytest.fixture(scope="module")
def pages(course_site):
    """Each page by its name, as it was read."""
    return {path.name: read(path) for path in sorted(course_site.glob("*.html"))}


def html(path):
    return Path(page_name(path)).with_suffix(".html").name


def test_every_lesson_every_sheet_and_every_text_has_a_page(pages):
    expected = {html(path) for path in course()}
    texts = (
        "index words questions jupyter further_reading teachers numbers gptlib print"
    )
    expected |= {f"{name}.html" for name in [*texts.split(), "story", "tiles"]}
    assert expected <= pages.keys()


def test_the_first_page_leads_to_all_others(pages):
    assert pages.keys() - {*pages["index.html"].links} - {"index.html"} == {
        "search.html"
    }


def test_every_link_and_every_anchor_lives(pages, course_site):
    lost = []
    for name, page in pages.items():
        for link in page.links:
            if not is_external(link):
                file, _, part = unquote(link).partition("#")
                there = (course_site / file).exists()
                if not there or (part and part not in pages[file or name].ids):
                    lost.append((name, link))
    assert lost == []


def test_no_page_loads_anything_from_elsewhere_or_what_is_not_there(pages, course_site):
    loaded = {(name, it) for name, page in pages.items() for it in page.loaded}
    assert [it for it in loaded if is_external(it[1])] == []
    files = {(name, it.partition("?")[0]) for name, it in loaded if it[:5] != "data:"}
    assert [it for it in files if not (course_site / it[1]).is_file()] == []


def test_no_style_and_no_script_names_an_address_to_fetch(course_site):
    styles = [*course_site.rglob("*.css")]
    assert styles
    for path in styles:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import )[\"']?(https?:|//)", text), path


def test_nothing_counts_visitors_or_leaves_a_cookie(course_site):
    scripts = [*course_site.rglob("*.js"), *course_site.glob("*.html")]
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        assert "document.cookie" not in text and "googletagmanager" not in text, path


def secret_lines(path):
    """What the solutions of a sheet say and its student's form does not."""
    nb = nbformat.read(path, as_version=4)
    shown = "\n".join(c.source for c in learner_form(nb, f"homework/{path.stem}").cells)
    lines = {
        line.strip()
        for source in solutions(nb).values()
        for line in source.splitlines()
        if line.strip() not in shown
    }
    # What is as short as `m = new` may stand anywhere.
    return {line for line in lines if len(line) >= 16}


@pytest.mark.parametrize("path", sheets(), ids=lambda path: path.stem)
def test_no_line_of_a_homework_solution_is_on_the_site(path, pages):
    secret = secret_lines(path)
    assert len(secret) > 15 or "project" in path.stem
    # A lesson's own code may share a line with a solution, and is public.
    public = "\n".join(c.source for p in lessons() for c in nbformat.read(p, 4).cells)
    found = [
        (line, name)
        for line in secret
        if line not in public
        for name, page in pages.items()
        if line in page.text
    ]
    assert found == []


def test_the_whole_site_and_each_page_are_small(pages, course_site):
    size = sum(path.stat().st_size for path in course_site.rglob("*") if path.is_file())
    assert size < 25 * MB
    for name, page in pages.items():
        own = (course_site / name).stat().st_size
        files = {it for it in page.loaded if it.endswith(".png")}
        with_pictures = own + sum((course_site / it).stat().st_size for it in files)
        # The printable page holds every picture there is; its own text is small.
        assert (own if name == "print.html" else with_pictures) < 2 * MB, name


def test_every_picture_has_words(pages):
    for name, page in pages.items():
        for alt in page.alts:
            assert alt is not None and len(alt) > 20, name
            assert alt.lower().strip(". ") not in ("figure", "picture", "image")


def test_a_lesson_says_how_it_is_opened(pages):
    for path in lessons():
        assert f"make lab, and open {path.name} there" in pages[html(path)].text


def test_every_name_of_the_library_leads_to_its_lesson_and_back(pages):
    assert len(built_in()) == len(gptlib.__all__)
    for full, path in built_in().items():
        page = pages[f"{full.rpartition('.')[0]}.html"]
        assert full in page.ids
        assert f"Built in lesson {title(path)}" in page.text
        assert f"{path.stem}.html" in page.links


@pytest.mark.parametrize("name", ["08_flash_attention", "12_gpt", "18_generation"])
def test_a_lesson_links_the_first_mention_of_a_finished_name(name, pages):
    page = pages[f"{name}.html"]
    links = Counter(page.links) - Counter(page.in_code)
    found = {it: many for it, many in links.items() if it.startswith("gptlib.")}
    assert found
    assert set(found.values()) == {1}


@pytest.mark.parametrize("name", ["08_flash_attention", "12_gpt", "18_generation"])
def test_a_name_in_code_leads_to_its_entry(name, pages):
    """Every name that the lesson imports, and nothing of other libraries."""
    nb = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    entries = {f"{it.rpartition('.')[0]}.html#{it}" for it in imported(nb).values()}
    assert entries
    assert entries <= set(pages[f"{name}.html"].in_code)
    assert all(it.startswith("gptlib.") for it in pages[f"{name}.html"].in_code)


def test_the_first_page_has_the_minutes_of_every_lesson(pages):
    text = " ".join(pages["index.html"].text.split())
    minutes = reading_and_writing_minutes()
    assert len(minutes) == len(lessons())
    assert [it for it in minutes if it not in text] == []


def reading_and_writing_minutes():
    """Of each line of README's map: its last column, which other tests compute."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^\| \[\d\d .*\| ([\d +]+) \|$", readme, re.MULTILINE)
