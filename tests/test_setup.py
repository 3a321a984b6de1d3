"""The ways to install the course agree, and its commands are what the README says."""

import ast
import json
import re
import shlex
import sys
import tomllib
from graphlib import TopologicalSorter
from importlib import import_module
from importlib.metadata import distributions, metadata
from importlib.util import find_spec

import pytest
import tyro
import yaml
from lessons import ROOT, course
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from version_ends import declared

from gptlib.__main__ import COMMANDS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text()
DOORS = (ROOT / "notebooks" / "elsewhere.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text()


def lock():
    """Name and exact version of every line of requirements.txt."""
    text = (ROOT / "requirements.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines]
    assert all(pairs), "every line of the lock is name==version"
    return {canonicalize_name(pair[1]): pair[2] for pair in pairs}


def test_the_lock_holds_a_version_within_every_bound_of_pyproject():
    for requirement in declared():
        version = lock()[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_the_readme_and_the_other_doors_install_the_torch_of_the_lock():
    for text in (README, DOORS):
        assert set(re.findall(r"torch==(\d[\w.]+)", text)) == {lock()["torch"]}


def test_bounds_in_pyproject_are_lower_bounds():
    for requirement in declared():
        assert any(s.operator == ">=" for s in requirement.specifier), requirement


def test_everything_locked_runs_on_the_oldest_python_that_is_promised():
    """Debian 12 has 3.11.2, and what asks for 3.11.5 cannot be installed there."""
    installed = {canonicalize_name(it.name) for it in distributions()}
    if not lock().keys() <= installed:
        pytest.skip("this is not the locked set-up, but one of `make lowest` or newest")
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    asked = {name: metadata(name).get("Requires-Python") for name in lock()}
    newer = [n for n, v in asked.items() if v and not SpecifierSet(v).contains(oldest)]
    assert newer == []


def test_conda_installs_the_same_lock_on_the_same_python():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-r requirements.txt", "-e ."]}
    (python,) = [line for line in conda if line.startswith("python ")]
    bound = SpecifierSet(python.removeprefix("python "))
    assert bound == SpecifierSet(PROJECT["requires-python"])


def libraries(sources):
    """The top-level names that programs import, anywhere, but for Python's own."""
    nodes = [node for text in sources for node in ast.walk(ast.parse(text))]
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"gptlib"}


def names(requirements):
    return {Requirement(line).name.replace("-", "_") for line in requirements}


def test_the_library_needs_extras_for_pictures_notebooks_and_the_hub_only():
    used = libraries(p.read_text("utf-8") for p in ROOT.glob("gptlib/**/*.py"))
    assert "torch" in used
    beyond = used - names(PROJECT["dependencies"])
    notebooks = {"nbformat", "nbclient", "jupyter_client"}  # the last is nbclient's
    assert beyond <= {"matplotlib", "transformers", "huggingface_hub", *notebooks}


def test_the_lessons_need_nothing_that_make_does_not_install():
    used = libraries(code for path in course() for code in code_cells(path))
    known = {r.name.replace("-", "_") for r in declared()} | {"IPython"}  # ipykernel's
    assert "tiktoken" in used <= known


def code_cells(path):
    """The code of a notebook, cell by cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]


def prose_cells(path):
    """Its prose, as one text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] != "code")


@pytest.mark.parametrize("path", course(), ids=lambda path: path.stem)
def test_every_name_that_a_lesson_imports_from_gptlib_exists(path):
    nodes = [n for code in code_cells(path) for n in ast.walk(ast.parse(code))]
    froms = [n for n in nodes if isinstance(n, ast.ImportFrom)]
    ours = [n for n in froms if n.module.split(".")[0] == "gptlib"]
    assert ours
    for node in ours:
        module = import_module(node.module)
        lacking = [a.name for a in node.names if not hasattr(module, a.name)]
        assert [it for it in lacking if not find_spec(f"{node.module}.{it}")] == []


def imports():
    """Every module of gptlib, and which others it imports, anywhere in its code."""
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in ROOT.glob("gptlib/**/*.py")
    }
    paths = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    found = {}
    for name, path in paths.items():
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        froms = [n for n in nodes if isinstance(n, ast.ImportFrom)]
        wanted = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
        wanted |= {n.module for n in froms}
        wanted |= {f"{n.module}.{a.name}" for n in froms for a in n.names}
        found[name] = wanted & paths.keys()
    return found


def test_no_module_imports_itself_on_any_way_also_inside_functions():
    order = list(TopologicalSorter(imports()).static_order())
    assert order.index("gptlib.attention") < order.index("gptlib.train.loop")


def test_the_pieces_at_the_top_need_none_of_the_folders_but_the_guard():
    top = {f"gptlib.{path.stem}" for path in ROOT.glob("gptlib/*.py")}
    for name in top & imports().keys() - {"gptlib.__main__"}:
        other = {m for m in imports()[name] if m not in top and ".guard" not in m}
        assert not other - {"gptlib"}, f"{name} imports {other}"


def commands(text):
    """The lines of a document's shell blocks, without comments."""
    blocks = re.findall(r"```(?:sh|bat)\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def test_every_make_target_that_the_readme_names_exists():
    named = {words[1] for words in commands(README) if words[:1] == ["make"]}
    assert {"lab", "test"} <= named
    assert named <= set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))


DOCUMENTS = {
    "README": README,
    "elsewhere": DOORS,
    "data": (ROOT / "data" / "README.md").read_text(encoding="utf-8"),
    "lessons": "\n".join(prose_cells(path) for path in course()),
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_a_document_names_exists_with_its_options(document):
    text = DOCUMENTS[document]
    inline = re.findall(r"`(python -m gptlib[^`]*)`", text)
    calls = [*commands(text), *map(shlex.split, inline)]
    calls = [words[words.index("-m") + 1 :] for words in calls if "-m" in words]
    ours = [words for words in calls if words[0].split(".")[0] == "gptlib"]
    assert ours
    for program, *options in ours:
        if program != "gptlib":
            assert find_spec(program), program
        elif options:
            config = import_module(COMMANDS[options[0]][0]).CONFIG
            tyro.cli(config, args=[o for o in options[1:] if o not in ("--help", "-h")])


def test_the_workflow_and_the_readme_run_what_make_test_runs():
    """But one after the other, where make runs two files of tests at a time."""
    recipe = re.search(r"^test:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)[1]
    checks = re.findall(r"\$\(BIN\)/(?:python -m )?(.*)", recipe)
    checks = [check.removesuffix(" $(TWO)") for check in checks]
    assert len(checks) == 4
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    for check in checks:
        assert f"python -m {check}\n" in workflow
        assert f"python -m {check}\n" in README
