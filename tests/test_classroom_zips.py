import os
import zipfile
from pathlib import Path

import pytest
from classes import (
    attempts,
    collected,
    folder,  # noqa: F401
    fresh,  # noqa: F401
    loose,
    refused,
    sheet_of,
    unstamped,
    whose,
    zip_bytes,
    zipped,
)

from classroom import intake, zips


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../ada/x.ipynb", "leads out of the zip"),
        ("/etc/ada/x.ipynb", "leads out of the zip"),
        ("C:\\ada\\x.ipynb", "leads out of the zip"),
        ("ada\\..\\x.ipynb", "leads out of the zip"),
        ("ada/x.rar", "only .zip is opened"),
        ("ada/board.csv", "no notebook"),
    ],
)
def test_odd_names_are_refused_and_their_bytes_kept(folder, tmp_path, name, said):
    collected(folder, zipped(tmp_path / "a.zip", {name: sheet_of(folder)}))
    assert attempts(folder) == []
    (why,) = refused(folder).values()
    assert said in why and len(list((folder / "originals").iterdir())) == 1
    assert not list(tmp_path.rglob("x.ipynb"))


def test_names_that_clash_are_refused_but_the_first(folder, tmp_path):
    files = {f"ada/{it}.ipynb": it for it in ("e\u0301", "\xe9", "E\u0301")}
    data = {k: sheet_of(folder, "ada", f"# {v!a}") for k, v in files.items()}
    collected(folder, zipped(tmp_path / "a.zip", data))
    assert len(attempts(folder)) == 1 and len(refused(folder)) == 2
    assert all("in another spelling" in why for why in refused(folder).values())
    assert len(list((folder / "originals").iterdir())) == 3


def test_links_are_not_followed(folder, tmp_path):
    target = loose(tmp_path, "elsewhere/x.ipynb", sheet_of(folder))
    place = tmp_path / "given" / "ada"
    place.mkdir(parents=True)
    (place / "x.ipynb").symlink_to(target)
    (place / "deep").symlink_to(target.parent, target_is_directory=True)
    os.mkfifo(place / "pipe.ipynb")
    link = zipfile.ZipInfo("ada/x.ipynb")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "given" / "a.zip", "w") as archive:
        archive.writestr(link, str(target))
    collected(folder, tmp_path / "given")
    assert attempts(folder) == [] and len(refused(folder)) == 4
    assert sum("link" in why for why in refused(folder).values()) == 3


def bomb(size):
    return zip_bytes({"ada/x.ipynb": b" " * size})


def test_a_zip_that_grows_without_end_is_read_no_further(folder, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(bomb(30_000_000))
    collected(folder, path)
    assert "becomes more than 500" in refused(folder)["a.zip/ada/x.ipynb"]


@pytest.mark.parametrize(
    ("module", "name", "value", "said"),
    [
        (zips, "MEMBER", 1000, "more than 0 MB: ask for it without its outputs"),
        (zips, "TOTAL", 1000, "its zip holds more than is read of one"),
        (zips, "COUNT", 1, "it holds more than 1 files"),
        (zips, "COUNT", 0, "its list of files alone"),
        (zips, "DEPTH", 0, "only 0 zips in one another"),
        (intake, "NESTS", 10, "it holds more than 10 values"),
        (intake, "CELLS", 2, "cells, more than 2"),
        (intake, "TEXT", 10, "of text"),
    ],
)
def test_limits_hold(folder, tmp_path, monkeypatch, module, name, value, said):
    files = {
        "ada/x.ipynb": sheet_of(folder),
        "twin1/y.ipynb": sheet_of(folder, "twin1"),
    }
    files = {"ada/z.zip": zip_bytes({"q.ipynb": b"{}"})} if name == "DEPTH" else files
    path = zipped(tmp_path / "a.zip", files)
    monkeypatch.setattr(module, name, value)
    collected(folder, path)
    assert attempts(folder) == [] and said in " ".join(refused(folder).values())


def test_the_size_in_a_zips_header_is_not_believed(folder, tmp_path, monkeypatch):
    data = bytearray(zip_bytes({"ada/x.ipynb": sheet_of(folder)}))
    at = data.rindex(b"PK\1\2")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(data)
    collected(folder, tmp_path / "a.zip")
    assert attempts(folder) == [] and len(refused(folder)) == 1


def broken(kind, data):
    archive = bytearray(zip_bytes({"ada/x.ipynb": data, "twin1/b.ipynb": data}))
    if kind == "cut":
        return archive[: len(archive) // 2]
    if kind == "encrypted":
        for mark, flag in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            archive[archive.index(mark) + flag] |= 1
    if kind == "flipped":
        archive[len(archive) // 4] ^= 0xFF
    if kind == "method":
        for mark, method in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
            archive[archive.index(mark) + method] = 99
    return b"not a zip" if kind == "text" else bytes(archive)


@pytest.mark.parametrize("kind", ["cut", "encrypted", "flipped", "method", "text"])
def test_a_damaged_or_locked_zip_is_named(folder, tmp_path, kind):
    data = unstamped(sheet_of(folder))
    files = {"all.zip": broken(kind, data), "ada.ipynb": data}
    collected(folder, zipped(tmp_path / "a.zip", files))
    assert ("ada", 1) in whose(folder)
    said = " ".join(refused(folder).values())
    assert ("encrypted" if kind == "encrypted" else "damaged") in said


def test_files_of_the_system_are_passed_by(folder, tmp_path):
    names = ["__MACOSX/ada/._x.ipynb", "ada/.DS_Store", "ada/._x.ipynb"]
    names += ["ada/.ipynb_checkpoints/x-checkpoint.ipynb"]
    collected(folder, zipped(tmp_path / "a.zip", dict.fromkeys(names, b"x")))
    assert attempts(folder) == [] and refused(folder) == {}


def test_nothing_in_a_name_reaches_the_terminal(folder, tmp_path, capsys):
    name = "ada/\x1b[31m\u202ered\n.csv"
    said = collected(folder, zipped(tmp_path / "a.zip", {name: b"x"}), capsys=capsys)
    assert "\x1b" not in said and "\u202e" not in said and "\\x1b[31m" in said


def test_a_name_on_the_disk_that_is_no_text_is_no_harm(folder, tmp_path):
    place = os.fsencode(tmp_path) + b"/given"
    os.mkdir(place)
    Path(os.fsdecode(place + b"/a\xff.ipynb")).write_bytes(sheet_of(folder))
    collected(folder, tmp_path / "given")
    assert whose(folder) == [("ada", 1)]


def test_names_in_utf_8_are_read_also_where_a_zip_does_not_say_so(folder, tmp_path):
    name = "Zoë O'Brien_1_assignsubmission_file_/x.ipynb"
    data = bytearray(zip_bytes({name: unstamped(sheet_of(folder))}))
    for mark, flag in ((b"PK\3\4", 7), (b"PK\1\2", 9)):
        assert data[data.index(mark) + flag] == 8
        data[data.index(mark) + flag] = 0
    (tmp_path / "a.zip").write_bytes(data)
    collected(folder, tmp_path / "a.zip")
    assert whose(folder) == [("s/2", 1)]


OTHERS = (
    "twin1/x.ipynb",
    "Jo Twin_1_assignsubmission_file_/x.ipynb",
    "submitted/twin1/more_attention/x.ipynb",
    "twin1.ipynb",
)


@pytest.mark.parametrize("inner", OTHERS)
def test_nobody_hands_in_for_another_or_at_another_time(folder, tmp_path, inner):
    files = {inner: unstamped(sheet_of(folder)), "submitted/timestamp.txt": b"2027"}
    data = zip_bytes(files, (2027, 1, 1, 12, 0, 0))
    loose(tmp_path, "ada/hw.zip", data, "2027-02-03T12:00+00:00")
    collected(folder, tmp_path / "in")
    assert whose(folder) == [("ada", 1)]
    (row,) = attempts(folder)
    assert row["late"] == 1 and row["handed_in"].startswith("2027-02-03")


def test_a_folder_in_ones_own_folder_is_ones_own_too(folder, tmp_path):
    name = "submitted/ada/more_attention/twin1/x.ipynb"
    loose(tmp_path, name, unstamped(sheet_of(folder)))
    collected(folder, tmp_path / "in")
    assert whose(folder) == [("ada", 1)]


def test_a_name_without_end_is_refused_at_once(folder, tmp_path):
    name = f"{'_' * 60_000}_attempt_2027-01-30-10-00-00_x.ipynb"
    collected(folder, zipped(tmp_path / "a.zip", {name: sheet_of(folder)}))
    (why,) = refused(folder).values()
    assert "longer than 255 characters" in why
