"""Promises of gptlib/data.py. Nothing here uses the network."""

import os
from pathlib import Path

import pooch
import pytest
import requests
import torch
from torch.testing import assert_close

from gptlib import data
from gptlib.data import (
    eval_rows,
    get_batch,
    load_text,
    more_tales,
    shakespeare,
    sort_batch,
    split,
    split_stories,
    story_starts,
    tales,
)
from gptlib.loss import IGNORE
from gptlib.tales import read

STORIES = "\nA hen.\nAn egg, and a longer one.\nB.\n"


def ids_of(text):
    return torch.tensor([ord(char) for char in text])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# ---- the tales --------------------------------------------------------------------


def test_tales_are_read_as_they_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA", tmp_path)
    (tmp_path / "tales.txt").write_bytes("\nZoë ran.\nEnd.\n".encode())
    assert data.tales() == "\nZoë ran.\nEnd.\n"


def test_tales_read_the_same_after_a_windows_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA", tmp_path)
    (tmp_path / "tales.txt").write_bytes(b"\r\nA.\r\nB.\r\n")
    assert data.tales() == "\nA.\nB.\n"


def test_missing_tales_name_the_path_and_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"tales\.txt.*python -m gptlib\.tales"):
        data.tales()


# ---- splits -----------------------------------------------------------------------


def test_split_cuts_where_nanogpt_cuts():
    train, val = split("a" * 1_115_394)
    assert (len(train), len(val)) == (1_003_854, 111_540)
    assert split("0123456789", 0.3) == ("0123456", "789")


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
    for part in (split, split_stories):
        for fraction in (0, 1, -0.1):
            with pytest.raises(ValueError, match=f"between 0 and 1, got {fraction}"):
                part(STORIES, fraction)
    with pytest.raises(ValueError, match="1 characters is too short"):
        split("a")
    for text in ("", "\n", "a\nb\n", "\na\nb"):
        with pytest.raises(ValueError, match="begin and end with a newline"):
            split_stories(text)


# ---- Tiny Shakespeare -------------------------------------------------------------

# A stand-in with a carriage return and a letter of two bytes.
PLAY = "First Citizen:\r\nBefore we proceed, né!\n".encode()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, with PLAY as the file that is wanted."""
    (tmp_path / "play").write_bytes(PLAY)
    sha256 = pooch.file_hash(str(tmp_path / "play"))
    monkeypatch.setattr(data, "SHAKESPEARE_SHA256", sha256)
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
    assert shakespeare().encode() == shakespeare().encode() == PLAY
    (url, timeout, progressbar) = fetched[0]
    assert url == data.SHAKESPEARE_URL and max(timeout) <= 30 and progressbar
    assert len(fetched) == 1 and os.listdir(cache) == ["tinyshakespeare.txt"]


def test_without_a_network_shakespeare_says_what_to_do(cache, monkeypatch):
    serve(monkeypatch, requests.ConnectionError("no route"))
    with pytest.raises(ConnectionError) as caught:
        shakespeare()
    message = str(caught.value)
    path = str(cache / "tinyshakespeare.txt")
    for part in (path, data.SHAKESPEARE_URL, "no route", "GPTLIB_DATA", "tales()"):
        assert part in message


def test_a_download_that_breaks_off_leaves_nothing_behind(cache, monkeypatch):
    serve(monkeypatch, requests.Timeout("too slow"))
    with pytest.raises(ConnectionError, match="too slow"):
        shakespeare()
    assert os.listdir(cache) == []


def test_a_corrupt_copy_is_fetched_anew(cache, monkeypatch):
    serve(monkeypatch, PLAY)
    cache.mkdir()
    (cache / "tinyshakespeare.txt").write_bytes(PLAY[:-1])
    assert shakespeare().encode() == PLAY


def test_a_corrupt_copy_without_a_network_names_both_checksums(cache, monkeypatch):
    serve(monkeypatch, requests.ConnectionError("no route"))
    cache.mkdir()
    (cache / "tinyshakespeare.txt").write_bytes(b"")
    with pytest.raises(ConnectionError) as caught:
        shakespeare()
    assert data.SHAKESPEARE_SHA256 in str(caught.value)
    assert "e3b0c44298fc1c149afbf4c8996fb924" in str(caught.value)  # sha256 of nothing


def test_a_page_that_is_not_shakespeare_is_not_kept(cache, monkeypatch):
    serve(monkeypatch, b"<html>please log in</html>")
    with pytest.raises(ConnectionError, match="does not match"):
        shakespeare()
    assert os.listdir(cache) == []


def test_the_real_shakespeare_where_it_is_cached(monkeypatch):
    folder = Path(os.environ.get("GPTLIB_DATA") or "no such folder")
    if not (folder / "tinyshakespeare.txt").exists():
        pytest.skip("needs GPTLIB_DATA, a folder with tinyshakespeare.txt")
    serve(monkeypatch, requests.ConnectionError("no network in tests"))
    text = shakespeare()
    assert (len(text), len(set(text))) == (1_115_394, 65)
    assert text.startswith("First Citizen:\nBefore we proceed")


# ---- get_batch --------------------------------------------------------------------


def test_targets_are_the_inputs_one_token_later():
    X, y = get_batch(torch.arange(100, 150), block_size=7, batch_size=5)
    assert X.shape == y.shape == (5, 7)
    assert X.dtype == y.dtype == torch.int64
    assert_close(y, X + 1)
    assert_close(X, X[:, :1] + torch.arange(7))
    assert X.is_contiguous() and y.is_contiguous()


def test_every_window_is_reached_and_no_other():
    N, T = 11, 4
    X, y = get_batch(torch.arange(N), T, batch_size=1000, generator=seeded())
    assert set(X[:, 0].tolist()) == set(range(N - T))
    assert y.max() == N - 1


def test_the_shortest_text_has_one_window():
    X, y = get_batch(torch.arange(5), block_size=4, batch_size=2)
    assert X.tolist() == [[0, 1, 2, 3]] * 2 and y.tolist() == [[1, 2, 3, 4]] * 2


def test_a_generator_repeats_its_batches_and_leaves_the_global_seed_alone():
    ids, state = torch.arange(1000), torch.get_rng_state()
    first, again, other = (
        get_batch(ids, 8, 4, generator=seeded(seed))[0] for seed in (1, 1, 2)
    )
    assert_close(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_windows_begin_only_at_the_starts_that_fit():
    starts = torch.tensor([0, 3, 6, 7, 9])  # from 7 on, four tokens and one more do
    X, y = get_batch(torch.arange(11), 4, 500, seeded(), starts)  # not fit
    assert set(X[:, 0].tolist()) == {0, 3, 6}
    assert_close(y, X + 1)


def test_batches_name_what_is_wrong():
    ids = torch.arange(5)
    with pytest.raises(ValueError, match=r"block_size 5 .* 6 tokens.* has 5"):
        get_batch(ids, 5, 1)
    for wrong, name in (((0, 1), "block_size"), ((2, 0), "batch_size")):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
            get_batch(ids, *wrong)
    for wrong, got in (
        (ids.float(), "float32"),
        (ids.int(), "int32"),
        ([1, 2], "list"),
    ):
        with pytest.raises(TypeError, match=f"ids must be .*int64.*{got}"):
            get_batch(wrong, 1, 1)
    with pytest.raises(ValueError, match=r"ids must be 1-D, got shape \(1, 5\)"):
        get_batch(ids[None], 1, 1)


def test_starts_name_what_is_wrong():
    ids = torch.arange(5)
    for wrong in (torch.tensor([3, 4]), torch.tensor([-1, 0])):
        with pytest.raises(ValueError, match=r"of the 2 starts, . have .* 3 of the 5"):
            get_batch(ids, 2, 1, starts=wrong)
    for wrong in (torch.tensor([True]), torch.tensor([0.0]), [0]):
        with pytest.raises(TypeError, match=r"starts must be .*int64"):
            get_batch(ids, 2, 1, starts=wrong)


# ---- stories ----------------------------------------------------------------------


def test_each_story_starts_at_the_newline_before_it():
    starts = story_starts(ids_of(STORIES), ord("\n"))
    assert starts.tolist() == [0, 7, 33]
    assert starts.dtype == torch.int64


def test_no_story_without_two_newlines():
    with pytest.raises(ValueError, match=r"\(id 10\).* the 3 ids have 1"):
        story_starts(ids_of("\nab"), ord("\n"))


# ---- eval_rows --------------------------------------------------------------------


@pytest.mark.parametrize("T", [1, 2, 5, 6, 7, 8, 26, 36, 37, 100])
@pytest.mark.parametrize("by_story", [False, True])
def test_every_token_but_the_first_is_asked_for_once_and_in_order(T, by_story):
    ids = ids_of(STORIES)
    starts = story_starts(ids, ord("\n")) if by_story else None
    X, y = eval_rows(ids, T, starts)
    asked = y != IGNORE
    assert X.shape == y.shape == (len(X), T)
    assert_close(y[asked], ids[1:])
    assert_close(X[asked], ids[:-1])
    assert (X[~asked] == 0).all()


def test_rows_follow_one_another_and_the_last_is_filled_up():
    X, y = eval_rows(torch.arange(10, 16), block_size=3)
    assert X.tolist() == [[10, 11, 12], [13, 14, 0]]
    assert y.tolist() == [[11, 12, 13], [14, 15, -1]]


def test_each_story_begins_a_row_and_a_long_one_goes_on_in_the_next():
    ids = ids_of("\nab\nc\n")
    X, y = eval_rows(ids, 2, story_starts(ids, ord("\n")))
    rows = ["".join(map(chr, row)) for row in X.tolist()]
    assert rows == ["\na", "b\0", "\nc"]
    assert y.tolist() == [[97, 98], [10, -1], [99, 10]]


def test_eval_rows_refuse_starts_that_lose_text():
    ids = torch.arange(6)
    for wrong in ([1, 3], [0, 3, 3], [0, 3, 2], [0, 5], [0, 9]):
        with pytest.raises(ValueError, match="increase from 0 and stay below 5"):
            eval_rows(ids, 2, torch.tensor(wrong))
    with pytest.raises(ValueError, match="one after it, got 1 ids"):
        eval_rows(ids[:1], 2)


# ---- sorting ----------------------------------------------------------------------


def test_sorting_rows_hold_the_digits_and_then_the_digits_sorted():
    X, y = sort_batch(200, length=5, num_digits=4, generator=seeded())
    whole = torch.cat([X, y[:, -1:]], dim=1)
    assert X.shape == y.shape == (200, 9) and X.dtype == y.dtype == torch.int64
    assert_close(whole[:, 5:], whole[:, :5].sort().values)
    assert set(X.unique().tolist()) == {0, 1, 2, 3}


def test_only_the_sorted_digits_are_asked_for():
    X, y = sort_batch(50, length=6, generator=seeded())
    assert (y[:, :5] == IGNORE).all()
    assert_close(y[:, 5:-1], X[:, 6:])
    assert (y[:, 5] == X[:, :6].min(dim=1).values).all()


def test_sorting_is_repeatable_and_checks_its_sizes():
    first, again = (torch.stack(sort_batch(9, generator=seeded())) for _ in "ab")
    assert_close(first, again)
    for name in ("batch_size", "length", "num_digits"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
            sort_batch(**{"batch_size": 2, name: 0})


def test_more_tales_are_new_ones_by_the_same_grammar():
    _, val = load_text("tales")
    train, same_val = load_text("tales", stories=50)
    stories = train.strip("\n").split("\n")
    assert same_val == val and len(stories) == 50
    assert train[0] == train[-1] == "\n"
    assert all(read(story).text == story for story in stories)
    assert not set(stories) & set(tales().split("\n"))


def test_more_tales_leave_out_what_is_to_be_judged():
    first, *rest = more_tales(5, val_text="\n\n").strip("\n").split("\n")
    assert more_tales(5, f"\n{first}\n").strip("\n").split("\n") == rest
