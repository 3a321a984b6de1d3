"""How far a learner has come: `python -m gptlib progress`.

It reads the workbook as it was saved, runs nothing and sends nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from gptlib.checks.verdict import PARTS, RIGHT
from gptlib.lab.advice import LAB, damaged
from gptlib.lab.copies import in_words
from gptlib.lab.forms import HOMEWORK, solutions
from gptlib.lab.judge import POINTS
from gptlib.lab.merge import recognized, touched
from gptlib.lab.pages import (
    WORKBOOK,
    Page,
    checkout,
    homework,
    lessons,
    read_copy,
)
from gptlib.lab.plan import CHECK
from gptlib.lab.workbook import course_page

PASSED, WRITTEN, OPEN = "passed", "written", "open"
PICTURE = Path("progress.png")
BLOCKS = {PASSED: "█", WRITTEN: "▒", OPEN: "·"}


@dataclass(frozen=True)
class ProgressConfig:
    """Say what you have written, what passed and what is open, page by page."""

    picture: Path | None = None
    """Where the picture goes, a PNG; workbook/progress.png unless given."""


@dataclass(frozen=True)
class Exercise:
    """How far one exercise is, and the points that its saved verdict gives."""

    slug: str
    state: str  # PASSED, WRITTEN or OPEN
    points: int = 0

    @property
    def of(self) -> int:
        """How many points there are: none in lessons."""
        return sum(part.points for part in PARTS.get(self.slug, ()))


@in_words()
def progress(config: ProgressConfig) -> None:
    """Print a line for each page that you have, and draw all of them.

    Raises:
        FileNotFoundError: there is no workbook yet, or this is no checkout.
        ImportError: the picture needs matplotlib.
    """
    root = checkout()
    found, notes = surveyed(root)
    if not found:
        raise FileNotFoundError(f"there is no workbook yet: {LAB} writes it")
    for page, exercises in found.items():
        print(f"{page.name:34} {told(page, exercises)}")
    print("", *notes, summed(found), sep="\n")
    print("(as the pages were saved; python -m gptlib check runs them)")
    path = config.picture or root / WORKBOOK / PICTURE
    print(f"drawn in {_drawn(path, found)}")


def surveyed(root: Path) -> tuple[dict[Page, list[Exercise]], list[str]]:
    """Each page with exercises that the learner has; what could not be read."""
    found, notes = {}, []
    for page in [*lessons(root), *homework(root)]:
        reading = course_page(root, page)
        if not solutions(reading) or not page.copy.exists():
            continue
        try:
            mine = read_copy(page.copy)
        except ValueError as error:
            notes.append(damaged(root, page, error))
            continue
        found[page] = exercises_of(mine, reading)
    return found, notes


def exercises_of(mine: NotebookNode, reading: NotebookNode) -> list[Exercise]:
    """How far each exercise of a copy is, in the page's order."""
    changed, said = set(touched(mine)), verdicts(mine)
    here = {cell.get("id") for cell in recognized(mine, reading).cells}
    made = []
    for slug in solutions(reading):
        verdict = said.get(slug, "")
        won = POINTS.search(verdict)
        points = int(won[1]) if won else 0
        if slug not in changed or slug not in here:
            made.append(Exercise(slug, OPEN))
        elif verdict.startswith(f"{slug}: {RIGHT}"):
            made.append(Exercise(slug, PASSED, points))
        else:
            made.append(Exercise(slug, WRITTEN, points))
    return made


def verdicts(nb: NotebookNode) -> dict[str, str]:
    """The first line of the last verdict that was saved on each exercise."""
    found = {}
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source.lstrip().startswith(CHECK):
            for output in cell.get("outputs", []):
                text = output.get("data", {}).get("text/plain", "")
                line = "".join(text).split("\n")[0]
                found[line.split(":")[0]] = line
    return found


def told(page: Page, exercises: list[Exercise]) -> str:
    """A page in one line: a block for each exercise, and how many passed."""
    blocks = "".join(BLOCKS[it.state] for it in exercises)
    passed = sum(it.state == PASSED for it in exercises)
    written = sum(it.state == WRITTEN for it in exercises)
    more = f", {written} more written" if written else ""
    line = f"{blocks:8} {passed} of {len(exercises)} passed{more}"
    if page.name.startswith(HOMEWORK):
        line += f"; {_points(exercises)} points"
    return line


def summed(found: dict[Page, list[Exercise]]) -> str:
    """All of it in a line."""
    ours = [
        it for page, them in found.items() if HOMEWORK not in page.name for it in them
    ]
    sheets = [
        it for page, them in found.items() if HOMEWORK in page.name for it in them
    ]
    passed = sum(it.state == PASSED for it in ours)
    line = f"lessons: {passed} of {len(ours)} passed"
    return f"{line}; homework: {_points(sheets)} points" if sheets else line


def _points(exercises: list[Exercise]) -> str:
    of = sum(it.of for it in exercises)
    return f"{sum(min(it.points, it.of) for it in exercises)} of {of}"


def _drawn(path: Path, found: dict[Page, list[Exercise]]) -> str:
    from gptlib.show.progress import draw_progress, save

    states = {
        page.name: [sum(it.state == s for it in them) for s in (PASSED, WRITTEN, OPEN)]
        for page, them in found.items()
    }
    draw_progress(states, summed(found))
    return save(path)


CONFIG, command = ProgressConfig, progress
