"""What `make` sets up and when, with stand-ins for Python and pip."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(
    os.name == "nt" or not shutil.which("make"), reason="make is not here"
)

PYTHON = """#!/bin/sh
test "$1" = -c && exit 0  # the question for its version
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "$@" >> pip.log\\n' > .venv/bin/pip
chmod +x .venv/bin/pip
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the three files that make looks at, and a Python that pretends."""
    folder = tmp_path / "course"
    folder.mkdir()
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "python").write_text(PYTHON)
    (folder / "python").chmod(0o755)
    return folder


def installed(folder):
    """Run the set-up; the last words of each call of pip that it made."""
    log = folder / "pip.log"
    log.write_text("")
    command = ["make", ".venv/ready", "PYTHON=./python", "TORCH_INDEX="]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return [line.split()[-1] for line in log.read_text().splitlines()]


def test_the_first_call_installs_all_and_the_second_nothing(checkout):
    assert installed(checkout)[1:] == ["requirements.txt", "."]
    assert installed(checkout) == []


def test_a_touched_pyproject_installs_only_the_course_again(checkout):
    installed(checkout)
    os.utime(checkout / "pyproject.toml", (2e9, 2e9))
    assert installed(checkout) == ["."]


def test_a_new_lock_and_a_moved_checkout_install_all_again(checkout):
    installed(checkout)
    os.utime(checkout / "requirements.txt", (2e9, 2e9))
    assert len(installed(checkout)) == 3
    os.utime(checkout / "requirements.txt", (1e9, 1e9))
    assert installed(checkout) == []
    moved = checkout.rename(checkout.parent / "elsewhere")
    assert len(installed(moved)) == 3
    assert installed(moved) == []


@pytest.mark.parametrize("target", ["lab", "check"])
def test_lab_and_check_call_the_one_door_with_the_options(checkout, target):
    command = ["make", "-n", target, "OPTIONS=-- --port 9999"]
    said = subprocess.check_output(command, cwd=checkout, text=True)
    assert f".venv/bin/python -m gptlib {target} -- --port 9999\n" in said
