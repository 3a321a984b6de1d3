"""`python -m gptlib check`: a few real kernels, and a stand-in where none is needed."""

import copy
import json
import sys

import pytest
from nbformat.v4 import new_code_cell, new_output
from pages import DOUBLE, IMPORT, cell, code, exercise, page, prose, save

import gptlib
from gptlib.__main__ import main
from gptlib.checks.verdict import PARTS, Part
from gptlib.lab import judge, kernel
from gptlib.lab.forms import learner_form
from gptlib.lab.plan import checks_of, planned
from gptlib.lab.workbook import write_missing

# It takes gptlib's place, so that its page starts at once. The line stands in a text.
STAND_IN = f'''"""
{IMPORT}
"""
import sys, types


class NotWritten(Exception):
    pass


class Says(str):
    __repr__ = str.__str__


def judge(slug, f):
    try:
        return Says(f"{{slug}}: right" if f(2) == 4 else f"{{slug}}: not yet\\n  no 4")
    except NotWritten:
        return Says(f"{{slug}}: not written yet")


gptlib = types.SimpleNamespace(checks=types.SimpleNamespace(check=judge))
sys.modules.update({{"gptlib": gptlib, "gptlib.checks": gptlib.checks}})'''
# gptlib's own check judges; the page tells it about its exercises.
JUDGES = f"""{IMPORT}
from gptlib.checks.verdict import Wrong, part


def judge(seed, f):
    if f(2) != 4:
        raise Wrong("no 4")


for slug in ("good", "wrong"):
    part(slug, "it is 4")(judge)"""


def define(name, body="return x + x"):
    return f"def {name}(x):\n    {body}"


def course_page(*names, first=STAND_IN):
    """A lesson with an exercise for each name."""
    cells = [code("imports", first)]
    for name in names:
        slug = name.replace("_", "-")
        cells += [
            code(slug, define(name), "yours"),
            prose(f"hints-{slug}", "Add.", "hints"),
            code(f"proof-{slug}", f'check("{slug}", {name})'),
            code(f"use-{slug}", f"{name}(3)"),
        ]
    return page(*cells)


def found(nb, **sources):
    """The copy in which the learner wrote these sources."""
    nb = copy.deepcopy(nb)
    for name, source in sources.items():
        cell(nb, name.replace("_", "-")).source = source
    return nb


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A checkout, to be filled."""
    monkeypatch.setattr(gptlib, "__file__", str(tmp_path / "gptlib/__init__.py"))
    save(tmp_path / "notebooks/00_tour.ipynb", page(prose("hello", "# Tour")))
    return tmp_path


def said(capsys, *names):
    """What the command prints, and its status."""
    try:
        main(["check", *names])
    except SystemExit as stop:
        return capsys.readouterr().out, stop.code
    return capsys.readouterr().out, 0


def test_every_fate_of_an_exercise_has_its_verdict(root, capsys):
    names = ("good", "wrong", "unwritten", "broken", "gone", "late", "crash", "solved")
    nb = course_page(*names)
    nb.cells.insert(1, code("meant", "1 / 0", "raises-exception"))
    path = root / "notebooks/01_many.ipynb"
    save(path, nb)
    write_missing(root)
    mine = found(
        learner_form(nb, "many"),
        good=define("good"),
        wrong=define("wrong", "return x"),
        broken="x = 1\n\ndef broken(x)\n    return x",
        late="pass",
        crash="a = 1\na[0]\ndef crash(x):\n    return x",
        proof_good="check('good', None)  # mine",
        use_good="import warnings\nwarnings.warn('x')",
        solved="%run -i solutions/solved.py",
    )
    cell(mine, "use-wrong").metadata["tags"] = ["raises-exception"]
    mine.cells.remove(cell(mine, "gone"))
    at = mine.cells.index(cell(mine, "hints-late"))
    mine.cells.insert(at, new_code_cell("late = lambda x: 2 * x"))
    cell(mine, "use-wrong").source = "x = 1\n\nnothing_here\n"
    save(root / "workbook/01_many.ipynb", mine)
    assert said(capsys) == (
        """many: workbook/01_many.ipynb
good: right
wrong: not yet
  no 4
unwritten: not written yet
broken: not yet
  SyntaxError in the cell `broken`, line 3: expected ':'
gone: not yet
  NameError in its check: name 'gone' is not defined (the cell `gone` is not in your \
copy any more)
late: right
crash: not yet
  TypeError in the cell `crash`, line 2: 'int' object is not subscriptable
solved: right
note: NameError in the cell `use-wrong`, line 3: name 'nothing_here' is not defined

3 of 8 right
""",
        1,
    )


def test_a_cell_that_never_ends_is_named_and_what_came_before_counts(
    root, capsys, monkeypatch
):
    monkeypatch.setattr(kernel, "CELL_SECONDS", 1)
    nb = course_page("good", "after")
    save(root / "notebooks/01_slow.ipynb", nb)
    write_missing(root)
    mine = learner_form(nb, "slow")
    mine = found(mine, good=define("good"), use_good="while True:\n    pass")
    save(root / "workbook/01_slow.ipynb", mine)
    assert said(capsys) == (
        """slow: workbook/01_slow.ipynb
good: right
after: not yet
  the cell `use-good` did not end within 1 s

1 of 2 right
""",
        1,
    )


def test_a_cell_that_writes_without_end_is_stopped_and_named(root, capsys, monkeypatch):
    monkeypatch.setattr(kernel, "CELL_BYTES", 100_000)
    nb = course_page("good", "flood", "after")
    save(root / "notebooks/01_wet.ipynb", nb)
    write_missing(root)
    flood = define("flood", "while True:\n        print('x' * 100)")
    mine = found(learner_form(nb, "wet"), good=define("good"), flood=flood)
    save(root / "workbook/01_wet.ipynb", mine)
    assert said(capsys) == (
        """wet: workbook/01_wet.ipynb
good: right
flood: not yet
  the cell `flood` wrote more than 0.1 MB
after: not yet
  the cell `flood` wrote more than 0.1 MB

1 of 3 right
""",
        1,
    )


def test_whatever_the_learners_names_are_gptlibs_own_check_judges(root, capsys):
    nb = course_page("good", "wrong", first=JUDGES)
    save(root / "notebooks/01_names.ipynb", nb)
    write_missing(root)
    mine = found(
        learner_form(nb, "names"),
        good="check('good', 1)\n" + define("good"),
        use_good="%config InteractiveShell.ast_node_interactivity='none'\n"
        "repr = str = display = print = check = 3",
        wrong=define("wrong", "return x")
        + "\ndef check(slug, f):\n    return 'wrong: right'",
    )
    save(root / "workbook/01_names.ipynb", mine)
    assert said(capsys) == (
        "names: workbook/01_names.ipynb\ngood: right\nSeen: it is 4.\n"
        "wrong: not yet\nno 4\n\n1 of 2 right\n",
        1,
    )


def test_a_page_runs_in_this_python_whatever_kernels_are_installed(
    tmp_path, monkeypatch
):
    folder = tmp_path / "kernels/python3"
    folder.mkdir(parents=True)
    spec = {"argv": ["another-python"], "display_name": "", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    client = kernel._client([], tmp_path)
    assert client.km.kernel_spec.argv[0] == sys.executable


@pytest.fixture
def verdicts(monkeypatch):
    """What each check is to answer, by its exercise; no kernel runs."""
    answers = {}

    def run_cells(cells, folder):
        for it in cells:
            if "check" in it.metadata.get("tags", []):
                data = {"text/plain": answers.get(it.id, f"{it.id}: right")}
                it.outputs = [new_output("display_data", data)]

    monkeypatch.setattr(judge, "run_cells", run_cells)
    return answers


@pytest.fixture
def workbook(root):
    """Two lessons and two homework sheets, and their copies."""
    save(root / "notebooks/01_twice.ipynb", course_page("double", "triple"))
    save(root / "notebooks/02_half.ipynb", course_page("halve"))
    for name in ("window", "door"):
        save(root / f"notebooks/homework/{name}.ipynb", course_page(f"{name}_a"))
    write_missing(root)
    return root


def test_with_all_right_the_status_is_0(workbook, verdicts, capsys):
    out, status = said(capsys, "twice", "half")
    assert out.endswith("\n3 of 3 right\n")
    assert status == 0


@pytest.fixture
def points(monkeypatch):
    """How many points the homework's exercises have."""
    for slug, most in (("window-a", 4), ("door-a", 2)):
        parts = [Part(judge=None, right="", points=1)] * most
        monkeypatch.setitem(PARTS, slug, parts)


def test_homework_has_points_and_does_not_count_as_a_lesson(
    workbook, verdicts, points, capsys
):
    verdicts["window-a"] = "window-a: not yet, 3 of 4 points\n  the edge"
    verdicts["door-a"] = "door-a: right, 2 of 2 points"
    out, status = said(capsys)
    assert out.endswith(
        "\n3 of 3 right\nhomework/door: 2 of 2 points\nhomework/window: 3 of 4 points\n"
    )
    assert status == 1


def test_an_exercise_without_points_is_named_beside_the_sum(
    workbook, verdicts, points, capsys
):
    verdicts["window-a"] = "nonsense"
    out, _ = said(capsys, "window")
    assert "its check gave no verdict, but 'nonsense'" in out
    assert "homework/window: 0 of 4 points, and 1 of 1 exercises not judged" in out


def test_no_verdict_wins_more_points_than_there_are(workbook, verdicts, points, capsys):
    verdicts["window-a"] = "window-a: right, 400 of 4 points"
    assert "homework/window: 4 of 4 points\n" in said(capsys, "window")[0]


@pytest.mark.parametrize(
    ("names", "headings"),
    [
        (["twice"], ["twice", "double", "triple"]),
        (["triple"], ["twice", "triple"]),
        (["triple", "half", "triple"], ["twice", "triple", "half", "halve"]),
        (["triple", "double"], ["twice", "triple", "double"]),
        (["homework/window"], ["homework/window", "window-a"]),
        (["window"], ["homework/window", "window-a"]),
        (["homework"], ["homework/door", "door-a", "homework/window", "window-a"]),
    ],
)
def test_names_choose_lessons_exercises_and_sheets(
    workbook, verdicts, capsys, names, headings
):
    out, _ = said(capsys, *names)
    shown = [line.split(":")[0] for line in out.split("\n\n")[0].splitlines()]
    for block in out.split("\n\n")[1:-1]:
        shown += [line.split(":")[0] for line in block.splitlines()]
    assert shown == headings


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("duoble", "no lesson or exercise 'duoble': did you mean double?"),
        ("tour", "tour has nothing to write"),
        ("half", "you have no copy of half yet: python -m gptlib lab"),
    ],
)
def test_a_name_that_cannot_be_judged_is_answered_in_one_line(
    workbook, verdicts, capsys, name, answer
):
    (workbook / "workbook/02_half.ipynb").unlink()
    with pytest.raises(SystemExit) as stop:
        main(["check", name])
    error = capsys.readouterr().err
    assert stop.value.code == 1
    assert error.startswith(f"error: {answer}") and error.count("\n") == 1


def test_homework_means_all_sheets_with_exercises(workbook, verdicts, capsys):
    save(workbook / "notebooks/homework/project.ipynb", page(prose("goal", "# Goal")))
    write_missing(workbook)
    out, _ = said(capsys, "homework")
    assert "homework/door:" in out and "homework/project" not in out


def test_without_names_only_what_has_a_copy_is_judged(workbook, verdicts, capsys):
    (workbook / "workbook/02_half.ipynb").unlink()
    assert "half" not in said(capsys)[0]


def test_a_damaged_copy_is_named_and_the_rest_goes_on(workbook, verdicts, capsys):
    (workbook / "workbook/01_twice.ipynb").write_text("{")
    out, status = said(capsys, "twice", "half")
    assert "double: not yet\n  your copy cannot be read\n" in out
    assert "python -m gptlib lab --fresh twice\n\nhalf: workbook/" in out
    assert "half.ipynb\nhalve: right\n" in out
    assert out.endswith("1 of 3 right\n")
    assert status == 1


def test_without_a_workbook_it_says_how_to_begin(root, capsys):
    with pytest.raises(SystemExit):
        main(["check"])
    assert capsys.readouterr().err == (
        "error: there is no workbook yet: python -m gptlib lab writes it\n"
    )


def test_a_workbook_without_exercises_is_said_to_have_none(root, capsys):
    write_missing(root)
    assert said(capsys) == ("no page in your workbook has an exercise\n", 0)


def test_a_fault_of_the_courses_page_names_it(workbook, capsys):
    nb = course_page("double")
    nb.cells.remove(cell(nb, "proof-double"))
    save(workbook / "notebooks/01_twice.ipynb", nb)
    with pytest.raises(SystemExit):
        main(["check"])
    error = capsys.readouterr().err
    assert error.startswith(
        "error: notebooks/01_twice.ipynb: no cell check(...) follows"
    )
    (workbook / "notebooks/01_twice.ipynb").write_text("{")
    with pytest.raises(SystemExit):
        main(["check"])
    assert "git checkout notebooks/01_twice.ipynb" in capsys.readouterr().err


def names_of(cells):
    """What is run in which order, checks in brackets."""
    return [
        f"[{c.id}]" if "check" in c.metadata.get("tags", []) else c.id for c in cells
    ]


def test_the_courses_check_comes_in_the_place_of_the_learners_own():
    nb = course_page("double", "triple")
    mine = learner_form(nb, "twice")
    plan = planned(mine, nb, checks_of(nb))
    assert names_of(plan) == [
        *("imports", "double", "[double]", "use-double", "triple", "[triple]")
    ]
    assert '.checks.check("double", double)\n' in plan[2].source


@pytest.mark.parametrize("lose", ["id", "place"])
def test_an_exercise_whose_cell_lost_its_id_is_found(lose):
    nb = course_page("double", "triple")
    mine = found(learner_form(nb, "twice"), double=define("double"))
    if lose == "id":
        cell(mine, "double").id = "pasted"
    else:
        for it in mine.cells:
            del it["id"]
    assert names_of(planned(mine, nb, checks_of(nb))) == [
        *("imports", "double", "[double]", "use-double", "triple", "[triple]")
    ]


def test_what_was_added_below_the_check_and_the_hints_counts():
    nb = course_page("double", "triple")
    mine = learner_form(nb, "twice")
    for name in ("double", "hints-double", "proof-double", "use-double"):
        at = mine.cells.index(cell(mine, name)) + 1
        mine.cells.insert(at, new_code_cell("1", id=f"after-{name}"))
    assert names_of(planned(mine, nb, checks_of(nb)))[1:7] == [
        *("double", "after-double", "after-hints-double", "after-proof-double"),
        *("[double]", "use-double"),
    ]


def test_only_the_courses_tag_lets_a_cell_fail():
    nb = course_page("double")
    nb.cells.insert(1, code("meant", "1 / 0", "raises-exception"))
    mine = learner_form(nb, "twice")
    del cell(mine, "meant").metadata["tags"]
    cell(mine, "imports").metadata["tags"] = ["raises-exception"]
    plan = planned(mine, nb, checks_of(nb))
    assert [c.id for c in plan if c.metadata.tags == ["raises-exception"]] == ["meant"]


def test_nothing_is_run_after_the_last_check_unless_its_cell_is_gone():
    nb = course_page("double", "triple")
    mine = learner_form(nb, "twice")
    checks = checks_of(nb)
    assert names_of(planned(mine, nb, {"double": checks["double"]})) == [
        *("imports", "double", "[double]")
    ]
    mine.cells.remove(cell(mine, "double"))
    assert names_of(planned(mine, nb, checks)) == [
        *("imports", "use-double", "triple", "[triple]", "use-triple", "[double]")
    ]


def test_an_exercise_without_a_check_after_it_is_the_courses_fault():
    nb = exercise()
    nb.cells.remove(cell(nb, "proof"))
    with pytest.raises(ValueError, match=r"no cell check.* follows the cell `doub"):
        checks_of(nb)
    nb.cells.insert(3, code("two", 'check("double", double)\ndouble(2)'))
    with pytest.raises(ValueError, match=r"no cell check\(\.\.\.\) follows"):
        checks_of(nb)
    with pytest.raises(ValueError, match="follows the cell `last`"):
        checks_of(page(code("last", DOUBLE, "yours")))


def test_what_an_unwritten_exercise_breaks_is_not_noted():
    def broken(name, ename):
        error = new_output("error", ename=ename, evalue="", traceback=[])
        return new_code_cell("", id=name, outputs=[error])

    cells = [broken("a", "NotWritten"), broken("b", "NameError")]
    assert judge._first_failure(cells, {}) == []
    assert judge._first_failure(cells[1:], {}) == ["note: NameError in the cell `b`: "]
    assert judge._first_failure(cells[1:], {"b": ""}) == []


def test_a_file_is_judged_wherever_it_lies(
    workbook, verdicts, points, capsys, tmp_path
):
    handed_in = tmp_path / "ada" / "my sheet (1).ipynb"
    handed_in.parent.mkdir()
    (workbook / "workbook/homework/window.ipynb").rename(handed_in)
    verdicts["window-a"] = "window-a: right, 4 of 4 points"
    out, status = said(capsys, str(handed_in))
    assert out.startswith("homework/window: ada/my sheet (1).ipynb\n")
    assert out.endswith("\nhomework/window: 4 of 4 points\n")
    assert status == 0


def test_a_file_that_lost_what_it_knew_is_known_by_its_name(
    workbook, verdicts, points, capsys, tmp_path
):
    nb = json.loads((workbook / "workbook/homework/window.ipynb").read_text("utf-8"))
    del nb["metadata"]["gptlib"]
    for name in ("window.ipynb", "mine.ipynb"):
        (tmp_path / name).write_text(json.dumps(nb), "utf-8")
    verdicts["window-a"] = "window-a: not yet, 1 of 4 points\n  the edge"
    out, status = said(capsys, str(tmp_path / "window.ipynb"))
    assert "homework/window: 1 of 4 points" in out
    assert status == 1
    with pytest.raises(SystemExit):
        main(["check", str(tmp_path / "mine.ipynb")])
    assert "is no copy of a page of the course" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "answer"),
    [(None, "there is no file"), ("{", "it is not JSON"), ("", "it is empty")],
)
def test_a_file_that_cannot_be_read_is_named(workbook, capsys, tmp_path, text, answer):
    path = tmp_path / "window.ipynb"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit):
        main(["check", str(path)])
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    assert answer in error and "window.ipynb" in error


def test_an_experiment_that_takes_minutes_is_not_run_again():
    nb = course_page("double", "triple")
    nb.cells.insert(5, code("train", "1 / 0", "experiment"))
    plan = planned(learner_form(nb, "twice"), nb, checks_of(nb))
    assert "train" not in names_of(plan)
    assert "[triple]" in names_of(plan)


def test_a_slider_gets_no_answer_so_that_no_reply_is_missed(tmp_path):
    source = "from ipywidgets import interact\n\n@interact(x=(0, 10))\ndef f(x=3):\n"
    cell = kernel.code_cell("slider", f"{source}    print(x)")
    assert kernel.run_cells([cell], tmp_path) is None
    kinds = [output.output_type for output in cell.outputs]
    assert kinds == ["stream", "display_data"]  # no Output widget took what it prints
