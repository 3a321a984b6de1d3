"""The pictures in the READMEs, made anew: drawn, or photographed by the tests.

python tests/pictures.py     (make pictures) takes some minutes, and needs a Chromium
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lessons import ROOT

DRAWN = ("-m", "gptlib.show.plots"), ("tests/lesson_map.py",)
# The test that makes a photograph, by where the photograph goes.
PHOTOGRAPHED = {
    "data/workbook.png": (
        "tests/browser/test_lesson.py::test_empty_then_wrong_then_right",
        "wrong.png",
    ),
    "classroom/report.png": (
        "tests/browser/test_report.py"
        "::test_its_first_screen_is_quiet_and_shows_a_bar_for_each_exercise",
        "report.png",
    ),
}


def main() -> None:
    """Make all of them; a photograph is taken only if its test has passed."""
    for command in DRAWN:
        run(*command)
    tests = [test for test, _ in PHOTOGRAPHED.values()]
    with tempfile.TemporaryDirectory() as place:
        # The sandbox's own user walks through these folders.
        Path(place).chmod(0o755)
        run("-m", "pytest", "-q", "-m", "", f"--basetemp={place}/made", *tests)
        for picture, (_, name) in PHOTOGRAPHED.items():
            (found,) = Path(place).glob(f"made/*0/{name}")  # "...current" is a link
            shutil.copyfile(found, ROOT / picture)
            print(picture)


def run(*command: str) -> None:
    """A Python program; whatever goes wrong in it ends this one as well."""
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
