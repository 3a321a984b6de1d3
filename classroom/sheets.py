"""A sheet as the students get it: each one's own, with a stamp to know it by."""

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import writes

from classroom.names import sound
from gptlib.guard.files import naming
from gptlib.lab.forms import learner_form
from gptlib.lab.merge import fingerprint
from gptlib.lab.pages import HOMEWORK, Page, homework, read_page, unknown

STUDENT = re.compile(r'^student = ("(?:[^"\\\n]|\\.)*")$', re.MULTILINE)
NOBODY = '"your name"'
STAMP = ("student", "key", "sheet", "course")


@dataclass(frozen=True)
class Sheet:
    """A homework sheet: solved, as a student gets it, and the course's version."""

    page: Page
    solved: NotebookNode
    form: NotebookNode
    course: str

    @classmethod
    def read(cls, page: Page) -> "Sheet":
        """The sheet of this page.

        Raises:
            ValueError: it cannot be read or made into a student's form.
        """
        with naming(str(page.course)):
            solved = read_page(page.course)
            form = learner_form(solved, page.name)
            found = [STUDENT.findall(c.source) for c in _code(form)]
        if [line for lines in found for line in lines] not in ([], [NOBODY]):
            raise ValueError(f"{page.course} needs one line student = {NOBODY} at most")
        return cls(page, solved, form, course_version(solved))


def course_version(solved: NotebookNode) -> str:
    """The version of the course, and a fingerprint of what a sheet asks and solves."""
    try:
        number = version("gptlib")
    except PackageNotFoundError:  # run from a checkout that is not installed
        number = "unknown"
    cells = [[cell.id, cell.source] for cell in solved.cells]
    return f"{number}+{fingerprint(json.dumps(cells))}"


def chosen(root: Path, names: tuple[str, ...]) -> list[Page]:
    """The sheets with these names, full or bare; all of them without names.

    Raises:
        ValueError: there is no such sheet; it has the names most like it.
    """
    pages = {page.name: page for page in homework(root)}
    for name in names:
        if HOMEWORK + name.removeprefix(HOMEWORK) not in pages:
            raise ValueError(unknown("sheet", name, list(pages)))
    wanted = {HOMEWORK + name.removeprefix(HOMEWORK) for name in names} or set(pages)
    return [page for name, page in pages.items() if name in wanted]


def stamped(sheet: Sheet, student: str, key: str) -> str:
    """The file of a student's sheet: the same for the same student, byte for byte.

    What the page knows of itself stays: the line with the name counts as touched, so
    that nothing that updates the page takes it away.
    """
    said = (student, key, sheet.page.name, sheet.course)
    stamp = NotebookNode(zip(STAMP, said, strict=True))
    nb = NotebookNode(sheet.form)
    nb.metadata = NotebookNode(sheet.form.metadata | {"classroom": stamp})
    nb.cells = [_named(cell, key) for cell in sheet.form.cells]
    return writes(nb) + "\n"


def stamp_of(nb: NotebookNode) -> dict[str, str]:
    """What a sheet's stamp says, each of STAMP; "" where it says nothing.

    A sheet that lost its metadata still has the key in its line `student = `, if
    nobody typed another name there.
    """
    said = nb.metadata.get("classroom")
    said = said if isinstance(said, dict) else {}
    found = {name: said.get(name) for name in STAMP}
    stamp = {name: it if isinstance(it, str) else "" for name, it in found.items()}
    stamp["typed"] = typed(nb)
    return stamp


def typed(nb: NotebookNode) -> str:
    """The name in the first line `student = ` of a sheet, or ""."""
    for cell in _code(nb):
        if found := STUDENT.search(cell.source):
            try:
                return sound(json.loads(found[1], strict=False))
            except ValueError:  # an escape that only Python knows
                return ""
    return ""


def _named(cell: NotebookNode, key: str) -> NotebookNode:
    if cell.cell_type != "code" or not STUDENT.search(cell.source):
        return cell
    line = f"student = {json.dumps(key, ensure_ascii=False)}"
    return NotebookNode(cell | {"source": STUDENT.sub(lambda _: line, cell.source)})


def _code(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if cell.cell_type == "code"]
