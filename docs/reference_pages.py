"""The reference of gptlib: a page for each module, and the way to it from the lessons.

Sphinx's autodoc writes what stands in the docstrings; here is only which modules have a
page, which lesson builds a name, and which lessons import it.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
from lessons import ROOT, lessons, slug
from nbformat import NotebookNode
from sphinx_codeautolink import clean_ipython

import gptlib

PACKAGES = ("text", "train")  # beside the pieces; their names are in their __all__
INLINE = re.compile(r"(?<![`\[])`(?:gptlib\.)?(\w+)`(?![`\]])")
# Where a name is no link: fenced code, headings, what is folded up, tables, links.
NO_PROSE = re.compile(r"```.*?```|^#.*?$|^\|.*?$|<summary>.*?</summary>|\]\([^)]*\)",
                      re.DOTALL | re.MULTILINE)  # fmt: skip
START = """# The library, gptlib

What the lessons build, finished. These pages are its docstrings; in lesson order:

| name | what it is | lesson |
|---|---|---|
{rows}

All modules, by name:

```{{toctree}}
:maxdepth: 1

{modules}
```
"""


def modules() -> list[str]:
    """The modules that have a page: the pieces, then the packages around them."""
    pieces = sorted(path.stem for path in (ROOT / "gptlib").glob("[a-z]*.py"))
    return [f"gptlib.{name}" for name in (*pieces, *PACKAGES)]


@cache
def documented() -> dict[int, str]:
    """The full name of each class and function with an entry, by the object's id."""
    found = {}
    for name in modules():
        module = importlib.import_module(name)
        promised = getattr(module, "__all__", ())
        for member, it in vars(module).items():
            own = getattr(it, "__module__", "") == name
            if is_public(it, member) and (own or member in promised):
                found[id(it)] = f"{name}.{member}"
    return found


def is_public(it: object, name: str) -> bool:
    """Whether the reference describes it."""
    return (inspect.isclass(it) or inspect.isroutine(it)) and not name.startswith("_")


def imported(nb: NotebookNode) -> dict[str, str]:
    """What a lesson imports and the reference has: its names, and their full ones."""
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    found = {}
    for name, module, alias in imports(code):
        it = getattr(importlib.import_module(module), name, None)
        if (full := documented().get(id(it))) is not None:
            found[alias] = full
    return found


def imports(sources: list[str]) -> Iterator[tuple[str, str, str]]:
    """Each `from gptlib... import name as alias`: name, module and alias."""
    for source in sources:
        lines = source.split("\n")
        plain = "\n".join(it for it in lines if not it.startswith(("%", "!")))
        for node in ast.walk(ast.parse(plain)):
            if isinstance(node, ast.ImportFrom) and re.match(r"gptlib\b", node.module):
                for it in node.names:
                    yield it.name, node.module, it.asname or it.name


@cache
def used_in() -> dict[str, list[Path]]:
    """The lessons that import each full name, in reading order."""
    found = {}
    for path in lessons():
        for full in imported(nbformat.read(path, as_version=4)).values():
            found.setdefault(full, []).append(path)
    return found


@cache
def built_in() -> dict[str, Path]:
    """The lesson that builds each name of `gptlib.__all__`, by its full name."""
    source = Path(gptlib.__file__).read_text(encoding="utf-8")
    by_slug = {slug(path): path for path in lessons()}
    found = {}
    for title, names in re.findall(r"    # (\w+)\n((?:    \"\w+\",\n)+)", source):
        for name in re.findall(r"\w+", names):
            found[documented()[id(getattr(gptlib, name))]] = by_slug[title]
    return found


def title(path: Path) -> str:
    """A lesson's heading, such as "06 · Attention"."""
    first = nbformat.read(path, as_version=4).cells[0].source
    return first.partition("\n")[0].removeprefix("# ").partition(":")[0]


def about(full: str) -> list[str]:
    """Lines of reST for the entry of a name: the lessons that build and use it."""
    built, used = built_in().get(full), used_in().get(full, [])
    lines = [f"Built in lesson :doc:`{title(built)} <{built.stem}>`."] if built else []
    if others := [path for path in used if path != built]:
        links = ", ".join(f":doc:`{path.name[:2]} <{path.stem}>`" for path in others)
        lines.append(f"Imported in {links}.")
    return lines


def code_to_link(source: str) -> tuple[str, str]:
    """A code cell, and what sphinx-codeautolink is to read of it.

    Magics become Python, and imports of other libraries `pass`, line for line: to learn
    what a name is, it would import them all.
    """
    _, clean = clean_ipython(source)
    lines = clean.split("\n")
    try:
        tree = ast.parse(clean)
    except SyntaxError:  # lines of some output, say
        return source, ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            full = getattr(node, "module", None) or node.names[0].name
            if full.split(".")[0] != "gptlib":
                inside = slice(node.lineno - 1, node.end_lineno)
                lines[inside] = [it[: node.col_offset] + "pass" for it in lines[inside]]
    return source, "\n".join(lines)


def with_links(nb: NotebookNode) -> None:
    """Lead from the first mention of each imported name, in prose, to its entry."""
    left = imported(nb)
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = first_linked(cell.source, left)


def first_linked(source: str, left: dict[str, str]) -> str:
    """Markdown with links from names to their entries; what is linked leaves `left`."""
    kept = [it.span() for it in NO_PROSE.finditer(source)]

    def replaced(found: re.Match) -> str:
        inside = any(start <= found.start() < end for start, end in kept)
        if inside or found[1] not in left:
            return found[0]
        return entry(found[1], left.pop(found[1]))

    return INLINE.sub(replaced, source)


def entry(name: str, full: str) -> str:
    """A link in MyST to a name's entry."""
    return f"{{py:obj}}`{name} <{full}>`"


def reference() -> dict[str, str]:
    """The pages of the reference: one to begin with, one for each module."""
    pages = {f"{name}.md": module_page(name) for name in modules()}
    rows = "\n".join(
        f"| {entry(full.rpartition('.')[2], full)} | {first_line(full)} "
        f"| [{path.name[:2]}]({path.name}) |"
        for full, path in built_in().items()
    )
    start = START.format(rows=rows, modules="\n".join(modules()))
    return {"gptlib.md": start, **pages}


def module_page(name: str) -> str:
    """The page of a module, which Sphinx fills."""
    return f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```\n"


def first_line(full: str) -> str:
    """The first line of a name's docstring, fit for a table."""
    module, _, name = full.rpartition(".")
    doc = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
    return doc.partition("\n")[0].replace("|", "\\|")
