"""How nbval judges the course: decimals by closeness, everything else to the letter.

A notebook that was not saved from one clean run is refused before any cell runs: nbval
compares no output of a cell without a count, so a cleared notebook would always pass.

Shape comments are judged on the way: a wrong one fails the cell in which it runs, and
an item of its own fails for those that never ran.

A notebook that the README does not map is somebody's own: it is skipped, and named.
"""

import ast
import difflib
import math
import re
import sys
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbval.plugin import IPyNbCell, IPyNbFile

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import shape_comments
from lessons import course
from notebook_tool import REMEDY, clean_run_faults, where

# Run in the kernel before the first cell; it leaves no name behind there.
TOOLS = str(Path(shape_comments.__file__).parent)
JUDGE_CELLS = f"""
import sys
from IPython import get_ipython
sys.path.append({TOOLS!r})
import shape_comments
sys.path.remove({TOOLS!r})
shape_comments.cells = shape_comments.Cells(get_ipython())
"""
TALLY = "__import__('shape_comments').cells.book.tally()"

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


class ShapeCommentsItem(pytest.Item):
    """Every shape comment of the notebook was judged, and none was wrong."""

    def runtest(self):
        tally = self.parent.ask(TALLY)
        print("alike:", *tally["alike"], sep="\n    ")
        faults = [
            *tally["wrong"],
            *(f"{it}\n    never ran" for it in tally["unreached"]),
            *(f"{it}\n    nothing else says how large this is" for it in tally["free"]),
        ]
        found = len(tally["reached"]) + len(tally["unreached"])
        if found < self.parent.promises:
            faults.append(f"{self.parent.promises - found} are in cells that never ran")
        if faults:
            raise shape_comments.ShapeCommentError("\n".join(faults))

    def repr_failure(self, excinfo):
        if excinfo.errisinstance(shape_comments.ShapeCommentError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, None, self.name


class CourseNotebook(IPyNbFile):
    """A notebook that must have been saved from one clean run."""

    def setup(self):
        super().setup()
        self.ask(f"exec({JUDGE_CELLS!r}, {{}})")

    def ask(self, expression: str) -> object:
        """What a Python expression is in the kernel, unseen by the notebook."""
        reply = self.kernel.kc.execute(
            "", silent=True, user_expressions={"it": expression}, reply=True, timeout=60
        )
        answer = reply["content"]["user_expressions"]["it"]
        if answer["status"] != "ok":
            raise RuntimeError("\n".join(answer["traceback"]))
        return ast.literal_eval(answer["data"]["text/plain"])

    def collect(self):
        if self.path.resolve() not in course():
            reason = f"{self.path.name} is no lesson: the README does not map it"
            pytest.skip(reason, allow_module_level=True)
        nb = nbformat.read(self.path, as_version=4)
        faults = list(clean_run_faults(nb))
        if faults:
            lines = "\n".join(f"{self.path.name}, {fault}" for fault in faults)
            raise self.CollectError(f"{lines}\nNot saved from one clean run: {REMEDY}.")
        self.promises = self.count_shape_comments(nb)
        for cell in super().collect():
            yield CourseCell.from_parent(
                self,
                name=cell.name,
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=cell.options,
            )
        if self.promises:
            yield ShapeCommentsItem.from_parent(self, name="shape comments")

    def count_shape_comments(self, nb: nbformat.NotebookNode) -> int:
        """How many there are; refuses those that can be judged in no run."""
        book = shape_comments.ShapeComments()
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                # What is no Python fails, or is meant to fail, when it runs.
                with suppress(SyntaxError):
                    source = TransformerManager().transform_cell(cell.source)
                    try:
                        book.rewrite(source, where(index, cell))
                    except shape_comments.ShapeCommentError as error:
                        raise self.CollectError(f"{self.path.name}, {error}") from None
        return len(book.comments)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put the course's rules in the place of nbval's."""
    return [
        CourseNotebook.from_parent(parent, path=file_path)
        if isinstance(collector, IPyNbFile)
        else collector
        for collector in (yield)
    ]
