"""Build the site out of lessons as they are committed; no lesson is run.

python docs/make_site.py [--out site]     all of it
python docs/make_site.py [slugs]          a page for each lesson named, quickly
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from sphinx.cmd.build import build_main

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from figures import as_files
from lesson_pages import page, sheet, with_opening
from lessons import ROOT, lesson, lessons
from moving_pages import WATCH, moving
from numbers_page import numbers
from print_page import slim
from reference_pages import reference, with_links
from site_pages import page_name, pictures, seen_from, sheets
from text_pages import listed, texts

Pages = Mapping[str, str | NotebookNode]
SITE = ROOT / "site"
# What no reader asks for: sources, maps for the theme's authors, other languages.
UNREAD = shutil.ignore_patterns(
    ".buildinfo", "_sources", "objects.inv", "*.map", "locales", "*.LICENSE.txt"
)


def build(pages: Pages, site: Path) -> None:
    """Make `site` anew out of pages, Markdown or notebooks, by their names.

    Raises:
        ValueError: a warning of Sphinx, which has printed it.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "source"), Path(folder, "made")
        shutil.copytree(ROOT / "docs" / "_static", source / "_static")
        for path in (ROOT / "docs" / "conf.py", *pictures()):
            shutil.copy(path, source)
        for name, content in pages.items():
            write(content, source / name)
        run_sphinx(source, made, "html", "-E")
        run_sphinx(source, Path(folder, "print"), "singlehtml", "-t", "print")
        whole = Path(folder, "print", "index.html").read_text(encoding="utf-8")
        (made / "print.html").write_text(slim(whole), encoding="utf-8")
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(made, site, ignore=UNREAD)


def write(content: str | NotebookNode, path: Path) -> None:
    """Write a page where Sphinx reads it."""
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8", newline="\n")
    else:
        as_files(content, path.parent / "_static" / "figures", "_static/figures")
        nbformat.write(content, path)


def run_sphinx(source: Path, made: Path, builder: str, *more: str) -> None:
    """One call; what it has read is kept beside `made` for the next one."""
    # -W: a warning is an error; -a: all pages.
    options = ["-q", "-a", "-W", "--keep-going", "-b", builder, *more]
    doctrees = ["-d", str(made.parent / "doctrees")]
    if build_main([*options, *doctrees, str(source), str(made)]):
        raise ValueError("Sphinx was not content; what it said stands above")


def course_pages() -> Pages:
    """All of the site."""
    made = {path.name: lesson_page(path) for path in lessons()}
    for nb in made.values():
        with_links(nb)
    made |= {page_name(path): sheet_page(path) for path in sheets()}
    return {**made, **texts(), "numbers.md": numbers(), **moving(), **reference()}


def some_pages(paths: list[Path]) -> Pages:
    """These lessons and a page that lists them; their other links are text.

    Raises:
        ValueError: no lesson; one that cannot be a page, which is named.
    """
    if not paths:
        raise ValueError("no lesson to show")
    names = {path.name: path.name for path in paths}
    made = {path.name: lesson_page(path, names) for path in paths}
    return {"index.md": listed([path.stem for path in paths]), **made}


def lesson_page(path: Path, pages: Mapping[str, str] | None = None) -> NotebookNode:
    """The page of the lesson in this file; a ValueError names the file."""
    watch = WATCH.get(path.name, "") if pages is None else ""
    try:
        nb = page(nbformat.read(path, as_version=4), pages or seen_from("notebooks"))
        return with_opening(nb, path.name, watch)
    except ValueError as error:
        raise ValueError(f"{path.name}, {error}") from error


def sheet_page(path: Path) -> NotebookNode:
    """The page of a homework sheet, in the student's form."""
    nb = sheet(nbformat.read(path, as_version=4), path.stem)
    made = page(nb, seen_from("notebooks/homework"))
    return with_opening(made, f"homework/{path.name}")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slugs", nargs="*", help='lessons, such as "attention"')
    parser.add_argument("--out", type=Path, default=SITE, help="the folder to make")
    given = parser.parse_args(arguments)
    try:
        chosen = [lesson(slug) for slug in given.slugs]
        pages = some_pages(chosen) if chosen else course_pages()
        build(pages, given.out)
    except (LookupError, ValueError) as error:
        print(f"the site was not built: {error}", file=sys.stderr)
        return 1
    print(f"{len(pages)} pages: {given.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
