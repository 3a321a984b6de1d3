import io
import json
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from classes import (
    DUE,
    FILE,
    MOODLE,
    SHEET,
    attempts,
    bench,
    collected,
    folder,  # noqa: F401
    fresh,  # noqa: F401
    loose,
    notebook,
    refused,
    sheet_of,
    unstamped,
    whose,
    zip_bytes,
    zipped,
)

from classroom import found, keeping
from classroom.attempts import counting
from classroom.layouts import place_of, told_time
from classroom.store import ClassFolder
from gptlib.lab.pages import read_page

# Whose it is


@pytest.mark.parametrize(
    ("name", "student"),
    [
        (f"Ada Lovelace_4711_assignsubmission_file_/{FILE}", "ada"),
        (f"Ada Lovelace_4711_assignsubmission_file/{FILE}", "ada"),
        (f"Ada Lovelace_4711_assignsubmission_file_{FILE}", "ada"),
        ("Zoe\u0308 OBrien_4_assignsubmission_file_/sub/x.ipynb", "s/2"),
        (f"李 明_9_assignsubmission_file_/{FILE}", "007"),
        ("lovelaceada_12345_67890_3_more_attention-1.ipynb", "ada"),
        ("obrienzoë_LATE_12345_67890_x.ipynb", "s/2"),
        (f"Homework_3_ada_attempt_2027-01-30-10-00-00_{FILE}", "ada"),
        (f"course/submitted/007/more_attention/{FILE}", "007"),
        (f"ada/{FILE}", "ada"),
        (f"ADA LOVELACE/work/{FILE}", "ada"),
        ("007.ipynb", "007"),
        ("ada_3_more_attention.ipynb", "ada"),
        (f"Ada Lovelace_1_assignsubmission_file_/mine.zip/{FILE}", "ada"),
    ],
)
def test_without_a_stamp_the_place_tells_whose_it_is(folder, tmp_path, name, student):
    data = unstamped(sheet_of(folder))
    if ".zip/" in name:
        name, inner = name.split(".zip/")
        name, data = f"{name}.zip", zip_bytes({inner: data})
    collected(folder, zipped(tmp_path / "all.zip", {name: data}))
    assert whose(folder) == [(student, 1)]
    assert "it has no stamp" in attempts(folder)[0]["note"]


def test_a_folder_is_read_as_a_zip_is(folder, tmp_path):
    loose(tmp_path, f"{MOODLE}/{FILE}", unstamped(sheet_of(folder)))
    loose(tmp_path, "twin1/x.ipynb", sheet_of(folder, "twin1"))
    collected(folder, tmp_path / "in")
    assert whose(folder) == [("ada", 1), ("twin1", 1)]


def test_a_stamp_tells_whose_it_is_wherever_it_lies(folder, tmp_path):
    collected(folder, loose(tmp_path, "x.ipynb", sheet_of(folder, "s_2")))
    (row,) = attempts(folder)
    assert row["student"] == "s/2" and row["sheet"] == SHEET and row["note"] == ""


def test_a_key_in_its_line_is_a_stamp_where_the_metadata_are_gone(folder, tmp_path):
    nb = json.loads(sheet_of(folder))
    nb["metadata"] = {}
    collected(folder, loose(tmp_path, FILE, json.dumps(nb).encode()))
    assert whose(folder) == [("ada", 1)]
    assert "its stamp is gone" in attempts(folder)[0]["note"]


def test_where_stamp_and_place_disagree_both_are_named(folder, tmp_path, capsys):
    files = {f"{MOODLE}/{FILE}": sheet_of(folder, "twin1")}
    said = collected(folder, zipped(tmp_path / "a.zip", files), capsys=capsys)
    assert attempts(folder) == []
    assert "stamp is that of Jo Twin (twin1), and its place that of Ada" in said
    (why,) = refused(folder).values()
    assert "whose is it?" in why and "(originals/" in said


def test_a_teacher_settles_it_and_it_stays_settled(folder, tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{MOODLE}/{FILE}": sheet_of(folder, "twin1")})
    collected(folder, path)
    (kept,) = (folder / "originals").iterdir()
    collected(folder, "--as", "ADA", kept)
    collected(folder, path)
    (row,) = attempts(folder)
    assert row["student"] == "ada" and "assigned by hand" in row["note"]
    assert row["handed_in"].startswith("2027-01-30") and refused(folder) == {}


def test_one_name_of_two_students_is_settled_by_the_stamp_alone(folder, tmp_path):
    name = "Jo Twin_{}_assignsubmission_file_/x.ipynb"
    files = {name.format(1): sheet_of(folder, "twin2")}
    files[name.format(2)] = unstamped(sheet_of(folder, "twin1"), x=1)
    collected(folder, zipped(tmp_path / "a.zip", files))
    assert whose(folder) == [("twin2", 1)]
    (why,) = refused(folder).values()
    assert "may be that of Jo Twin (twin1) or Jo Twin (twin2)" in why


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("ada 0123456789abcdef", "the key of its stamp is none of this class"),
        (None, "it has no stamp"),
        ("", "it has no stamp"),
        (["x"], "it has no stamp"),
    ],
)
def test_a_wrong_key_alone_makes_nobody_a_student(folder, tmp_path, key, said):
    nb = json.loads(unstamped(sheet_of(folder)))
    nb["metadata"]["classroom"] = {"student": "ada", "key": key, "sheet": SHEET}
    data = json.dumps(nb).encode()
    collected(folder, loose(tmp_path, "x.ipynb", data))
    assert said in refused(folder)["x.ipynb"]
    collected(folder, loose(tmp_path, "ada/x.ipynb", data).parent)
    assert said in attempts(folder)[0]["note"]


def test_a_name_typed_over_the_key_is_noted(folder, tmp_path):
    key = ClassFolder(folder).key("ada")
    data = sheet_of(folder).replace(f'\\"{key}\\"'.encode(), b'\\"bob\\"')
    collected(folder, loose(tmp_path, "x.ipynb", data))
    assert "student = was changed" in attempts(folder)[0]["note"]


def test_an_unknown_name_is_refused_and_its_bytes_are_kept(folder, tmp_path):
    data = unstamped(sheet_of(folder))
    name = f"No Body_1_assignsubmission_file_/{FILE}"
    collected(folder, zipped(tmp_path / "a.zip", {name: data}))
    assert "'No Body' is no name or id" in refused(folder)[f"a.zip/{name}"]
    assert [it.read_bytes() for it in (folder / "originals").iterdir()] == [data]


# Which sheet


@pytest.mark.parametrize(
    ("lesson", "said"),
    [
        (
            "attention",
            "it is the lesson attention, and the class has only homework/mor",
        ),
        ("homework/gelu_and_mlp", "it is the sheet homework/gelu_and_mlp"),
        ("", "it does not say which sheet it is: known are homework/more_attention"),
    ],
)
def test_what_is_no_sheet_of_the_class_is_refused(folder, tmp_path, lesson, said):
    data = notebook("x = 1", metadata={"gptlib": {"lesson": lesson}})
    collected(folder, loose(tmp_path, "ada/x.ipynb", data).parent)
    assert said in refused(folder)["ada/x.ipynb"]


def test_a_sheet_that_lost_what_it_knew_is_known_by_its_exercises(folder, tmp_path):
    data = unstamped(sheet_of(folder), metadata={})
    collected(folder, loose(tmp_path, "ada/mine.ipynb", data).parent)
    assert [row["sheet"] for row in attempts(folder)] == [SHEET]


def test_an_older_course_is_taken_and_noted(folder, tmp_path):
    nb = json.loads(sheet_of(folder))
    nb["metadata"]["classroom"]["course"] = "0.0.1+abc"
    collected(folder, loose(tmp_path, "x.ipynb", json.dumps(nb).encode()))
    assert "another version of the course: 0.0.1+abc" in attempts(folder)[0]["note"]


def test_who_has_handed_in_nothing_is_listed(folder, tmp_path, capsys):
    said = collected(folder, capsys=capsys)
    assert f"missing: {SHEET}, by everybody" in said
    path = loose(tmp_path, "x.ipynb", sheet_of(folder))
    said = collected(folder, path, capsys=capsys)
    assert f"missing: Jo Twin (twin1), {SHEET}" in said and "(ada), h" in said
    assert said.count("missing:") == 4 and "1 taken in, 0 late" in said


# When, and which attempt


def test_attempts_are_numbered_as_they_were_handed_in(folder, tmp_path):
    for day, name in ((20, "b"), (10, "a"), (30, "c")):
        data = sheet_of(folder, change=f"# {name}")
        time = f"2027-01-{day}T12:00+00:00"
        collected(folder, loose(tmp_path, f"{name}.ipynb", data, time))
    assert whose(folder) == [("ada", 1), ("ada", 2), ("ada", 3)]
    days = [row["handed_in"][8:10] for row in attempts(folder)]
    assert days == ["10", "20", "30"]


def test_the_same_bytes_are_no_new_attempt(folder, tmp_path, capsys):
    path = loose(tmp_path, "x.ipynb", sheet_of(folder))
    collected(folder, path)
    before = attempts(folder)
    capsys.readouterr()
    said = collected(folder, path, loose(tmp_path, "y.ipynb", sheet_of(folder)))
    assert attempts(folder) == before and said == ""
    assert "2 known already" in capsys.readouterr().out


def test_the_last_one_on_time_counts_else_the_last_late_one(folder, tmp_path):
    db = ClassFolder(folder).db
    for student, days in (("ada", (29, 30)), ("twin1", ()), ("s_2", ())):
        for day in (*days, *((31,) if student == "s_2" else ())):
            data = sheet_of(folder, student, f"# {day}")
            time = f"2027-01-{day}T12:00+00:00"
            collected(folder, loose(tmp_path, f"{student}{day}.ipynb", data, time))
        for day in () if student == "s_2" else (1, 2):
            data = sheet_of(folder, student, f"# {day}")
            time = f"2027-02-0{day}T12:00+00:00"
            collected(folder, loose(tmp_path, f"{student}{day}.ipynb", data, time))
    last = {row["student"]: (row["number"], row["late"]) for row in counting(db)}
    first = {row["student"]: row["number"] for row in counting(db, "first")}
    assert last == {"ada": (2, 0), "s/2": (1, 0), "twin1": (2, 1)}
    assert first == {"ada": 1, "s/2": 1, "twin1": 1}


def test_a_grace_holds_for_all_and_can_be_taken_back(folder, tmp_path):
    time = "2027-02-01T00:05+00:00"
    path = loose(tmp_path, "x.ipynb", sheet_of(folder), time)
    collected(folder, path)
    late = [attempts(folder)[0]["late"]]
    for minutes in (10, 5):
        collected(folder, "--late-after", minutes)
        late.append(attempts(folder)[0]["late"])
    assert DUE.startswith("2027-01-31T23:59") and late == [1, 0, 1]


def test_another_due_time_is_held_against_what_is_there(folder, tmp_path):
    time = "2027-02-01T12:00+00:00"
    collected(folder, loose(tmp_path, "x.ipynb", sheet_of(folder), time))
    words = ("--class", tmp_path / "roster.csv", "--due", "2027-02-02")
    bench("release", folder, *words, "--sheets", SHEET)
    assert attempts(folder)[0]["late"] == 0


def test_what_canvas_calls_late_is_late_whatever_the_dates_say(folder, tmp_path):
    files = {"lovelaceada_LATE_12_67890_x.ipynb": sheet_of(folder)}
    files["obrienzoë_13_67891_x.ipynb"] = sheet_of(folder, "s_2")
    collected(folder, zipped(tmp_path / "a.zip", files))
    assert [row["late"] for row in attempts(folder)] == [1, 0]
    collected(folder, zipped(tmp_path / "b.zip", files, (2027, 3, 1, 0, 0, 0)))
    assert [row["late"] for row in attempts(folder)] == [1, 0]


def test_dates_of_a_download_are_suspected_and_can_be_set(folder, tmp_path, capsys):
    names = {it: sheet_of(folder, it) for it in ("ada", "twin1", "twin2")}
    files = {f"{it}/x.ipynb": data for it, data in names.items()}
    path = zipped(tmp_path / "a.zip", files, (2027, 2, 5, 8, 0, 0))
    said = collected(folder, path, capsys=capsys)
    assert "are they the download's?" in said and "--handed-in" in said
    collected(folder, path, "--handed-in", "2027-01-30T10:00+00:00")
    assert [row["late"] for row in attempts(folder)] == [0, 0, 0]
    assert {row["handed_in"] for row in attempts(folder)} == {
        "2027-01-30T10:00:00+00:00"
    }


def test_times_of_nbgrader_and_blackboard_are_read(folder, tmp_path):
    place = "submitted/ada/more_attention"
    stamp = b"2027-02-02 15:58:23.948203 America/Los_Angeles"
    files = {f"{place}/{FILE}": sheet_of(folder), f"{place}/timestamp.txt": stamp}
    name = f"Sheet 3_twin1_attempt_2027-01-31-10-30-00_{FILE}"
    files[name] = sheet_of(folder, "twin1")
    collected(folder, zipped(tmp_path / "a.zip", files))
    ada, twin = (datetime.fromisoformat(it["handed_in"]) for it in attempts(folder))
    assert ada == datetime(2027, 2, 2, 23, 58, 23, tzinfo=UTC)
    assert twin == datetime(2027, 1, 31, 10, 30).astimezone()
    assert told_time(b"2027-02-02 15:58 UTC").hour == 15 and not told_time(b"x")


def test_the_dates_inside_a_students_own_zip_prove_nothing(folder, tmp_path):
    inner = zip_bytes({FILE: sheet_of(folder)}, (2027, 1, 1, 0, 0, 0))
    files = {f"{MOODLE}/mine.zip": inner}
    collected(folder, zipped(tmp_path / "a.zip", files, (2027, 2, 5, 0, 0, 0)))
    inner = zip_bytes({FILE: sheet_of(folder, "twin1")}, (2027, 1, 1, 0, 0, 0))
    name = "Jo Twin_1_assignsubmission_file_/mine.zip"
    loose(tmp_path, name, inner, "2027-02-05T00:00+00:00")
    collected(folder, tmp_path / "in")
    assert [row["late"] for row in attempts(folder)] == [1, 1]


@pytest.mark.parametrize(
    "name",
    [
        f"{MOODLE}/mine.zip/timestamp.txt",
        f"{MOODLE}/submitted/ada/more_attention/timestamp.txt",
        f"{MOODLE}/mine.zip/submitted/ada/more_attention/timestamp.txt",
        f"{MOODLE}/timestamp.txt",
    ],
)
def test_a_time_that_the_student_wrote_is_not_believed(folder, tmp_path, name):
    at = name.rpartition("timestamp.txt")[0]
    both = {f"{at}{FILE}": sheet_of(folder), name: b"2027-01-01 10:00:00 UTC"}
    if ".zip/" in name:
        inner = {it.split(".zip/")[1]: data for it, data in both.items()}
        both = {f"{MOODLE}/mine.zip": zip_bytes(inner)}
    collected(folder, zipped(tmp_path / "a.zip", both, (2027, 2, 5, 0, 0, 0)))
    assert whose(folder) == [("ada", 1)] and attempts(folder)[0]["late"] == 1


def test_what_the_system_wrote_in_a_name_comes_before_what_the_student_did():
    fake = "x_attempt_2020-01-01-00-00-00_y.ipynb"
    place = place_of(("a.zip", f"Sheet_ada_attempt_2027-01-31-10-00-00_{fake}"))
    assert place.time.year == 2027 and place.ids == ("ada",) and place.file == fake
    place = place_of(("submitted", "ada", "sheet", f"x_{fake}"))
    assert (place.system, place.ids) == ("nbgrader", ("ada",))


def test_the_place_says_nothing_where_a_download_has_numbers_in_its_name():
    assert place_of(("submissions_2024_1128_x.zip", "ada", "x.ipynb")).system == ""
    assert place_of(("hw_2024_11_28", "x.ipynb")).system == ""


# Nothing is lost


def test_originals_are_as_they_came_and_the_notebook_can_be_read(folder, tmp_path):
    path = loose(tmp_path, "x.ipynb", sheet_of(folder))
    before = path.read_bytes(), path.stat().st_mtime
    collected(folder, path)
    (row,) = attempts(folder)
    assert (folder / row["original"]).read_bytes() == before[0]
    assert (path.read_bytes(), path.stat().st_mtime) == before
    nb = read_page(folder / row["notebook"])
    assert nb.metadata.classroom.student == "ada"
    assert nb.metadata.gptlib.lesson == SHEET


def test_a_dry_run_says_it_and_writes_nothing(folder, tmp_path, capsys):
    path = loose(tmp_path, "in/x.ipynb", sheet_of(folder)).parent
    loose(tmp_path, "in/y.csv", b"1")
    before = {it: it.read_bytes() for it in folder.rglob("*") if it.is_file()}
    said = collected(folder, path, "--dry-run", "--late-after", 5, capsys=capsys)
    assert {it: it.read_bytes() for it in folder.rglob("*") if it.is_file()} == before
    assert "taken: Ada Lovelace (ada)" in said and "kept, not graded: in/y.csv" in said
    assert "nothing was written" in said


@pytest.mark.parametrize("step", ["write_whole", "enter"])
@pytest.mark.parametrize("times", range(3))
def test_stopped_anywhere_and_run_again_nothing_is_lost_or_double(
    folder, tmp_path, monkeypatch, step, times
):
    files = {f"{it}/x.ipynb": sheet_of(folder, it) for it in ("ada", "twin1")}
    path = zipped(tmp_path / "a.zip", files | {"ada/b.csv": b"1"})
    real, calls = getattr(keeping, step), []

    def killed(*args):
        calls.append(1)
        if len(calls) > times:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(keeping, step, killed)
        collected(folder, path)
        raise SystemExit  # it was not called so often
    for row in attempts(folder):
        assert (folder / row["original"]).is_file()
        assert (folder / row["notebook"]).is_file()
    collected(folder, path)
    assert whose(folder) == [("ada", 1), ("twin1", 1)] and len(refused(folder)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no nowhere: give a folder, a zip or a notebook"),
        (["--as", "nobody", "x"], "no student 'nobody'"),
        (["--as", "twin", "x"], "did you mean twin"),
        (["--handed-in", "soon"], "--handed-in 'soon' is no time"),
        (["--late-after", "-5"], "--late-after -5.0 is no number of minutes"),
    ],
)
def test_a_wrong_word_is_named(folder, capsys, words, said):
    with pytest.raises(SystemExit) as stop:
        collected(folder, *words)
    assert stop.value.code == 1 and said in capsys.readouterr().err


def test_the_class_itself_is_not_collected(folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        collected(folder, folder / "release")
    assert "in the class's own folder" in capsys.readouterr().err
    (tmp_path / "roster.csv").unlink()
    collected(folder, tmp_path)
    assert attempts(folder) == [] and refused(folder) == {}


def test_no_class_is_an_error_that_says_how_to_begin_one(tmp_path, capsys):
    with pytest.raises(SystemExit):
        collected(tmp_path / "none")
    assert "begin one with python -m classroom release" in capsys.readouterr().err


def test_what_a_file_is_called_by_is_what_is_in_it():
    one = found.Found(("a",), datetime.now(UTC), b"x")
    assert len(one.digest) == 64 and found.Found(("a",), one.time).digest == ""
    assert isinstance(io.BytesIO(one.data), io.BytesIO)


@pytest.mark.soak
def test_killed_twenty_times_it_takes_each_sheet_once(folder, tmp_path):
    ids = ("ada", "twin1", "twin2")
    numbers = range(60)
    many = {
        f"{it}/{n}.ipynb": sheet_of(folder, it, f"# {n}") for it in ids for n in numbers
    }
    path = zipped(tmp_path / "a.zip", many | {"ada/b.csv": b"1"})
    words = [sys.executable, "-m", "classroom", "collect", folder, path]
    finished = 0
    for kill in range(20):
        run = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            run.wait(1.5 + 0.15 * kill)
            finished += 1
        run.kill()
        run.wait()
        for row in attempts(folder):
            assert (folder / row["original"]).read_bytes() in many.values()
            read_page(folder / row["notebook"])
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    assert finished < 20 and whose(folder) == [
        (it, n + 1) for it in ids for n in range(60)
    ]
    assert len(refused(folder)) == 1
