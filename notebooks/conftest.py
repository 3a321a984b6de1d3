"""How nbval judges the course: decimals by closeness, everything else to the letter.

A notebook that was not saved from one clean run is refused before any cell runs: nbval
compares no output of a cell without a count, so a cleared notebook would always pass.
"""

import difflib
import math
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from notebook_tool import REMEDY, clean_run_faults

# A number with a point or an exponent, its sign included. Not a whole number, not the
# full stop after one, not a version such as 2.13.0; but torch's "1." before , ] or ).
DECIMAL = re.compile(
    r"(?<![\w.])[-+]?(?:(?:\d+\.\d+|\.\d+|\d+\.(?=[],)]))(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)"
    r"(?!\d|\.\d)"
)


class CloseText(str):
    """Text that equals another whose decimals are close and whose rest is the same."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str) or DECIMAL.split(self) != DECIMAL.split(other):
            return False
        pairs = zip(DECIMAL.findall(self), DECIMAL.findall(other), strict=True)
        # Two computers agree to about 6 digits on a loss after some training.
        return all(
            math.isclose(float(a), float(b), rel_tol=1e-3, abs_tol=1e-4)
            for a, b in pairs
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(DECIMAL.split(self)))


class CourseCell(IPyNbCell):
    """A code cell whose decimals may differ a little from the saved ones."""

    def sanitize(self, s):
        text = super().sanitize(s)
        return CloseText(text) if isinstance(text, str) else text

    def format_output_compare(self, key, left, right):
        """Show only the lines that differ by more than is allowed."""
        saved, now = str(left).split("\n"), str(right).split("\n")
        if len(saved) == len(now):
            pairs = zip(saved, now, strict=True)
            now = [a if CloseText(a) == b else b for a, b in pairs]
        diff = difflib.unified_diff(saved, now, "saved", "now", n=1, lineterm="")
        self.comparison_traceback += [f"mismatch in {key}", *diff]


class CourseNotebook(IPyNbFile):
    """A notebook that must have been saved from one clean run."""

    def collect(self):
        faults = list(clean_run_faults(nbformat.read(self.path, as_version=4)))
        if faults:
            lines = "\n".join(f"{self.path.name}, {fault}" for fault in faults)
            raise self.CollectError(f"{lines}\nNot saved from one clean run: {REMEDY}.")
        for cell in super().collect():
            yield CourseCell.from_parent(
                self,
                name=cell.name,
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=cell.options,
            )


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put the course's rules in the place of nbval's."""
    return [
        CourseNotebook.from_parent(parent, path=file_path)
        if isinstance(collector, IPyNbFile)
        else collector
        for collector in (yield)
    ]
