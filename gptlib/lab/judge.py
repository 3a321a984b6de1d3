"""What is right of what a learner wrote: `python -m gptlib check`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode
from tyro.conf import Positional

from gptlib.guard.files import naming
from gptlib.lab.forms import HOMEWORK, tagged
from gptlib.lab.kernel import code_cell, failure, reason, result, run_cells
from gptlib.lab.pages import (
    Page,
    checkout,
    homework,
    lessons,
    read_copy,
    shown,
    unknown,
)
from gptlib.lab.workbook import LAB, course_page, damaged

CHECK = "check("
MAY_FAIL = "raises-exception"
POINTS = re.compile(r"(\d+) of (\d+) points")


@dataclass(frozen=True)
class CheckConfig:
    """Run your copies of the lessons and say what is right of what you wrote."""

    names: Positional[tuple[str, ...]] = ()
    """Lessons, exercises or homework sheets; without names, all that you have."""


@dataclass(frozen=True)
class Verdict:
    """What is said of one exercise."""

    slug: str
    text: str  # its first line begins with the slug

    @property
    def right(self) -> bool:
        """Whether nothing is missing."""
        return self.text.startswith(f"{self.slug}: right")

    @property
    def points(self) -> tuple[int, int] | None:
        """How many points of how many, if the exercise has points."""
        found = POINTS.search(self.text.split("\n")[0])
        return (int(found[1]), int(found[2])) if found else None


def check(config: CheckConfig) -> None:
    """Print a verdict on each exercise; status 0 if all are right, and 1 if not.

    Raises:
        ValueError: a name is not known, or a lesson has no copy or no exercise.
        FileNotFoundError: there is no workbook yet, or this is no checkout.
    """
    root, given, sums = checkout(), [], []
    for page, checks in selected(root, config.names):
        print(page.name)
        verdicts, notes = judged(root, page, checks)
        print(*(v.text for v in verdicts), *notes, "", sep="\n", flush=True)
        if page.name.startswith(HOMEWORK):
            sums.append(points(page.name, verdicts))
        given.append((page, verdicts))
    ours = [v for page, them in given for v in them if HOMEWORK not in page.name]
    if ours:
        print(f"{sum(v.right for v in ours)} of {len(ours)} right")
    for line in sums if given else ["no page in your workbook has an exercise"]:
        print(line)
    if not all(v.right for _, verdicts in given for v in verdicts):
        raise SystemExit(1)


def points(name: str, verdicts: list[Verdict]) -> str:
    """A homework sheet's sum, in one line."""
    known = [v.points for v in verdicts if v.points]
    got, most = (sum(pair[i] for pair in known) for i in (0, 1))
    missing = len(verdicts) - len(known)
    rest = f", and {missing} of {len(verdicts)} exercises not judged" if missing else ""
    return f"{name}: {got} of {most} points{rest}"


def checks_of(reading: NotebookNode) -> dict[str, str]:
    """The source of the check of each exercise, by the exercise's slug.

    Raises:
        ValueError: an exercise has no check in the code cell after it.
    """
    code = [cell for cell in reading.cells if cell.cell_type == "code"]
    found = {}
    for cell, after in pairwise([*code, None]):
        if tagged(cell, "yours"):
            if after is None or not after.source.startswith(CHECK):
                raise ValueError(f"no cell {CHECK}...) follows the cell `{cell.id}`")
            found[cell.id] = after.source
    return found


def selected(root: Path, names: tuple[str, ...]) -> list[tuple[Page, dict[str, str]]]:
    """The pages to judge, each with the checks to make.

    Raises:
        ValueError, FileNotFoundError: as `check` says.
    """
    pages = [*lessons(root), *homework(root)]
    if not any(page.copy.exists() for page in pages):
        raise FileNotFoundError(f"there is no workbook yet: {LAB} writes it")
    known = [(page, _checks(root, page)) for page in pages]
    if not names:
        return [(p, checks) for p, checks in known if checks and p.copy.exists()]
    chosen: dict[Page, dict[str, str]] = {}
    for name in dict.fromkeys(names):
        for page, checks in _meant(name, known):
            chosen[page] = chosen.get(page, {}) | checks
    return [(page, chosen[page]) for page in pages if page in chosen]


def _checks(root: Path, page: Page) -> dict[str, str]:
    reading = course_page(root, page)
    with naming(shown(root, page.course)):
        return checks_of(reading)


def _meant(
    name: str, known: list[tuple[Page, dict[str, str]]]
) -> Iterator[tuple[Page, dict[str, str]]]:
    """The pages and the checks that one name stands for."""
    found = [(p, checks) for p, checks in known if name in _names(p)]
    found = found or [(p, {name: c[name]}) for p, c in known if name in c]
    if not found:
        names = [n for page, checks in known for n in (*_names(page), *checks)]
        raise ValueError(
            unknown("lesson or exercise", name, list(dict.fromkeys(names)))
        )
    for page, checks in found:
        if not checks:
            raise ValueError(f"{page.name} has nothing to write: no exercises")
        if not page.copy.exists():
            raise ValueError(f"you have no copy of {page.name} yet: {LAB} writes it")
        yield page, checks


def _names(page: Page) -> list[str]:
    sheet = page.name.removeprefix(HOMEWORK)
    return [page.name] if sheet == page.name else [page.name, sheet, "homework"]


def judged(
    root: Path, page: Page, checks: dict[str, str]
) -> tuple[list[Verdict], list[str]]:
    """Run a copy; a verdict for each check, and what else there is to say."""
    try:
        mine = read_copy(page.copy)
    except ValueError as error:
        note = damaged(root, page, error)
        return [_not_yet(slug, "your copy cannot be read") for slug in checks], [note]
    cells = planned(mine, course_page(root, page), checks)
    stopped = run_cells(cells, page.copy.parent)
    verdicts = [_verdict(slug, cells, stopped) for slug in checks]
    return verdicts, _first_failure(cells, checks)


def planned(
    mine: NotebookNode, reading: NotebookNode, checks: dict[str, str]
) -> list[NotebookNode]:
    """The code cells to run: the learner's, and the course's checks among them.

    A check comes after the exercise's cell and the cells that the learner added there;
    if that cell is gone, at the end. Nothing is run after the last check.
    """
    course = {cell.id: cell for cell in reading.cells}
    waiting, due, plan = dict(checks), {}, []
    for cell in mine.cells:
        name = cell.get("id", "")
        if name in course:
            plan += _check_cells(due)
            due = {}
        if not waiting and not due:
            break
        if cell.cell_type == "code" and not cell.source.lstrip().startswith(CHECK):
            may_fail = name in course and tagged(course[name], MAY_FAIL)
            plan.append(code_cell(name, cell.source, *[MAY_FAIL] * may_fail))
        if name in waiting:
            due[name] = waiting.pop(name)
    return plan + _check_cells(due | waiting)


def _check_cells(checks: dict[str, str]) -> list[NotebookNode]:
    return [code_cell(slug, source, "check") for slug, source in checks.items()]


def _verdict(slug: str, cells: list[NotebookNode], stopped: str | None) -> Verdict:
    own = [c for c in cells if c.id == slug and not tagged(c, "check")]
    (asked,) = (c for c in cells if c.id == slug and tagged(c, "check"))
    text = result(asked) or ""
    if own and failure(own[0]):
        return _not_yet(slug, reason(own[0]))
    if text.startswith(f"{slug}: "):
        return Verdict(slug, text)
    if error := failure(asked):
        gone = "" if own else f" (the cell `{slug}` is not in your copy any more)"
        return _not_yet(slug, f"{error.ename} in its check: {error.evalue}{gone}")
    return _not_yet(slug, stopped or f"its check gave no verdict, but {text!r}")


def _not_yet(slug: str, why: str) -> Verdict:
    return Verdict(slug, f"{slug}: not yet\n  {why}")


def _first_failure(cells: list[NotebookNode], checks: dict[str, str]) -> list[str]:
    """The first cell beside the exercises that failed, unless it was to be expected."""
    for cell in cells:
        expected = tagged(cell, "check") or tagged(cell, MAY_FAIL)
        if cell.id not in checks and not expected and (error := failure(cell)):
            # What needs an exercise that is not written cannot run yet.
            return [] if error.ename == "NotWritten" else [f"note: {reason(cell)}"]
    return []


CONFIG, command = CheckConfig, check
