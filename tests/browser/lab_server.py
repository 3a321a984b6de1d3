"""A real JupyterLab on this machine alone, which knows nothing of the user's own."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "only-for-tests"
START_SECONDS = 60
# All cells are on the page, not only those in view; no news, which needs the network.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}


@dataclass(frozen=True)
class Lab:
    """A running server: its address, which ends in a slash, and the folder it shows."""

    url: str
    folder: Path

    def ask(self, path: str) -> object:
        """What the server's API answers, such as to "api/kernels"."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)


@contextmanager
def serve(
    folder: Path, own: Path, start: Sequence[str] = (sys.executable, "-m", "jupyterlab")
) -> Iterator[Lab]:
    """JupyterLab over `folder`, stopped at the end.

    Args:
        folder: holds the notebooks.
        own: an empty folder for the server's settings, notes and log.
        start: the command line, up to JupyterLab's options.

    Raises:
        RuntimeError: it did not start; the message holds the end of its log.
    """
    with (own / "log").open("wb") as log:
        server = subprocess.Popen(
            [*start, *options(folder)],
            env=environment(own),
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        yield Lab(wait_until_ready(server, own), folder)
    finally:
        server.terminate()  # it shuts its kernels down first
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def options(folder: Path) -> list[str]:
    """The server on loopback, on the first free port."""
    values = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": 0,
        "ServerApp.root_dir": folder,
        "IdentityProvider.token": TOKEN,
        "LabApp.news_url": "",
        "FileContentsManager.delete_to_trash": False,
    }
    given = [f"--{name}={value}" for name, value in values.items()]
    return ["--no-browser", "--allow-root", *given]


def environment(own: Path) -> dict[str, str]:
    """Folders of its own, and the course's settings in them."""
    for name, values in SETTINGS.items():
        path = own / "config/lab/user-settings/@jupyterlab"
        path = path / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    names = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "runtime"}
    folders = {f"JUPYTER_{name}": str(own / at) for name, at in names.items()}
    return {**os.environ, **folders, "IPYTHONDIR": str(own / "ipython")}


def wait_until_ready(server: subprocess.Popen, own: Path) -> str:
    """The server's address, once it answers there."""
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        for note in (own / "runtime").glob("jpserver-*.json"):
            try:
                url = json.loads(note.read_text())["url"]
                Lab(url, own).ask("api/status")
                return url
            except (OSError, ValueError):  # half written, or not yet listening
                pass
        time.sleep(0.1)
    said = (own / "log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"JupyterLab did not start:\n{said}")
