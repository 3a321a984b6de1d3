"""Where this machine keeps a Chromium or a Chrome, if it has one."""

import os
import shutil
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "chrome")
MAC = ("Google Chrome", "Chromium")
ADVICE = (
    "no Chromium or Chrome was found: apt-get install chromium, or google.com/chrome"
)

# As root in a container there is no sandbox, little shared memory and no GPU.
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


def find_browser() -> str | None:
    """The program's path, or None where neither is installed."""
    commands = (shutil.which(command) for command in COMMANDS)
    usual = (str(path) for path in usual_places() if path.is_file())
    return next(filter(None, (*commands, *usual)), None)


def usual_places() -> list[Path]:
    """Where macOS and Windows keep it: there it is not on the PATH."""
    mac = [Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in MAC]
    names = ("PROGRAMFILES", "LOCALAPPDATA")
    roots = [os.environ[name] for name in names if name in os.environ]
    windows = [Path(root, "Google/Chrome/Application/chrome.exe") for root in roots]
    return mac + windows
