"""What a learner changed in a copy, and how it goes into the course's next page."""

import copy
import hashlib
from collections.abc import Iterator

from nbformat import NotebookNode


def unified(source: str) -> str:
    """Text with newlines as Unix has them, whatever the editor."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def fingerprint(source: str) -> str:
    """16 hexadecimal digits that tell one source from another."""
    return hashlib.sha256(unified(source).encode()).hexdigest()[:16]


def fingerprints(nb: NotebookNode) -> dict[str, str]:
    """The fingerprint of each cell by the cell's id."""
    return {cell.id: fingerprint(cell.source) for cell in nb.cells}


def generated(nb: NotebookNode) -> dict[str, str]:
    """The fingerprints that a copy was written with."""
    return nb.metadata.gptlib.generated


def touched(nb: NotebookNode) -> list[str]:
    """Ids of the cells of a copy that its learner changed, added or deleted.

    An empty cell, as JupyterLab leaves one after the last, is no addition.
    """
    given, seen, found = generated(nb), set(), []
    for cell in nb.cells:
        name = cell.get("id", "")
        new = name in seen or name not in given
        if cell.source.strip() if new else fingerprint(cell.source) != given[name]:
            found.append(name)
        seen.add(name)
    return list(dict.fromkeys([*found, *(name for name in given if name not in seen)]))


def updated(mine: NotebookNode, fresh: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The page `fresh` with all that the learner wrote in `mine`, as a new notebook.

    A cell that the learner changed keeps the learner's text; it still counts as
    touched. A cell that the learner added, or changed and the course dropped, follows
    the cell that it followed. A cell that the learner deleted is there again. Second:
    the ids of the cells that both changed.
    """
    changed, added = _learners_cells(mine, fresh)
    both = [name for name in changed if generated(mine)[name] != generated(fresh)[name]]
    made = copy.deepcopy(fresh)
    taken = {cell.id for cell in fresh.cells}
    made.cells = list(_own_names(added.get("", []), taken))
    for cell in copy.deepcopy(fresh.cells):
        made.cells.append(_with_text_of(changed.get(cell.id), cell))
        made.cells.extend(_own_names(added.get(cell.id, []), taken))
    return made, both


def _learners_cells(
    mine: NotebookNode, fresh: NotebookNode
) -> tuple[dict[str, NotebookNode], dict[str, list[NotebookNode]]]:
    """Cells with the learner's text by their id; added ones by that of the cell before.

    The top of the page has the id "", which no cell has.
    """
    before, now = generated(mine), generated(fresh)
    changed, added, seen, anchor = {}, {}, set(), ""
    for cell in mine.cells:
        name = cell.get("id", "")
        given = name in before and name not in seen
        seen.add(name)
        as_given = given and fingerprint(cell.source) == before[name]
        if given and name in now:
            anchor = name
            if not as_given and fingerprint(cell.source) != now[name]:
                changed[name] = cell
        elif cell.source.strip() and not as_given:
            added.setdefault(anchor, []).append(cell)
    return changed, added


def _with_text_of(mine: NotebookNode | None, fresh: NotebookNode) -> NotebookNode:
    """The learner's cell, if there is one, with the course's tags."""
    if mine is None:
        return fresh
    return NotebookNode(copy.deepcopy(mine) | {"metadata": fresh.metadata})


def _own_names(cells: list[NotebookNode], taken: set[str]) -> Iterator[NotebookNode]:
    """Copies of the cells, each with an id that is not taken; the new ids are, then."""
    for cell in cells:
        wanted = cell.get("id") or "mine"
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted[:50]}-mine-{number}"
        taken.add(name)
        yield NotebookNode(copy.deepcopy(cell) | {"id": name})
