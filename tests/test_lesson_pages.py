"""What a lesson's page on the site folds, links and describes; and what it refuses."""

import sys

import lessons
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

sys.path.append(str(lessons.ROOT / "docs"))
import make_site
from lesson_pages import FURTHER, OUTPUT, SOLUTION, linked, page

from gptlib.show.picture import WORDS


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


def made(*cells, pages=()):
    return page(new_notebook(cells=[*cells]), pages).cells


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
        ("[a](./04_heads.ipynb) [b](./05_flash.ipynb)", "[a](./04_heads.ipynb) b"),
        ("[a](../Makefile) [b](ci.yml) [c](../docs/x.yaml#L3)", "a b c"),
        ("`[a](b.py)`, ``[a](b.py) ` [c](d.py)``",) * 2,
        ("```python\n[a](b.py)\n\n[a](b.py)\n```",) * 2,
        ("`a` [b](c.py) `d`", "`a` b `d`"),
        ("A lone ` here.\n\n[a](b.py) and ` there", "A lone ` here.\n\na and ` there"),
        ("`layers[0](x)` and `f[i](y)`",) * 2,
    ],
)
def test_links_lead_to_pages_of_the_site_or_become_text(source, there):
    assert linked(source, {"04_heads.ipynb"}) == there


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
    page(nb, ())
    assert str(nb) == before


def test_a_lesson_is_on_the_site_when_a_learner_writes_in_it(monkeypatch):
    built = []
    monkeypatch.setattr(make_site, "build", lambda paths, site: built.extend(paths))
    monkeypatch.setattr(make_site, "has_yours", lambda path: "gelu" in path.name)
    assert make_site.main([]) == 0
    assert [path.name[3:] for path in built] == ["gelu.ipynb"]


def test_homework_is_not_on_the_site():
    sheet = lessons.NOTEBOOKS / "homework" / "3_more_attention.ipynb"
    assert make_site.has_yours(sheet)
    assert sheet not in make_site.with_yours()
    assert lessons.lesson("attention") in make_site.with_yours()


def test_no_lesson_and_an_unknown_one_are_errors(monkeypatch, capsys, tmp_path):
    with pytest.raises(ValueError, match="no lesson"):
        make_site.build([], tmp_path)
    assert make_site.main(["atention"]) == 1
    assert "no lesson 'atention'" in capsys.readouterr().err
