"""The workbook: a learner's own copies of the pages, which nobody overwrites."""

import os
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import writes

from gptlib.guard.files import remove_leftovers
from gptlib.lab.copies import in_words, keep_solution, renumbered, replace, write
from gptlib.lab.forms import HOMEWORK, learner_form, reading_form, solutions
from gptlib.lab.merge import touched, updated
from gptlib.lab.pages import (
    WORKBOOK,
    Page,
    Unreadable,
    dropped,
    find,
    homework,
    lessons,
    now_called,
    read_copy,
    read_page,
    shown,
)

LAB = "python -m gptlib lab"
FOLDERS = ("", HOMEWORK, "reading", "solutions")
# Another `lab` may be writing: what is younger than this is left to it.
LEFTOVER_SECONDS = 600


@in_words()
def write_missing(root: Path) -> list[str]:
    """Write what the workbook lacks, bring what is untouched up to date.

    What a learner touched is never written over. The lines to tell the learner are
    returned: what is new, and what needs a decision.

    Raises:
        OSError: a file or folder could not be written; all others are whole.
    """
    for folder in FOLDERS:
        remove_leftovers(root / WORKBOOK / folder, LEFTOVER_SECONDS)
    pages = [*lessons(root), *homework(root)]
    paths = [path for page in pages for path in (page.copy, page.reading) if path]
    said = [line for path in paths for line in renumbered(root, path)]
    new = sum(not page.copy.exists() for page in pages)
    said += [line for page in pages for line in _keep_up(root, page)]
    new -= sum(not page.copy.exists() for page in pages)
    if new:
        said.append(f"{new} new page{'s' * (new > 1)} in {WORKBOOK}/")
    return said + [_left(root, path, pages) for path in dropped(root)]


def _left(root: Path, path: Path, pages: list[Page]) -> str:
    name = path.stem.partition("_")[2]
    now = now_called(name, [page.name for page in pages])
    said = "the course has no such page any more"
    return f"{shown(root, path)}: {now or said}; your copy is left"


@in_words()
def fresh(root: Path, name: str) -> list[str]:
    """Put the copy of a page aside and begin it anew; the lines to tell the learner.

    A copy in which nothing was written is not put aside.

    Raises:
        ValueError: no page is called so, the course's page is damaged, or the copy
            cannot be read.
        OSError: it could not be written; the copy is where it was.
    """
    page = find(root, name)
    form = learners_page(root, page)
    said = renumbered(root, page.copy)
    try:
        written = os.path.lexists(page.copy) and touched(read_copy(page.copy))
    except Unreadable as error:
        raise ValueError(damaged(root, page, error)) from None
    except ValueError:
        written = True
    if written:
        return said + _replaced(root, page.copy, form)
    _write(page.copy, form)
    return [*said, f"{shown(root, page.copy)} is new"]


@in_words()
def update(root: Path, name: str) -> list[str]:
    """Bring the course's new page into a copy; the lines to tell the learner.

    Raises:
        ValueError: no page is called so, or its copy or the course's page is damaged.
        OSError: it could not be written; the copy is where it was.
    """
    page = find(root, name)
    form = learners_page(root, page)
    said = renumbered(root, page.copy)
    if not os.path.lexists(page.copy):
        _write(page.copy, form)
        return [*said, f"{shown(root, page.copy)} is new"]
    try:
        mine = read_copy(page.copy)
    except ValueError as error:
        raise ValueError(damaged(root, page, error)) from None
    if mine.metadata.gptlib == form.metadata.gptlib:
        return [*said, f"{shown(root, page.copy)} is up to date"]
    merged, both = updated(mine, form)
    said += _replaced(root, page.copy, merged)
    if both:
        said.append(
            f"changed by you and by the course: {', '.join(both)}. Yours was kept; the "
            f"course's new text: {LAB} --read"
        )
    return said


def course_page(root: Path, page: Page) -> NotebookNode:
    """The course's own page, the reading form.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return read_page(page.course)
    except ValueError as error:
        raise ValueError(_unusable(root, page, error)) from None


def learners_page(root: Path, page: Page) -> NotebookNode:
    """What a learner gets of a page.

    Raises:
        ValueError: the course's page is damaged, or cannot be emptied.
    """
    nb = course_page(root, page)
    try:
        return learner_form(nb, page.name)
    except ValueError as error:
        raise ValueError(_unusable(root, page, error)) from None


def damaged(root: Path, page: Page, error: Exception) -> str:
    """What to say of a copy that cannot be read."""
    if isinstance(error, Unreadable):
        return _unread(root, page.copy, error)
    return (
        f"{shown(root, page.copy)} is damaged ({error}). It is left as it is; "
        f"to put it aside and begin anew: {LAB} --fresh {page.name}"
    )


def _unread(root: Path, path: Path, error: Unreadable) -> str:
    link = f"is a link to {os.readlink(path)} and " if path.is_symlink() else ""
    return (
        f"{shown(root, path)} {link}cannot be read ({error}). It is left as it is; "
        f"mend that, or give it another name"
    )


def _unusable(root: Path, page: Page, error: Exception) -> str:
    name = shown(root, page.course)
    return (
        f"{name} cannot be used ({error}). If you changed it, this brings the "
        f"course's page back: git checkout {name}"
    )


def _keep_up(root: Path, page: Page) -> list[str]:
    """Bring one page's files up to date, each if it may be written."""
    try:
        nb, form = course_page(root, page), learners_page(root, page)
    except ValueError as error:
        return [str(error)]
    said = _keep_copy(root, page, form)
    if page.reading:
        said += _keep_reading(root, page.reading, reading_form(nb, page.name))
        for slug, source in solutions(nb).items():
            path = root / WORKBOOK / "solutions" / f"{slug}.py"
            said += keep_solution(root, path, source)
    return said


def _keep_copy(root: Path, page: Page, form: NotebookNode) -> list[str]:
    name = shown(root, page.course)
    try:
        done = _written_over(page.copy, form)
    except ValueError as error:
        return [damaged(root, page, error)]
    if done:
        return []
    return [
        f"{name} has changed; your copy is as you left it. Take "
        f"the new page and keep what you wrote: {LAB} --update {page.name}"
    ]


def _keep_reading(root: Path, path: Path, form: NotebookNode) -> list[str]:
    name = shown(root, path)
    try:
        done = _written_over(path, form)
    except Unreadable as error:
        return [_unread(root, path, error)]
    except ValueError as error:
        done, why = False, f"{name} is damaged ({error})"
    else:
        why = f"the course's page has changed, and you wrote in {name}"
    remedy = f"Rename or delete it, and {LAB} --read brings the course's page"
    return [] if done else [f"{why}. It is left as it is. {remedy}"]


def _written_over(path: Path, form: NotebookNode) -> bool:
    """Write a file unless it is touched; False if it is, and the course's is newer.

    Raises:
        ValueError: what is there cannot be read.
        OSError: it could not be written.
    """
    if os.path.lexists(path):
        saved = _saved(path)
        mine = read_copy(path)
        if mine.metadata.gptlib == form.metadata.gptlib:
            return True
        if touched(mine):
            return False
        if _saved(path) != saved:  # by an editor, just now
            return False
    _write(path, form)
    return True


def _saved(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


def _replaced(root: Path, path: Path, form: NotebookNode) -> list[str]:
    aside = replace(path, writes(form) + "\n")
    return [f"{shown(root, path)} is new; as it was before: {shown(root, aside)}"]


def _write(path: Path, nb: NotebookNode) -> None:
    write(path, writes(nb) + "\n")
