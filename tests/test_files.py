import json
import os
import stat

import pytest
import torch
from safetensors.torch import load_file

from gptlib.guard.files import (
    read_json,
    read_state,
    remove_leftovers,
    write_json,
    write_safetensors,
    write_state,
    write_text,
    write_whole,
)


def test_what_is_written_is_read_back(tmp_path):
    write_text(tmp_path / "a.txt", "kite\nüß\r\n")
    assert (tmp_path / "a.txt").read_bytes().decode() == "kite\nüß\r\n"
    (tmp_path / "b.json").write_text('\ufeff{"n": 1}', encoding="utf-8")
    assert read_json(tmp_path / "b.json") == {"n": 1}
    write_json(tmp_path / "a.json", {"n": [1, 2]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": [1, 2]}
    write_safetensors(tmp_path / "a.safetensors", {"w": torch.arange(3)})
    assert load_file(tmp_path / "a.safetensors")["w"].tolist() == [0, 1, 2]
    write_state(tmp_path / "a.pt", {"w": torch.arange(3), "rows": [{"loss": 0.5}]})
    assert read_state(tmp_path / "a.pt")["rows"] == [{"loss": 0.5}]


def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "log.csv"
    write_text(path, "old")

    def fail(temporary):
        temporary.write_text("half of the n")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["log.csv"]


def test_a_state_file_can_hold_data_but_no_code(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "exploded"),))

    torch.save({"model": Bomb()}, tmp_path / "state.pt")
    with pytest.raises(ValueError, match="damaged or no checkpoint .UnpicklingError"):
        read_state(tmp_path / "state.pt")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("keep", [0, 10, 500])
def test_a_damaged_state_is_named(tmp_path, keep):
    write_state(tmp_path / "state.pt", {"w": torch.randn(100)})
    whole = (tmp_path / "state.pt").read_bytes()
    (tmp_path / "state.pt").write_bytes(whole[:keep])
    with pytest.raises(ValueError, match=r"state\.pt is damaged"):
        read_state(tmp_path / "state.pt")


def test_a_missing_state_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no .*state\.pt"):
        read_state(tmp_path / "state.pt")


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_weights_can_be_read_by_others(tmp_path):
    write_safetensors(tmp_path / "w.safetensors", {"w": torch.ones(2)})
    assert stat.S_IMODE((tmp_path / "w.safetensors").stat().st_mode) == 0o644


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    names = [".w.0123abcd.tmp", ".w.0123abc.tmp", "w.0123abcd.tmp", "w.txt"]
    for name in names:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == set(names[1:])


def test_a_leftover_that_is_young_or_may_not_be_deleted_stays(tmp_path, monkeypatch):
    old, young = tmp_path / ".w.0123abcd.tmp", tmp_path / ".v.0123abcd.tmp"
    for path in (old, young):
        path.touch()
    os.utime(old, (1, 1))
    remove_leftovers(tmp_path, 60)
    assert os.listdir(tmp_path) == [young.name]

    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr(type(young), "unlink", refuse)
    remove_leftovers(tmp_path)
    assert young.exists()


def test_a_write_that_may_not_be_is_said_without_the_temporary_name(tmp_path):
    def refuse(temporary):
        raise PermissionError(13, "Permission denied", str(temporary))

    with pytest.raises(OSError, match=r"a\.txt could not be written \(Permission den"):
        write_whole(tmp_path / "a.txt", refuse)
