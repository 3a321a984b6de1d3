"""Lessons that are built by their learner: what must hold for each of them.

The form is described in notebooks/README.md.
"""

import ast
import dis
import html
import inspect
import math
import re
from itertools import pairwise

import nbformat
import pytest
from lessons import ROOT, course, lessons, reading_minutes, slug

from gptlib.checks.verdict import PARTS
from gptlib.lab.forms import (
    further,
    given,
    learner_form,
    put_back,
    solutions,
    tagged,
)
from gptlib.lab.kernel import code_cell, failure, run_cells

PAGES = {path: nbformat.read(path, as_version=4) for path in course()}
BUILT = [path for path, nb in PAGES.items() if solutions(nb)]
LESSONS = lessons()
MOST_READING, MOST_WITH_WRITING, MOST_FURTHER = 45, 75, 15  # minutes
MOST_CODE_CELLS = 50
each_page = pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def name(path):
    return slug(path) if path in lessons() else f"homework/{slug(path)}"


def form(path):
    return learner_form(PAGES[path], name(path))


def writing_minutes(nb):
    return sum(
        cell.metadata.yours.minutes for cell in nb.cells if tagged(cell, "yours")
    )


def test_all_is_built_but_the_tour_a_comparison_and_the_project():
    assert {name(path) for path in PAGES if path not in BUILT} == {
        "tour",
        "two_ancestors",
        "homework/project",
    }


@each_page
def test_with_the_solutions_put_back_the_code_is_the_reading_forms(path):
    again = put_back(form(path), PAGES[path])
    code = [
        [c.source for c in nb.cells if c.cell_type == "code"]
        for nb in (again, PAGES[path])
    ]
    assert code[0] == code[1]


@each_page
def test_the_learners_form_holds_no_solution_before_its_place(path):
    """Statements and their right sides, longer than 20 characters, spaces aside."""
    cells = form(path).cells
    for name, source in solutions(PAGES[path]).items():
        place = [cell.id for cell in cells].index(name)
        before = squeezed("\n".join(cell.source for cell in cells[: place + 1]))
        removed = statements(source) - statements(cells[place].source)
        assert removed
        assert [it for it in removed if len(it) > 20 and it in before] == []


def squeezed(text):
    return re.sub(r"\s", "", text).replace("'", '"')


def statements(source):
    """All simple statements of the source, and what each assigns or returns."""
    found = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.stmt)]
    simple = [n for n in found if not hasattr(n, "body")]
    values = [n.value for n in simple if getattr(n, "value", None)]
    return {squeezed(ast.unparse(node)) for node in [*simple, *values]}


@each_page
def test_each_cell_alone_fails_with_its_own_words_and_its_solution_passes(path):
    """In one kernel: all before it is solved; its stub, its check, then both again."""
    exercises = solutions(PAGES[path])
    faults = [c.id for c in given(PAGES[path]) if c.id in exercises]
    plan = []
    for cell in form(path).cells:
        if cell.cell_type == "code" and not tagged(cell, "experiment"):
            plan.append(code_cell(cell.id, cell.source))
        if found := re.match(r'check\("(.+?)"', cell.source):
            exercise = found[1]
            plan[-1].id = f"empty {exercise}"
            plan.append(code_cell(f"solve {exercise}", exercises[exercise]))
            plan.append(code_cell(f"right {exercise}", cell.source))
            if exercise == list(exercises)[-1]:
                break
    assert run_cells(plan, path.parent) is None
    assert [cell.id for cell in plan if failure(cell)] == []
    checked = [c for c in plan if c.id.startswith(("empty ", "right "))]
    said = {c.id: c.outputs[-1].data["text/plain"] for c in checked}
    for exercise in exercises:
        empty = said[f"empty {exercise}"]
        if exercise in faults:
            assert "\nThis is still the code as it was given." in empty
        else:
            assert empty.startswith(f"{exercise}: not written yet")
            assert "\nThe cell above waits for your lines." in empty
        assert said[f"right {exercise}"].startswith(f"{exercise}: right")


@each_page
def test_an_exercise_is_a_cell_its_check_and_its_hints(path):
    cells = [*PAGES[path].cells, nbformat.v4.new_markdown_cell()]
    for place, cell in enumerate(cells):
        if tagged(cell, "yours"):
            check, hints = cells[place + 1 : place + 3]
            assert check.source.startswith(f'check("{cell.id}", ')
            assert tagged(hints, "hints")
            folds = hints.source.count("<details>")
            assert folds == hints.source.count("</details>")
            assert folds == 4 or (path not in LESSONS and folds >= 2)
            assert cell.id in PARTS


def test_no_two_exercises_have_the_same_name():
    names = [name for nb in PAGES.values() for name in solutions(nb)]
    assert len(names) == len(set(names))
    assert set(names) == set(PARTS)


@each_lesson
def test_what_is_to_be_guessed_has_an_answer_that_folds(path):
    """The next cell after a guess runs, the next text after that is the answer."""
    cells = PAGES[path].cells
    guesses = [i for i, c in enumerate(cells) if "**Guess:**" in c.source]
    assert len(guesses) >= 4
    for i in guesses:
        after = next(c for c in cells[i + 1 :] if c.cell_type == "markdown")
        assert tagged(after, "answer"), cells[i].source
    assert len(guesses) == sum(tagged(cell, "answer") for cell in cells)


@each_lesson
def test_every_picture_says_in_words_what_it_shows(path):
    for cell in PAGES[path].cells:
        assert "plt.show()" not in cell.source
        outputs = cell.get("outputs", [])
        for picture, words in pairwise([*outputs, None]):
            if picture is not None and "image/png" in picture.get("data", {}):
                alt = picture.metadata["image/png"]["alt"]
                assert len(alt) > 40
                assert html.escape(alt) in words.data["text/html"]


@each_lesson
def test_its_minutes_are_computed_and_few(path):
    nb = PAGES[path]
    aside = further(nb)
    reading = reading_minutes([cell for cell in nb.cells if cell not in aside])
    writing, more = writing_minutes(nb), reading_minutes(aside)
    print(f"{path.stem}: {reading:.1f} + {writing}, further {more:.1f}")
    assert reading <= MOST_READING
    assert reading + writing <= MOST_WITH_WRITING
    assert more <= MOST_FURTHER
    promised = [f"{in_fives(reading)} minutes to read"]
    promised += [f"{writing} more to write"] * bool(writing)
    promised += [f"{in_fives(more)} for what is marked *further*"] * bool(more)
    assert ", ".join(promised) in nb.cells[0].source
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("| [")]
    (row,) = (row for row in rows if f"(notebooks/{path.name})" in row)
    sums = " + ".join(str(n) for n in (in_fives(reading), writing) if n)
    assert row.endswith(f"| {sums} |")


def in_fives(minutes):
    return 5 * math.ceil(minutes / 5)


@each_lesson
def test_it_is_one_sitting(path):
    code = [cell.source for cell in PAGES[path].cells if cell.cell_type == "code"]
    assert len(code) <= MOST_CODE_CELLS
    first = [line for line in code[0].splitlines() if line.startswith(IMPORTING)]
    assert len(first) < 12


IMPORTING = ("import ", "from ")


@each_lesson
def test_nobody_needs_what_is_marked_further(path):
    """No exercise stands there, and no later cell uses a name from there."""
    nb = PAGES[path]
    aside = further(nb)
    for cell in aside:
        assert not tagged(cell, "yours")
        assert cell.cell_type == "code" or "\n#" not in cell.source
        if cell.source.startswith("#"):
            assert cell.source.startswith("## Further: ")
            assert cell.metadata["jp-MarkdownHeadingCollapsed"] is True
    for here, after in pairwise(nb.cells):
        if here in aside and after not in aside:  # or it would be folded too
            assert after.source.startswith("## ")
    made = set()
    for cell in nb.cells:
        if cell.cell_type == "code":
            if cell in aside:
                made |= {name for name, stored in names_of(cell.source) if stored}
                continue
            for name, stored in names_of(cell.source):
                assert stored or name not in made, f"{cell.id} uses {name}"
                made -= {name} if stored else set()


def names_of(source):
    """The page's names that code stores (True) or loads, in the order of its lines.

    What its functions load comes last, as if all were called at the end.
    """
    code = compile(source, "cell", "exec")
    for it in dis.get_instructions(code):
        if it.opname in ("STORE_NAME", "LOAD_NAME"):
            yield it.argval, it.opname == "STORE_NAME"
    for inner in inner_code(code):
        for it in dis.get_instructions(inner):
            if it.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                yield it.argval, False


def inner_code(code):
    """The code objects of functions, classes and comprehensions, however deep."""
    for it in code.co_consts:
        if inspect.iscode(it):
            yield it
            yield from inner_code(it)
