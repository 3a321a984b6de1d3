"""The site as files: what its pages hold, link and load."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from filelock import FileLock
from lessons import ROOT

# What a browser fetches by itself, by tag: where the address stands.
LOADED = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
}


def build_once(folder: Path) -> Path:
    """The course's site below `folder`, built unless another process has done so."""
    site = folder / "course-site"
    with FileLock(folder / "course-site.lock"):
        if not site.exists():
            command = [sys.executable, "docs/make_site.py", "--out", str(site)]
            paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
            env = os.environ | {"PYTHONPATH": paths}
            done = subprocess.run(
                command, cwd=ROOT, env=env, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout + done.stderr
    return site


@dataclass
class Read:
    """What was found in a page."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    in_code: list[str] = field(default_factory=list)  # of the links
    loaded: list[str] = field(default_factory=list)
    alts: list[str | None] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.words)


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = Read()

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        self.found.ids |= {given["id"]} if given.get("id") else set()
        if tag == "a" and given.get("href"):
            self.found.links.append(given["href"])
            if given.get("class") == "sphinx-codeautolink-a":
                self.found.in_code.append(given["href"])
        if tag == "img":
            self.found.alts.append(given.get("alt"))
        address = given.get(LOADED.get(tag, ""))
        if address and given.get("rel") not in ("search", "next", "prev", "canonical"):
            self.found.loaded.append(address)

    def handle_data(self, data):
        self.found.words.append(data)


def read(path: Path) -> Read:
    """A page of the site."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.found


def is_external(address: str) -> bool:
    """Whether it leads to another host, or says a scheme such as mailto."""
    return bool(re.match(r"[a-z]+:|//", address)) and not address.startswith("data:")
