"""From a lesson as it is committed to a page of the site: what to fold, what to link.

Every function here takes or returns plain notebooks and text, and touches no file.
"""

import html
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import pairwise

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from site_pages import linked

from gptlib.lab.forms import HOMEWORK, folded, further, learner_form, tagged

SOLUTION = "One way to write it: open it after your own"
OUTPUT = "What it says: open it after your guess"
FURTHER = "Nobody needs this to go on: open it if you like"

HEADING = re.compile(r"^ {0,3}#{1,6} |<h[1-6]", re.MULTILINE)


def page(nb: NotebookNode, pages: Mapping[str, str]) -> NotebookNode:
    """The page of a lesson, as a new notebook.

    Args:
        nb: the lesson in its reading form, executed.
        pages: the page for each file that it may link, as in `linked`.

    Raises:
        ValueError: a picture without words, an answer with a heading; it names the
            cell.
    """
    nb = deepcopy(nb)
    for cell in guessed(nb.cells):
        mark(cell, "hide-output", OUTPUT)
    for cell in nb.cells:
        try:
            finish(cell, pages)
        except ValueError as error:
            raise ValueError(f"cell {cell.get('id', '')!r}: {error}") from error
    nb.cells = with_folded_sections(nb)
    return nb


def sheet(nb: NotebookNode, name: str) -> NotebookNode:
    """A homework sheet in the student's form: with nothing that would solve it."""
    nb = learner_form(nb, HOMEWORK + name)
    for cell in nb.cells:
        if tagged(cell, "answer"):  # folded already
            cell.metadata.tags.remove("answer")
        if tagged(cell, "yours"):  # and here is nothing to fold
            cell.metadata.tags.remove("yours")
    return nb


def with_opening(nb: NotebookNode, file: str, more: str = "") -> NotebookNode:
    """The page, which says after its first cell how it is opened to be worked in."""
    said = f"To write in it and run it: `make lab`, and open `{file}` there. {more}"
    opening = new_markdown_cell(said.rstrip(), metadata={"tags": ["opening"]})
    nb.cells.insert(1, opening)
    return nb


def with_folded_sections(nb: NotebookNode) -> list[NotebookNode]:
    """The cells, where what nobody needs to go on is behind a click on its heading."""
    aside = further(nb)
    cells = []
    for cell, after in pairwise([*nb.cells, None]):
        cells.append(cell)
        if any(cell is it for it in aside):
            if tagged(cell, "further"):
                heading, _, rest = cell.source.partition("\n")
                start = f"<details><summary>{FURTHER}</summary>"
                cell.source = f"{heading}\n\n{start}\n\n{rest.strip()}".rstrip()
            if not any(after is it for it in aside) or tagged(after, "further"):
                cells.append(new_markdown_cell("</details>"))
    return cells


def guessed(cells: list[NotebookNode]) -> Iterator[NotebookNode]:
    """The code cells whose output gives an answer away: those right before it."""
    waiting = False
    for cell in reversed(cells):
        if cell.cell_type == "code":
            if waiting:
                yield cell
        else:
            waiting = tagged(cell, "answer")


def finish(cell: NotebookNode, pages: Mapping[str, str]) -> None:
    """Fold, link and describe what one cell holds."""
    if cell.cell_type == "code":
        if tagged(cell, "yours"):
            mark(cell, "hide-input", SOLUTION)
        cell.outputs = [described(it) for it in cell.outputs if not is_words(it)]
    else:
        cell.source = linked(cell.source, pages)
        if tagged(cell, "answer"):
            if HEADING.search(cell.source):  # it would end the fold too early
                raise ValueError("an answer cannot hold a heading")
            cell.source = folded(cell.source)


def mark(cell: NotebookNode, tag: str, prompt: str) -> None:
    """Fold a part of a code cell behind a click, with `prompt` to click on."""
    cell.metadata.setdefault("tags", []).append(tag)
    prompts = {"code_prompt_show": prompt, "code_prompt_hide": prompt}
    cell.metadata.setdefault("mystnb", {}).update(prompts)


def is_words(output: NotebookNode) -> bool:
    """Whether it only says, for JupyterLab, what the picture before it shows."""
    markup = output.get("data", {}).get("text/html", "")
    return markup.startswith('<p class="jp-sr-only"')


def described(output: NotebookNode) -> NotebookNode:
    """The output with its picture, if it is one, as html with its words.

    MyST-NB has one text for all pictures of a cell, and would make up a missing one
    from a file's name.

    Raises:
        ValueError: a picture without words.
    """
    png = output.get("data", {}).get("image/png")
    if png is None:
        return output
    alt = output.metadata.get("image/png", {}).get("alt", "").strip()
    if not alt:
        raise ValueError("a picture without words: end it with gptlib's show(alt)")
    address = f"data:image/png;base64,{''.join(png.split())}"
    output.data = {"text/html": f'<img alt="{html.escape(alt)}" src="{address}">'}
    return output
