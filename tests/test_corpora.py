"""Promises of gptlib/text/corpora.py. Nothing here uses the network."""

import os
from pathlib import Path

import pooch
import pytest
import requests

from gptlib.text import corpora
from gptlib.text.corpora import (
    load_text,
    more_tales,
    read_file,
    read_shakespeare,
    read_tales,
    split_stories,
    split_text,
)
from gptlib.text.tales import read

STORIES = "\nA hen.\nAn egg, and a longer one.\nB.\n"


# ---- the tales -------------------------------------------------------------------


def test_tales_are_read_as_they_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora, "DATA", tmp_path)
    (tmp_path / "tales.txt").write_bytes("\nZoë ran.\nEnd.\n".encode())
    assert read_tales() == "\nZoë ran.\nEnd.\n"


def test_tales_read_the_same_after_a_windows_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora, "DATA", tmp_path)
    (tmp_path / "tales.txt").write_bytes(b"\r\nA.\r\nB.\r\n")
    assert read_tales() == "\nA.\nB.\n"


def test_missing_tales_name_the_path_and_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora, "DATA", tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"tales\.txt.*python -m gptlib\.text\.corpora"
    ):
        read_tales()


# ---- files -----------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    """Writes bytes to a file and gives its path."""

    def write(data):
        (tmp_path / "my.txt").write_bytes(data)
        return tmp_path / "my.txt"

    return write


def test_a_file_is_read_without_mark_and_with_plain_line_ends(file):
    assert read_file(file("\ufeffZoë\r\nran\r.\n".encode())) == "Zoë\nran\n.\n"
    assert read_file(str(file(b"A \xef\xbb\xbf b"))) == "A \ufeff b"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("One.\nZoë.".encode("latin-1"), "not UTF-8: byte 0xeb in line 2 .*latin1"),
        ("Zoë".encode("utf-16"), "is UTF-16, expected UTF-8: save it as UTF-8"),
        ("Zoë".encode("utf-16-be"), "holds a byte 0, at 0.*plain text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "holds a byte 0, at 8.*plain text"),
        (b"", "is empty: a model needs some text"),
        (b"\xef\xbb\xbf\r\n", "is empty: a model needs some text"),
    ],
)
def test_what_is_no_text_is_named_with_what_was_found(data, message, file):
    with pytest.raises(ValueError, match=f"my.txt .*{message}"):
        load_text(str(file(data)))


def test_a_folder_is_no_text(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder: give one text file"):
        load_text(str(tmp_path))


# ---- splits ----------------------------------------------------------------------


def test_split_cuts_where_nanogpt_cuts():
    train, val = split_text("a" * 1_115_394)
    assert (len(train), len(val)) == (1_003_854, 111_540)
    assert split_text("0123456789", 0.3) == ("0123456", "789")


def test_stories_are_split_between_stories_and_none_is_lost():
    text = "\n" + "\n".join(f"story {i}" for i in range(25)) + "\n"
    train, val = split_stories(text, 0.2)
    assert val == "\nstory 20\nstory 21\nstory 22\nstory 23\nstory 24\n"
    assert train + val[1:] == text
    assert not set(train.split("\n")[1:-1]) & set(val.split("\n")[1:-1])


def test_each_part_of_a_story_split_has_at_least_one_story():
    assert split_stories("\na\nb\n", 0.01) == ("\na\n", "\nb\n")
    with pytest.raises(ValueError, match="each part, got 1"):
        split_stories("\na\n")


def test_a_story_that_would_stand_in_both_parts_is_named():
    with pytest.raises(ValueError, match=r"1 stories.*'twice'"):
        split_stories("\ntwice\nonce\ntwice\n", 0.4)


def test_splits_name_what_is_wrong():
    for part in (split_text, split_stories):
        for fraction in (0, 1, -0.1):
            with pytest.raises(ValueError, match=f"between 0 and 1, got {fraction}"):
                part(STORIES, fraction)
    with pytest.raises(ValueError, match="1 characters is too short"):
        split_text("a")
    for text in ("", "\n", "a\nb\n", "\na\nb"):
        with pytest.raises(ValueError, match="begin and end with a newline"):
            split_stories(text)


# ---- Tiny Shakespeare ------------------------------------------------------------

# A stand-in with a carriage return and a letter of two bytes.
PLAY = "First Citizen:\r\nBefore we proceed, né!\n".encode()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, with PLAY as the file that is wanted."""
    (tmp_path / "play").write_bytes(PLAY)
    sha256 = pooch.file_hash(str(tmp_path / "play"))
    monkeypatch.setattr(corpora, "SHAKESPEARE_SHA256", sha256)
    monkeypatch.setenv("GPTLIB_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


def serve(monkeypatch, content):
    """Let every download give `content`, or raise it; returns the list of URLs."""
    urls = []

    def download(self, url, output_file, pooch):
        urls.append((url, self.kwargs["timeout"], self.progressbar))
        Path(output_file).write_bytes(PLAY[:5])
        if isinstance(content, Exception):
            raise content
        Path(output_file).write_bytes(content)

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", download)
    return urls


def test_shakespeare_is_fetched_once_and_read_byte_for_byte(cache, monkeypatch):
    fetched = serve(monkeypatch, PLAY)
    assert read_shakespeare().encode() == read_shakespeare().encode() == PLAY
    (url, timeout, progressbar) = fetched[0]
    assert url == corpora.SHAKESPEARE_URL and max(timeout) <= 30 and progressbar
    assert len(fetched) == 1 and os.listdir(cache) == ["tinyshakespeare.txt"]


def test_without_a_network_shakespeare_says_what_to_do(cache, monkeypatch):
    serve(monkeypatch, requests.ConnectionError("no route"))
    with pytest.raises(ConnectionError) as caught:
        read_shakespeare()
    message = str(caught.value)
    path = str(cache / "tinyshakespeare.txt")
    for part in (
        path,
        corpora.SHAKESPEARE_URL,
        "no route",
        "GPTLIB_DATA",
        "read_tales()",
    ):
        assert part in message


def test_a_download_that_breaks_off_leaves_nothing_behind(cache, monkeypatch):
    serve(monkeypatch, requests.Timeout("too slow"))
    with pytest.raises(ConnectionError, match="too slow"):
        read_shakespeare()
    assert os.listdir(cache) == []


def test_a_corrupt_copy_is_fetched_anew(cache, monkeypatch):
    serve(monkeypatch, PLAY)
    cache.mkdir()
    (cache / "tinyshakespeare.txt").write_bytes(PLAY[:-1])
    assert read_shakespeare().encode() == PLAY


def test_a_corrupt_copy_without_a_network_names_both_checksums(cache, monkeypatch):
    serve(monkeypatch, requests.ConnectionError("no route"))
    cache.mkdir()
    (cache / "tinyshakespeare.txt").write_bytes(b"")
    with pytest.raises(ConnectionError) as caught:
        read_shakespeare()
    assert corpora.SHAKESPEARE_SHA256 in str(caught.value)
    assert "e3b0c44298fc1c149afbf4c8996fb924" in str(caught.value)  # sha256 of nothing


def test_a_page_that_is_not_shakespeare_is_not_kept(cache, monkeypatch):
    serve(monkeypatch, b"<html>please log in</html>")
    with pytest.raises(ConnectionError, match="does not match"):
        read_shakespeare()
    assert os.listdir(cache) == []


def test_the_real_shakespeare_where_it_is_cached(monkeypatch):
    folder = Path(os.environ.get("GPTLIB_DATA") or "no such folder")
    if not (folder / "tinyshakespeare.txt").exists():
        pytest.skip("needs GPTLIB_DATA, a folder with tinyshakespeare.txt")
    serve(monkeypatch, requests.ConnectionError("no network in tests"))
    text = read_shakespeare()
    assert (len(text), len(set(text))) == (1_115_394, 65)
    assert text.startswith("First Citizen:\nBefore we proceed")


def test_more_tales_are_new_ones_by_the_same_grammar():
    _, val = load_text("tales")
    train, same_val = load_text("tales", stories=50)
    stories = train.strip("\n").split("\n")
    assert same_val == val and len(stories) == 50
    assert train[0] == train[-1] == "\n"
    assert all(read(story).text == story for story in stories)
    assert not set(stories) & set(read_tales().split("\n"))


def test_more_tales_leave_out_what_is_to_be_judged():
    first, *rest = more_tales(5, val_text="\n\n").strip("\n").split("\n")
    assert more_tales(5, f"\n{first}\n").strip("\n").split("\n") == rest
