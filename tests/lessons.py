"""Which notebooks are the course, and where each lesson is.

The README's map decides. Any other notebook in the folder, such as a teacher's copy, is
its owner's: nothing here judges it.
"""

import json
import re
from pathlib import Path

WORDS, SECONDS = 130, 6  # read a minute, and needed for a line of code
ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"


def course(root: Path = ROOT) -> list[Path]:
    """The notebooks that README.md links, in reading order."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\]\(notebooks/([^)]+\.ipynb)\)", readme))
    return sorted(root / "notebooks" / name for name in names)


def lessons(root: Path = ROOT) -> list[Path]:
    """The lessons, in reading order: the course without its homework."""
    return [path for path in course(root) if path.parent == root / "notebooks"]


def slug(path: Path) -> str:
    """A lesson's name without its number, which only says where it is read."""
    return re.sub(r"^\d+_", "", path.stem)


def lesson(name: str) -> Path:
    """The notebook of the lesson `name`, such as "attention".

    Raises:
        LookupError: no lesson is called so.
    """
    found = {slug(path): path for path in course()}
    if name not in found:
        raise LookupError(f"no lesson {name!r}: the README maps {sorted(found)}")
    return found[name]


def reading_minutes(cells: list[dict]) -> float:
    """How long it takes to read cells: their words, and their lines of code.

    Everything counts, hints and folded answers too.
    """
    sources = {"markdown": [], "code": []}
    for cell in cells:
        sources[cell["cell_type"]] += "".join(cell["source"]).splitlines()
    text = re.sub(r"</?\w+>|\]\([^)]*\)", " ", "\n".join(sources["markdown"]))
    words = len(re.findall(r"\w[\w'.-]*", text))
    lines = sum(bool(line.strip()) for line in sources["code"])
    return words / WORDS + lines * SECONDS / 60


def needs(path: Path) -> list[str]:
    """The slugs of the lessons that a lesson's first cell says one needs."""
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    sentences = re.findall(r"You need [^.]*(?:\.ipynb[^.]*)*\.", first)
    return re.findall(r"\]\(\d\d_(\w+)\.ipynb\)", " ".join(sentences))
