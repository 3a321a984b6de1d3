"""Small pages for the tests of the workbook."""

from nbformat import NotebookNode
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    writes,
)

IMPORT = "from gptlib.checks import check"
DOUBLE = '''def double(x):
    """Twice x."""
    # Adding is enough.
    y = x + x
    return y'''


def code(name, source, *tags, yours=None):
    """A code cell as a run leaves it."""
    metadata = {"tags": list(tags)} if tags else {}
    if yours is not None:
        metadata["yours"] = yours
    output = new_output("stream", text="seen\n")
    return new_code_cell(
        source, id=name, metadata=metadata, outputs=[output], execution_count=1
    )


def prose(name, source, *tags):
    """A markdown cell."""
    metadata = {"tags": list(tags)} if tags else {}
    return new_markdown_cell(source, id=name, metadata=metadata)


def page(*cells):
    """A page of these cells."""
    return new_notebook(cells=list(cells))


def exercise(name="double", source=DOUBLE, **yours):
    """A page with one exercise, its check, and a line that uses it."""
    return page(
        prose("title", "# Twice"),
        code("imports", f"import math\n\n{IMPORT}"),
        code(name, source, "yours", yours=yours),
        code("proof", f'check("{name}", double)'),
        code("use", "double(math.pi)"),
        prose("guess", "It is **6.28**.\n", "answer"),
    )


def cell(nb, name) -> NotebookNode:
    """The cell with this id."""
    (found,) = [c for c in nb.cells if c.id == name]
    return found


def sources(nb):
    """Each cell's source, by id."""
    return {c.id: c.source for c in nb.cells}


def save(path, nb):
    """Write a page as the course saves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(writes(nb) + "\n", encoding="utf-8")
