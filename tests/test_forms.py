import copy
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from pages import DOUBLE, IMPORT, cell, code, exercise, page, prose, sources

from gptlib.lab.forms import (
    LEARNERS_IMPORT,
    folded,
    learner_form,
    put_back,
    reading_form,
    solutions,
)
from gptlib.lab.merge import fingerprint, touched, updated
from gptlib.lab.stubs import Yours, emptied

GO_ON = "\n\n\n# or go on with: %run -i solutions/double.py"


def stub(source, **yours):
    """What the learner gets for an exercise with this source."""
    made = learner_form(exercise(source=source, **yours), "twice")
    return cell(made, "double").source.removesuffix(GO_ON)


def test_signature_and_docstring_stay_and_the_body_goes_with_its_comments():
    made = learner_form(exercise(), "twice")
    assert cell(made, "double").source == (
        'def double(x):\n    """Twice x."""\n    raise NotWritten("double")' + GO_ON
    )


def test_leading_statements_stay_and_goals_stand_in_the_place_of_the_rest():
    source = "def f(x):\n    # sizes\n    a = (  # two\n        x\n    )\n\n    # b\n"
    source += "    b = a\n    return b  # it\n\n    # the end\n"
    assert stub(source, keep=1, goals=["b: (T,)", "b"]) == (
        "def f(x):\n    # sizes\n    a = (  # two\n        x\n    )\n"
        '    # b: (T,)\n    # b\n    raise NotWritten("double")'
    )


def test_a_head_over_several_lines_with_decorators_stays_as_it_was_typed():
    head = "# For all.\n@cache\n@wraps(\n    g\n)\nasync def f(  # (\n"
    head += '    x: int = len(":"),\n    y="a:\\n",  # : \n) -> "int":  # head\n'
    body = "    # first\n    @inner\n    def g():\n        pass\n    return '''\nx\n'''"
    assert stub(head + body) == f'{head}    raise NotWritten("double")'


def test_in_a_class_one_method_is_emptied_and_what_follows_stays():
    before = "class Two(Base):\n    '''Two.'''\n\n    size: int = 2\n\n"
    before += "    @property\n    def forward(self):\n"
    after = "\n\n    # The last one.\n    def back(self):\n        return 1\n\n\n# end"
    made = stub(
        f"{before}        y = 1\n        # y\n        return y{after}", empty="forward"
    )
    assert made == f'{before}        raise NotWritten("double"){after}'


def test_tabs_and_newlines_of_windows_do_no_harm():
    assert stub("def f():\r\n\treturn 1") == 'def f():\n\traise NotWritten("double")'


@pytest.mark.parametrize(
    ("source", "yours", "said"),
    [
        ("def f(x): return x", {}, "lines of its own"),
        ("def f(\n    x\n): return x", {}, "lines of its own"),
        ("x = 1\n\n\n" + DOUBLE, {}, "one def or class and nothing else"),
        (DOUBLE + "\n\n\n" + DOUBLE, {}, "FunctionDef.*FunctionDef"),
        ("", {}, "one def or class"),
        ("%run x", {}, "not plain Python, line 1"),
        (DOUBLE, {"keep": 2}, "keep is 2, but double has 2 statements"),
        ('def f():\n    """Nothing."""', {}, "has 0 statements"),
        ("def f():\n    a = 1; b = 2", {"keep": 1}, "line 2 holds what stays"),
        (DOUBLE, {"empty": "double"}, "for a class"),
        ("class A:\n    def f(self):\n        pass", {}, "must name the method"),
        ("class A:\n    def f(self):\n        pass", {"empty": "g"}, "0 methods 'g'"),
        ("class A:\n    def f(self): pass", {"empty": "f"}, "lines of its own"),
        (DOUBLE, {"kept": 1}, r"\['kept'\]: known are \['minutes', 'keep'"),
        (DOUBLE, {"keep": True}, "keep is True"),
        (DOUBLE, {"keep": -1}, "keep is -1"),
        (DOUBLE, {"minutes": "6"}, "minutes is '6'"),
        (DOUBLE, {"empty": 1}, "empty is 1"),
        (DOUBLE, {"goals": "x"}, "goals is 'x'"),
        (DOUBLE, {"goals": ["a\nb"]}, "goals is"),
    ],
)
def test_what_cannot_be_emptied_is_refused_by_the_name_of_its_cell(source, yours, said):
    with pytest.raises(ValueError, match=f"cell `double`: .*{said}"):
        learner_form(exercise(source=source, **yours), "twice")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (code("Bad_Id", DOUBLE, "yours"), "`Bad_Id`: its id must be"),
        (prose("text", "x", "yours"), "`text`: tagged `yours`, but no code"),
        (code("plain", DOUBLE, yours={}), "`plain`: `yours` without the tag"),
        (code("odd", DOUBLE, "yours", yours=[]), r"`odd`: .* are \[\], not an object"),
        (code("double", "1"), "cell 6 has no id of its own: 'double'"),
    ],
)
def test_a_badly_tagged_cell_is_refused(wrong, said):
    nb = exercise()
    nb.cells.append(wrong)
    with pytest.raises(ValueError, match=said):
        learner_form(nb, "twice")


@pytest.mark.parametrize("line", ["", f"{IMPORT}\n{IMPORT}", f"{IMPORT}  # it"])
def test_a_page_to_write_in_imports_check_by_one_line(line):
    nb = exercise()
    cell(nb, "imports").source = line
    with pytest.raises(ValueError, match=r"needs one line `from gptlib\.checks"):
        learner_form(nb, "twice")


def test_the_learners_form_imports_not_written_and_is_cleared():
    nb = exercise(minutes=3)
    before = copy.deepcopy(nb)
    made = learner_form(nb, "twice")
    assert nb == before
    assert cell(made, "imports").source == f"import math\n\n{LEARNERS_IMPORT}"
    assert all(not c.outputs for c in made.cells if c.cell_type == "code")
    assert all(c.execution_count is None for c in made.cells if c.cell_type == "code")
    assert cell(made, "double").metadata == {"tags": ["yours"]}
    nbformat.validate(made)


def test_answers_are_folded_and_hints_and_attachments_stay():
    hints = "<details><summary>Stuck?</summary>\n\nAdd.\n\n</details>"
    nb = exercise()
    nb.cells.append(prose("hints", hints, "hints"))
    nb.cells[-1].attachments = {"a.png": {"image/png": "AAAA"}}
    made = learner_form(nb, "twice")
    assert cell(made, "guess").source == folded("It is **6.28**.\n")
    assert cell(made, "guess").source.endswith("\n\nIt is **6.28**.\n\n</details>")
    assert cell(made, "hints") == nb.cells[-1]


def test_a_page_without_exercises_keeps_all_its_code():
    nb = page(code("a", "x = 1"), code("b", IMPORT))
    assert sources(learner_form(nb, "tour")) == sources(nb)


def test_a_homework_sheet_does_not_name_a_solution():
    made = learner_form(exercise(), "homework/window")
    assert cell(made, "double").source.endswith('raise NotWritten("double")')
    assert made.metadata.gptlib.lesson == "homework/window"


def test_with_the_solutions_put_back_the_code_is_the_reading_forms():
    nb = exercise(keep=1)
    made = put_back(learner_form(nb, "twice"), nb)
    code_only = {c.id: c.source for c in nb.cells if c.cell_type == "code"}
    assert {c.id: c.source for c in made.cells if c.cell_type == "code"} == code_only
    assert solutions(nb) == {"double": DOUBLE}


def test_a_copy_knows_what_was_generated():
    made = learner_form(exercise(), "twice")
    assert made.metadata.gptlib.lesson == "twice"
    known = made.metadata.gptlib.generated
    assert known == {c.id: fingerprint(c.source) for c in made.cells}
    assert all(re.fullmatch("[0-9a-f]{16}", digits) for digits in known.values())
    assert made.metadata.gptlib.order == [c.id for c in made.cells]
    assert touched(made) == [] == touched(reading_form(exercise(), "twice"))


def fingerprints(nb):
    return {c.id: fingerprint(c.source) for c in nb.cells}


@pytest.fixture
def mine():
    """A copy of the page, to be touched."""
    return learner_form(exercise(), "twice")


@pytest.fixture
def fresh():
    """The next page of the course: two cells have changed, one is new."""
    nb = exercise(source=DOUBLE.replace("x + x", "2 * x"), goals=["y: twice x"])
    cell(nb, "title").source = "# Doubling"
    nb.cells.insert(2, prose("why", "Why twice?"))
    return learner_form(nb, "twice")


def test_a_changed_an_added_and_a_deleted_cell_are_touched(mine):
    cell(mine, "use").source += "  # mine"
    mine.cells.insert(1, new_code_cell("1 + 1", id="new"))
    mine.cells.remove(cell(mine, "guess"))
    assert touched(mine) == ["new", "use", "guess"]


def test_another_order_type_or_attachment_is_touched(mine):
    moved, turned, adorned = (copy.deepcopy(mine) for _ in range(3))
    moved.cells.insert(1, moved.cells.pop(3))
    assert touched(moved) == ["proof", "imports", "double"]
    cell(turned, "use").cell_type = "raw"
    assert touched(turned) == ["use"]
    cell(adorned, "title").attachments = {"a.png": {"image/png": "AA"}}
    assert touched(adorned) == ["title"]
    made, _ = updated(adorned, mine)
    assert cell(made, "title").attachments == {"a.png": {"image/png": "AA"}}


def test_a_copy_of_before_order_and_types_were_known_is_untouched(mine):
    for key in ("order", "kinds", "edition"):
        del mine.metadata.gptlib[key]
    mine.metadata.gptlib.generated = dict(sorted(fingerprints(mine).items()))
    assert touched(mine) == []


def test_tags_and_what_else_an_editor_writes_touch_nothing(mine):
    cell(mine, "use").metadata = {"tags": ["mine"], "scrolled": True}
    assert touched(mine) == []


def without_ids(nb):
    """The page as an editor of the format before ids saves it."""
    nb = copy.deepcopy(nb)
    for it in nb.cells:
        del it["id"]
    return nb


def with_other_ids(nb):
    nb = copy.deepcopy(nb)
    for number, it in enumerate(nb.cells):
        it.id = f"other-{number}"
    return nb


@pytest.mark.parametrize("lose", [without_ids, with_other_ids])
def test_a_copy_that_lost_its_ids_is_known_by_its_text(mine, fresh, lose):
    mine.cells.insert(4, copy.deepcopy(cell(mine, "use")))  # twice the same text
    mine.cells[4].id = "again"
    mine.metadata.gptlib.generated["again"] = fingerprint("double(math.pi)")
    mine.metadata.gptlib.order.insert(4, "again")
    assert touched(lose(mine)) == []
    cell(mine, "double").source = DOUBLE
    assert updated(lose(mine), fresh) == updated(mine, fresh)


def test_two_cells_that_changed_places_after_their_ids_were_lost_are_touched(mine):
    mine.cells.append(mine.cells.pop(0))
    assert touched(without_ids(mine))


@pytest.mark.parametrize(
    "parts",
    [
        ["# one\nhelper = 2", DOUBLE.replace("x + x", "helper * x")],
        ["%%time\n" + DOUBLE],
        ["class A:\n    pass\n\n\nasync def double(x):\n    half wri"],
        ["two = 2", "def double(x):\n    return 1", "def double(x):\n    return 2"],
    ],
)
def test_an_exercise_under_another_id_keeps_its_place_and_has_no_stub_after_it(
    mine, fresh, parts
):
    at = mine.cells.index(cell(mine, "double"))
    mine.cells[at : at + 1] = [new_code_cell(part) for part in parts]
    made, _ = updated(mine, fresh)
    assert "double" in [c.id for c in made.cells]
    assert "NotWritten(" not in "".join(c.source for c in made.cells)
    assert [c.source for c in made.cells if c.source in parts] == parts
    nbformat.validate(made)


def test_a_cell_that_only_calls_the_exercise_or_names_it_is_not_the_exercise(mine):
    mine.cells.remove(cell(mine, "double"))
    mine.cells.append(new_code_cell("def doubled(x):\n    def double(): pass"))
    mine.cells.append(new_markdown_cell("def double(x): ..."))
    made, _ = updated(mine, learner_form(exercise(), "twice"))
    assert "NotWritten(" in cell(made, "double").source


def test_outputs_newlines_and_empty_new_cells_touch_nothing(mine):
    cell(mine, "use").outputs = cell(exercise(), "use").outputs
    cell(mine, "double").source = cell(mine, "double").source.replace("\n", "\r\n")
    mine.cells.append(new_code_cell(" ", id="below"))
    assert touched(mine) == []


def test_a_cell_with_the_id_of_another_is_touched(mine):
    mine.cells.append(copy.deepcopy(cell(mine, "use")))
    assert touched(mine) == ["use"]


def test_untouched_cells_take_the_new_text(mine, fresh):
    assert updated(mine, fresh) == (fresh, [])


def test_a_touched_cell_keeps_the_learners_text_and_still_counts(mine, fresh):
    cell(mine, "use").source = "double(1)"
    made, both = updated(mine, fresh)
    assert cell(made, "use").source == "double(1)"
    assert cell(made, "title").source == "# Doubling"
    assert both == []
    assert touched(made) == ["use"]
    assert made.metadata == fresh.metadata


def test_a_cell_that_both_changed_keeps_the_learners_text_and_is_named(mine, fresh):
    cell(mine, "double").source = DOUBLE
    made, both = updated(mine, fresh)
    assert both == ["double"]
    assert cell(made, "double").source == DOUBLE
    assert touched(made) == ["double"]


def test_the_same_change_on_both_sides_is_no_conflict(mine, fresh):
    cell(mine, "title").source = "# Doubling"
    made, both = updated(mine, fresh)
    assert (both, touched(made)) == ([], [])


def test_added_cells_follow_the_cell_that_they_followed(mine, fresh):
    mine.cells.insert(4, new_code_cell("double(3)", id="two"))
    mine.cells.insert(4, new_code_cell("double(2)", id="one"))
    mine.cells.insert(0, new_markdown_cell("Mine", id="top"))
    made, _ = updated(mine, fresh)
    names = [c.id for c in made.cells]
    assert names[:2] == ["top", "title"]
    assert names[names.index("proof") :][:4] == ["proof", "one", "two", "use"]
    assert touched(made) == ["top", "one", "two"]
    nbformat.validate(made)


def test_what_the_course_dropped_stays_only_if_the_learner_touched_it(mine, fresh):
    fresh.cells = [c for c in fresh.cells if c.id not in ("use", "guess")]
    del fresh.metadata.gptlib.generated["use"], fresh.metadata.gptlib.generated["guess"]
    cell(mine, "use").source = "double(1)"
    made, both = updated(mine, fresh)
    assert [c.id for c in made.cells][-2:] == ["proof", "use"]
    assert cell(made, "use").source == "double(1)"
    assert (both, touched(made)) == ([], ["use"])


def test_a_deleted_cell_is_there_again(mine, fresh):
    mine.cells.remove(cell(mine, "guess"))
    assert updated(mine, fresh)[0] == fresh


def test_nothing_is_lost_where_ids_are_doubled_missing_or_taken_by_the_course(
    mine, fresh
):
    again = copy.deepcopy(cell(mine, "double"))
    again.source = "double = None"
    anonymous = new_code_cell("double(5)")
    del anonymous["id"]
    mine.cells += [again, anonymous, new_code_cell("mine", id="why")]
    made, _ = updated(mine, fresh)
    names = [c.id for c in made.cells]
    assert len(names) == len(set(names))
    assert [c.source for c in made.cells][-3:] == ["double = None", "double(5)", "mine"]
    assert cell(made, "why").source == "Why twice?"
    nbformat.validate(made)


def test_a_second_update_changes_nothing(mine, fresh):
    cell(mine, "double").source = DOUBLE
    mine.cells.append(new_code_cell("double(3)", id="two"))
    once, _ = updated(mine, fresh)
    assert updated(once, fresh) == (once, [])


def test_a_dict_keeps_its_keys_and_comments_and_loses_its_values():
    source = 'found = {\n    "a": 1_000,  # metres\n    "ß": ("x"\n        "y"),\n}'
    made = emptied(source, "found", Yours())
    assert made == 'found = {\n    "a": None,  # metres\n    "ß": None,\n}'


def test_what_is_given_replaces_what_is_right():
    nb = page(code("imports", IMPORT), code("use", "share = 1 / 20"))
    nb.cells[1].metadata["given"] = [["1 / 20", "1"]]
    made = learner_form(nb, "homework/sheet")
    assert made.cells[1].source == "share = 1"
    assert "given" not in made.cells[1].metadata
    assert put_back(made, nb).cells[1].source == "share = 1 / 20"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([["2 / 20", "1"]], "stands 0 times, not once"),
        ([["1", "2"]], "stands 2 times, not once"),
        ("1 / 20", "not pairs of texts"),
        ([["1 / 20"]], "not pairs of texts"),
    ],
)
def test_what_cannot_be_replaced_is_named(given, words):
    nb = page(code("use", "share = 1 / 20 + 1"))
    nb.cells[0].metadata["given"] = given
    with pytest.raises(ValueError, match=rf"cell `use`: .*{words}"):
        learner_form(nb, "homework/sheet")
