"""`python -m gptlib lab`, with JupyterLab not started."""

import os
import subprocess
import sys
from unittest.mock import Mock

import pytest
from nbformat.v4 import reads
from pages import cell, exercise, page, save

import gptlib
from gptlib.__main__ import main, parse
from gptlib.lab import run
from gptlib.lab.run import LabConfig

OPEN = "--LabApp.default_url=/lab/tree/workbook/"

DEFAULTS = str(run.DEFAULTS)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A checkout of a course with two lessons and two homework sheets."""
    for name in ("window", "tour"):
        save(tmp_path / f"notebooks/homework/{name}.ipynb", exercise(name))
    save(tmp_path / "notebooks/00_tour.ipynb", page())
    save(tmp_path / "notebooks/01_twice.ipynb", exercise())
    monkeypatch.setattr(gptlib, "__file__", str(tmp_path / "gptlib/__init__.py"))
    return tmp_path


@pytest.fixture
def started(monkeypatch, tmp_path):
    """The commands that were to be started, and the folders they were started in."""
    calls = []
    monkeypatch.chdir(tmp_path.parent)
    monkeypatch.setattr(run, "start", lambda *call: calls.append(call))
    return calls


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], (False, None, None, True, ())),
        (["--read"], (True, None, None, True, ())),
        (["--fresh", "tour", "--no-open"], (False, "tour", None, False, ())),
        (["--", "--port", "9000"], (False, None, None, True, ("--port", "9000"))),
        (["--read", "--", "--a=b", "-y"], (True, None, None, True, ("--a=b", "-y"))),
    ],
)
def test_options_for_jupyterlab_follow_two_dashes(words, options):
    config = parse(LabConfig, "lab", words)
    assert tuple(vars(config).values()) == options


def test_an_option_of_jupyterlab_without_the_dashes_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["lab", "--port", "9000"])
    assert stop.value.code == 2
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "opened"),
    [
        ([], "00_tour.ipynb"),
        (["--read"], "reading/00_tour.ipynb"),
        (["--fresh", "twice"], "01_twice.ipynb"),
        (["--update", "twice"], "01_twice.ipynb"),
        (["--update", "twice", "--read"], "reading/01_twice.ipynb"),
        (["--update", "window"], "homework/window.ipynb"),
        (["--fresh", "homework/window"], "homework/window.ipynb"),
        (["--fresh", "tour"], "00_tour.ipynb"),  # a sheet is called so too
    ],
)
def test_lab_writes_the_workbook_and_opens_the_page_that_is_meant(
    root, started, words, opened
):
    main(["lab", *words])
    ((command, folder),) = started
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert command[3] == OPEN + opened
    assert folder == root
    assert (root / "workbook" / opened).exists()


def test_lab_says_what_is_new_and_the_second_time_nothing(root, started, capsys):
    main(["lab", "--no-open"])
    assert capsys.readouterr().out == "4 new pages in workbook/\n"
    main(["lab", "--no-open"])
    assert capsys.readouterr().out == ""
    assert started == []


def test_lab_begins_a_lesson_anew_and_keeps_the_old_one(root, started, capsys):
    main(["lab", "--no-open"])
    copy = root / "workbook/01_twice.ipynb"
    nb = reads(copy.read_text("utf-8"))
    cell(nb, "use").source = "mine"
    save(copy, nb)
    main(["lab", "--no-open", "--fresh", "twice"])
    assert "as it was before: workbook/01_twice.before-" in capsys.readouterr().out
    assert "mine" not in copy.read_text("utf-8")


@pytest.mark.parametrize(("user", "root_options"), [(0, 2), (1000, 0)])
def test_root_may_open_it_too_but_for_this_machine_only(
    root, started, monkeypatch, user, root_options
):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    main(["lab", "--", "--port", "9000"])
    options = started[0][0][4:]
    assert options[-2:] == ["--port", "9000"]
    assert options[:-2] == ["--allow-root", "--ip=127.0.0.1"][:root_options]


@pytest.mark.parametrize("where", [["--ip", "0.0.0.0"], ["--ServerApp.ip=::"]])
def test_root_who_says_where_to_listen_is_taken_at_his_word(
    root, started, monkeypatch, where
):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    main(["lab", "--", *where])
    assert started[0][0][4:] == ["--allow-root", *where]


@pytest.mark.skipif(os.name != "posix", reason="on Windows there is no exec")
def test_jupyterlab_takes_the_place_of_the_command_in_the_checkout(root, monkeypatch):
    calls = []
    monkeypatch.chdir(root.parent)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    monkeypatch.setattr(os, "execv", lambda *call: calls.append((*call, os.getcwd())))
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(TypeError):  # exec comes back here only
        run.start(["python", "-m", "x"], root)
    assert calls == [("python", ["python", "-m", "x"], str(root))]
    assert os.environ["JUPYTER_CONFIG_PATH"] == os.pathsep.join(["mine", DEFAULTS])


def test_jupyterlab_opens_a_text_to_be_read():
    code = "from jupyterlab_server.settings_utils import _get_overrides\n"
    code += "print(_get_overrides('nowhere'))"
    env = {**os.environ, "JUPYTER_CONFIG_PATH": DEFAULTS}
    shown = subprocess.check_output([sys.executable, "-c", code], env=env, text=True)
    assert "'defaultViewers': {'markdown': 'Markdown Preview'}" in shown


def test_where_there_is_no_exec_ctrl_c_is_left_to_jupyterlab():
    process = Mock()
    process.wait.side_effect = [KeyboardInterrupt, KeyboardInterrupt, 3]
    assert run._waited_for(process) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fresh", "twise"], "no lesson 'twise': did you mean twice?"),
        (["--update", ""], "no lesson ''"),
        (["--fresh", "twice", "--update", "twice"], "give one"),
        (["twice"], "Did you mean --fresh twice or --update twice? Options of Jup"),
        (["twice", "--", "--port", "9000"], "Options of JupyterLab come after --"),
    ],
)
def test_a_mistake_is_answered_in_one_line(root, started, capsys, words, said):
    with pytest.raises(SystemExit) as stop:
        main(["lab", *words])
    assert stop.value.code == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert started == []


def test_without_a_checkout_it_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gptlib, "__file__", str(tmp_path / "gptlib/__init__.py"))
    with pytest.raises(SystemExit):
        main(["lab"])
    assert "they come with a checkout" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_jupyterlab_it_says_what_to_install(root, monkeypatch, capsys):
    monkeypatch.setattr(run, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main(["lab"])
    assert "pip install '.[course]'" in capsys.readouterr().err
    main(["lab", "--no-open"])
    assert (root / "workbook").is_dir()


def test_without_nbformat_it_says_what_to_install_in_one_line():
    code = "import sys; sys.modules['nbformat'] = None\n"
    code += "from gptlib.__main__ import main; main(['lab'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: gptlib.lab reads notebooks with nbformat")
    assert done.stderr.count("\n") == 1
