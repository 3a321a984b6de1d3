"""The ends of the bounds in pyproject.toml, one requirement a line, for pip.

python tests/version_ends.py lowest   # every lower bound, exactly
python tests/version_ends.py newest   # no bound but the upper ones, which say why
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def declared() -> list[Requirement]:
    """Every requirement of pyproject.toml, extras included."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [Requirement(line) for line in lines]


def lowest(requirement: Requirement) -> str:
    """The requirement with its lower bound as the one version allowed.

    Raises:
        ValueError: it has no bound of the form >=.
    """
    bounds = [s.version for s in requirement.specifier if s.operator == ">="]
    if len(bounds) != 1:
        raise ValueError(f"{requirement}: one lower bound, as in name>=1.2, is needed")
    return f"{requirement.name}=={bounds[0]}"


def newest(requirement: Requirement) -> str:
    """The requirement with nothing but its upper bound, where it has one."""
    upper = [str(s) for s in requirement.specifier if s.operator != ">="]
    return f"{requirement.name}{SpecifierSet(','.join(upper))}"


if __name__ == "__main__":
    end = {"lowest": lowest, "newest": newest}[sys.argv[1]]
    print("\n".join(end(requirement) for requirement in declared()))
