"""What a lesson's page on the site folds, links and describes; and what it refuses."""

import base64
import struct
import sys

import lessons
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

sys.path.append(str(lessons.ROOT / "docs"))
import make_site
from figures import as_files
from lesson_pages import FURTHER, OUTPUT, SOLUTION, page, sheet, with_opening
from pages import exercise
from site_pages import linked, seen_from

from gptlib.show.picture import WORDS

# The beginning of a picture that is 7 wide and 9 high.
TINY = bytes.fromhex("89504e470d0a1a0a") + b"\0\0\0\rIHDR" + struct.pack(">II", 7, 9)


def code(source, *tags, outputs=()):
    return new_code_cell(source, metadata={"tags": [*tags]}, outputs=[*outputs])


def words(source, *tags):
    return new_markdown_cell(source, metadata={"tags": [*tags]})


def shown(**data):
    return new_output("display_data", data=data)


def picture(alt="A line."):
    metadata = {"image/png": {"alt": alt}} if alt else {}
    data = {"image/png": "iVBO\nRw==", "text/plain": "<Figure>"}
    return new_output("display_data", data=data, metadata=metadata)


def made(*cells):
    return page(new_notebook(cells=[*cells]), {}).cells


def tags(cells):
    return [cell.metadata.get("tags", []) for cell in cells]


def test_an_answer_is_folded_and_other_prose_is_not():
    answer, prose = made(words("It is **4**.\n", "answer"), words("So it is."))
    assert answer.source == (
        "<details><summary>Answer: open it after your guess</summary>\n\n"
        "It is **4**.\n\n</details>"
    )
    assert prose.source == "So it is."


def test_the_outputs_right_before_an_answer_are_folded_and_no_earlier_ones():
    cells = [code("0"), words("Guess."), code("1"), code("2"), words("4", "answer")]
    expected = [[], [], ["hide-output"], ["hide-output"], ["answer"]]
    assert tags(made(*cells, code("3"), words("On."))) == [*expected, [], []]


def test_a_section_that_nobody_needs_is_folded_up_to_the_next_heading():
    one, two = (words("## Further: deep\n\nWater.", "further") for _ in range(2))
    cells = made(words("# One"), one, code("1"), words("## Two"), two, words("On."))
    start = f"## Further: deep\n\n<details><summary>{FURTHER}</summary>\n\nWater."
    sources = [cell.source for cell in cells]
    assert sources == [
        *("# One", start, "1", "</details>"),
        *("## Two", start, "On.", "</details>"),
    ]


def test_two_sections_one_after_the_other_are_two_folds():
    aside = (words("## Further: deep", "further") for _ in range(2))
    assert [cell.source for cell in made(*aside)][1::2] == ["</details>"] * 2


def test_a_solution_is_folded_and_says_what_a_click_opens():
    solution, guess, _ = made(code("a", "yours"), code("b"), words("c", "answer"))
    assert tags([solution]) == [["yours", "hide-output", "hide-input"]]
    assert guess.metadata.mystnb["code_prompt_show"] == OUTPUT
    assert made(code("a", "yours"))[0].metadata.mystnb["code_prompt_show"] == SOLUTION


@pytest.mark.parametrize("source", ["# Two", "Words\n\n### Three", "<h2>Two</h2>"])
def test_a_heading_inside_an_answer_is_refused(source):
    with pytest.raises(ValueError, match="cannot hold a heading"):
        made(words(source, "answer"))


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("[lesson 05](05_flash.ipynb)", "lesson 05"),
        ("[lesson 04](04_heads.ipynb)", "[lesson 04](04_heads.ipynb)"),
        ("[a part](04_heads.ipynb#part)", "[a part](04_heads.ipynb#part)"),
        ("[a part](05_flash.ipynb#part)", "a part"),
        ("[`x[0]`](../gptlib/heads.py), [b](../data/)", "`x[0]`, b"),
        ("[web](https://a.org/b.md) and [here](#part)",) * 2,
        ("![picture](../data/gpt.png)",) * 2,
        ('[a](05_flash.ipynb "a")', "a"),
        ('[b](04_heads.ipynb "b")',) * 2,
        ("[a](./04_heads.ipynb) [b](./05_flash.ipynb)", "[a](04_heads.ipynb) b"),
        ("[a](../Makefile) [b](ci.yml) [c](../docs/x.yaml#L3)", "a b c"),
        ("`[a](b.py)`, ``[a](b.py) ` [c](d.py)``",) * 2,
        ("```python\n[a](b.py)\n\n[a](b.py)\n```",) * 2,
        ("`a` [b](c.py) `d`", "`a` b `d`"),
        ("A lone ` here.\n\n[a](b.py) and ` there", "A lone ` here.\n\na and ` there"),
        ("`layers[0](x)` and `f[i](y)`",) * 2,
    ],
)
def test_links_lead_to_pages_of_the_site_or_become_text(source, there):
    assert linked(source, {"04_heads.ipynb": "04_heads.ipynb"}) == there


def test_a_picture_becomes_an_image_with_its_words_said_once():
    hidden = shown(**{"text/html": WORDS.format("A &lt; b."), "text/plain": "A < b."})
    (cell,) = made(code("", outputs=[picture("A < b."), hidden]))
    (output,) = cell.outputs
    assert output.data == {
        "text/html": '<img alt="A &lt; b." src="data:image/png;base64,iVBORw==">'
    }


def test_a_picture_without_words_is_refused_and_its_cell_named():
    cell = code("", outputs=[picture("")])
    with pytest.raises(ValueError, match=rf"'{cell.id}': a picture without words"):
        made(cell)


def test_the_lesson_itself_is_not_changed():
    nb = new_notebook(cells=[code("a", outputs=[picture()]), words("b", "answer")])
    before = str(nb)
    page(nb, {})
    assert str(nb) == before


def test_links_lead_from_any_folder_to_the_pages_that_stand_in_one():
    pages = seen_from("notebooks/homework")
    source = "[a](../06_attention.ipynb) [b](1_tokens_and_embeddings.ipynb#x)"
    assert linked(source, pages) == (
        "[a](06_attention.ipynb) [b](homework_1_tokens_and_embeddings.ipynb#x)"
    )
    assert linked("[a](../words.md) [b](../conftest.py)", pages) == "[a](words.md) b"


def test_a_sheet_is_given_out_empty_and_its_answers_are_folded_once():
    nb = exercise()
    made = page(sheet(nb, "twice"), {}).cells
    told = "\n".join(cell.source for cell in made)
    assert "x + x" not in told and "NotWritten" in told
    assert told.count("<details>") == 1
    assert all(cell.get("outputs", []) == [] for cell in made)
    assert "hide-input" not in str(made)


def test_a_page_says_how_it_is_opened():
    nb = with_opening(new_notebook(cells=[words("# One"), code("1")]), "01_one.ipynb")
    assert "`make lab`, and open `01_one.ipynb`" in nb.cells[1].source
    assert len(nb.cells) == 3


def test_pictures_become_files_and_equal_ones_become_one(tmp_path):
    png = base64.b64encode(TINY).decode()
    markup = f'<img alt="A." src="data:image/png;base64,{png}">'
    cells = [code("", outputs=[shown(**{"text/html": markup})]) for _ in range(2)]
    as_files(new_notebook(cells=cells), tmp_path, "there")
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == TINY
    assert cells[1].outputs[0].data["text/html"] == (
        f'<img alt="A." src="there/{file.name}" width="7" height="9">'
    )


def test_no_lesson_and_an_unknown_one_are_errors(capsys):
    with pytest.raises(ValueError, match="no lesson"):
        make_site.some_pages([])
    assert make_site.main(["atention"]) == 1
    assert "no lesson 'atention'" in capsys.readouterr().err
