"""What a sandbox shows and hides, and where there is none."""

import contextlib
import os
import subprocess
import sys

import psutil
import pytest
from lessons import ROOT
from test_classroom_hostile import box  # noqa: F401 - skips where there is no sandbox

from classroom import sandbox, watch
from classroom.session import end, lives


def printed(box, code):
    command = box.command(sys.executable, "-c", code)
    return subprocess.run(command, capture_output=True, text=True, env={}).stdout


def test_the_course_is_there_without_its_answers(box):
    code = "import os; print(*sorted(os.listdir('/course/gptlib/checks')))"
    names = "__init__.py finished.py finished_names.py limits.py own.py verdict.py"
    assert printed(box, code).split() == names.split()
    code = "import os; print(*sorted(os.listdir('/course')))"
    assert printed(box, code).split() == ["classroom", "data", "gptlib"]


def test_the_checks_stand_in_says_nothing(box):
    code = "import gptlib.checks as c; print(c.check('swiglu', None).status)"
    assert printed(box, code) == "not judged here\n"


def test_files_are_few_and_all_else_cannot_be_written(box):
    code = (
        "import os\n"
        "for place in ('/page', '/tmp', '/', '/usr', '/course', '/etc', '/root'):\n"
        "    try: open(place + '/new', 'w').close(); print(place)\n"
        "    except OSError: pass"
    )
    assert printed(box, code).split() == ["/page", "/tmp"]


@pytest.mark.skipif(os.getuid() != 0, reason="we are no root")
def test_code_runs_as_an_ordinary_user_where_we_are_root(box):
    process = box.start()
    try:
        found = set()
        while not found and process.poll() is None:  # the mounts are made first
            for it in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):  # one of them is done
                    found |= {it.uids().real} if "python" in it.name() else set()
        assert found == {box.user} != {0}
    finally:
        end(process)


def test_the_line_to_the_grader_is_no_file_that_a_page_could_open(box):
    process = box.start()
    try:
        for number in (0, 1):
            line = os.readlink(f"/proc/{process.pid}/fd/{number}")
            assert line.startswith("socket:")
    finally:
        end(process)


def test_nothing_is_left_of_a_sandbox_that_ended(box):
    process = box.start()
    inner = []
    while len(inner) < 2 and process.poll() is None:
        inner = psutil.Process(process.pid).children(recursive=True)
    end(process)
    assert inner and not any(map(lives, inner))


def test_other_systems_are_told_of_the_container(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(sandbox.NoSandbox, match="Containerfile"):
        sandbox.sandbox(tmp_path)
    assert sandbox.sandbox(tmp_path, trusted=True).name == "trusted"


def test_without_bubblewrap_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(sandbox.NoSandbox, match="apt-get install bubblewrap"):
        sandbox.sandbox(tmp_path)


def test_an_installed_course_is_not_seen_with_its_answers(monkeypatch, tmp_path):
    for name in ("gptlib", "classroom"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(
        sandbox.sysconfig, "get_paths", lambda: {"purelib": str(tmp_path)}
    )
    made = sandbox.Bubblewrap(tmp_path / "course")
    hidden = made._hidden([(str(tmp_path), str(tmp_path))])
    assert hidden == [str(tmp_path / "gptlib"), str(tmp_path / "classroom")]


def test_the_readme_for_teachers_has_the_limits():
    text = (ROOT / "classroom" / "README.md").read_text(encoding="utf-8")
    said = " ".join(text.split())
    assert f"{watch.MEMORY // 2**30} GB of memory" in said
    assert f"{sandbox.LIMITS['cpu']} s of processor time" in said
    assert f"{sandbox.SPACE // 2**20} MB of files" in said
    assert f"{watch.PROCESSES} processes at once" in said


WINDOWS = """
import os, sys
import classroom.grade, classroom.sandbox  # and all that they need of others
for name in [it for it in sys.modules if it.startswith("classroom")]:
    del sys.modules[name]
sys.modules["resource"], sys.platform = None, "win32"
for name in ("fork", "geteuid", "getuid", "killpg", "register_at_fork", "sysconf"):
    delattr(os, name)
import classroom.grade
from classroom.sandbox import sandbox
try:
    sandbox(None)
except RuntimeError as error:
    print(error)
"""


def test_windows_is_told_in_words_that_it_has_no_sandbox():
    command = [sys.executable, "-c", WINDOWS]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith("students' code can be shut in on Linux only"), done
    assert "classroom/Containerfile" in done.stdout
