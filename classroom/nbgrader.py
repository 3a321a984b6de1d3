"""A sheet as nbgrader wants it: with its metadata, and marks around the solutions.

Its metadata are those of schema version 3. A check's cell gives points: nbgrader takes
the number that is shown last for the points, and an error for none.
"""

import ast
import copy
import hashlib
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import writes

from classroom.points import BY_HAND
from classroom.sheets import Sheet
from gptlib.checks.verdict import PARTS
from gptlib.guard.files import write_text
from gptlib.lab.forms import tagged
from gptlib.lab.plan import EXPERIMENT, checks_of

VERSION = 3
SKIPPED = "skip-execution"  # a cell with this tag is not run; an experiment takes long
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
# nbgrader takes a 0 that is shown for full points, so nothing won must be an error.
GRADED = """_verdict = {}
print(_verdict)
assert _verdict.points, "no points yet"
_verdict.points"""


def write_trees(folder: Path, sheets: list[Sheet]) -> None:
    """Write source/SHEET/FILE.ipynb, solved, and release/SHEET/FILE.ipynb, to solve.

    Raises:
        OSError: a file could not be written.
    """
    for sheet in sheets:
        for step, nb in (("source", source(sheet)), ("release", released(sheet))):
            path = folder / step / sheet.page.bare / sheet.page.course.name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, writes(nb) + "\n")


def source(sheet: Sheet) -> NotebookNode:
    """The solved sheet with nbgrader's metadata and marks, and without outputs.

    From it `nbgrader generate_assignment` makes a student's version of its own.
    """
    nb = copy.deepcopy(sheet.solved)
    forms = {cell.id: cell.source for cell in sheet.form.cells}
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if tagged(cell, "yours"):
            cell.source = marked(cell.source, forms[cell.id])
        elif "given" in cell.metadata:
            cell.source = forms[cell.id]
        for name in ("yours", "given"):
            cell.metadata.pop(name, None)
    return _graded(nb, sheet)


def released(sheet: Sheet) -> NotebookNode:
    """The student's form with nbgrader's metadata; its checksums tell what changed."""
    nb = _graded(copy.deepcopy(sheet.form), sheet)
    for cell in nb.cells:
        if about := cell.metadata.get("nbgrader"):
            about["cell_type"] = cell.cell_type
            about["checksum"] = checksum(cell)
    return nb


def marked(solved: str, form: str) -> str:
    """An exercise's source with marks around what the student writes.

    Of a definition that is emptied these are the lines that go. Anything else stands
    as the student gets it, and below it, between the marks, whole.
    """
    ours, theirs = solved.split("\n"), form.split("\n")
    same = 0
    while same < min(len(ours), len(theirs)) and ours[same] == theirs[same]:
        same += 1
    end = 0
    while (
        end < min(len(ours), len(theirs)) - same and ours[-1 - end] == theirs[-1 - end]
    ):
        end += 1
    inside = ours[same : len(ours) - end]
    if "NotWritten(" not in form or not inside:
        return "\n".join([form.rstrip(), "", BEGIN, solved, END])
    first = next(line for line in inside if line.strip())
    indent = first[: len(first) - len(first.lstrip())]
    marks = [indent + BEGIN, *inside, indent + END]
    return "\n".join([*ours[:same], *marks, *ours[len(ours) - end :]])


def checksum(cell: NotebookNode) -> str:
    """What nbgrader knows a cell of a student's version by: 32 hexadecimal digits."""
    about = cell.metadata.nbgrader
    locked = not about.solution and (about.grade or about.locked)
    texts = [cell.source, cell.cell_type]
    texts += [str(it) for it in (about.grade, about.solution, locked)]
    texts += [about.grade_id]
    if about.grade:
        texts.append(str(float(about.points)))
    return hashlib.md5("".join(texts).encode(), usedforsecurity=False).hexdigest()


def _graded(nb: NotebookNode, sheet: Sheet) -> NotebookNode:
    """The page, once its cells say which of them hold solutions and give points."""
    checks = checks_of(sheet.solved)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    for cell, after in pairwise([*code, None]):
        if tagged(cell, EXPERIMENT):
            cell.metadata["tags"] = [*cell.metadata.tags, SKIPPED]
        if cell.id in checks:
            cell.metadata["nbgrader"] = _about(cell, solution=True)
            after.source = GRADED.format(checks[cell.id].strip())
            ast.parse(after.source)
            points = sum(part.points for part in PARTS[cell.id])
            after.metadata["nbgrader"] = _about(after, grade=True, points=points)
    for cell in nb.cells:
        found = BY_HAND.search(cell.source)
        if found and cell.cell_type == "markdown" and not checks:
            points = int(found[1])
            cell.metadata["nbgrader"] = _about(cell, task=True, points=points)
    return nb


def _about(cell: NotebookNode, **more: object) -> NotebookNode:
    """nbgrader's metadata of a cell; what gives points is locked, a task too."""
    values = {"grade": False, "solution": False, "task": False, **more}
    locked = bool(values["grade"] or values["task"])
    return NotebookNode(
        schema_version=VERSION, grade_id=cell.id, locked=locked, **values
    )
