"""What the two container files copy and start exists, and nothing private is copied."""

import json
import re
import tomllib

import pytest
import tyro
from lessons import ROOT
from packaging.specifiers import SpecifierSet

from classroom.__main__ import COMMANDS
from gptlib.lab.run import LabConfig

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LAB = ROOT / "docs" / "Containerfile"
FILES = pytest.mark.parametrize("path", [LAB, ROOT / "classroom" / "Containerfile"])


def copied(path):
    """The names that a container file copies out of the checkout."""
    lines = re.findall(r"^COPY (?:--\S+ )?(.*) \S+$", path.read_text(), re.MULTILINE)
    return [name for line in lines for name in line.split()]


def value(path, word):
    """What stands after a word of JSON's form, such as CMD."""
    return json.loads(re.search(rf"^{word} (.*)$", path.read_text(), re.MULTILINE)[1])


@FILES
def test_what_is_copied_is_named_and_is_all_that_the_package_needs(path):
    names = copied(path)
    assert [it for it in names if not (ROOT / it).exists()] == []
    assert not {".", "workbook", "runs", "site"} & set(names)
    packages = {it.split(".")[0] for it in PROJECT["tool"]["setuptools"]["packages"]}
    assert packages | {"data", "notebooks", "README.md", "LICENSE"} <= set(names)


@FILES
def test_the_python_of_the_image_is_one_that_is_promised(path):
    (version,) = re.findall(r"^FROM \S+/python:([\d.]+)-slim", path.read_text(), re.M)
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(version + ".9")


def test_the_container_starts_make_lab_with_options_that_it_takes():
    *command, options = value(LAB, "CMD")
    assert command == ["make", "lab"]
    name, text = options.split("=", 1)
    assert name == "OPTIONS"
    config = tyro.cli(LabConfig, args=text.split())
    assert config.open
    assert "--ip 0.0.0.0 --port 8888 --no-browser" in " ".join(config.jupyter)
    assert "\nEXPOSE 8888\n" in LAB.read_text()


def test_nobody_is_root_in_the_container_of_the_lessons():
    lines = LAB.read_text().splitlines()
    assert lines.index("USER learner") < lines.index("WORKDIR /home/learner/course")
    assert not [line for line in lines if line.startswith("USER") and "root" in line]


def test_the_container_for_teachers_starts_the_bench():
    path = ROOT / "classroom" / "Containerfile"
    assert value(path, "ENTRYPOINT")[-2:] == ["-m", "classroom"]
    assert re.search(r"^#\s+classroom grade /class$", path.read_text(), re.MULTILINE)
    assert "grade" in COMMANDS
