"""The ways to install the course agree, and its commands are what the README says."""

import ast
import re
import shlex
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import tyro
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from gptlib.show.sample import SampleConfig
from gptlib.train import TrainConfig

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def lock():
    """Name and exact version of every line of requirements.txt."""
    text = (ROOT / "requirements.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines]
    assert all(pairs), "every line of the lock is name==version"
    return {canonicalize_name(pair[1]): pair[2] for pair in pairs}


def declared():
    """Every requirement of pyproject.toml, extras included."""
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    return [Requirement(line) for line in lines]


def test_the_lock_holds_a_version_within_every_bound_of_pyproject():
    for requirement in declared():
        version = lock()[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_the_lock_pins_the_torch_that_the_course_was_tested_with():
    assert lock()["torch"] == "2.13.0"


def test_bounds_in_pyproject_are_lower_bounds():
    for requirement in declared():
        assert any(s.operator == ">=" for s in requirement.specifier), requirement


def test_conda_installs_the_same_lock_on_the_same_python():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-r requirements.txt", "-e ."]}
    (python,) = [line for line in conda if line.startswith("python ")]
    bound = SpecifierSet(python.removeprefix("python "))
    assert bound == SpecifierSet(PROJECT["requires-python"])


def test_every_library_that_gptlib_imports_is_declared():
    trees = [
        ast.parse(p.read_text(encoding="utf-8")) for p in ROOT.glob("gptlib/**/*.py")
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    used = {name.split(".")[0] for name in names} - sys.stdlib_module_names
    known = {r.name.replace("-", "_") for r in declared()} | {"gptlib"}
    assert used <= known


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


@pytest.mark.parametrize(
    "document", [README, (ROOT / "data" / "README.md").read_text()], ids=["top", "data"]
)
def test_every_option_that_a_readme_names_exists(document):
    configs = {"train": TrainConfig, "sample": SampleConfig}
    seen = []
    for words in commands(document):
        for name, config in configs.items():
            if "gptlib" in words and name in words:
                options = words[words.index(name) + 1 :]
                seen.append(tyro.cli(config, args=options))
    assert seen


def test_the_workflow_and_the_readme_run_what_make_test_runs():
    checks = re.findall(
        r"^\t\$\(BIN\)/(?:python -m )?(ruff .*|pytest.*)", MAKEFILE, re.M
    )
    assert len(checks) == 4
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    for check in checks:
        assert f"python -m {check}\n" in workflow
        assert f"python -m {check}\n" in README


def test_the_readme_maps_every_notebook():
    names = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert names <= set(re.findall(r"notebooks/(\w+)\.ipynb", README))
