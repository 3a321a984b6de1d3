"""Opening the workbook in JupyterLab: `python -m gptlib lab`."""

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tyro.conf import Positional

from gptlib.lab.pages import checkout, find, lessons, shown
from gptlib.lab.workbook import fresh, update, write_missing

DEFAULTS = Path(__file__).with_name("jupyter")


@dataclass(frozen=True)
class LabConfig:
    """Write your copies of the lessons into workbook/ and open them in JupyterLab."""

    read: bool = False
    """Open the finished lessons, in copies of your own, to read."""
    fresh: str | None = None
    """Begin this lesson anew; your copy is kept beside it under another name."""
    update: str | None = None
    """Take the course's new page of this lesson and keep what you wrote."""
    open: bool = True
    """Start JupyterLab; otherwise only write what is missing."""
    jupyter: Positional[tuple[str, ...]] = ()
    """After --, options for JupyterLab, such as: lab -- --port 9000"""

    def __post_init__(self):
        if self.fresh is not None and self.update is not None:
            raise ValueError("fresh begins a lesson anew, update keeps it: give one")
        if self.jupyter and not self.jupyter[0].startswith("-"):
            word = self.jupyter[0]
            raise ValueError(
                f"what is {word!r}? Did you mean --fresh {word} or --update {word}? "
                f"Options of JupyterLab come after --, and begin with a dash"
            )


def lab(config: LabConfig) -> None:
    """Bring the workbook up to date, say what there is to say, start JupyterLab.

    Raises:
        FileNotFoundError: this is no checkout of the course.
        ImportError: JupyterLab is to be started and is not installed.
        ValueError: no lesson is called so, or its files are damaged.
        OSError: something could not be written.
    """
    root = checkout()
    if config.open and not find_spec("jupyterlab"):
        raise ImportError(
            "the workbook opens in JupyterLab, which is not installed: "
            "pip install '.[course]'; or give --no-open and use an editor of your own"
        )
    for line in brought_up_to_date(root, config):
        print(line, flush=True)
    if config.open:
        start(jupyter_command(root, config), root)


def brought_up_to_date(root: Path, config: LabConfig) -> list[str]:
    """Do to the workbook what is asked for; the lines to tell the learner."""
    said = fresh(root, config.fresh) if config.fresh is not None else []
    said += update(root, config.update) if config.update is not None else []
    return said + write_missing(root)


def jupyter_command(root: Path, config: LabConfig) -> list[str]:
    """The command line that starts JupyterLab on the page that is meant."""
    name = config.fresh if config.fresh is not None else config.update
    page = lessons(root)[0] if name is None else find(root, name)
    path = page.reading if config.read and page.reading else page.copy
    return [
        sys.executable,
        *("-m", "jupyterlab", f"--LabApp.default_url=/lab/tree/{shown(root, path)}"),
        *_for_root(config.jupyter),
        *config.jupyter,
    ]


def start(command: list[str], folder: Path) -> None:
    """Become this command, run in a folder, with JupyterLab's defaults as we want them.

    A text that a lesson leads to opens to be read. What users set of their own stays.
    """
    os.chdir(folder)
    paths = [os.environ.get("JUPYTER_CONFIG_PATH"), str(DEFAULTS)]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    if os.name == "posix":
        # The memory that torch took is free again, and Ctrl-C is JupyterLab's alone.
        os.execv(command[0], command)
    with subprocess.Popen(command) as process:
        sys.exit(_waited_for(process))


def _waited_for(process: subprocess.Popen) -> int:
    """Its exit status; at Ctrl-C the process itself asks what to do."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _for_root(options: tuple[str, ...]) -> list[str]:
    """JupyterLab refuses root unless told; then it listens to this machine only.

    Unless the options say where: it takes one address, and stops at two.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    names = {option.split("=")[0] for option in options}
    where = [] if names & {"--ip", "--ServerApp.ip"} else ["--ip=127.0.0.1"]
    return ["--allow-root", *where]


CONFIG, command = LabConfig, lab
