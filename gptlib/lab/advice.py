"""What the workbook says when something cannot be used, and what to do about it."""

import os
from pathlib import Path

from gptlib.lab.pages import Page, Unreadable, now_called, shown

LAB = "python -m gptlib lab"


def damaged(root: Path, page: Page, error: Exception) -> str:
    """What to say of a copy that cannot be read."""
    if isinstance(error, Unreadable):
        return unread(root, page.copy, error)
    return (
        f"{shown(root, page.copy)} is damaged ({error}). It is left as it is; "
        f"to put it aside and begin anew: {LAB} --fresh {page.name}"
    )


def unread(root: Path, path: Path, error: Unreadable) -> str:
    """What to say of a copy that the system does not let us read."""
    link = f"is a link to {os.readlink(path)} and " if path.is_symlink() else ""
    return (
        f"{shown(root, path)} {link}cannot be read ({error}). It is left as it is; "
        f"mend that, or give it another name"
    )


def unusable(root: Path, page: Page, error: Exception) -> str:
    """What to say of a page of the course that is damaged."""
    name = shown(root, page.course)
    return (
        f"{name} cannot be used ({error}). If you changed it, this brings the "
        f"course's page back: git checkout {name}"
    )


def left(root: Path, path: Path, pages: list[Page]) -> str:
    """What to say of a copy whose page the course does not have any more."""
    name = path.stem.partition("_")[2]
    now = now_called(name, [page.name for page in pages])
    said = "the course has no such page any more"
    return f"{shown(root, path)}: {now or said}; your copy is left"
