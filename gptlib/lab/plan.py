"""What is run to judge a copy: the learner's cells, and the course's checks."""

import ast
from itertools import pairwise

from nbformat import NotebookNode

from gptlib.lab.forms import tagged
from gptlib.lab.kernel import code_cell
from gptlib.lab.merge import recognized

CHECK = "check("
MAY_FAIL = "raises-exception"
EXPERIMENT = "experiment"  # takes minutes; what it found stands in a report
# gptlib's own check, and no name of the page; shown whatever the page does to outputs.
ASKED = """__import__("IPython.display").display.display({{
"text/plain": (__import__("gptlib.checks").checks.{}
).__repr__()
}}, raw=True)"""


def checks_of(reading: NotebookNode) -> dict[str, str]:
    """The source of the check of each exercise, by the exercise's slug.

    Raises:
        ValueError: an exercise has no check in the code cell after it.
    """
    code = [cell for cell in reading.cells if cell.cell_type == "code"]
    found = {}
    for cell, after in pairwise([*code, None]):
        if tagged(cell, "yours"):
            if after is None or not _is_check(after.source):
                raise ValueError(f"no cell {CHECK}...) follows the cell `{cell.id}`")
            found[cell.id] = after.source
    return found


def _is_check(source: str) -> bool:
    """Whether it is one call of `check` and nothing else."""
    try:
        ast.parse(source, mode="eval")
    except SyntaxError:
        return False
    return source.startswith(CHECK)


def planned(
    mine: NotebookNode, reading: NotebookNode, checks: dict[str, str]
) -> list[NotebookNode]:
    """The code cells to run: the learner's, and the course's checks among them.

    A check comes before the first of the course's cells after the exercise's that is
    neither the exercise's check nor its hints, so that what the learner added there
    counts; if the exercise's cell is gone, at the end. Nothing is run after the last
    check, no check of the learner's own, and no experiment.
    """
    course = {cell.id: cell for cell in reading.cells}
    waiting, due, plan = dict(checks), {}, []
    for number, cell in enumerate(recognized(mine, reading).cells, start=1):
        name = cell.get("id") or f"no. {number}"
        if name in course and not _belongs_to_exercise(course[name]):
            plan += _check_cells(due)
            due = {}
        if not waiting and not due:
            break
        own_check = cell.source.lstrip().startswith(CHECK) and name not in checks
        long = name in course and tagged(course[name], EXPERIMENT)
        if cell.cell_type == "code" and not own_check and not long:
            may_fail = name in course and tagged(course[name], MAY_FAIL)
            plan.append(code_cell(name, cell.source, *[MAY_FAIL] * may_fail))
        if name in waiting:
            due[name] = waiting.pop(name)
    return plan + _check_cells(due | waiting)


def _belongs_to_exercise(cell: NotebookNode) -> bool:
    return tagged(cell, "hints") or cell.source.startswith(CHECK)


def _check_cells(checks: dict[str, str]) -> list[NotebookNode]:
    return [
        code_cell(slug, ASKED.format(source.strip()), "check")
        for slug, source in checks.items()
    ]
