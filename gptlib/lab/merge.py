"""What a learner changed in a copy, and how it goes into the course's next page."""

import copy
import hashlib
import json
import re
from collections.abc import Iterator

from nbformat import NotebookNode

# By its line alone: a cell that is half written, or has a magic, has its name too.
DEFINED = re.compile(r"^(?:(?:async +)?def|class) +(\w+)", re.MULTILINE)


def unified(source: str) -> str:
    """Text with newlines as Unix has them, whatever the editor."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def fingerprint(source: str) -> str:
    """16 hexadecimal digits that tell one source from another."""
    return hashlib.sha256(unified(source).encode()).hexdigest()[:16]


def kind(cell: NotebookNode) -> str:
    """The cell's type and, if it has attachments, their fingerprint."""
    files = cell.get("attachments")
    if not files:
        return cell.cell_type
    return f"{cell.cell_type} with {fingerprint(json.dumps(files, sort_keys=True))}"


def described(nb: NotebookNode) -> dict:
    """What a copy is to know of the page: its cells, and a fingerprint of it all."""
    return {
        "generated": {cell.id: fingerprint(cell.source) for cell in nb.cells},
        "kinds": {cell.id: kind(cell) for cell in nb.cells},
        "order": [cell.id for cell in nb.cells],  # files sort the keys of the others
        "edition": fingerprint(json.dumps(nb, sort_keys=True)),
    }


def generated(nb: NotebookNode) -> dict[str, str]:
    """The fingerprints that a copy was written with."""
    return nb.metadata.gptlib.generated


def order(nb: NotebookNode) -> list[str]:
    """The ids that a copy was written with, in their order if it knows that."""
    return list(nb.metadata.gptlib.get("order", generated(nb)))


def touched(nb: NotebookNode) -> list[str]:
    """Ids of the cells of a copy that its learner changed, added, moved or deleted.

    An empty cell, as JupyterLab leaves one after the last, is no addition. Tags and
    other metadata, which editors write too, do not count.
    """
    stand, found = [], []
    for cell in with_ids(nb).cells:
        name = cell.get("id", "")
        new = name in stand or name not in generated(nb)
        if _holds_something(cell) if new else not _as_given(cell, nb):
            found.append(name)
        stand += [] if new else [name]
    found += [name for name in generated(nb) if name not in stand]
    if "order" in nb.metadata.gptlib:
        given = [name for name in order(nb) if name in stand]
        found += [a for a, b in zip(stand, given, strict=False) if a != b]
    return list(dict.fromkeys(found))


def with_ids(nb: NotebookNode) -> NotebookNode:
    """A copy whose cells have the ids again that an editor took from them.

    Older formats have no ids, and what is cut and pasted gets another one. Whatever
    holds the text of a cell that is gone is that cell.
    """
    made, here = copy.deepcopy(nb), {cell.get("id") for cell in nb.cells}
    gone: dict[str, list[str]] = {}
    for name in order(nb):
        if name in generated(nb) and name not in here:
            gone.setdefault(generated(nb)[name], []).append(name)
    for cell in made.cells:
        names = gone.get(fingerprint(cell.source))
        if names and cell.get("id") not in generated(nb):
            cell.id = names.pop(0)
    return made


def updated(mine: NotebookNode, fresh: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The page `fresh` with all that the learner wrote in `mine`, as a new notebook.

    The cells stand in the course's order. One that the learner changed keeps the
    learner's text; it still counts as touched. A cell that the learner added, or
    changed and the course dropped, follows the cell that it followed. A cell that the
    learner deleted is there again. Second: the ids of the cells that both changed.
    """
    mine = recognized(mine, fresh)
    changed, added = _learners_cells(mine, fresh)
    both = [name for name in changed if _made_anew(name, mine, fresh)]
    made = copy.deepcopy(fresh)
    taken = {cell.id for cell in fresh.cells}
    made.cells = list(_own_names(added.get("", []), taken))
    for cell in copy.deepcopy(fresh.cells):
        made.cells.append(_with_text_of(changed.get(cell.id), cell))
        made.cells.extend(_own_names(added.get(cell.id, []), taken))
    return made, both


def recognized(mine: NotebookNode, page: NotebookNode) -> NotebookNode:
    """A copy with its ids again, those of the exercises too that were written.

    An exercise whose cell is gone, as when it was split or pasted, is the first of the
    learner's own cells that defines the same name as the exercise of `page`.
    """
    made = with_ids(mine)
    here = {cell.get("id") for cell in made.cells}
    wanted = {
        name: cell.id
        for cell in page.cells
        if "yours" in cell.metadata.get("tags", []) and cell.id in generated(mine)
        for name in DEFINED.findall(cell.source)[:1]
        if cell.id not in here
    }
    for cell in made.cells:
        if cell.cell_type == "code" and cell.get("id") not in generated(mine):
            names = [n for n in DEFINED.findall(cell.source) if n in wanted]
            if names:
                cell.id = wanted.pop(names[0])
    return made


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
        as_given = given and _as_given(cell, mine)
        if given and name in now:
            anchor = name
            if not as_given and not _as_given(cell, fresh):
                changed[name] = cell
        elif _holds_something(cell) and not as_given:
            added.setdefault(anchor, []).append(cell)
    return changed, added


def _holds_something(cell: NotebookNode) -> bool:
    return bool(cell.source.strip() or cell.get("attachments"))


def _as_given(cell: NotebookNode, nb: NotebookNode) -> bool:
    """Whether the cell is as `nb` was written with."""
    kinds = nb.metadata.gptlib.get("kinds", {})
    same = fingerprint(cell.source) == generated(nb)[cell.id]
    return same and kind(cell) == kinds.get(cell.id, kind(cell))


def _made_anew(name: str, mine: NotebookNode, fresh: NotebookNode) -> bool:
    """Whether the course changed the cell since `mine` was written."""
    before, now = (nb.metadata.gptlib.get("kinds", {}) for nb in (mine, fresh))
    other_kind = before.get(name, now.get(name)) != now.get(name)
    return other_kind or generated(mine)[name] != generated(fresh)[name]


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
