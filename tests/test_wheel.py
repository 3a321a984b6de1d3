"""Installed from a wheel, without the checkout beside it, everything works."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = "from setuptools.build_meta import build_wheel; build_wheel('wheel')"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that holds what the wheel holds, far from any checkout."""
    source = tmp_path_factory.mktemp("source")  # a build leaves folders behind
    for name in ("gptlib", "classroom", "data"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    (source / "wheel").mkdir()
    subprocess.run(
        [sys.executable, "-c", BUILD], cwd=source, check=True, capture_output=True
    )
    (wheel,) = (source / "wheel").glob("*.whl")
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def python(installed, *arguments):
    """Run Python with the wheel's folder before all others, in an empty one."""
    env = os.environ | {"PYTHONPATH": str(installed)}
    cwd = installed.parent / "elsewhere"
    cwd.mkdir(exist_ok=True)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)


def test_every_module_is_in_the_wheel(installed):
    here = [
        it for name in ("gptlib", "classroom") for it in ROOT.glob(f"{name}/**/*.py")
    ]
    modules = {path.relative_to(ROOT) for path in here}
    assert modules == {p.relative_to(installed) for p in installed.glob("**/*.py")}


def test_the_wheel_brings_the_data_of_the_course(installed):
    code = (
        "import gptlib; from gptlib.text import DATA, load_text\n"
        "print(gptlib.__file__, len(load_text('tales')[1]))\n"
        "print(gptlib.GPT.from_pretrained(DATA / 'tales-gpt').config.n_embd)\n"
        "print((DATA / 'race.csv').stat().st_size)\n"
        "print((DATA / 'trials.csv').stat().st_size)"
    )
    done = python(installed, "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))


def test_the_wheel_writes_a_tale(installed):
    options = ["--num-samples", "1", "--max-new-tokens", "5", "--seed", "1"]
    done = python(installed, "-m", "gptlib", "sample", *options)
    assert done.returncode == 0, done.stderr
    assert re.search(r"[A-Za-z]{2}", done.stdout)


def test_tales_that_are_missing_come_back_by_what_the_message_says(installed):
    (tales,) = installed.glob("gptlib/*/tales.txt")
    before = tales.read_bytes()
    tales.unlink()
    asked = python(installed, "-c", "from gptlib.text import read_tales; read_tales()")
    remedy = re.search(r"`python (-m [\w. ]+)`", asked.stderr)[1].split()
    assert python(installed, *remedy).returncode == 0
    assert tales.read_bytes() == before


DRAWING = [  # modules of gptlib.show but those that draw nothing
    f"gptlib.show.{path.stem}"
    for path in sorted((ROOT / "gptlib" / "show").glob("*.py"))
    if path.stem not in ("__init__", "sample", "trace")
]
PICTURES = tuple(f"gptlib.show.{name}" for name in ("attention", "picture", "plots"))
DRAWS_NOTHING = f"""
import pkgutil, sys
sys.modules["matplotlib"] = None  # as if it were not installed
import gptlib
for module in pkgutil.walk_packages(gptlib.__path__, "gptlib."):
    if module.name not in {(*DRAWING, "gptlib.__main__")}:
        __import__(module.name)
print("all others")
__import__(sys.argv[1])
"""


@pytest.mark.parametrize("module", PICTURES)
def test_only_pictures_need_matplotlib_and_say_so_in_one_line(installed, module):
    done = python(installed, "-c", DRAWS_NOTHING, module)
    assert done.stdout == "all others\n"
    *_, last = done.stderr.strip().split("\n")
    assert re.match(r"ImportError: gptlib\.show\.\w+ draws with matplotlib", last)
    assert "pip install matplotlib" in last
