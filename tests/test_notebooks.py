"""The saved notebooks, the tool that saves them, and the rules of nbval."""

import os
import re
import runpy
import shutil
import subprocess
import sys

import lessons
import nbformat
import notebook_tool
import pytest
import shape_comments
from lessons import NOTEBOOKS, ROOT, course, lesson
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_tool import check, main, normal_form

CloseText = runpy.run_path(str(NOTEBOOKS / "conftest.py"))["CloseText"]


def code(source, count=1, outputs=(), tags=(), **metadata):
    """A code cell as an editor would save it."""
    metadata["tags"] = list(tags)
    return new_code_cell(
        source, execution_count=count, outputs=list(outputs), metadata=metadata
    )


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def error(name="ValueError", message="no"):
    return new_output("error", ename=name, evalue=message, traceback=[])


def display(**data):
    """Data by MIME type, where __ stands for the slash."""
    data = {mime.replace("__", "/"): value for mime, value in data.items()}
    return new_output("display_data", data=data)


def save(path, *cells, normalised=False):
    nb = new_notebook(cells=list(cells))
    path.write_text(normal_form(nb) if normalised else nbformat.writes(nb))
    return path


# The notebooks of the course


def test_the_readme_maps_every_notebook_that_git_keeps():
    git = ["git", "-C", NOTEBOOKS, "ls-files", "*.ipynb"]
    if not shutil.which("git") or not (NOTEBOOKS.parent / ".git").exists():
        pytest.skip("this is no checkout of git")
    kept = subprocess.check_output(git, text=True).splitlines()
    assert sorted(NOTEBOOKS / name for name in kept) == course()


def test_a_lesson_is_found_by_its_name():
    assert lesson("tour").is_file()
    with pytest.raises(LookupError, match=r"no lesson 'tuor'.*'tour'"):
        lesson("tuor")


@pytest.mark.parametrize("path", course(), ids=lambda path: path.stem)
def test_notebook_is_saved_in_the_normal_form(path):
    assert check(path) == []


def test_ruff_judges_lessons_and_no_other_notebook(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "notebooks").mkdir()
    for name in ("my", "05_gelu copy", "05_gelu-Copy1", "05_gelu"):
        save(tmp_path / "notebooks" / f"{name}.ipynb", code("1"))
    assert judged_by_ruff(tmp_path) == {"05_gelu.ipynb"}
    assert judged_by_ruff(ROOT) >= {path.name for path in course()}


def test_ruff_does_not_judge_what_a_learner_wrote(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)  # and no .gitignore, as in a zip
    for folder in ("workbook/solutions", "workbook/notebooks", "gptlib"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("workbook/solutions/x.py", "workbook/notebooks/04_x.ipynb"):
        (tmp_path / file).write_text("not python")
    (tmp_path / "gptlib/ours.py").write_text("")
    command = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
    files = subprocess.check_output(command, cwd=tmp_path, text=True)
    assert "ours.py" in files
    assert "workbook" not in files.replace(str(tmp_path.parent), "")


def judged_by_ruff(folder):
    """The names of the notebooks that `ruff check .` reads there."""
    command = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
    files = subprocess.check_output(command, cwd=folder, text=True).splitlines()
    return {os.path.basename(file) for file in files if file.endswith(".ipynb")}


# What the tool does when it runs a notebook

LESSON = [
    new_markdown_cell("Some words first\n\n## 1. The first step\n\nand then more."),
    code("import sys\nfrom pathlib import Path", None),
    code("Path('python.txt').write_text(sys.executable); x = {'a':1}", None),
    code("print('one', flush=True)\nprint('two')\nx", None, tags=["kept"]),
    code("import matplotlib.pyplot as plt\nplt.plot([1, 3])\nplt.show()", None),
    code("import json\njson.loads('{')", None, tags=["raises-exception"]),
]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """Two copies of a lesson, each run once by the tool."""
    folder = tmp_path_factory.mktemp("rebuilt")
    paths = [folder / "a.ipynb", folder / "b.ipynb"]
    for path in paths:
        save(path, *LESSON)
    assert main([str(folder)]) == 0
    return paths


def test_two_runs_give_the_same_bytes(rebuilt):
    first, second = (path.read_bytes() for path in rebuilt)
    assert b"image/png" in first
    assert first == second


def test_a_third_run_writes_nothing(rebuilt):
    path = rebuilt[0]
    os.utime(path, (0, 0))
    assert main([str(path)]) == 0
    assert path.stat().st_mtime == 0


def test_a_notebook_runs_in_its_own_folder_with_this_python(rebuilt):
    written = rebuilt[0].parent / "python.txt"
    assert written.read_text() == sys.executable


def test_code_is_formatted_and_then_run(rebuilt):
    cells = nbformat.read(rebuilt[0], as_version=4).cells
    assert cells[2].source.endswith('x = {"a": 1}')
    assert [cell.execution_count for cell in cells[1:]] == [1, 2, 3, 4, 5]
    assert [output.get("text") for output in cells[3].outputs] == ["one\ntwo\n", None]


def test_an_announced_error_is_saved_without_the_folders_of_this_machine(rebuilt):
    (output,) = nbformat.read(rebuilt[0], as_version=4).cells[5].outputs
    assert output.ename == "JSONDecodeError"
    frames = "".join(output.traceback)
    assert "python3." in frames
    assert "/python3." not in frames


def test_a_failing_cell_leaves_the_file_as_it_was(tmp_path, capsys):
    path = save(tmp_path / "bad.ipynb", code("x=1"), code("1 / 0"), code("x"))
    before = path.read_bytes()
    assert main([str(path)]) == 1
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["bad.ipynb"]
    assert re.search(r"bad\.ipynb\n +cell 1 \(.*ZeroDivisionError", *printed(capsys))


def test_a_cell_that_never_ends_is_stopped(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(notebook_tool, "CELL_SECONDS", 1)
    path = save(tmp_path / "endless.ipynb", code("while True:\n    pass", None))
    before = path.read_bytes()
    assert main([str(path)]) == 1
    assert path.read_bytes() == before
    assert re.search(r"endless\.ipynb\n +cell 0 \(.*timed out", *printed(capsys))


def test_code_that_ruff_cannot_read_is_reported(tmp_path, capsys):
    path = save(tmp_path / "bad.ipynb", code("x = ("))
    assert main([str(path)]) == 1
    assert re.search(r"ruff format: .*bad\.ipynb", *printed(capsys))


def printed(capsys):
    """What was printed, and the flag that lets a dot match line ends."""
    return capsys.readouterr().out, re.DOTALL


# What the tool refuses without running

REFUSED = {
    "it was never run": [code("1", None)],
    "it was run as [3], after [1]": [code("1", 1), code("", 2), code("2", 3)],
    "it was run as [2], after [0]": [code("1", 2), code("2", 3)],
    "it wrote to stderr: 'beware'": [code("1", outputs=[stream("beware", "stderr")])],
    "it raised ValueError: no": [code("1", outputs=[error()])],
    "but no error is saved": [code("1", tags=["raises-exception"])],
    "an address, '/home/'": [code("open('/home/me/x')")],
    "an address, '/work/'": [code("1", outputs=[stream("/work/x")])],
    "an address, '/Users/'": [new_markdown_cell("see file:///Users/me/x")],
    "an address, '/root/'": [code("1", outputs=[display(text__plain="/root/x")])],
    r"an address, 'C:\\\\U'": [code(r"open('C:\\Users')")],
    "an address, 'at 0x7f3a21'": [code("1", outputs=[stream("<f at 0x7f3a21>")])],
    "more than 20,000 characters": [code("1", outputs=[stream("word " * 5000)])],
    "more than 2,000,000 bytes": [
        code("1", outputs=[display(image__png="QUJD" * 500_001)])
    ],
}


@pytest.mark.parametrize("fault", REFUSED)
def test_check_refuses(fault, tmp_path, capsys):
    path = save(tmp_path / "x.ipynb", *REFUSED[fault], normalised=True)
    before = path.read_bytes()
    assert main(["--check", str(path)]) == 1
    assert fault in capsys.readouterr().out
    assert path.read_bytes() == before


def test_check_accepts_a_clean_notebook(tmp_path):
    figure = display(image__png="/root/" * 9000, text__plain="<Figure with 1 Axes>")
    announced = code("1 / 0", 3, [error()], ["raises-exception"])
    empty = code("", None)
    cells = [code("1", 1), code("2", 2, [figure]), empty, announced]
    assert main(["--check", str(save(tmp_path / "x.ipynb", *cells))]) == 1
    path = save(tmp_path / "x.ipynb", *cells, normalised=True)
    assert main(["--check", str(path)]) == 0


def test_the_tool_never_passes_for_want_of_notebooks(tmp_path, capsys):
    (tmp_path / ".ipynb_checkpoints").mkdir()
    save(tmp_path / ".ipynb_checkpoints" / "x.ipynb", code("1"))
    with pytest.raises(SystemExit, match="2"):
        main(["--check", str(tmp_path)])
    assert "no notebook found" in capsys.readouterr().err


# The normal form


def test_the_normal_form_drops_times_versions_and_widget_state():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1f"}}
    output = new_output("display_data", data={**view, "text/plain": "IntSlider()"})
    nb = new_notebook(cells=[code("1", outputs=[output], execution={"start": "now"})])
    nb.metadata.update(widgets={"state": {}}, language_info={"version": "3.11.2"})
    nb.metadata.kernelspec = {"name": "mine", "display_name": "My Python"}
    saved = nbformat.reads(normal_form(nb), as_version=4)
    assert saved.metadata.keys() == {"kernelspec", "language_info"}
    assert saved.metadata.kernelspec.display_name == "Python 3 (ipykernel)"
    assert saved.metadata.language_info == {"name": "python"}
    assert saved.cells[0].metadata == {"tags": []}
    assert saved.cells[0].outputs[0].data == {"text/plain": "IntSlider()"}


def test_the_normal_form_keeps_what_people_wrote():
    grading = {"grade": True, "grade_id": "gelu", "points": 2}
    cell = code("1", tags=["nbval-ignore-output"], nbgrader=grading)
    cell.id = "check-gelu"
    saved = nbformat.reads(normal_form(new_notebook(cells=[cell])), as_version=4)
    assert saved.cells[0].metadata == cell.metadata
    assert saved.cells[0].id == "check-gelu"


def test_ids_are_readable_and_unique_and_stay():
    sources = ["# Causal *mask*", "text\n## A mask", "q @ k", "q @ k", "", "x = 1"]
    nb = new_notebook(cells=[new_markdown_cell(source) for source in sources])
    nb.cells[5].id = "123e4567-e89b-12d3-a456-426614174000"
    text = normal_form(nb)
    ids = [cell.id for cell in nb.cells]
    assert ids == ["causal-mask", "a-mask", "q-k", "q-k-2", "cell", "x-1"]
    assert normal_form(nbformat.reads(text, as_version=4)) == text


# How close two outputs must be for nbval


@pytest.mark.parametrize(
    ("saved", "now"),
    [
        ("loss 0.12345", "loss 0.123451"),
        ("0.00001", "-0.00003"),
        ("4.768e-07", "5.960e-07"),
        ("1234.5", "1235.2"),
        ("0.5s, 0.25.", "0.5001s, 0.25004."),
        ("tensor([1., 2.])", "tensor([1.0000, 2.0000])"),
        ("no number", "no number"),
    ],
)
def test_close_decimals_are_equal(saved, now):
    assert CloseText(saved) == CloseText(now)
    assert (CloseText(saved) != CloseText(now)) is False
    assert hash(CloseText(saved)) == hash(CloseText(now))


@pytest.mark.parametrize(
    ("saved", "now"),
    [
        ("0.12", "0.13"),
        ("0.1234", "-0.1234"),
        ("1e-3", "2e-3"),
        ("3", "4"),
        ("124439808", "124439809"),
        ("124439808 parameters, or 124439808.", "124439808 parameters, or 124439809."),
        ("torch 2.13.0", "torch 2.13.1"),
        ("build 1.0.1000", "build 1.0.1001"),
        ("2026.11.22", "2026.12.22"),
        ("1000.5 and 3", "1000.5 and 4"),
        ("0.5 loss", "0.5 lost"),
        ("0.5", "0.5 0.5"),
        ("[0.5, 0.5]", "[0.5,  0.5]"),
        ("0.5", "nan"),
    ],
)
def test_anything_else_is_different(saved, now):
    assert CloseText(saved) != CloseText(now)
    assert (CloseText(saved) == CloseText(now)) is False


# nbval itself, with the course's conftest

JUDGED = {
    "close decimals": code("print(0.123451)", 1, [stream("0.12345\n")]),
    "far decimals": code("print('0.50001\\n0.13')", 2, [stream("0.5\n0.12\n")]),
    "another integer": code("print(4)", 3, [stream("3\n")]),
    "other words": code("print('a dog')", 4, [stream("a cat\n")]),
    "ignored": code("print(7)", 5, [stream("8\n")], ["nbval-ignore-output"]),
    "error": code("raise ValueError('no')", 6, [error()], ["raises-exception"]),
    "no error": code("print()", 7, [error()], ["raises-exception"]),
    "new output": code("print(1)", 8),
    "lost output": code("pass", 9, [stream("1\n")]),
}


def nbval(folder, *arguments):
    """Run pytest with nbval in `folder`; returns all that it printed."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-v"]
    command += ["-ra", "-p", "no:cacheprovider", "--color=no", *arguments]
    env = {**os.environ, "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, encoding="utf-8"
    ).stdout


def make_course(root, *names):
    """A copy of the course's tooling; its README maps notebooks with these names."""
    for name in ["notebooks/homework", "tests"]:
        (root / name).mkdir(parents=True)
    shutil.copy(NOTEBOOKS / "conftest.py", root / "notebooks")
    for module in (lessons, notebook_tool, shape_comments):
        shutil.copy(module.__file__, root / "tests")
    links = [f"[{name}](notebooks/{name}.ipynb)" for name in names]
    (root / "README.md").write_text("\n".join(links))


@pytest.fixture(scope="module")
def small_course(tmp_path_factory):
    """Three notebooks, and a teacher's copy of one."""
    root = tmp_path_factory.mktemp("course")
    make_course(root, "judged", "cleared", "homework/gap")
    save(root / "notebooks" / "judged copy.ipynb", code("print(1)", None))
    save(root / "notebooks" / "judged.ipynb", *JUDGED.values())
    save(root / "notebooks" / "cleared.ipynb", code("print(1)", None))
    save(root / "notebooks" / "homework" / "gap.ipynb", code("1"), code("2", 3))
    return root


@pytest.fixture(scope="module")
def report(small_course):
    return nbval(small_course, "--continue-on-collection-errors")


def test_nbval_allows_close_decimals_only(report):
    found = re.findall(r"judged\S+::Cell \d+ (PASSED|FAILED)", report)
    passed = [name for name, mark in zip(JUDGED, found, strict=True) if mark[0] == "P"]
    assert passed == ["close decimals", "ignored", "error"]


def test_nbval_shows_what_differs_and_nothing_else(report):
    assert "--- saved\n+++ now\n@@ -1,3 +1,3 @@\n 0.5\n-0.12\n+0.13\n" in report


def test_nbval_refuses_notebooks_without_a_clean_run(report):
    assert re.search(r"cleared\.ipynb, cell 0 \(\w+\): it was never run\n", report)
    assert re.search(r"gap\.ipynb, cell 1 \(\w+\): it was run as \[3\], after", report)
    assert report.count("Not saved from one clean run: run `make notebooks`.") == 2


def test_a_notebook_of_somebodys_own_is_skipped_and_named(report):
    assert re.search(r"SKIPPED.* judged copy\.ipynb is no lesson", report)
    assert "judged copy.ipynb::" not in report


@pytest.mark.parametrize("folder", ["notebooks", "notebooks/homework"])
def test_the_rules_hold_in_whatever_folder_pytest_starts(small_course, folder):
    root = os.path.relpath(small_course, small_course / folder)
    report = nbval(small_course / folder, f"{root}/notebooks/cleared.ipynb")
    assert "run `make notebooks`" in report
    assert "= 1 error in" in report
