"""The report: what counts, its files and pages, points by hand, and forgetting."""

import csv
import io
import json
import os
import re
import sqlite3
import sys
import zipfile
from html.parser import HTMLParser
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import honest_sheets
import nbformat
import pytest

from classroom import overview
from classroom.__main__ import COMMANDS
from classroom.alike import HONEST, Comparable, alike, honest_share, nearness, tokens
from classroom.attempts import counting
from classroom.forget import ForgetConfig, forget
from classroom.overview import mistakes
from classroom.pages import Names, file_name
from classroom.points import pages, table
from classroom.report import ReportConfig, report
from classroom.store import ClassFolder
from classroom.tables import harmless
from gptlib.__main__ import main
from gptlib.lab.forms import solutions
from gptlib.lab.pages import read_page

SHEET, PROJECT = "homework/more_attention", "homework/project"
ADA, BEN, EVE = "ada-77001", "ben-77002", "évé <b>77003"
PEOPLE = {
    ADA: ("Ada Lovelace", "ada@example.org", "student 4711"),
    BEN: ("=HYPERLINK(1)", "", "student 2222"),
    EVE: ("<script>alert(1)</script>", "eve@example.org", "student 1234"),
}
HANDED_IN = "2027-01-30T10:00:00+00:00"
HOSTILE = "x = 1 # </code></pre><script>alert(2)</script>\n\x00\u202e"


@pytest.fixture
def folder(tmp_path):
    """A class of three: Ada has two attempts, Ben a late one, Eve one not graded."""
    made = ClassFolder(tmp_path / "class", new=True)
    with made.writing() as db:
        for student, about in PEOPLE.items():
            db.execute("insert into students values (?, ?, ?, ?)", (student, *about))
        for sheet in (SHEET, PROJECT):
            db.execute(
                "insert into sheets (name, due, released, course) "
                "values (?, '2027-01-31T23:59+00:00', '2027-01-01T00:00+00:00', 'v1')",
                [sheet],
            )
    hand_in(made, ADA, 1, words="The weights of row 3 sum to 0.5.", points=1)
    hand_in(made, ADA, 2, words="Seen: all of it.", status="right", points=3)
    hand_in(
        made, BEN, 1, late=1, words="The weights of row 7 sum to 0.25.", code=HOSTILE
    )
    hand_in(made, EVE, 1, graded=False)
    return made


def hand_in(folder, student, number, late=0, graded=True, content=None, **given):
    """An attempt in the books, its two files, and perhaps its grade."""
    content = content or f"{student} {number}"
    paths = [
        f"originals/{file_name(content)}",
        f"notebooks/{file_name(student)}-{number}.ipynb",
    ]
    for path in paths:
        (folder.path / path).parent.mkdir(exist_ok=True)
        (folder.path / path).write_text(content, encoding="utf-8")
    with folder.writing() as db:
        new = db.execute(
            "insert into attempts (student, sheet, number, handed_in, late, original, "
            "notebook, digest) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (student, SHEET, number, HANDED_IN, late, *paths, content),
        )
        if graded:
            grade = {"points": 0, "status": "not yet", "code": "y = 2"} | given
            row = (grade["points"], 4, grade["status"], grade["words"], grade["code"])
            db.execute(
                "insert into grades values (?, 'window-softmax', ?, ?, ?, ?, ?)",
                (new.lastrowid, *row),
            )
            run = (new.lastrowid, "seed", "v1", "bubblewrap", 2.5)
            db.execute("insert into runs values (?, ?, ?, ?, ?, '')", run)


def by_hand(folder, *lines, **more):
    """Report with a file of points given by hand."""
    path = folder.path.parent / "points.csv"
    head = "student,sheet,exercise,points,comment"
    path.write_text("\n".join([head, *lines]), encoding="utf-8")
    report(ReportConfig(folder.path, manual=path, **more))


def written(folder, name):
    return (folder.path / "report" / name).read_text(encoding="utf-8")


def rows(folder, name):
    return list(csv.reader(io.StringIO(written(folder, name))))


class Page(HTMLParser):
    """What a browser would see of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.asked = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        given = dict(attrs)
        self.asked += [given[it] for it in ("src", "href") if it in given]


def test_last_attempt_on_time_counts_or_else_last_late_one(folder):
    hand_in(folder, ADA, 3, late=1, words="late")
    hand_in(folder, BEN, 2, late=1, words="late again")
    last = {it["student"]: it["number"] for it in counting(folder.db)}
    first = {it["student"]: it["number"] for it in counting(folder.db, "first")}
    assert last == {ADA: 2, BEN: 2, EVE: 1}
    assert first == {ADA: 1, BEN: 1, EVE: 1}


def test_points_are_those_of_the_attempt_that_counts(folder):
    points = [table(folder, it).handed[ADA, SHEET].points for it in ("last", "first")]
    assert points == [3, 1]


def test_what_is_not_graded_has_no_points(folder):
    report(ReportConfig(folder.path))
    eve = next(row for row in rows(folder, "moodle.csv") if row[0] == EVE)
    assert eve == [EVE, "eve@example.org", "", "", "", ""]


def test_canvas_gets_its_columns_and_the_points_possible(folder):
    report(ReportConfig(folder.path))
    head, possible, ada, *_ = rows(folder, "canvas.csv")
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert head[5:] == ["More attention", "Project"]
    assert possible == ["    Points Possible", "", "", "", "", "20", "20"]
    assert ada == ["Ada Lovelace", "", ADA, ADA, "", "3", ""]


def test_moodle_gets_points_with_feedback_by_id(folder):
    by_hand(folder, f'{ADA},more_attention,mask-fault,2,"well, nearly"')
    ada = next(row for row in rows(folder, "moodle.csv") if row[0] == ADA)
    assert ada[1:3] == ["ada@example.org", "5"]
    assert "window-softmax 3 of 4" in ada[3] and "(well, nearly)" in ada[3]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", " =", "\t=", "\r@", "\n+"])
def test_no_field_is_a_formula(begin):
    assert harmless(f"{begin}1+1").startswith("'")


def test_name_that_is_a_formula_is_none_in_any_csv(folder):
    report(ReportConfig(folder.path))
    for name in ("points.csv", "canvas.csv"):
        fields = [field for row in rows(folder, name) for field in row]
        assert "'=HYPERLINK(1)" in fields and "=HYPERLINK(1)" not in fields


def test_names_and_codes_are_no_html(folder):
    report(ReportConfig(folder.path))
    for path in (folder.path / "report").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "script" not in Page(text).tags and "b" not in Page(text).tags
        assert "\x00" not in text and "\u202e" not in text


def test_pages_ask_for_nothing_and_say_so_to_the_browser(folder):
    report(ReportConfig(folder.path))
    for path in (folder.path / "report").rglob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        here = re.compile(r"#[\w-]+|students/[\w-]+\.html")
        assert all(here.fullmatch(it) for it in page.asked)
        assert "default-src 'none'" in path.read_text(encoding="utf-8")


def test_links_of_the_class_lead_to_pages_that_are_there(folder):
    report(ReportConfig(folder.path))
    links = [it for it in Page(written(folder, "index.html")).asked if it[0] != "#"]
    assert len(set(links)) == 3
    assert all((folder.path / "report" / link).is_file() for link in links)


def test_headings_are_in_order_and_tables_have_headers(folder):
    report(ReportConfig(folder.path))
    for path in (folder.path / "report").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        levels = [int(it[1]) for it in Page(text).tags if re.fullmatch("h[1-6]", it)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))
        assert text.count("<table") == text.count("<thead")
        assert text.count("<svg") == text.count('role="img" aria-label=')
        assert '<html lang="en">' in text


def brightness(colour):
    """Of a colour such as #1b1b1b or #fff, from 0 to 1, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * it for it in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [
        it / 12.92 if it <= 0.04 else ((it + 0.055) / 1.055) ** 2.4 for it in parts
    ]
    return sum(w * it for w, it in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_text_has_the_contrast_of_aa_in_light_and_dark():
    style = (Path(overview.__file__).parent / "templates/page.html").read_text()
    for rule in re.findall(r":root {([^}]*--ink[^}]*)}", style):
        is_ = dict(re.findall(r"--(\w+): (#\w+)", rule))
        for text in is_.keys() - {"paper", "soft", "line"}:
            for ground in ("paper", "soft"):
                two = sorted(brightness(is_[it]) for it in (text, ground))
                assert (two[1] + 0.05) / (two[0] + 0.05) >= 4.5, (text, ground)


def test_students_page_has_own_code_and_verdict_and_nobody_else(folder):
    report(ReportConfig(folder.path))
    page = written(folder, f"students/{file_name(ADA)}.html")
    assert "Ada Lovelace" in page and "Seen: all of it." in page
    assert not any(it in page for it in (BEN, "HYPERLINK", "77003", "alert"))


def test_two_ids_never_share_a_page():
    ids = ["a b", "a-b", "A b", "é", "è", "../x", "x", "con", "a" * 100, "a" * 101]
    names = [file_name(it) for it in ids]
    assert len({it.casefold() for it in names}) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9_-]{1,64}", it) for it in names)


def test_pseudonyms_stand_in_all_files_in_place_of_names(folder):
    said = "# Ada Lovelace, ADA-77001, and ada@example.org\ny = 2"
    hand_in(folder, ADA, 3, words="Ada Lovelace did it", code=said)
    report(ReportConfig(folder.path))
    report(ReportConfig(folder.path, pseudonyms=True))
    files = [it for it in (folder.path / "report").rglob("*") if it.is_file()]
    text = "".join(f"{it.name} {it.read_text(encoding='utf-8')}" for it in files)
    assert "student 4711" in text and "student 4711 did it" in text
    assert not re.search("77001|Lovelace|ada@|HYPERLINK|alert.1|77003", text, re.I)


def test_commonest_mistakes_are_counted_without_their_numbers(folder):
    hand_in(folder, EVE, 2, words="The weights of row 2 sum to 1e-3.")
    (found,) = mistakes(table(folder), Names(folder, hidden=False))
    assert found["hint"] == "The weights of row # sum to #."
    assert found["students"] == 2


def test_report_says_that_a_run_was_trusted(folder):
    report(ReportConfig(folder.path))
    assert "trusted" not in written(folder, "index.html")
    folder.db.execute("update runs set sandbox = 'trusted'")
    report(ReportConfig(folder.path))
    assert "--trusted" in written(folder, "index.html").split("<h2")[0]


def test_report_is_a_command_and_may_be_called_again(folder, capsys):
    for _ in range(2):
        main(["report", str(folder.path), "--attempt", "first"], COMMANDS)
    assert "3 of 3 handed in, 2 with points" in capsys.readouterr().out
    assert rows(folder, "points.csv")[1][4:7] == ["1", "4", "check"]


def test_what_would_not_be_seen_is_shown(folder):
    name = "Ada\u202e\x00x"
    folder.db.execute("update students set name = ? where id = ?", (name, ADA))
    report(ReportConfig(folder.path))
    assert r"Ada\u202e\u0000x" in written(folder, "index.html")


def test_students_of_one_name_are_told_apart(folder):
    folder.db.execute("update students set name = 'Ada'")
    names = Names(folder, hidden=False)
    assert {names.of(it) for it in folder.students()} == {
        f"Ada ({it})" for it in PEOPLE
    }


def test_dry_run_writes_nothing(folder, capsys):
    by_hand(folder, f"{ADA},{SHEET},mask-fault,2,", dry_run=True)
    assert "would write" in capsys.readouterr().out
    assert not (folder.path / "report").exists()
    assert not folder.db.execute("select * from manual").fetchall()


def test_sheet_that_is_not_the_classs_is_named(folder):
    with pytest.raises(ValueError, match="no sheet 'more_atention'.*more_attention"):
        report(ReportConfig(folder.path, sheets=("more_atention",)))


def test_points_by_hand_replace_the_checks_and_outlive_grading_again(folder):
    by_hand(
        folder, f"{ADA},{SHEET},window-softmax,2.5,", f"{ADA},{PROJECT},project,17,ok"
    )
    folder.db.execute("update grades set points = 0")
    found = table(folder).handed
    assert found[ADA, SHEET].points == 2.5
    assert (found[ADA, PROJECT].points, found[ADA, PROJECT].most) == (17, 20)


def test_points_by_hand_may_be_for_a_new_exercise_or_a_comment_alone(folder):
    by_hand(folder, f"{ADA},{SHEET},reason,1,", f"{BEN},{SHEET},window-softmax,,see me")
    found = table(folder).handed
    assert found[ADA, SHEET].points == 4
    assert found[BEN, SHEET].points == 0
    assert "see me" in written(folder, f"students/{file_name(BEN)}.html")


def test_line_without_points_and_comment_takes_back(folder):
    by_hand(folder, f"{ADA},{SHEET},window-softmax,0,")
    by_hand(folder, f"{ADA},{SHEET},window-softmax,,")
    assert table(folder).handed[ADA, SHEET].points == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ada-7700,more_attention,mask-fault,1,", "no student 'ada-7700'.*ada-77001"),
        (f"{ADA},attention,mask-fault,1,", "no sheet 'attention'.*more_attention"),
        (f"{ADA},{SHEET},mask-fualt,1,", "no exercise 'mask-fualt'.*mask-fault"),
        (f"{ADA},{SHEET},mask-fault,many,", "points must be a number.*'many'"),
        (f"{ADA},{SHEET},mask-fault,nan,", "points must be a number.*'nan'"),
        (f"{ADA},{SHEET},mask-fault,-1,", "points must be a number of 0 or more"),
        (f"{ADA},{SHEET},mask-fault,99,", "99 points, and mask-fault has"),
        (f"{ADA},{SHEET},,1,", "no exercise is named"),
        (f"{ADA},{SHEET},mask-fault,1,a,b", "6 fields.*quotes"),
        (f"{BEN},{SHEET},mask-fault,1,", "the same as line 2"),
    ],
)
def test_wrong_line_is_named_and_nothing_is_taken(folder, line, said):
    with pytest.raises(ValueError, match=f"points.csv, line 3: .*{said}"):
        by_hand(folder, f"{BEN},{SHEET},mask-fault,1,", line)
    assert not folder.db.execute("select * from manual").fetchall()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "got nothing"),
        (b"student,points\n", "line 1: the columns"),
        (b"\xff", "UTF-8"),
    ],
)
def test_file_without_the_columns_is_refused(folder, text, said):
    path = folder.path / "p.csv"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=f"p.csv.*{said}"):
        report(ReportConfig(folder.path, manual=path))


def test_names_comments_and_layout_make_no_difference():
    a = "def f(x, n):\n    '''What it does.'''\n    m = x + n  # sum\n    return m"
    b = "def g(aa: int, k) -> int:\n\n    s = aa+k\n    return (s)"
    assert tokens(a) == tokens(b)
    assert tokens("def f(: torch") and tokens("-" * 5000 + "1")


def comparable():
    return Comparable.of(read_page(pages()[SHEET].course), SHEET)


def test_copy_with_other_names_is_shown_and_honest_sheets_are_not():
    sheet = comparable()
    copied = {
        slug: re.sub(r"\b(scores|k|t)\b", r"my_\1", code)
        for slug, code in sheet.published.items()
    }
    honest = {
        slug: honest_sheets.source(honest_sheets.HOMEWORK[slug]["right"][1])
        for slug in sheet.published
    }
    found = alike(SHEET, sheet, {"copies": copied, "honest": honest})
    assert [(it.first, it.second) for it in found] == [("copies", None)]
    assert found[0].nearness > 0.95 and found[0].honest == 0


def test_faults_predictions_and_reports_do_not_count():
    assert list(comparable().published) == [
        "window-softmax",
        "grouped-queries",
        "mask-witness",
        "softcap-backward",
    ]


def test_sheet_as_it_was_given_is_nobodys_copy():
    sheet = comparable()
    assert sheet.pieces(sheet.given).total() == 0
    assert alike(SHEET, sheet, {"a": sheet.given, "b": sheet.given}) == []


def test_stored_shares_of_honest_sheets_come_out_again():
    kept = json.loads(HONEST.read_text())["sheets"]
    sheets = honest_sheets.sheets()
    assert kept.keys() == sheets.keys()
    again = honest_sheets.shares(sheets[SHEET], pairs=1000, seed=1)
    for kind, levels in again.items():
        for level, share in levels.items():
            assert kept[SHEET][kind][level] == pytest.approx(share, abs=0.06)


def test_honest_share_is_never_told_too_small():
    stored = json.loads(HONEST.read_text())["sheets"][SHEET]["pairs"]
    assert honest_share(SHEET, 0.94) == stored["0.90"] >= honest_share(SHEET, 0.96)


def release_to(folder, *students):
    """Stamped sheets in release/, and an archive of all."""
    with zipfile.ZipFile(folder.path / "release.zip", "w") as archive:
        for it in students:
            nb = nbformat.v4.new_notebook(metadata={"classroom": {"student": it}})
            nb.cells = [nbformat.v4.new_code_cell(f"student = {folder.key(it)!r}")]
            path = folder.path / "release" / it / "sheet.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(nb, path)
            archive.write(path, f"{it}/sheet.ipynb", zipfile.ZIP_DEFLATED)
    (folder.path / "release.zip").rename(folder.path / "release" / "sheet.zip")


def everything(folder):
    """All names and bytes under the folder of a class, archives opened."""
    found = b""
    for path in (it for it in folder.path.rglob("*") if it.is_file()):
        found += str(path.relative_to(folder.path)).encode() + path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found += b"".join(map(archive.read, archive.namelist()))
    return found


def test_who_is_forgotten_is_in_no_file(folder):
    release_to(folder, ADA, BEN)
    by_hand(folder, f"{ADA},{SHEET},reason,1,dear Ada Lovelace")
    folder.db.execute("update attempts set note = 'stamp of ada-77001' where late")
    for member in ("Ada Lovelace_1_file/x.ipynb", "lovelaceada_12_34_x.ipynb"):
        refused = ("x.zip", member, "0", "wrong sheet")
        folder.db.execute("insert into refused values (?, ?, ?, ?)", refused)
    forget(ForgetConfig(folder.path, ADA, yes=True))
    left = everything(folder)
    assert not any(it in left for it in (b"77001", b"ovelace", b"ada@example.org"))
    assert BEN.encode() in left and table(folder).handed[BEN, SHEET].points == 0
    assert zipfile.ZipFile(folder.path / "release/sheet.zip").namelist() == [
        f"{BEN}/sheet.ipynb"
    ]


def test_forgetting_without_yes_deletes_nothing(folder, capsys):
    before = everything(folder)
    forget(ForgetConfig(folder.path, ADA))
    assert everything(folder) == before
    assert "nothing was deleted" in capsys.readouterr().out


def test_what_was_refused_goes_if_its_bytes_name_the_student(folder):
    path = folder.path / "originals" / "abc.ipynb"
    for digest in ("abc", "def"):
        refused = ("in", f"{digest}.ipynb", digest, "stamp and place disagree")
        folder.db.execute("insert into refused values (?, ?, ?, ?)", refused)
        path.with_stem(digest).write_text(
            f"student = '{ADA if digest == 'abc' else BEN}'"
        )
    forget(ForgetConfig(folder.path, ADA, yes=True))
    assert not path.exists() and path.with_stem("def").is_file()
    assert [it["digest"] for it in folder.db.execute("select * from refused")] == [
        "def"
    ]


def test_what_another_student_handed_in_too_stays_and_is_said(folder, capsys):
    hand_in(folder, ADA, 3, content="the same", words="")
    hand_in(folder, BEN, 2, content="the same", words="")
    forget(ForgetConfig(folder.path, ADA, yes=True))
    assert (folder.path / "originals" / file_name("the same")).is_file()
    assert f"{BEN} handed in the same" in capsys.readouterr().out


def test_who_is_unknown_cannot_be_forgotten(folder):
    with pytest.raises(ValueError, match="no student 'ada'"):
        forget(ForgetConfig(folder.path, "ada", yes=True))


def test_points_reach_nbgraders_gradebook_twice_the_same(folder, monkeypatch):
    api = pytest.importorskip("nbgrader.api", reason="nbgrader is not installed")
    path = folder.path / "gradebook.db"
    lines = (f"{ADA},{SHEET},mask-fault,2,", f"{BEN},{PROJECT},project,11,")
    here = str(Path(sys.executable).parent)  # where nbgrader's alembic is
    monkeypatch.setenv("PATH", here, prepend=os.pathsep)
    with api.Gradebook(f"sqlite:///{path}") as book:  # as nbgrader makes it
        book.add_assignment("project")
        book.add_notebook("project", "project")
        about = {"max_score": 20, "cell_type": "markdown"}
        book.add_task_cell("the-defence", "project", "project", **about)
    for _ in range(2):
        by_hand(folder, *lines, nbgrader=path)
    with api.Gradebook(f"sqlite:///{path}") as book:
        scores = {
            (it.student.id, it.assignment.name): (it.score, it.max_score)
            for it in (
                *book.assignment_submissions("more_attention"),
                *book.assignment_submissions("project"),
            )
        }
    assert scores[ADA, "more_attention"] == (5, 20)
    assert scores[BEN, "project"] == (11, 20)
    assert (EVE, "more_attention") not in scores


def test_gradebook_needs_nbgrader_and_says_how_to_get_it(folder, monkeypatch):
    monkeypatch.setattr("classroom.gradebook.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install nbgrader"):
        report(ReportConfig(folder.path, nbgrader=folder.path / "gradebook.db"))
    assert not (folder.path / "report").exists()


@pytest.mark.skipif(not find_spec("nbgrader"), reason="nbgrader is not installed")
def test_file_that_is_no_gradebook_is_left_alone(folder):
    path = folder.path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("create table mine (x)")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="other.db is no gradebook"):
        report(ReportConfig(folder.path, nbgrader=path))
    assert path.read_bytes() == before


def test_solutions_of_the_course_are_all_compared():
    for name, sheet in honest_sheets.sheets().items():
        assert set(sheet.published) < set(solutions(read_page(pages()[name].course)))
        assert nearness(sheet.pieces(sheet.published), sheet.pieces(sheet.given)) == 0
