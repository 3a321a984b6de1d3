"""Which files of the project are pages of the site, and how links lead to them."""

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from lessons import NOTEBOOKS, ROOT, course, lessons

TEXTS = {
    "README.md": "index.md",
    "notebooks/words.md": "words.md",
    "notebooks/questions.md": "questions.md",
    "notebooks/jupyter.md": "jupyter.md",
    "notebooks/elsewhere.md": "elsewhere.md",
    "docs/new_torch.md": "new_torch.md",
    "notebooks/README.md": "making_lessons.md",
    "classroom/README.md": "teachers.md",
    "data/README.md": "data.md",
}

# Parts of the README that stand on a page of their own.
INSTALL = ("#your-workbook", "#without-make", "#the-code", "#train-and-write")

# A link to a file of the project, [text](file.ipynb#part "title"), but no picture and
# no URL. The text may hold brackets, as in [`x[0]`](file.ipynb).
LINK = (
    r"(?<!!)\[(?P<text>(?:[^][]|\[[^][]*\])*)\]"
    r"\((?P<file>\.\.?/[^)\s#]*|docs|gptlib|Containerfile"
    r"|[^)\s#:]*(?:\.(?:ipynb|md|py|csv|txt|toml|ya?ml|png)|/))"
    r"(?P<part>#[^)\s]*)?(?P<title>\s+\"[^\"]*\")?\)"
)
# In code, a block or a span, nothing is a link.
CODE = r"```.*?```|(?P<ticks>`{1,2})(?!`)(?:(?!\n\n).)+?(?<!`)(?P=ticks)(?!`)"
CODE_OR_LINK = re.compile(f"{CODE}|{LINK}", re.DOTALL)
PICTURE = re.compile(r"(!\[[^][]*\])\(([^):\s]+)\)")


def places() -> dict[str, str]:
    """The page of each file that has one, both with their endings.

    Files are named from the project's root, as in "notebooks/homework/project.ipynb".
    All pages stand in one folder, so that a link is only a name.
    """
    found = {path.relative_to(ROOT).as_posix(): page_name(path) for path in course()}
    return TEXTS | found


def page_name(path: Path) -> str:
    """The page of a lesson is called as its file, a sheet's begins with homework_."""
    return path.name if path.parent == NOTEBOOKS else f"homework_{path.name}"


def sheets() -> list[Path]:
    """The homework sheets and the project."""
    return [path for path in course() if path not in lessons()]


def seen_from(folder: str) -> dict[str, str]:
    """The pages by the addresses that a file in this folder links them with."""
    return {posixpath.relpath(file, folder): to for file, to in places().items()}


def linked(source: str, pages: Mapping[str, str]) -> str:
    """Markdown whose links into the project all lead to pages of the site.

    Args:
        source: markdown.
        pages: the page for each file, as `seen_from` gives it; a link to any other
            file of the project becomes plain text.
    """

    def replaced(found: re.Match) -> str:
        if found["file"] is None:
            return found[0]
        page = pages.get(posixpath.normpath(found["file"]))
        if page is None:
            return found["text"]
        part = found["part"] or ""
        if page == TEXTS["README.md"] and part in INSTALL:
            page, part = "install.md", ""
        rest = part + (found["title"] or "")
        return f"[{found['text']}]({page}{rest})"

    return CODE_OR_LINK.sub(replaced, source)


def text(file: str) -> str:
    """A text of the project as a page: its links lead to pages of the site.

    Its pictures are looked for beside the page.
    """
    source = (ROOT / file).read_text(encoding="utf-8")
    source = linked(source, seen_from(posixpath.dirname(file) or "."))
    return PICTURE.sub(lambda it: f"{it[1]}({posixpath.basename(it[2])})", source)


def pictures() -> list[Path]:
    """What the texts show."""
    return [*sorted((ROOT / "data").glob("*.png")), ROOT / "classroom" / "report.png"]
