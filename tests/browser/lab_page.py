"""A notebook in JupyterLab, used as a learner does: with a mouse and a keyboard."""

import json
import re
import time
from pathlib import Path

from lab_server import TOKEN, Lab
from playwright.sync_api import Locator, Page, expect

SECONDS = 30
CELL_SECONDS = 120  # as many as nbval gives a cell
RUN = re.compile(r"\[\d+\]")  # a cell's count; [ ] before, [*] while it runs


class NotebookPage:
    """One notebook, open in a browser.

    Args:
        page: an empty page of a browser.
        lab: the server.
        name: the notebook's path in the server's folder.
    """

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page, self.lab, self.path = page, lab, lab.folder / name
        self.name = name
        self.ids = [cell["id"] for cell in self.saved_cells()]
        page.goto(f"{lab.url}lab/tree/{name}?token={TOKEN}&reset")
        self.cells = page.locator(".jp-Notebook .jp-Notebook-cell")
        expect(self.cells).to_have_count(len(self.ids), timeout=SECONDS * 1000)
        self.wait_for_the_kernel()

    def saved_cells(self) -> list[dict]:
        """The cells as they are in the file now."""
        return json.loads(self.path.read_text(encoding="utf-8"))["cells"]

    def wait_for_the_kernel(self) -> None:
        """Until it is idle and this page listens: before, running asks for a kernel."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for session in self.lab.ask("api/sessions"):
                kernel = session["kernel"]
                ready = kernel["execution_state"] == "idle" and kernel["connections"]
                if session["path"] == self.name and ready:
                    return
            self.page.wait_for_timeout(100)
        raise TimeoutError(f"no kernel for {self.name} after {SECONDS} s")

    def cell(self, name: str) -> Locator:
        """The cell with this id; a ValueError if there is none.

        JupyterLab does not write ids into the page: the place in the file decides, so
        cells must not be moved.
        """
        return self.cells.nth(self.ids.index(name))

    def write(self, name: str, source: str) -> None:
        """Type `source` in place of what the cell holds."""
        editor = self.cell(name).locator(".cm-content")
        editor.click()
        editor.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)

    def run(self, name: str) -> str:
        """Press Shift+Enter in the cell, wait until it has run; what it says."""
        before = self.prompt(name).inner_text()
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self.wait_until_run(name, before)
        return self.output(name)

    def run_above(self, name: str) -> None:
        """Run every cell above this one, by the menu, and wait for them."""
        above = [it for it in self.ids[: self.ids.index(name)] if self.is_code(it)]
        before = {it: self.prompt(it).inner_text() for it in above}
        self.cell(name).locator(".cm-content").click()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Above Selected Cell").click()
        for it in above:
            self.wait_until_run(it, before[it])

    def is_code(self, name: str) -> bool:
        """Whether it is a code cell."""
        return "jp-CodeCell" in self.cell(name).get_attribute("class")

    def prompt(self, name: str) -> Locator:
        """What stands left of a code cell: its count, or a star while it runs."""
        return self.cell(name).locator(".jp-InputPrompt")

    def wait_until_run(self, name: str, before: str = "") -> None:
        """Until the cell's count is a number, and another one than `before`."""
        wait = SECONDS * 1000
        expect(self.prompt(name)).not_to_have_text(before, timeout=wait)
        expect(self.prompt(name)).to_have_text(RUN, timeout=CELL_SECONDS * 1000)

    def output(self, name: str) -> str:
        """What the cell says once it has run; "" if nothing."""
        self.wait_until_run(name)
        outputs = self.cell(name).locator(".jp-OutputArea-output")
        return "\n".join(outputs.all_inner_texts()).strip()

    def save(self) -> list[dict]:
        """Press Ctrl+S and wait for the file; its cells."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("ControlOrMeta+s")
        end = time.monotonic() + SECONDS
        while self.path.stat().st_mtime_ns == before:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.path.name} was not saved in {SECONDS} s")
            self.page.wait_for_timeout(50)
        while True:  # the server may still be writing
            try:
                return self.saved_cells()
            except ValueError:
                if time.monotonic() > end:
                    raise
                self.page.wait_for_timeout(50)

    def picture(self, folder: Path) -> Path:
        """A screenshot, named like the notebook."""
        path = folder / f"{self.path.stem}.png"
        self.page.screenshot(path=path)
        return path
