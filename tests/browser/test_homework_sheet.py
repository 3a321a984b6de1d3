"""A homework sheet in JupyterLab as a student meets it: a fault, a bill, a witness."""

import json
import subprocess
import sys

import nbformat
import pytest
from lab_page import NotebookPage
from lessons import NOTEBOOKS

from gptlib.lab.forms import learner_form, solutions

SHEET = NOTEBOOKS / "homework" / "3_more_attention.ipynb"
READING = nbformat.read(SHEET, as_version=4)
NOTHING = "def mask_witness(attend):\n    return 0.0"


@pytest.fixture(scope="module")
def lab(start_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sheet")
    form = learner_form(READING, "homework/more_attention")
    nbformat.write(form, folder / SHEET.name)
    return start_lab(folder)


@pytest.fixture(scope="module")
def opened(lab, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield NotebookPage(context.new_page(), lab, SHEET.name)
    context.close()


def test_a_fault_is_given_found_and_mended(opened, tmp_path):
    opened.run("import-math-import-torch-from")
    opened.run("mask-fault")
    check = "check-mask-fault-attend"
    assert "still the code as it was given" in opened.run(check)
    opened.write("mask-fault", solutions(READING)["mask-fault"])
    opened.run("mask-fault")
    said = opened.run(check)
    assert said.startswith("mask-fault: right, 2 of 2 points")
    opened.cell(check).scroll_into_view_if_needed()
    opened.picture(tmp_path)


def test_a_witness_that_sees_nothing_is_told_so(opened):
    opened.write("mask-witness", NOTHING)
    opened.run("mask-witness")
    said = opened.run("check-mask-witness-mask-witness")
    assert said.startswith("mask-witness: not yet, 0 of 2 points")
    assert "the mask comes after the softmax" in said


def test_own_sizes_follow_from_the_name_that_is_typed(opened):
    first = "import-math-import-torch-from"
    source = next(c.source for c in READING.cells if c.id == first)
    opened.write(first, source.replace("your name", "Ada Lovelace"))
    opened.run(first)
    sizes = opened.run("sizes-own-sizes-cache-bill")
    assert "n_layer" in sizes and "kv_heads" in sizes
    opened.run("cache-bill")
    said = opened.run("check-cache-bill-sizes-predicted")
    assert said.startswith("cache-bill: not written yet")


def test_what_was_saved_in_the_browser_has_its_points_in_a_terminal(opened):
    cells = {c["id"]: "".join(c["source"]) for c in opened.save()}
    assert cells["mask-fault"] == solutions(READING)["mask-fault"]
    command = [sys.executable, "-m", "gptlib", "check", str(opened.path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "mask-fault: right, 2 of 2 points" in done.stdout
    assert "2 of 20 points" in done.stdout


@pytest.mark.soak
def test_a_file_from_which_an_editor_took_its_metadata_is_judged_too(opened):
    nb = json.loads(opened.path.read_text(encoding="utf-8"))
    nb["metadata"] = {}
    for cell in nb["cells"]:
        cell["metadata"] = {}  # as VS Code does with what it does not know
    plain = opened.path.with_name("vscode") / SHEET.name
    plain.parent.mkdir()
    plain.write_text(json.dumps(nb), encoding="utf-8")
    command = [sys.executable, "-m", "gptlib", "check", str(plain)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "2 of 20 points" in done.stdout
