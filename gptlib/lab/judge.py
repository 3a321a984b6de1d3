"""What is right of what a learner wrote: `python -m gptlib check`.

The page runs as its learner left it, and gptlib's own check judges what it defines.
That holds against accidents, such as a variable named `check`, and not against intent:
the check runs in the learner's own process, where whoever means to can fool it. No
grade must rest on it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from tyro.conf import Positional

import gptlib.checks  # noqa: F401 - enters all checks into PARTS
from gptlib.checks.verdict import NOT_YET, PARTS, RIGHT
from gptlib.guard.files import naming
from gptlib.lab.advice import LAB, damaged
from gptlib.lab.copies import in_words
from gptlib.lab.files import in_workbook, is_file, page_of, read_any
from gptlib.lab.forms import HOMEWORK, tagged
from gptlib.lab.kernel import displayed, failure, reason, run_cells
from gptlib.lab.pages import (
    Page,
    checkout,
    homework,
    lessons,
    read_copy,
    shown,
    unknown,
)
from gptlib.lab.plan import MAY_FAIL, checks_of, planned
from gptlib.lab.workbook import course_page

POINTS = re.compile(r", (\d+) of \d+ points$")


@dataclass(frozen=True)
class CheckConfig:
    """Run your copies of the lessons and say what is right of what you wrote."""

    names: Positional[tuple[str, ...]] = ()
    """Lessons, exercises, sheets or files; without names, all that you have."""


@dataclass(frozen=True)
class Verdict:
    """What is said of one exercise."""

    slug: str
    text: str  # its first line begins with the slug

    @property
    def right(self) -> bool:
        """Whether nothing is missing."""
        return self.text.startswith(f"{self.slug}: {RIGHT}")

    @property
    def points(self) -> int | None:
        """How many points it has, if the check gave any."""
        found = POINTS.search(self.text.split("\n")[0])
        return min(int(found[1]), self.of) if found else None

    @property
    def of(self) -> int:
        """How many points there are: none in lessons."""
        return sum(part.points for part in PARTS.get(self.slug, ()))


@in_words()
def check(config: CheckConfig) -> None:
    """Print a verdict on each exercise; status 0 if all are right, and 1 if not.

    Raises:
        ValueError: a name is not known, or a lesson has no copy or no exercise.
        FileNotFoundError: there is no workbook yet, or this is no checkout.
    """
    root, given, sums = checkout(), [], []
    for page, checks in selected(root, config.names):
        print(f"{page.name}: {shown(root, page.copy)}")
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
    got = sum(v.points or 0 for v in verdicts)
    most = sum(v.of for v in verdicts)
    missing = sum(v.points is None for v in verdicts)
    rest = f", and {missing} of {len(verdicts)} exercises not judged" if missing else ""
    return f"{name}: {got} of {most} points{rest}"


def selected(root: Path, names: tuple[str, ...]) -> list[tuple[Page, dict[str, str]]]:
    """The pages to judge, each with the checks to make.

    Raises:
        ValueError, FileNotFoundError: as `check` says.
    """
    pages = [*lessons(root), *homework(root)]
    files = [page_of(root, Path(name)) for name in names if is_file(name)]
    names = tuple(name for name in names if not is_file(name))
    if files and not names:
        return [_with_checks(root, page) for page in dict.fromkeys(files)]
    if not any(page.copy.exists() for page in pages):
        raise FileNotFoundError(f"there is no workbook yet: {LAB} writes it")
    known = [(page, _checks(root, page)) for page in pages]
    if not names:
        return [(p, checks) for p, checks in known if checks and p.copy.exists()]
    chosen: dict[Page, dict[str, str]] = {}
    for name in dict.fromkeys(names):
        for page, checks in _meant(name, known):
            chosen[page] = chosen.get(page, {}) | checks
    ours = [(page, chosen[page]) for page in pages if page in chosen]
    return ours + [_with_checks(root, page) for page in dict.fromkeys(files)]


def _with_checks(root: Path, page: Page) -> tuple[Page, dict[str, str]]:
    """A file and its checks.

    Raises:
        ValueError: its page has none.
    """
    if not (checks := _checks(root, page)):
        raise ValueError(f"{page.name} has nothing to write: no exercises")
    return page, checks


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
    with_exercises = [it for it in found if it[1]]
    if not with_exercises:
        raise ValueError(f"{found[0][0].name} has nothing to write: no exercises")
    for page, checks in with_exercises:  # the project has none
        if not page.copy.exists():
            raise ValueError(f"you have no copy of {page.name} yet: {LAB} writes it")
        yield page, checks


def _names(page: Page) -> list[str]:
    is_lesson = page.bare == page.name
    return [page.name] if is_lesson else [page.name, page.bare, "homework"]


def judged(
    root: Path, page: Page, checks: dict[str, str]
) -> tuple[list[Verdict], list[str]]:
    """Run a copy; a verdict for each check, and what else there is to say."""
    ours = in_workbook(root, page)
    try:
        mine = read_copy(page.copy) if ours else read_any(root, page)
    except ValueError as error:
        note = damaged(root, page, error) if ours else f"{page.copy}: {error}"
        return [_not_yet(slug, "your copy cannot be read") for slug in checks], [note]
    cells = planned(mine, course_page(root, page), checks)
    stopped = run_cells(cells, page.copy.parent)
    verdicts = [_verdict(slug, cells, stopped) for slug in checks]
    return verdicts, _first_failure(cells, checks)


def _verdict(slug: str, cells: list[NotebookNode], stopped: str | None) -> Verdict:
    own = [c for c in cells if c.id == slug and not tagged(c, "check")]
    (asked,) = (c for c in cells if c.id == slug and tagged(c, "check"))
    text = displayed(asked) or ""
    if own and failure(own[0]):
        return _not_yet(slug, reason(own[0]))
    if text.startswith(f"{slug}: ") and not failure(asked):
        return Verdict(slug, text)
    if error := failure(asked):
        gone = "" if own else f" (the cell `{slug}` is not in your copy any more)"
        return _not_yet(slug, f"{error.ename} in its check: {error.evalue}{gone}")
    return _not_yet(slug, stopped or f"its check gave no verdict, but {text!r}")


def _not_yet(slug: str, why: str) -> Verdict:
    return Verdict(slug, f"{slug}: {NOT_YET}\n  {why}")


def _first_failure(cells: list[NotebookNode], checks: dict[str, str]) -> list[str]:
    """The first cell beside the exercises that failed, unless it was to be expected."""
    for cell in cells:
        expected = tagged(cell, "check") or tagged(cell, MAY_FAIL)
        if cell.id not in checks and not expected and (error := failure(cell)):
            # What needs an exercise that is not written cannot run yet.
            return [] if error.ename == "NotWritten" else [f"note: {reason(cell)}"]
    return []


CONFIG, command = CheckConfig, check
