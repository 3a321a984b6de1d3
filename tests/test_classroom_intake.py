import json

import pytest
from classes import (
    SHEET,
    folder,  # noqa: F401
    fresh,  # noqa: F401
    notebook,
    sheet_of,
    zip_bytes,
)
from nbformat import validate

from classroom.found import Refused
from classroom.intake import taken


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"hello", "it is not JSON"),
        (b"[]", "no notebook"),
        (b"{}", "no notebook"),
        (b'{"nbformat": "4"}', "no notebook"),
        (b'{"nbformat": true}', "no notebook"),
        (notebook(nbformat=5), "it is of format 5: save it in format 4"),
        (notebook(cells={}), "no list of cells"),
        (notebook(cells=[1]), "no list of cells"),
        (notebook(cells=[{}]), "its cell 1 is none"),
        (notebook(cells=[{"cell_type": "code", "source": [1]}]), "its cell 1 is none"),
        (b'{"nbformat": 3}', "no notebook of format 3"),
        (b'{"nbformat": 0}', "no notebook of format 0"),
        (b'{"nbformat": -7, "metadata": 1}', "no notebook of format -7"),
        (notebook("x").replace(b"x", b"\xff"), "it is not UTF-8: byte"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a": ' * 50_000 + b"1" + b"}" * 50_000, "nested too deeply"),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "it is not JSON"),
        (notebook("x" * 6_000_000), "6 MB of text"),
        (zip_bytes({"a": b"x"}), "it is not"),
    ],
)
def test_what_is_no_notebook_is_refused_in_words(data, said):
    with pytest.raises(Refused, match=said):
        taken(data)


def test_outputs_and_widgets_go_and_the_text_stays():
    nb = json.loads(notebook("a = 1\r\nb = 2", "%magic\n\n"))
    nb["metadata"]["widgets"] = {"x": {"state": {}}}
    nb["cells"][0] |= {"outputs": [{"output_type": "odd"}], "execution_count": 7}
    nb["cells"][0]["metadata"] = {"tags": ["yours", "a,b", "yours"], "x": 1}
    made, notes = taken(json.dumps(nb).encode())
    assert [c.source for c in made.cells] == ["a = 1\nb = 2", "%magic\n\n"]
    assert made.cells[0].outputs == [] and made.cells[0].execution_count is None
    assert set(made.metadata) == {"gptlib"} and notes == []
    assert made.cells[0].metadata == {"tags": ["yours"]}


def test_ids_are_mended_and_the_first_of_several_keeps_its_own():
    nb = json.loads(notebook("a", "b", "c", "d"))
    for cell, name in zip(nb["cells"], ("x", "x", "no id!", None), strict=True):
        cell["id"] = name
    made, notes = taken(json.dumps(nb).encode())
    names = [c.id for c in made.cells]
    assert names == ["x", "x-again-2", "cell-3", "cell-4"]
    assert notes == ["3 cells had no id of their own"]


def test_ids_that_an_editor_took_are_found_again(folder):
    nb = json.loads(sheet_of(folder))
    before = [cell.pop("id") for cell in nb["cells"]]
    nb["nbformat_minor"] = 4
    made, notes = taken(json.dumps(nb).encode())
    new = {name for name in (c.id for c in made.cells) if name not in before}
    assert new == {"cell-2", f"cell-{len(before)}"}  # the name's, and one was changed
    assert notes[0] == "it was of format 4.4, now 4.5"


def test_format_3_is_brought_up_to_date_in_the_same_way_each_time():
    cells = [{"cell_type": "code", "input": ["x = 1"], "outputs": [], "metadata": {}}]
    cells += [{"cell_type": "heading", "level": 2, "source": "Hi", "metadata": {}}]
    nb = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    data = json.dumps(nb | {"worksheets": [{"cells": cells}]}).encode()
    made, notes = taken(data)
    assert made == taken(data)[0]
    assert [c.source for c in made.cells] == ["x = 1", "## Hi"]
    assert notes[0] == "it was of format 3, now 4.5"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_with_a_mark_are_read(encoding):
    made, _ = taken(notebook("ü").decode().encode(encoding))
    assert made.cells[0].source == "ü"


def test_nan_and_half_characters_do_no_harm():
    data = notebook("s = '\\ud800'".replace("\\\\", "\\"))
    data = data.replace(b'"metadata": {}', b'"metadata": {"x": NaN}')
    made, notes = taken(data.replace(b"\\\\ud800", b"\\ud800"))
    assert made.cells[0].source == "s = '?'"
    assert notes == ["NaN, which JSON does not have, is taken for nothing"]
    made.cells[0].source.encode()


@pytest.mark.parametrize(
    "about",
    [
        {"lesson": SHEET, "generated": {"a": ["x"]}, "order": ["a"]},
        {"lesson": SHEET, "generated": {"!": "e3b0c44298fc1c14"}, "order": ["!"]},
        {"lesson": SHEET, "generated": [], "order": {}},
        {"lesson": [SHEET]},
        [],
        "x",
    ],
)
def test_metadata_that_were_played_with_do_no_harm(about):
    nb = json.loads(notebook("", "x"))
    nb["metadata"]["gptlib"] = about
    del nb["cells"][0]["id"]
    made, _ = taken(json.dumps(nb).encode())
    validate(made)
