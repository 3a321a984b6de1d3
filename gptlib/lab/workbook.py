"""The workbook: a learner's own copies of the pages, which nobody overwrites."""

import os
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import writes

from gptlib.guard.files import remove_leftovers
from gptlib.lab.advice import LAB, damaged, left, unread, unusable
from gptlib.lab.copies import (
    SOLUTION,
    TEXT,
    in_words,
    keep,
    renumbered,
    replace,
    write,
)
from gptlib.lab.forms import HOMEWORK, learner_form, reading_form, solutions
from gptlib.lab.merge import touched, unified, updated
from gptlib.lab.pages import (
    WORKBOOK,
    Page,
    Unreadable,
    dropped,
    find,
    homework,
    lessons,
    read_copy,
    read_page,
    shown,
    texts,
)

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
    said += _keep_texts(root)
    if new:
        said.append(f"{new} new page{'s' * (new > 1)} in {WORKBOOK}/")
    return said + [left(root, path, pages) for path in dropped(root)]


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
        raise ValueError(unusable(root, page, error)) from None


def learners_page(root: Path, page: Page) -> NotebookNode:
    """What a learner gets of a page.

    Raises:
        ValueError: the course's page is damaged, or cannot be emptied.
    """
    nb = course_page(root, page)
    try:
        return learner_form(nb, page.name)
    except ValueError as error:
        raise ValueError(unusable(root, page, error)) from None


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
            said += keep(root, path, SOLUTION, source)
    return said


def _keep_texts(root: Path) -> list[str]:
    """Bring the texts that lessons lead to up to date, beside copies of either form."""
    return [
        line
        for text in texts(root)
        for folder in ("", "reading")
        for line in keep(
            root,
            root / WORKBOOK / folder / text.name,
            TEXT,
            unified(text.read_text(encoding="utf-8")).rstrip("\n"),
        )
    ]


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
        return [unread(root, path, error)]
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
