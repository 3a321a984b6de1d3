import re
import sqlite3

import pytest
from classes import DUE, FILE, ROSTER, SHEET, begin, bench
from nbformat import validate

from classroom.names import safe, squashed
from classroom.nbgrader import BEGIN, END, marked, released, source
from classroom.roster import read_roster
from classroom.sheets import Sheet, chosen, stamp_of, typed
from classroom.store import ClassFolder
from gptlib.checks.own import own_sizes
from gptlib.checks.verdict import PARTS
from gptlib.lab.forms import solutions
from gptlib.lab.pages import checkout, read_page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A class that was given its sheet; nobody writes to it."""
    return begin(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def sheet():
    (page,) = chosen(checkout(), ("more_attention",))
    return Sheet.read(page)


def page_of(folder, student):
    path = folder / "release" / safe(student) / FILE
    return read_page(path)


def files(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in (folder / "release").rglob("*")
        if path.is_file()
    }


def roster(tmp_path, data):
    path = tmp_path / "roster.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_each_student_gets_a_sheet_with_a_stamp_and_a_key_of_ones_own(folder, sheet):
    key = ClassFolder(folder).key("s/2")
    nb = page_of(folder, "s/2")
    stamp = {"student": "s/2", "key": key, "sheet": SHEET, "course": sheet.course}
    assert nb.metadata.classroom == stamp and typed(nb) == key
    assert stamp_of(nb) == stamp | {"typed": key}
    assert key.startswith("s/2 ") and len(key) == len("s/2 ") + 16
    validate(nb)


def test_own_sizes_follow_from_the_key_and_differ_between_students(folder):
    keys = [ClassFolder(folder).key(f"student {n}") for n in range(20)]
    sizes = {str(own_sizes("cache-bill", key)) for key in keys}
    assert len(sizes) > 10


def test_no_solution_is_given_out(folder, sheet):
    here = {cell.id: cell.source for cell in page_of(folder, "ada").cells}
    for slug, code in solutions(sheet.solved).items():
        assert code not in "".join(here.values()) and here[slug] != code
    assert not any(it in "".join(here.values()) for it in ("(hidden", "519_840"))


def test_the_same_class_gets_the_same_files_again_byte_for_byte(tmp_path):
    folder = begin(tmp_path)
    before = files(folder)
    begin(tmp_path)
    assert files(folder) == before and len(before) == 6


def test_another_class_has_other_keys_and_pseudonyms(folder, tmp_path):
    other = ClassFolder(begin(tmp_path))
    here = ClassFolder(folder)
    assert other.key("ada") != here.key("ada")
    names = [{it.pseudonym for it in them.students()} for them in (other, here)]
    assert names[0] != names[1] and all(len(them) == 5 for them in names)


def test_students_are_renamed_and_added_and_never_removed(tmp_path, capsys):
    begin(tmp_path)
    folder = begin(tmp_path, "id,name\nADA,Ada King\nnew,New One\n")
    students = {it.id: it for it in ClassFolder(folder).students()}
    assert students["ada"].name == "Ada King"
    assert students["ada"].email == "ada@example.org"
    assert len(students) == 6 and "007" in students
    said = capsys.readouterr().out
    assert "ada: Ada Lovelace is now Ada King" in said
    assert (
        "明 李) is not in" in said and "2 students" in said and "1 of them new" in said
    )


def test_a_dry_run_says_it_all_and_makes_not_even_the_folder(tmp_path, capsys):
    begin(tmp_path, ROSTER, "--dry-run", "--nbgrader", tmp_path / "nbg")
    assert [path.name for path in tmp_path.iterdir()] == ["roster.csv"]
    said = capsys.readouterr().out
    assert "more_attention.zip" in said and "nothing was written" in said
    assert "5 students" in said and "nbg" in said


def test_a_dry_run_changes_nothing_in_a_class(tmp_path):
    folder = begin(tmp_path)
    before = (folder / "class.sqlite").read_bytes()
    begin(tmp_path, "id,name\nada,Other\nnew,New\n", "--dry-run")
    assert (folder / "class.sqlite").read_bytes() == before
    assert not (folder / "release" / "new").exists()


def test_due_stays_unless_another_is_given(tmp_path):
    folder = begin(tmp_path)
    words = ("release", folder, "--class", tmp_path / "roster.csv")
    due = "select due from sheets where name = ?"
    bench(*words, "--sheets", SHEET)
    (first,) = ClassFolder(folder).db.execute(due, (SHEET,)).fetchone()
    bench(*words, "--sheets", SHEET, "--due", "2027-02-01")
    (second,) = ClassFolder(folder).db.execute(due, (SHEET,)).fetchone()
    assert first == DUE.replace("23:59+", "23:59:00+") and second > first


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("id,name\n", "no student"),
        ("name,email\nAda,a@b\n", "line 1: no column id.*name, email"),
        ("id,first name\n1,Ada\n", "line 1: no column name"),
        ("id,name\n1,Ada\n\n1,Bob\n", "line 4: the id '1' is that of line 2"),
        ("id,name\nA,Ada\na,Bob\n", "line 3: the id 'a' is that of line 2"),
        ("id,name\n1,Ada\n ,Bob\n", r"line 3: the id is empty \(Bob\)"),
        ("id,name\n1,Ada,x\n", "line 2 has 3 columns and the header 2"),
        ('id,name\n1,"Ada\n', "unexpected end"),
        ("id,name\n1,Zoë\n".encode("latin-1"), "line 2: the byte 0xeb is not UTF-8"),
        ("id,name\n1,Ada\n".encode("utf-16"), "line 1: the byte 0xff is not UTF-8"),
        ("id,name\n1,A\0da\n", "line"),
    ],
)
def test_a_wrong_roster_is_refused_with_its_line(tmp_path, data, said):
    with pytest.raises(ValueError, match=f"(?s)roster.csv.*{said}"):
        read_roster(roster(tmp_path, data))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffID;Name;E-Mail\r\n7;Ada Lovelace;a@b\r\n",
        "Student_ID\tFull Name\tMail\n7\t Ada  Lovelace \ta@b\n",
        "First name,Last name,ID number,Email address\nAda,Lovelace,7,a@b\n",
        "Student,ID,SIS User ID,email\n   Points Possible,,,\nAda Lovelace,7,x,a@b\n",
    ],
)
def test_rosters_are_read_as_moodle_and_canvas_write_them(tmp_path, text):
    (entry,) = read_roster(roster(tmp_path, text))
    assert (entry.id, entry.name, entry.email) == ("7", "Ada Lovelace", "a@b")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sheets", "more_atention"), "did you mean homework/more_attention"),
        (("--due", "tomorrow"), "--due 'tomorrow' is no time.*2027-01-31T23:59"),
        (("--class", "nowhere.csv"), "there is no roster nowhere.csv"),
    ],
)
def test_a_wrong_word_writes_nothing(tmp_path, capsys, words, said):
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        given = ("--class", tmp_path / "roster.csv", *words)
        bench("release", tmp_path / "class", *given)
    assert stop.value.code == 1 and not (tmp_path / "class").exists()
    assert re.search(said, capsys.readouterr().err)


def test_a_class_without_its_secret_is_refused(tmp_path, capsys):
    folder = begin(tmp_path)
    (folder / "secret.key").unlink()
    with pytest.raises(SystemExit):
        begin(tmp_path)
    assert "secret.key is gone" in capsys.readouterr().err
    assert not (folder / "secret.key").exists()


def test_a_file_that_is_no_database_is_named(tmp_path, capsys):
    folder = begin(tmp_path)
    (folder / "class.sqlite").write_bytes(b"x" * 4096)
    with pytest.raises(SystemExit):
        begin(tmp_path)
    assert "class.sqlite cannot be read" in capsys.readouterr().err


def test_names_of_folders_are_safe_and_differ():
    odd = ["../x", "a/b", "a_b", "a\\b", "CON", "nul.txt", ".x", "x.", "é" * 300, "a:b"]
    names = [safe(name) for name in odd]
    assert len({name.casefold() for name in names}) == len(odd)
    assert all("/" not in it and ":" not in it and len(it) < 80 for it in names)
    assert not any(it.startswith(".") or it.casefold() == "con" for it in names)
    assert safe("ada.l@x-1") == "ada.l@x-1" and squashed("O'Brien, Zoë") == "obrienzoë"


def test_nbgraders_source_has_marks_and_points_and_no_cell_twice(sheet):
    nb = source(sheet)
    about = [c.metadata.nbgrader for c in nb.cells if "nbgrader" in c.metadata]
    assert len({it.grade_id for it in about}) == len(about)
    assert sum(it.points for it in about if it.grade) == 20
    assert sum(it.solution for it in about) == len(solutions(sheet.solved))
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            assert cell.source.count(BEGIN) == cell.source.count(END) == 1
    validate(nb)


SCHEMA = {  # by nbgrader's nbgraderformat/v3.json
    "schema_version": lambda it: it == 3,
    "grade": lambda it: isinstance(it, bool),
    "locked": lambda it: isinstance(it, bool),
    "solution": lambda it: isinstance(it, bool),
    "task": lambda it: isinstance(it, bool),
    "grade_id": lambda it: it and all(c.isalnum() or c in "_-" for c in it),
    "points": lambda it: it >= 0,
    "checksum": lambda it: len(it) == 32,
    "cell_type": lambda it: it in ("raw", "code", "markdown"),
}


def test_nbgraders_metadata_are_those_of_its_schema(sheet):
    for nb in (source(sheet), released(sheet)):
        for about in (c.metadata.get("nbgrader", {}) for c in nb.cells):
            assert all(SCHEMA[name](it) for name, it in about.items())
            assert not about or {"schema_version", "grade", "locked"} <= set(about)
            assert not about or ("points" in about) == (about.grade or about.task)
    assert all(not c.outputs for c in source(sheet).cells if c.cell_type == "code")


def test_marked_solutions_run_and_the_marks_stand_where_lines_went(sheet):
    form = {cell.id: cell.source for cell in sheet.form.cells}
    for slug, code in solutions(sheet.solved).items():
        text = marked(code, form[slug])
        there = text.split(BEGIN)[1].split(END)[0]
        assert "raise NotWritten" not in text and there.strip()
        compile(text, slug, "exec")
        cut = text.split(BEGIN)[0] + "pass" + text.split(END)[1]
        compile(cut, slug, "exec")


def test_a_graded_cell_shows_points_and_stops_where_there_are_none(sheet, capsys):
    nb = source(sheet)
    (cell,) = [c for c in nb.cells if c.source.startswith('_verdict = check("window')]
    spaces = {"check": __import__("gptlib.checks").checks.check}
    ours = next(c for c in nb.cells if c.id == "window-softmax").source
    exec("import math, torch\n" + ours, spaces)
    exec(cell.source, spaces)
    points = sum(part.points for part in PARTS["window-softmax"])
    assert eval(cell.source.split("\n")[-1], spaces) == points
    with pytest.raises(AssertionError, match="no points"):
        exec(cell.source, spaces | {"window_softmax": None})


def test_experiments_are_not_run_by_nbgrader(sheet):
    tags = [c.metadata.get("tags", []) for c in source(sheet).cells]
    assert sum("skip-execution" in them for them in tags) == 1


def test_the_project_is_a_task_with_its_points_for_a_person():
    (page,) = chosen(checkout(), ("project",))
    about = [c.metadata.get("nbgrader") for c in source(Sheet.read(page)).cells]
    (task,) = [it for it in about if it]
    assert task.task and task.locked and task.points == 20
    assert not task.grade and not task.solution  # else it counts twice


def test_the_trees_are_written_beside_the_class(tmp_path):
    begin(tmp_path, ROSTER, "--nbgrader", tmp_path / "nbg")
    for step in ("source", "release"):
        text = (tmp_path / "nbg" / step / "more_attention" / FILE).read_text()
        assert ('"checksum"' in text) == (step == "release")


def test_of_two_who_begin_a_class_at_once_one_secret_stays(tmp_path):
    one, two = ClassFolder(tmp_path, new=True), ClassFolder(tmp_path, new=True)
    assert one.secret() == two.secret() and len(one.secret()) == 32
    assert isinstance(one.db, sqlite3.Connection)
