"""A copy of a page that lies anywhere: downloaded, handed in, renamed."""

from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from gptlib.guard.files import naming
from gptlib.lab.pages import WORKBOOK, Page, homework, knows, lessons, read_page
from gptlib.lab.workbook import learners_page


def is_file(name: str) -> bool:
    """Whether a name on the command line means a file and no lesson."""
    return name.endswith(".ipynb")


def page_of(root: Path, path: Path) -> Page:
    """The page that a file is a copy of, with this file as the copy.

    The file itself knows; if an editor took that from it, its name tells.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no notebook, or of no page of the course.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    with naming(str(path)):
        about = read_page(path).metadata.get("gptlib")
    name = about["lesson"] if knows(about) else ""
    for page in [*lessons(root), *homework(root)]:
        if page.name == name or (not name and page.course.name == path.name):
            return replace(page, copy=path.resolve())
    known = [page.course.name for page in homework(root)]
    raise ValueError(
        f"{path} is no copy of a page of the course: give it the name that it had, "
        f"such as {', '.join(known) or '06_attention.ipynb'}"
    )


def in_workbook(root: Path, page: Page) -> bool:
    """Whether the copy is the one that `lab` wrote."""
    return page.copy.is_relative_to(root / WORKBOOK)


def read_any(root: Path, page: Page) -> NotebookNode:
    """The copy; where it lost what it knew of the page, it is told again.

    Raises:
        ValueError: it cannot be read.
    """
    nb = read_page(page.copy)
    if not knows(nb.metadata.get("gptlib")):
        nb.metadata["gptlib"] = learners_page(root, page).metadata.gptlib
    return nb
