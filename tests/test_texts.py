"""The texts beside the lessons: what they say of a lesson stands in that lesson."""

import re
from pathlib import Path

import nbformat
import pytest
from facts import facts
from jupyterlab.commands import get_app_dir
from lessons import NOTEBOOKS
from nbformat.v4 import new_markdown_cell
from prose_numbers import unheld

WORDS = (NOTEBOOKS / "words.md").read_text(encoding="utf-8")
QUESTIONS = (NOTEBOOKS / "questions.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| .+ \| \[\d\d\]\((.+?)\) \|$", WORDS, re.MULTILINE)
ASKED = re.split(r"\n\n(?=\*\*)|\n\n## .*\n\n(?=\*\*)", QUESTIONS)[1:]
THREAD = r"https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/\d+"


def lesson(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4)


@pytest.mark.parametrize(("word", "name"), ROWS, ids=lambda it: it)
def test_a_word_stands_in_the_lesson_that_it_leads_to(word, name):
    text = "\n".join(cell.source for cell in lesson(name).cells).lower()
    for part in re.sub(r"[`*]", "", word).lower().split(", "):
        assert re.search(rf"(?<!\w){re.escape(part)}", text), part


def test_there_are_words_and_symbols():
    assert len(ROWS) == WORDS.count("\n| ") - 2 > 60


def test_there_are_twenty_questions_and_each_has_a_thread_and_a_lesson():
    assert len(ASKED) > 20
    for question in ASKED:
        assert re.match(r"\*\*[^*]+\*\*\n\(\[", question)
        assert re.search(THREAD, question)
        assert re.search(r"\]\(\d\d_\w+\.ipynb\)", question)
    threads = re.findall(THREAD, QUESTIONS)
    assert len(threads) == len(set(threads))


@pytest.mark.parametrize("question", ASKED, ids=lambda it: it.split("**")[1][:40])
def test_the_numbers_of_an_answer_are_printed_by_its_lessons(question):
    names = re.findall(r"\]\((\d\d_\w+\.ipynb)\)", question)
    said = re.sub(r"\*\*.*?\*\*\n|\(\[.*?\)\)", "", question, flags=re.DOTALL)
    cells = [cell for name in names for cell in lesson(name).cells]
    printing = [cell for cell in cells if cell.cell_type == "code"]
    nb = nbformat.v4.new_notebook(cells=[new_markdown_cell(said), *printing])
    assert [number.text for _, number in unheld(nb, facts().values())] == []


def test_the_menus_that_a_text_names_are_jupyterlabs():
    text = (NOTEBOOKS / "jupyter.md").read_text(encoding="utf-8")
    labels = re.findall(r"\*\*(?:Kernel|Run), (.+?)\*\*", text)
    static = Path(get_app_dir(), "static")
    code = "".join(path.read_text("utf-8") for path in static.glob("*.js"))
    assert len(labels) >= 5
    assert [label for label in labels if f'"{label}' not in code] == []
