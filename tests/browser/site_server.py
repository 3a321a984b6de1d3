"""A folder of pages, served on this machine alone, and what a browser says of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page

SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wide": (2560, 1440)}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder is read."""
    handler = partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Witness:
    """What a page asks for, and what it complains of, from now on."""

    def __init__(self, page: Page):
        self.asked, self.failed, self.said = [], [], []
        page.on("request", lambda it: self.asked.append(it.url))
        page.on("requestfailed", lambda it: self.failed.append(it.url))
        page.on("response", lambda it: self._answered(it.status, it.url))
        page.on("console", lambda it: self._told(it.type, it.text))
        page.on("pageerror", lambda it: self.said.append(str(it)))

    def _answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.failed.append(url)

    def _told(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.said.append(text)

    def faults(self, site: str) -> list[str]:
        """Requests to other hosts, those that failed, complaints."""
        near = (site, "data:", "blob:")
        elsewhere = [url for url in self.asked if not url.startswith(near)]
        return [*elsewhere, *self.failed, *self.said]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return page.evaluate(wide)
