"""The numbers in the lessons' prose, and the rules by which they are checked."""

import ast
import copy
import re
from pathlib import Path

import facts
import nbformat
import pytest
from facts import QUOTED
from lessons import ROOT, course, lesson, lessons
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from prose_numbers import (
    REMEDY,
    complaint,
    exact,
    faults,
    main,
    printed_numbers,
    prose_numbers,
    unheld,
)

COURSE = course()
README = ROOT / "README.md"
each_lesson = pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def note(prose, *outputs, source="x", tags=()):
    """A notebook of one sentence and one cell; a text is what the cell writes."""
    written = [
        new_output("stream", text=output) if isinstance(output, str) else output
        for output in outputs
    ]
    cell = new_code_cell(source, outputs=written, metadata={"tags": list(tags)})
    return new_notebook(cells=[new_markdown_cell(prose), cell])


def refused(nb, known=()):
    return [number.text for _, number in unheld(nb, known)]


# The course


@each_lesson
def test_every_number_in_the_prose_is_printed_or_a_fact(path):
    found = faults(read(path))
    assert not found, "\n".join(["", *found, REMEDY])


def test_the_readme_has_no_number_that_the_tour_does_not_print():
    tour = read(lesson("tour"))
    tour.cells = [new_markdown_cell(README.read_text("utf-8")), *tour.cells]
    assert len(prose_numbers(tour.cells[0].source)) >= 3
    assert faults(tour) == []


# That it can fail


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_a_number_that_a_lesson_prints_passes_and_with_a_wrong_digit_fails(path):
    nb = read(path)
    printed = [number for _, number in printed_numbers(nb)]
    longest = max(printed, key=lambda number: number.digits).text
    assert prose_numbers(longest)
    wrong = change_last_digit(longest)
    nb.cells += [new_markdown_cell(f"It is {longest}, not {wrong}.")]
    assert [n.text for cell, n in unheld(nb, ()) if cell is nb.cells[-1]] == [wrong]


def test_wrong_digits_in_the_prose_of_the_course_are_caught():
    changed = [change_prose(read(path)) for path in COURSE]
    numbers = sum(count for _, count in changed)
    caught = sum(len(faults(nb)) for nb, _ in changed)
    assert numbers > 50
    assert caught >= 0.95 * numbers  # by chance, another number may be hit


def change_prose(nb):
    """A copy of a notebook, each number in its prose wrong, and how many there are."""
    nb, count = copy.deepcopy(nb), 0
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            for number in reversed(prose_numbers(cell.source)):
                before, after = cell.source[: number.start], cell.source[number.start :]
                wrong = after.replace(number.text, change_last_digit(number.text), 1)
                cell.source, count = before + wrong, count + 1
    return nb, count


def change_last_digit(text):
    """0.2844 -> 0.2841, 4.73e-4 -> 4.71e-4; never to a zero, 250 is not checked."""
    digits, rest = re.fullmatch(r"([^0-9]*[0-9][0-9.,]*)(.*)", text).groups()
    return digits[:-1] + ("2" if digits[-1] == "1" else "1") + rest


# Which numbers are checked


@pytest.mark.parametrize(
    "text, value",
    [
        ("It has 1,024.", "1024"),
        ("of 124,439,808 parameters", "124439808"),
        ("124 million", "124e6"),
        ("a 1.56-billion-parameter model", "1.56e9"),
        ("**0.100**", "0.1"),
        ("a loss of 2.00.", "2"),
        ("| 0.2844 |", "0.2844"),
        ("# Why 50257?", "50257"),
        ("at \u22120.7518 it is", "-0.7518"),
        ("at x=-0.7518", "-0.7518"),
        ("x-128", "128"),
        ("f(x)-128", "128"),
        ("0.841 \u2212 0.1 is", "0.841"),
        ("4.73e-4", "4.73e-4"),
        ("4.73 \u00d7 10⁻⁴", "4.73e-4"),
        (r"$4.73 \times 10^{-4}$", "4.73e-4"),
        (r"$50{,}257$", "50257"),
        ("12 \u00d7 1024", "1024"),
        ("`0.044715 * p`", "0.044715"),
        ("`text[:12_345]`", "12345"),
        ("[768](x.md)", "768"),
        ("<b>768</b>", "768"),
        ("1/768", "768"),
        ("in 2016 places", "2016"),
        ("in 2048, or", "2048"),
        ("in 2,016, he", "2016"),
        ("Only 1984 words.", "1984"),
        ("63.2 %", "63.2"),
    ],
)
def test_a_number_is_found(text, value):
    (number,) = prose_numbers(text)
    assert number.value == pytest.approx(type(number.value)(value))
    assert number.text in text


@pytest.mark.parametrize(
    "text",
    [
        "12 of 99, 0.05, 900,000 and 450, 1e-5",
        "`wte256`, float32, sha256, `x_128`",
        "torch 2.13.0, v1.2.345, Python 3.11",
        "(Dao and others, 2022), in 2019, Gimpel 2016; (2017).",
        "[x](a123.md), <https://a.b/123>, https://a.b/1234 and",
        '<img src="x.png" width="641">, <!-- 123 -->, &#8217;',
        "```python\nx = 1234\n```",
        "~~~\n1234",
    ],
)
def test_nothing_is_found(text):
    assert prose_numbers(text) == []


def test_prose_goes_on_behind_a_fence():
    text = "1,234\n\n```\n2,345\n```\n\n3,456\n```\n4,567\n```\n"
    assert [number.text for number in prose_numbers(text)] == ["1,234", "3,456"]


# When a number is right


@pytest.mark.parametrize(
    "prose, printed",
    [
        ("0.284", "loss 0.28444"),
        ("1.96", "1.955"),
        ("1.95", "1.955"),  # which may be 1.9546
        ("124 million", "124,439,808"),
        ("124.4 million", "124439808"),
        ("4.73e-4", "0.00047321"),
        ("0.000473", "4.7321e-04"),
        ("63.2 %", "0.6321"),
        ("63.2 %", "63.21%"),
        ("0.752", "tensor([-0.7518, 2.0000])"),
        ("\u22120.752", "-0.7518"),
        ("577", "577.2"),
        ("1024", "torch.Size([4, 1024])"),
    ],
)
def test_a_printed_number_holds_it(prose, printed):
    assert refused(note(prose, printed)) == []


@pytest.mark.parametrize(
    "prose, printed",
    [
        ("0.285", "loss 0.28444"),
        ("1.97", "1.955"),
        ("125 million", "124,439,808"),
        ("124,439,800", "124,439,808"),
        ("4.73e-4", "4.7321"),
        ("63.2 %", "0.0632 6320"),
        ("63.2", "0.6321"),
        ("\u22120.752", "0.7518"),
        ("0.2840", "0.284"),
        ("1.000", "1"),
        ("768", "float768 x_768 2.768.0"),
        ("768", ""),
    ],
)
def test_a_printed_number_does_not_hold_it(prose, printed):
    assert refused(note(prose, printed)) == [prose]


def test_the_cell_that_prints_it_may_come_later_or_earlier():
    nb = note("It is 1.234.", "1.2341")
    assert refused(nb) == []
    nb.cells.reverse()
    assert refused(nb) == []


def test_a_number_that_only_code_holds_does_not_count():
    assert refused(note("It is 1.234.", source="x = 1.234")) == ["1.234"]


@pytest.mark.parametrize("tag", ["nbval-ignore-output", "nbval-skip"])
def test_an_output_that_nbval_does_not_compare_does_not_count(tag):
    assert refused(note("It is 1.234.", "1.234", tags=[tag])) == ["1.234"]
    marked = note("It is 1.234.", "1.234", source=f"# {tag.upper().replace('-', '_')}")
    assert refused(marked) == ["1.234"]


def test_html_and_errors_count_by_what_they_show():
    html = new_output("display_data", {"text/html": '<td width="641">1.234</td>'})
    failed = new_output("error", ename="E", evalue="768 is too many", traceback=["999"])
    plot = new_output("display_data", {"text/plain": "<Figure size 555x444 with 1>"})
    said = "1.234, 768, 641, 999, 555"
    assert refused(note(said, html, failed, plot)) == ["641", "999", "555"]


def test_a_fact_holds_it_to_any_number_of_digits():
    assert refused(note("0.333 and 0.33333, 50,257"), [1 / 3, 50257]) == []
    assert refused(note("0.334 and 50,258"), [1 / 3, 50257]) == ["0.334", "50,258"]


# What it says


def test_a_fault_names_the_sentence_the_nearest_number_and_its_cell():
    nb = note("So far. The loss is 0.285 now. More.", "9.5 0.2844")
    nb.cells[0].id, nb.cells[1].id = "the-end", "loss"
    ((cell, number),) = unheld(nb, ())
    assert complaint(cell, number, nb).split("\n    ") == [
        "cell the-end: no output shows 0.285, and no fact does",
        "The loss is 0.285 now.",
        "nearest is 0.2844, printed by cell loss",
    ]


def test_a_fault_says_that_the_number_is_only_in_an_ignored_output():
    (fault,) = faults(note("1.234", "1.234", tags=["nbval-ignore-output"]))
    assert fault.endswith("prints it, but nbval ignores that")


def test_the_command_reports_and_exits_with_1(tmp_path, capsys):
    nbformat.write(note("1.234"), tmp_path / "x.ipynb")
    assert main([str(tmp_path)]) == 1
    assert "1.234" in (said := capsys.readouterr().out)
    assert REMEDY in said
    nbformat.write(note("1.234", "1.234"), tmp_path / "x.ipynb")
    assert main([str(tmp_path)]) == 0


# The facts


def test_no_fact_is_written_down_that_could_be_computed():
    tree = ast.parse(Path(facts.__file__).read_text("utf-8"))
    parts = [(ast.unparse(part), written_numbers(part)) for part in tree.body]
    assert [code[:6] for code, written in parts if written] == ["QUOTED"]


def written_numbers(tree):
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [n for c in constants for n in prose_numbers(str(c.value))]


def test_every_fact_is_needed_by_a_lesson():
    needed = [number for path in COURSE for _, number in unheld(read(path), ())]
    for name, value in facts.facts().items():
        used = any(number.rounds(exact(value)) for number in needed)
        assert used, f"no lesson says it, or its cells print it now: drop {name!r}"


def test_every_quoted_fact_has_its_source():
    assert all(len(source) > 10 for _, source in QUOTED.values())
