"""The workbook: nothing that a learner wrote is ever lost."""

import errno
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from lessons import ROOT
from nbformat.v4 import new_code_cell, reads
from pages import DOUBLE, cell, exercise, page, prose, save

from gptlib.lab import copies, pages, workbook
from gptlib.lab.merge import touched
from gptlib.lab.workbook import fresh, update, write_missing


def read(path):
    """A notebook of the workbook."""
    return reads(path.read_text(encoding="utf-8"))


def change(path, name="use", source="double(1)  # mine"):
    """Do what a learner does in an editor; the file's new bytes."""
    nb = read(path)
    cell(nb, name).source = source
    save(path, nb)
    return path.read_bytes()


def files(folder):
    """Every file below a folder, with its bytes."""
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def root(tmp_path):
    """A course of two lessons and a homework sheet, with a workbook."""
    save(tmp_path / "notebooks/00_tour.ipynb", page(prose("hello", "# Tour")))
    save(tmp_path / "notebooks/01_twice.ipynb", exercise())
    save(tmp_path / "notebooks/homework/window.ipynb", exercise("window"))
    assert write_missing(tmp_path) == ["3 new pages in workbook/"]
    return tmp_path


@pytest.fixture
def copy(root):
    return root / "workbook/01_twice.ipynb"


def new_course(root):
    """The course's next version of the lesson."""
    nb = exercise(source=DOUBLE.replace("Twice x", "Two times x"))
    save(root / "notebooks/01_twice.ipynb", nb)


def test_the_first_time_everything_is_written_but_the_homeworks_solutions(root):
    names = {
        p.relative_to(root / "workbook").as_posix() for p in files(root / "workbook")
    }
    assert names == {
        "00_tour.ipynb",
        "01_twice.ipynb",
        "homework/window.ipynb",
        "reading/00_tour.ipynb",
        "reading/01_twice.ipynb",
        "solutions/double.py",
    }
    head, rest = (root / "workbook/solutions/double.py").read_text().split("\n", 1)
    assert re.fullmatch(r"# The course's solution \([0-9a-f]{16}\)\. Write .*", head)
    assert rest == DOUBLE + "\n"


def test_a_copy_is_to_write_in_and_a_reading_copy_is_executed(root, copy):
    assert "NotWritten" in cell(read(copy), "double").source
    reading = read(root / "workbook/reading/01_twice.ipynb")
    assert cell(reading, "double").source == DOUBLE
    assert cell(reading, "use").outputs
    assert read(root / "workbook/homework/window.ipynb").metadata.gptlib.lesson == (
        "homework/window"
    )


def test_the_second_time_no_file_is_written(root, monkeypatch):
    monkeypatch.setattr(copies, "write_text", None)
    monkeypatch.setattr(copies, "write_whole", None)
    assert write_missing(root) == []


def test_an_untouched_copy_of_an_unchanged_page_keeps_its_outputs(root, copy):
    nb = read(copy)
    cell(nb, "use").outputs = cell(exercise(), "use").outputs
    save(copy, nb)
    before = copy.read_bytes()
    assert write_missing(root) == []
    assert copy.read_bytes() == before


def test_an_untouched_copy_takes_the_new_page_in_silence(root, copy):
    new_course(root)
    assert write_missing(root) == []
    assert "Two times x" in cell(read(copy), "double").source
    assert "Two times x" in (root / "workbook/solutions/double.py").read_text()
    assert "Two times x" in (root / "workbook/reading/01_twice.ipynb").read_text()


def test_an_untouched_reading_copy_takes_new_outputs(root):
    nb = exercise()
    cell(nb, "use").outputs = []
    save(root / "notebooks/01_twice.ipynb", nb)
    assert write_missing(root) == []
    assert not cell(read(root / "workbook/reading/01_twice.ipynb"), "use").outputs


def edit(nb):
    cell(nb, "use").source = "1"


def add(nb):
    nb.cells.append(new_code_cell("1"))


def delete(nb):
    del nb.cells[-1]


def move(nb):
    nb.cells.reverse()


def turn(nb):
    cell(nb, "use").cell_type = "raw"
    del cell(nb, "use")["outputs"], cell(nb, "use")["execution_count"]


def attach(nb):
    cell(nb, "title").attachments = {"a.png": {"image/png": "AA"}}


@pytest.mark.parametrize("touch", [edit, add, delete, move, turn, attach])
def test_a_touched_copy_is_never_written_over(root, copy, touch):
    nb = read(copy)
    touch(nb)
    save(copy, nb)
    before = copy.read_bytes()
    assert write_missing(root) == []
    new_course(root)
    (said,) = write_missing(root)
    assert said.startswith("notebooks/01_twice.ipynb has changed; your copy is as you")
    assert said.endswith("python -m gptlib lab --update twice")
    assert copy.read_bytes() == before


def reorder(nb):
    nb.cells.append(nb.cells.pop(0))


def tag(nb):
    cell(nb, "use").metadata["tags"] = ["raises-exception"]


@pytest.mark.parametrize("change_course", [reorder, tag, turn, attach])
def test_a_page_that_changed_but_in_its_text_is_brought_too(root, copy, change_course):
    nb = exercise()
    change_course(nb)
    save(root / "notebooks/01_twice.ipynb", nb)
    assert write_missing(root) == []
    made = read(copy)
    assert [c.id for c in made.cells] == [c.id for c in nb.cells]
    assert [c.cell_type for c in made.cells] == [c.cell_type for c in nb.cells]
    assert cell(made, "use").metadata == cell(nb, "use").metadata
    assert cell(made, "title").get("attachments") == (
        cell(nb, "title").get("attachments")
    )
    change(copy)
    save(root / "notebooks/01_twice.ipynb", exercise())
    assert write_missing(root)[0].endswith("--update twice")
    update(root, "twice")
    assert [c.id for c in read(copy).cells] == [c.id for c in exercise().cells]


def test_an_untouched_copy_that_lost_its_ids_takes_the_new_page(root, copy):
    raw = json.loads(copy.read_text("utf-8"))
    for it in raw["cells"]:
        del it["id"]
    copy.write_text(json.dumps(raw | {"nbformat_minor": 4}), encoding="utf-8")
    new_course(root)
    assert write_missing(root) == []
    assert "Two times x" in cell(read(copy), "double").source


def test_a_touched_reading_copy_is_left_and_named(root):
    reading = root / "workbook/reading/01_twice.ipynb"
    before = change(reading)
    new_course(root)
    (said,) = write_missing(root)
    assert "you wrote in workbook/reading/01_twice.ipynb" in said
    assert reading.read_bytes() == before


DAMAGE = {
    "empty": b"",
    "cut off": b'{"cells": [',
    "no notebook": b'{"a": 1}',
    "a list": b"[1]",
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "odd cells": b'{"nbformat": 4, "metadata": {}, "cells": [1]}',
    "old": b'{"nbformat": 3, "metadata": {}, "worksheets": []}',
    "knows nothing": b'{"nbformat": 4, "metadata": {}, "cells": []}',
    "odd order": b'{"nbformat": 4, "cells": [], "metadata": {"gptlib": '
    b'{"lesson": "twice", "generated": {}, "order": [{}]}}}',
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_copy_is_named_and_left_and_the_others_go_on(root, copy, damage):
    copy.write_bytes(damage)
    (root / "workbook/homework/window.ipynb").unlink()
    said = write_missing(root)
    assert said[0].startswith("workbook/01_twice.ipynb is damaged (")
    assert said[0].endswith("python -m gptlib lab --fresh twice")
    assert "\n" not in said[0]
    assert said[1:] == ["1 new page in workbook/"]
    assert copy.read_bytes() == damage


def test_a_byte_order_mark_is_no_damage(root, copy):
    copy.write_bytes(b"\xef\xbb\xbf" + copy.read_bytes())
    assert write_missing(root) == []


def test_a_folder_in_the_place_of_a_copy_is_named(root, copy):
    copy.unlink()
    copy.mkdir()
    (said,) = write_missing(root)
    assert "01_twice.ipynb cannot be read (Is a directory). It is left" in said
    for do in (fresh, update):
        with pytest.raises(ValueError, match=r"read \(Is a directory\)"):
            do(root, "twice")


def test_a_copy_that_may_not_be_read_is_not_called_damaged(root, copy, monkeypatch):
    read_text = Path.read_text

    def refuse(path, *args, **kwargs):
        if path == copy:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read_text(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", refuse)
    (said,) = write_missing(root)
    assert said.startswith("workbook/01_twice.ipynb cannot be read (Permission denied)")
    assert "damaged" not in said


SOLUTION = "workbook/solutions/double.py"


@pytest.mark.parametrize("mine", ["# mine\n", DOUBLE + "\n# mine", "\xff", ""])
def test_what_a_learner_wrote_in_a_solution_is_put_aside_and_named(root, mine):
    path = root / SOLUTION
    course, mine = path.read_bytes(), mine.encode("latin-1")
    for number in ("", "-2"):
        path.write_bytes(mine)
        (said,) = write_missing(root)
        aside = root / said.split(": ")[1]
        assert said.startswith(f"{SOLUTION} is the course's again; what you wrote")
        assert re.fullmatch(rf"double\.before-\d+-\d\d-\d\d{number}\.py", aside.name)
        assert (aside.read_bytes(), path.read_bytes()) == (mine, course)
    assert write_missing(root) == []


def test_a_line_added_to_a_solution_is_not_lost_when_the_course_changes(root):
    path = root / SOLUTION
    path.write_text(path.read_text() + "# mine\n")
    new_course(root)
    (said,) = write_missing(root)
    assert (root / said.split(": ")[1]).read_text().endswith("# mine\n")
    assert "Two times x" in path.read_text()


@pytest.mark.parametrize("ending", ["\r\n", "bare"])
def test_a_solution_that_holds_only_the_courses_text_is_not_put_aside(root, ending):
    path = root / SOLUTION
    text = path.read_text()
    bare = ending == "bare"
    text = text.split("\n", 1)[1] if bare else text.replace("\n", ending)
    path.write_bytes(text.encode())
    if not bare:
        new_course(root)
    assert write_missing(root) == []
    assert len(list(path.parent.iterdir())) == 1


def test_a_solution_that_cannot_be_read_is_named_and_left(root):
    (root / SOLUTION).unlink()
    (root / SOLUTION).mkdir()
    (said,) = write_missing(root)
    assert said == f"{SOLUTION} cannot be read (Is a directory). It is left"


def test_a_solution_runs_with_its_first_line(root, monkeypatch):
    shell = InteractiveShell()
    shell.run_line_magic("run", f"-i {root / SOLUTION}")
    assert shell.user_ns["double"](2) == 4


links = pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")


@links
def test_a_copy_that_is_a_link_stays_one_and_its_target_is_written(root, copy):
    target = root / "elsewhere.ipynb"
    copy.rename(target)
    copy.symlink_to("../elsewhere.ipynb")
    new_course(root)
    assert write_missing(root) == []
    assert copy.is_symlink() and "Two times x" in target.read_text()
    before = change(target)
    fresh(root, "twice")
    (aside,) = root.glob("workbook/01_twice.before-*.ipynb")
    assert copy.is_symlink() and not aside.is_symlink()
    assert aside.read_bytes() == before != target.read_bytes()


@links
def test_a_link_that_leads_nowhere_is_named_and_left(root, copy):
    copy.unlink()
    copy.symlink_to("/nowhere/x.ipynb")
    (said,) = write_missing(root)
    assert said.startswith(
        "workbook/01_twice.ipynb is a link to /nowhere/x.ipynb and cannot be read "
        "(No such file"
    )
    for do in (fresh, update):
        with pytest.raises(ValueError, match="is a link to /nowhere"):
            do(root, "twice")
    (root / SOLUTION).unlink()
    (root / SOLUTION).symlink_to("/nowhere/x.py")
    assert write_missing(root)[1].startswith(f"{SOLUTION} cannot be read (No such")
    assert copy.is_symlink() and (root / SOLUTION).is_symlink()


@links
def test_a_workbook_that_is_a_link_to_nowhere_is_named(tmp_path):
    save(tmp_path / "notebooks/01_twice.ipynb", exercise())
    (tmp_path / "workbook").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OSError, match="workbook: File exists; a folder must be there"):
        write_missing(tmp_path)
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_reading_copy_is_named_and_left(root):
    reading = root / "workbook/reading/01_twice.ipynb"
    reading.write_bytes(b"{")
    (said,) = write_missing(root)
    assert said.startswith("workbook/reading/01_twice.ipynb is damaged")
    assert reading.read_bytes() == b"{"


def test_a_damaged_page_of_the_course_is_named_and_the_others_go_on(root, copy):
    before = files(root / "workbook")
    (root / "notebooks/01_twice.ipynb").write_text("{")
    (said,) = write_missing(root)
    assert "notebooks/01_twice.ipynb cannot be used (it is not JSON" in said
    assert said.endswith("git checkout notebooks/01_twice.ipynb")
    assert files(root / "workbook") == before
    with pytest.raises(ValueError, match="cannot be used"):
        fresh(root, "twice")
    assert files(root / "workbook") == before


def test_a_copy_of_a_lesson_that_is_gone_is_named_and_left(root, copy):
    (root / "notebooks/01_twice.ipynb").unlink()
    shutil.rmtree(root / "notebooks/homework")
    said = write_missing(root)
    assert [line.split(":")[0] for line in said] == [
        "workbook/01_twice.ipynb",
        "workbook/homework/window.ipynb",
    ]
    assert copy.exists()


def test_notebooks_of_the_learners_own_are_nobodys_business(root):
    for name in ("scratch", "07_my_notes", "01_twice-Copy1", "homework/mine"):
        save(root / f"workbook/{name}.ipynb", page())
    save(root / "notebooks/01_twice-Copy1.ipynb", page())
    before = files(root)
    assert write_missing(root) == []
    assert files(root) == before


def test_a_copy_gets_the_new_number_of_its_lesson(root, copy):
    before = change(copy)
    (root / "notebooks/01_twice.ipynb").rename(root / "notebooks/02_twice.ipynb")
    said = write_missing(root)
    assert [line.split()[0] for line in said] == [
        "workbook/02_twice.ipynb",
        "workbook/reading/02_twice.ipynb",
    ]
    assert (root / "workbook/02_twice.ipynb").read_bytes() == before
    assert not copy.exists()
    assert write_missing(root) == []


def test_a_second_copy_under_an_old_number_is_named_and_left(root, copy):
    old = root / "workbook/07_twice.ipynb"
    shutil.copy(copy, old)
    (said,) = write_missing(root)
    assert said == (
        "workbook/07_twice.ipynb is another copy of the same lesson; it is left"
    )
    assert old.exists() and copy.exists()


def test_of_two_copies_with_old_numbers_the_one_saved_last_is_taken(root, copy):
    old = root / "workbook/07_twice.ipynb"
    shutil.copy(copy, old)
    newest = change(copy)
    os.utime(old, (1, 1))
    (root / "notebooks/01_twice.ipynb").rename(root / "notebooks/02_twice.ipynb")
    said = write_missing(root)
    assert (root / "workbook/02_twice.ipynb").read_bytes() == newest
    assert said[1].startswith("workbook/07_twice.ipynb is another copy")


@pytest.mark.parametrize("own", [page(), None])
def test_a_learners_own_notebook_with_a_lessons_name_is_not_taken(root, copy, own):
    path = root / "workbook/09_twice.ipynb"
    copy.unlink()
    if own is None:  # a copy of another lesson
        shutil.copy(root / "workbook/00_tour.ipynb", path)
    else:
        save(path, own)
    before = path.read_bytes()
    assert write_missing(root) == ["1 new page in workbook/"]
    assert path.read_bytes() == before


def test_what_killed_writers_left_is_removed_and_not_what_is_being_written(root):
    left = root / "workbook/solutions/.double.py.0123abcd.tmp"
    young = root / "workbook/.01_twice.ipynb.0123abcd.tmp"
    left.touch()
    os.utime(left, (1, 1))
    young.touch()
    write_missing(root)
    assert not left.exists() and young.exists()


def test_fresh_puts_the_copy_aside_and_begins_anew(root, copy):
    new = copy.read_bytes()
    before = change(copy)
    (said,) = fresh(root, "twice")
    (aside,) = root.glob("workbook/01_twice.before-*.ipynb")
    assert said.startswith("workbook/01_twice.ipynb is new; as it was before: ")
    assert said.endswith(f"workbook/{aside.name}")
    assert (aside.read_bytes(), copy.read_bytes()) == (before, new)


def test_what_was_put_aside_is_never_written_over_nor_taken_for_a_copy(root, copy):
    wrote = [change(copy, source=f"double({n})") for n in range(1)]
    fresh(root, "twice")
    for n in (1, 2):
        wrote.append(change(copy, source=f"double({n})"))
        fresh(root, "twice")
    found = root.glob("workbook/*.before-*.ipynb")
    aside = sorted(found, key=lambda p: (len(p.name), p.name))
    assert [p.stem[-2:] for p in aside[1:]] == ["-2", "-3"]
    assert {p.read_bytes() for p in aside} == set(wrote)
    assert write_missing(root) == []


def test_fresh_repairs_a_damaged_copy_and_writes_a_missing_one(root, copy):
    copy.write_bytes(b"{")
    fresh(root, "twice")
    assert touched(read(copy)) == []
    copy.unlink()
    assert fresh(root, "twice") == ["workbook/01_twice.ipynb is new"]
    assert fresh(root, "homework/window")[0].startswith(
        "workbook/homework/window.ipynb"
    )


def test_fresh_and_update_work_on_a_copy_with_an_old_number(root, copy):
    before = change(copy)
    (root / "notebooks/01_twice.ipynb").rename(root / "notebooks/02_twice.ipynb")
    assert len(update(root, "twice")) == 2
    assert len(fresh(root, "twice")) == 1
    (aside,) = root.glob("workbook/02_twice.before-*.ipynb")
    assert aside.read_bytes() == before


def test_update_keeps_what_was_written_in_the_new_page(root, copy):
    before = change(copy)
    new_course(root)
    (said,) = update(root, "twice")
    assert "is new; as it was before: workbook/01_twice.before-" in said
    made = read(copy)
    assert cell(made, "use").source == "double(1)  # mine"
    assert "Two times x" in cell(made, "double").source
    (aside,) = root.glob("workbook/01_twice.before-*.ipynb")
    assert aside.read_bytes() == before
    assert write_missing(root) == []
    assert update(root, "twice") == ["workbook/01_twice.ipynb is up to date"]


def test_update_names_what_both_changed(root, copy):
    change(copy, "double", DOUBLE)
    new_course(root)
    *_, said = update(root, "twice")
    assert said.startswith("changed by you and by the course: double. Yours was kept")
    assert said.endswith("python -m gptlib lab --read")
    assert cell(read(copy), "double").source == DOUBLE


def test_update_of_a_damaged_copy_names_the_remedy(root, copy):
    copy.write_bytes(b"{")
    with pytest.raises(ValueError, match="damaged .*lab --fresh twice"):
        update(root, "twice")
    assert copy.read_bytes() == b"{"


@pytest.mark.parametrize("do", [fresh, update])
def test_an_unknown_lesson_is_answered_with_those_like_it(root, do):
    with pytest.raises(ValueError, match=r"no lesson 'twise': did you mean twice\?"):
        do(root, "twise")
    with pytest.raises(ValueError, match=r"there are \['tour', 'twice', 'homework/win"):
        do(root, "xyz")


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("do", [fresh, update])
def test_on_a_full_disk_the_copy_stays_where_it_was(root, copy, do, monkeypatch):
    change(copy)
    new_course(root)
    before = files(root)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(
        OSError, match=r"01_twice\.ipynb could not be written .*No space"
    ):
        do(root, "twice")
    assert files(root) == before


STEPS = [(Path, "write_bytes"), (os, "link"), (os, "replace"), (workbook, "replace")]


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize(("where", "step"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("do", [fresh, update])
def test_stopped_at_any_step_the_copy_is_there(
    root, copy, do, monkeypatch, where, step, stop
):
    before = change(copy)
    new_course(root)

    def stopped(*_):
        raise stop

    with monkeypatch.context() as patch:
        patch.setattr(where, step, stopped)
        with pytest.raises(stop):
            do(root, "twice")
    assert copy.read_bytes() == before
    do(root, "twice")
    (aside,) = root.glob("workbook/01_twice.before-*.ipynb")
    assert aside.read_bytes() == before


def test_stopped_after_the_last_step_both_are_there(root, copy, monkeypatch):
    before, put = change(copy), os.replace

    def stopped(*paths):
        put(*paths)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            fresh(root, "twice")
    (aside,) = root.glob("workbook/01_twice.before-*.ipynb")
    assert aside.read_bytes() == before
    assert touched(read(copy)) == []


def test_where_a_file_has_one_name_only_a_copy_is_put_aside(root, copy, monkeypatch):
    before = change(copy)
    monkeypatch.setattr(os, "link", full)
    fresh(root, "twice")
    (aside,) = root.glob("workbook/01_twice.before-*.ipynb")
    assert aside.read_bytes() == before
    assert touched(read(copy)) == []


def test_what_an_editor_saves_meanwhile_is_not_written_over(root, copy, monkeypatch):
    new_course(root)

    def touched(nb):
        change(copy)
        return []

    monkeypatch.setattr(workbook, "touched", touched)
    (said,) = [line for line in write_missing(root) if "your copy is" in line]
    assert said.endswith("--update twice")
    assert cell(read(copy), "use").source == "double(1)  # mine"


@pytest.mark.parametrize("outputs", [True, False])
def test_fresh_puts_no_untouched_copy_aside(root, copy, outputs):
    new = copy.read_bytes()
    if outputs:
        nb = read(copy)
        cell(nb, "use").outputs = cell(exercise(), "use").outputs
        save(copy, nb)
    assert fresh(root, "twice") == ["workbook/01_twice.ipynb is new"]
    assert copy.read_bytes() == new
    assert not list(root.glob("workbook/*.before-*"))


def test_a_full_disk_leaves_every_file_whole(root, copy, monkeypatch):
    new_course(root)
    before = files(root)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"01_twice\.ipynb could not be written"):
        write_missing(root)
    assert files(root) == before


@pytest.mark.parametrize("name", ["workbook", "workbook/solutions"])
def test_a_workbook_that_cannot_be_written_is_named_in_one_line(tmp_path, name):
    save(tmp_path / "notebooks/01_twice.ipynb", exercise())
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("a file")
    with pytest.raises(OSError, match=f"{name}: File exists; .*another name$") as it:
        write_missing(tmp_path)
    assert "\n" not in str(it.value) and "Errno" not in str(it.value)


@pytest.mark.parametrize("call", ["mkdir", "rename", "exists"])
def test_what_may_not_be_done_in_a_workbook_is_said_in_one_line(
    root, copy, monkeypatch, call
):
    shutil.rmtree(root / "workbook/homework")
    (root / "notebooks/01_twice.ipynb").rename(root / "notebooks/02_twice.ipynb")

    def refuse(path, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(path), None, "b")

    monkeypatch.setattr(Path, call, refuse)
    with pytest.raises(OSError, match=r"^/.*: Permission denied; the workbook must be"):
        write_missing(root)


@pytest.mark.parametrize("linked", [False, True])
def test_git_sees_nothing_of_a_workbook(root, tmp_path_factory, linked):
    shutil.copy(ROOT / ".gitignore", root)
    if linked:
        moved = tmp_path_factory.mktemp("other") / "workbook"
        (root / "workbook").rename(moved)
        (root / "workbook").symlink_to(moved)
    shutil.rmtree(root / "notebooks")
    subprocess.run(["git", "init", "-q", root], check=True)
    asked = ["git", "-C", root, "status", "--porcelain", "-uall"]
    assert subprocess.check_output(asked, text=True) == "?? .gitignore\n"


def test_every_page_of_the_course_makes_a_copy(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    said = write_missing(tmp_path)
    assert len(said) == 1 and said[0].endswith("new pages in workbook/")
    assert all(json.loads(p.read_text("utf-8")) for p in tmp_path.rglob("*.ipynb"))


def test_a_name_that_a_lesson_had_once_leads_to_the_lessons_of_today(root, monkeypatch):
    monkeypatch.setitem(pages.FORMERLY, "double", ("twice", "not_written"))
    with pytest.raises(ValueError, match=r"^double is now called twice$"):
        pages.find(root, "double")
    (root / "notebooks/01_twice.ipynb").rename(root / "notebooks/02_double.ipynb")
    write_missing(root)
    (root / "notebooks/02_double.ipynb").rename(root / "notebooks/01_twice.ipynb")
    (line,) = write_missing(root)
    assert line == (
        "workbook/02_double.ipynb: double is now called twice; your copy is left"
    )


def test_texts_that_lessons_lead_to_stand_beside_both_forms(root):
    (root / "notebooks/words.md").write_text("# Words\n")
    (root / "notebooks/README.md").write_text("# Not for learners\n")
    assert write_missing(root) == []
    for folder in ("workbook", "workbook/reading"):
        head, text = (root / folder / "words.md").read_text().split("\n", 1)
        assert head.startswith("<!-- The course's text (") and text == "# Words\n"
        assert not (root / folder / "README.md").exists()
    (root / "notebooks/words.md").write_text("# More words\n")
    assert write_missing(root) == []
    assert "# More words" in (root / "workbook/words.md").read_text()


def test_what_a_learner_wrote_in_a_text_is_put_aside(root):
    (root / "notebooks/words.md").write_text("# Words\n")
    write_missing(root)
    copy = root / "workbook/words.md"
    copy.write_text(copy.read_text() + "\nmine\n")
    (line,) = write_missing(root)
    assert line.startswith("workbook/words.md is the course's again; what you wrote")
    aside = line.rsplit(" ", 1)[1]
    assert (root / aside).read_text().endswith("\nmine\n")
    assert "mine" not in copy.read_text()
