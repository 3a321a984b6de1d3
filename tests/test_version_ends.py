"""Both ends of the bounds in pyproject.toml, as `make lowest` and `make newest` ask."""

import subprocess
import sys

import pytest
from lessons import ROOT
from packaging.requirements import Requirement
from version_ends import declared, lowest, newest


def test_the_lowest_is_the_bound_itself_and_nothing_else():
    assert lowest(Requirement("pytest>=8,<10")) == "pytest==8"
    assert lowest(Requirement("regex>=2024.4.16")) == "regex==2024.4.16"
    for requirement in declared():
        exact = Requirement(lowest(requirement))
        (pin,) = exact.specifier
        assert (exact.name, pin.operator) == (requirement.name, "==")
        assert requirement.specifier.contains(pin.version)


def test_a_bound_below_that_cannot_be_installed_exactly_is_refused():
    with pytest.raises(ValueError, match="numpy>1"):
        lowest(Requirement("numpy>1"))


def test_the_newest_keeps_upper_bounds_only():
    assert newest(Requirement("pytest>=8,<10")) == "pytest<10"
    assert newest(Requirement("numpy>=1.26")) == "numpy"


@pytest.mark.parametrize("end", ["lowest", "newest"])
def test_the_program_prints_a_line_for_each_requirement(end):
    command = [sys.executable, "tests/version_ends.py", end]
    said = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    assert [Requirement(it).name for it in said] == [r.name for r in declared()]
