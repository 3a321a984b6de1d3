"""Two more lessons in the learner's form: not written, typed wrong, told so, right."""

import nbformat
import pytest
from lab_page import NotebookPage
from lessons import lesson

from gptlib.lab.forms import learner_form, solutions

# lesson, exercise, its check's cell, a mistake put into the right code, what is said
WRITTEN = [
    (
        "gelu",
        "new-gelu",
        "check-new-gelu-new-gelu",
        ("0.044715", "0.44715"),
        "Row 0 is wrong",
    ),
    (
        "layernorm",
        "layernorm",
        "check-layernorm-layernorm",
        ("correction=0", "correction=1"),
        "correction=0 divides by C",
    ),
]


@pytest.fixture(scope="module")
def lab(start_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons")
    for name, *_ in WRITTEN:
        form = learner_form(nbformat.read(lesson(name), as_version=4), name)
        nbformat.write(form, folder / f"{name}.ipynb")
    return start_lab(folder)


@pytest.mark.parametrize(("name", "exercise", "check", "mistake", "told"), WRITTEN)
def test_empty_then_wrong_then_right(
    lab, page, tmp_path, name, exercise, check, mistake, told
):
    opened = NotebookPage(page, lab, f"{name}.ipynb")
    right = solutions(nbformat.read(lesson(name), as_version=4))[exercise]
    wrong = right.replace(*mistake)
    assert wrong != right
    opened.run(opened.ids[1])  # what the lesson imports
    opened.run(exercise)
    assert opened.run(check).startswith(f"{exercise}: not written yet")
    opened.write(exercise, wrong)
    opened.run(exercise)
    said = opened.run(check)
    assert said.startswith(f"{exercise}: not yet") and told in said
    opened.write(exercise, right)
    opened.run(exercise)
    assert opened.run(check).startswith(f"{exercise}: right")
    opened.cell(check).scroll_into_view_if_needed()
    opened.picture(tmp_path)
