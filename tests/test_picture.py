import base64
import runpy
import struct
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest
from IPython.core.pylabtools import print_figure
from nbformat.v4 import new_code_cell, new_notebook
from notebook_tool import main

matplotlib.use("Agg")

from gptlib.show import picture
from gptlib.show.picture import as_png, show

ALT = 'A line that rises from 1 to 3, for "a" < b.'
DRAWN = f"""
import matplotlib.pyplot as plt
from gptlib.show.picture import show
plt.figure(figsize=(4, 2), dpi=100)
plt.plot([1, 3])
show({ALT!r})
plt.get_fignums()
"""


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The same cell in two notebooks, each run and saved by the tool."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("a", "b"):
        nb = new_notebook(cells=[new_code_cell(DRAWN, id="drawn")])
        nbformat.write(nb, folder / f"{name}.ipynb")
    assert main([str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def outputs(saved):
    (cell,) = nbformat.read(saved / "a.ipynb", as_version=4).cells
    return cell.outputs


def test_two_runs_save_the_same_bytes(saved):
    assert (saved / "a.ipynb").read_bytes() == (saved / "b.ipynb").read_bytes()


def test_a_notebook_gets_a_picture_its_words_and_no_figure_left_open(outputs):
    kinds = [(o.output_type, [*o.data]) for o in outputs]
    assert kinds == [
        ("display_data", ["image/png", "text/plain"]),
        ("display_data", ["text/html", "text/plain"]),
        ("execute_result", ["text/plain"]),
    ]
    assert outputs[2].data["text/plain"] == "[]"


def test_the_saved_picture_carries_its_words(outputs):
    assert outputs[0].metadata == {"image/png": {"alt": ALT}}
    assert [o.data["text/plain"] for o in outputs[:2]] == [ALT, ALT]


def test_the_words_alone_are_html_without_the_picture(outputs):
    words = outputs[1].data["text/html"]
    assert "Picture: A line that rises from 1 to 3, for &quot;a&quot; &lt; b." in words
    assert len(words) < len(ALT) + 200


def test_the_picture_is_a_png_of_about_the_size_that_was_asked_for(outputs):
    png = base64.b64decode(outputs[0].data["image/png"])
    width, height = struct.unpack(">II", png[16:24])
    assert 330 < width <= 400
    assert 160 < height <= 200


def test_the_picture_is_the_one_that_jupyter_itself_would_show():
    figure, ax = plt.subplots(figsize=(3, 2), facecolor="lightgrey")
    ax.plot([1, 3], label="a")
    assert as_png(figure) == print_figure(figure, base64=True).strip()


@pytest.mark.parametrize("alt", ["", " \n"])
def test_a_picture_without_words_is_refused(alt):
    plt.figure()
    with pytest.raises(ValueError, match="say in a sentence"):
        show(alt)


def test_words_without_a_picture_are_refused():
    with pytest.raises(ValueError, match="no figure to show"):
        show("A line.")


def test_outside_a_notebook_the_current_figure_is_shown_and_closed(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    plt.figure(1)
    plt.figure(2)
    show("Nothing yet.")
    assert (shown, plt.get_fignums()) == ([[1, 2]], [1])


def test_a_python_without_ipython_is_no_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    assert picture.notebook() is None


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"picture draws .* pip install matplotlib"):
        runpy.run_path(str(Path(picture.__file__)))
