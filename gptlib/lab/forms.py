"""The two forms of a page: the one to read, and the one to write in, made from it.

The reading form is what the course holds: complete and executed. In the learner's form
the cells tagged `yours` are emptied, those tagged `answer` folded, all outputs cleared.
Where the metadata of a code cell have `given`, pairs of texts, the learner gets the
second in place of the first: a fault to find, or an experiment's whole budget.
"""

import copy
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from gptlib.lab.merge import described, unified
from gptlib.lab.stubs import SLUG, Yours, emptied, replaced

HOMEWORK = "homework/"
IMPORT = "from gptlib.checks import check"
LEARNERS_IMPORT = "from gptlib.checks import NotWritten, check"
_IMPORT, _LEARNERS_IMPORT = (
    re.compile(f"^{re.escape(line)}$", re.MULTILINE)
    for line in (IMPORT, LEARNERS_IMPORT)
)


def learner_form(nb: NotebookNode, lesson: str) -> NotebookNode:
    """A new notebook: the page `lesson` as the learner gets it.

    It knows by itself what was generated: `metadata.gptlib` holds the lesson's name and
    fingerprints of its cells.

    Raises:
        ValueError: a cell tagged `yours` cannot be emptied, or the page does not import
            `check` by a line of its own; the message names the cell.
    """
    exercises = solutions(nb)
    made = _copied(nb)
    if exercises:
        _replace_import(made)
    for cell in made.cells:
        cell.source = _learners_source(cell, f"solutions/{cell.id}.py", lesson)
        for name in ("yours", "given"):
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return named(made, lesson)


def reading_form(nb: NotebookNode, lesson: str) -> NotebookNode:
    """A new notebook: the page as it is, which knows what was generated too."""
    return named(_copied(nb), lesson)


def named(nb: NotebookNode, lesson: str) -> NotebookNode:
    """`nb`, once it holds its lesson's name and knows what it was generated as.

    All of it counts, outputs too: the course may run a page again.
    """
    nb.metadata.pop("gptlib", None)
    nb.metadata["gptlib"] = NotebookNode({"lesson": lesson, **described(nb)})
    return nb


def solutions(nb: NotebookNode) -> dict[str, str]:
    """The source of each exercise of a reading form, by its slug, in order.

    Raises:
        ValueError: a cell is badly tagged, or its id is no slug; the message names it.
    """
    return {cell.id: unified(cell.source) for cell in _yours(nb)}


def given(nb: NotebookNode) -> list[NotebookNode]:
    """The code cells of a reading form in which the learner gets other text."""
    return [cell for cell in nb.cells if "given" in cell.metadata]


def put_back(learner: NotebookNode, reading: NotebookNode) -> NotebookNode:
    """A new notebook: the learner's form with the reading form's solutions.

    Its code is then the reading form's again, which proves that emptying took nothing
    else away.
    """
    sources = solutions(reading) | {c.id: c.source for c in given(reading)}
    made = copy.deepcopy(learner)
    for cell in made.cells:
        if cell.cell_type == "code":
            restored = _LEARNERS_IMPORT.sub(IMPORT, cell.source)
            cell.source = sources.get(cell.id, restored)
    return made


def folded(source: str) -> str:
    """Markdown that shows its text only once it is opened."""
    summary = "<summary>Answer: open it after your guess</summary>"
    return f"<details>{summary}\n\n{source.strip()}\n\n</details>"


def further(nb: NotebookNode) -> list[NotebookNode]:
    """The cells that nobody needs to go on.

    They stand from a heading tagged `further` to the next heading.
    """
    found, inside = [], False
    for cell in nb.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            inside = tagged(cell, "further")
        found += [cell] * inside
    return found


def tagged(cell: NotebookNode, tag: str) -> bool:
    """Whether the cell has this tag."""
    return tag in cell.metadata.get("tags", [])


def _copied(nb: NotebookNode) -> NotebookNode:
    """A copy in which every cell has an id, no other cell's, and newlines are alike."""
    made, seen = copy.deepcopy(nb), set()
    for number, cell in enumerate(made.cells):
        if not cell.get("id") or cell.id in seen:
            raise ValueError(f"cell {number} has no id of its own: {cell.get('id')!r}")
        seen.add(cell.id)
        cell.source = unified(cell.source)
    return made


def _yours(nb: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that the learner writes; a ValueError names one that cannot be so."""
    for cell in nb.cells:
        is_tagged = tagged(cell, "yours")
        if not is_tagged and "yours" in cell.metadata:
            raise ValueError(
                f"cell `{cell.get('id')}`: `yours` without the tag `yours`"
            )
        if is_tagged and cell.cell_type != "code":
            raise ValueError(f"cell `{cell.get('id')}`: tagged `yours`, but no code")
        if is_tagged and not SLUG.fullmatch(cell.get("id", "")):
            raise ValueError(f"cell `{cell.get('id')}`: its id must be like-this-one")
        if is_tagged:
            yield cell


def _replace_import(nb: NotebookNode) -> None:
    """Let the page import NotWritten too, by the line that imports `check`."""
    code = [c for c in nb.cells if c.cell_type == "code" and not tagged(c, "yours")]
    found = sum(len(_IMPORT.findall(cell.source)) for cell in code)
    if found != 1:
        raise ValueError(f"a page to write in needs one line `{IMPORT}`, has {found}")
    for cell in code:
        cell.source = _IMPORT.sub(LEARNERS_IMPORT, cell.source)


def _learners_source(cell: NotebookNode, solution: str, lesson: str) -> str:
    if cell.cell_type == "markdown" and tagged(cell, "answer"):
        return folded(cell.source)
    try:
        source = _emptied(cell)
    except ValueError as error:
        raise ValueError(f"cell `{cell.id}`: {error}") from None
    if not tagged(cell, "yours") or lesson.startswith(HOMEWORK):
        return source  # homework's solutions stay with the teacher
    return f"{source}\n\n\n# or go on with: %run -i {solution}"


def _emptied(cell: NotebookNode) -> str:
    source = cell.source
    if "given" in cell.metadata:
        source = replaced(source, cell.metadata.given)
    yours = Yours.read(cell.metadata.get("yours", {}))
    if not tagged(cell, "yours") or yours.kind == "fault":
        return source
    return emptied(source, cell.id, yours)
