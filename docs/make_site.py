"""Build the site out of lessons as they are committed; nothing is run.

    python docs/make_site.py [slugs]      into site/, a page for each lesson named

Without slugs: every lesson with cells tagged `yours`, and no homework.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from sphinx.cmd.build import build_main

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from lesson_pages import page
from lessons import ROOT, lesson, lessons

from gptlib.lab.forms import tagged

SITE = ROOT / "site"
CACHE = shutil.ignore_patterns("__pycache__")
UNREAD = shutil.ignore_patterns(".buildinfo", "_sources", "objects.inv")


def build(paths: list[Path], site: Path) -> None:
    """Make `site` anew, with a page for each of these notebooks.

    Raises:
        ValueError: no notebook; one that cannot be a page, which is named; or a
            warning of Sphinx, which has printed it.
    """
    if not paths:
        raise ValueError("no lesson: none has a cell tagged `yours`, so name some")
    names = {path.name for path in paths}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        shutil.copytree(ROOT / "docs", source, ignore=CACHE)
        for path in paths:
            nbformat.write(lesson_page(path, names), source / path.name)
        # -W: a warning is an error; -E -a: nothing of an earlier build.
        options = ["-q", "-E", "-a", "-W", "--keep-going", "-b", "html"]
        made = Path(folder, "made")
        doctrees = ["-d", str(Path(folder, "doctrees"))]
        if build_main([*options, *doctrees, str(source), str(made)]):
            raise ValueError("Sphinx was not content; what it said stands above")
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(made, site, ignore=UNREAD)


def lesson_page(path: Path, names: set[str]) -> NotebookNode:
    """The page of the lesson in this file; a ValueError names the file."""
    try:
        return page(nbformat.read(path, as_version=4), names)
    except ValueError as error:
        raise ValueError(f"{path.name}, {error}") from error


def with_yours() -> list[Path]:
    """The lessons in which a learner writes something; no homework."""
    return [path for path in lessons() if has_yours(path)]


def has_yours(path: Path) -> bool:
    """Whether a learner writes something in it."""
    cells = nbformat.read(path, as_version=4).cells
    return any(tagged(cell, "yours") for cell in cells)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slugs", nargs="*", help='lessons, such as "attention"')
    slugs = parser.parse_args(arguments).slugs
    try:
        chosen = [lesson(slug) for slug in slugs] or with_yours()
        build(chosen, SITE)
    except (LookupError, ValueError) as error:
        print(f"the site was not built: {error}", file=sys.stderr)
        return 1
    print(f"{len(chosen)} lessons: {SITE / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
