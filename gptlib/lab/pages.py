"""Which pages the course has, and where a learner's copies of them are."""

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from nbformat import NotebookNode, v4

import gptlib
from gptlib.lab.forms import HOMEWORK
from gptlib.lab.merge import unified

# A copy made by hand, such as 06_attention-Copy1.ipynb, is its owner's.
LESSON = re.compile(r"\d\d_([a-z0-9_]+)\.ipynb")
SHEET = re.compile(r"(?:\d_)?([a-z0-9_-]+)\.ipynb")
WORKBOOK, NOTEBOOKS = "workbook", "notebooks"
# Names that lessons had once, and where what they held is now.
FORMERLY = {
    "faster": ("faster_step", "race", "many_machines"),
    "window": ("homework/more_attention",),
    "homework/window": ("homework/more_attention",),
}


class Unreadable(ValueError):
    """A file that the system does not let us read; the text says why."""


@dataclass(frozen=True)
class Page:
    """A lesson or a homework sheet, and its places under the checkout's root."""

    name: str  # "attention", "homework/more_attention"
    course: Path
    copy: Path
    reading: Path | None  # of a lesson: the copy to read

    @property
    def bare(self) -> str:
        """The name without its folder: "more_attention"."""
        return self.name.removeprefix(HOMEWORK)


def checkout() -> Path:
    """The folder that holds the course.

    Raises:
        FileNotFoundError: gptlib was installed without it.
    """
    root = Path(gptlib.__file__).resolve().parents[1]
    if not lessons(root):
        raise FileNotFoundError(
            f"{root} holds no notebooks of the course: they come with a checkout "
            f"(git clone), not with an installed gptlib; run this there"
        )
    return root


def lessons(root: Path) -> list[Page]:
    """The lessons in reading order."""
    found = sorted((root / NOTEBOOKS).glob("*.ipynb"))
    return [_lesson(root, path) for path in found if LESSON.fullmatch(path.name)]


def homework(root: Path) -> list[Page]:
    """The homework sheets; there may be none."""
    found = sorted((root / NOTEBOOKS / HOMEWORK).glob("*.ipynb"))
    return [_sheet(root, path) for path in found if SHEET.fullmatch(path.name)]


def texts(root: Path) -> list[Path]:
    """The texts that lessons lead to: words, questions and the like, no README."""
    found = sorted((root / NOTEBOOKS).glob("*.md"))
    return [path for path in found if path.name != "README.md"]


def _lesson(root: Path, path: Path) -> Page:
    folder = root / WORKBOOK
    name = LESSON.fullmatch(path.name)[1]
    return Page(name, path, folder / path.name, folder / "reading" / path.name)


def _sheet(root: Path, path: Path) -> Page:
    name = HOMEWORK + SHEET.fullmatch(path.name)[1]
    return Page(name, path, root / WORKBOOK / HOMEWORK / path.name, None)


def find(root: Path, name: str) -> Page:
    """The page with this name; a sheet's may be bare if no lesson is called so.

    Raises:
        ValueError: there is none; the message has the names most like it.
    """
    pages = [*lessons(root), *homework(root)]
    named = {page.bare: page for page in reversed(pages)}
    named |= {page.name: page for page in pages}
    if name not in named:
        known = [page.name for page in pages]
        raise ValueError(now_called(name, known) or unknown("lesson", name, known))
    return named[name]


def now_called(name: str, known: list[str]) -> str:
    """What to say about a name that a lesson had once, or nothing."""
    heirs = [heir for heir in FORMERLY.get(name, ()) if heir in known]
    return f"{name} is now called {', '.join(heirs)}" if heirs else ""


def unknown(kind: str, name: str, known: list[str]) -> str:
    """What to say about a name that is not known."""
    close = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {known}"
    return f"no {kind} {name!r}: {hint}"


def read_page(path: Path) -> NotebookNode:
    """A notebook, each cell's text in one piece and with newlines as Unix has them.

    Its outputs are not looked at: nothing that a kernel wrote makes a page unreadable.

    Raises:
        ValueError: it is empty, no JSON, or no notebook of today's format.
        Unreadable: it cannot be read; it is a ValueError too.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(error.strerror) from None
    if not text.strip():
        raise ValueError("it is empty")
    try:
        nb = v4.to_notebook(json.loads(text))
    except RecursionError:
        raise ValueError("it is no notebook") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON, {error}") from None
    except (AttributeError, KeyError, TypeError):
        raise ValueError("it is no notebook") from None
    if not _is_notebook(nb):
        raise ValueError("it is no notebook of format 4")
    for cell in nb.cells:
        cell.source = unified(cell.source)
    return nb


def read_copy(path: Path) -> NotebookNode:
    """A learner's copy, which knows what was generated.

    Raises:
        ValueError: as `read_page`, or it does not know.
    """
    nb = read_page(path)
    if not knows(nb.metadata.get("gptlib")):
        raise ValueError("it has lost what it knew of the course's page")
    return nb


def dropped(root: Path) -> list[Path]:
    """Copies of pages that the course does not have any more."""
    known = {page.name for page in [*lessons(root), *homework(root)]}
    found = {}
    for path in (root / WORKBOOK).glob("*.ipynb"):
        if match := LESSON.fullmatch(path.name):
            found[path] = match[1]
    for path in (root / WORKBOOK / HOMEWORK).glob("*.ipynb"):
        if match := SHEET.fullmatch(path.name):
            found[path] = HOMEWORK + match[1]
    lost = sorted(path for path, name in found.items() if name not in known)
    return [path for path in lost if _is_copy(path)]


def shown(root: Path, path: Path) -> str:
    """The path as a person in the checkout would type it."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _is_copy(path: Path) -> bool:
    try:
        return bool(read_copy(path))
    except ValueError:
        return False


def knows(about: object) -> bool:
    """Whether this is what `forms.named` wrote; older copies know less."""
    return (
        isinstance(about, dict)
        and isinstance(about.get("lesson"), str)
        and isinstance(about.get("generated"), dict)
        and isinstance(about.get("kinds", {}), dict)
        and isinstance(about.get("order", []), list)
        and all(isinstance(name, str) for name in about.get("order", []))
    )


def _is_notebook(nb: NotebookNode) -> bool:
    return (
        isinstance(nb, dict)
        and nb.get("nbformat") == 4
        and isinstance(nb.get("metadata"), dict)
        and isinstance(nb.get("cells"), list)
        and all(_is_cell(cell) for cell in nb.cells)
    )


def _is_cell(cell: object) -> bool:
    return (
        isinstance(cell, dict)
        and cell.get("cell_type") in ("code", "markdown", "raw")
        and isinstance(cell.get("source"), str)
        and isinstance(cell.get("metadata"), dict)
        and isinstance(cell.get("id", ""), str)
    )
