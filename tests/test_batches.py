"""Promises of gptlib/text/batches.py."""

from itertools import pairwise

import pytest
import torch
from torch.testing import assert_close

from gptlib.loss import IGNORE
from gptlib.text.batches import (
    eval_rows,
    get_batch,
    make_split,
    sort_batch,
    story_starts,
    window_starts,
)
from gptlib.text.tokenizers import CharTokenizer

STORIES = "\nA hen.\nAn egg, and a longer one.\nB.\n"


def ids_of(text):
    return torch.tensor([ord(char) for char in text])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# ---- get_batch -------------------------------------------------------------------


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
    for sizes, name in (((4.0, 2), "block_size"), ((2, "8"), "batch_size")):
        with pytest.raises(TypeError, match=f"{name} must be a whole number"):
            get_batch(ids, *sizes)
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
    with pytest.raises(ValueError, match=r"none of the 2 starts .* 3 of the 5 tokens"):
        get_batch(ids, 2, 1, starts=torch.tensor([3, 4]))
    for wrong, got in (([-1, 0], -1), ([0, -2, 1], -2), ([4, 0, 1], 4)):
        with pytest.raises(ValueError, match=f"increase from 0 or more, but {got} "):
            get_batch(ids, 2, 50, seeded(), torch.tensor(wrong))
    for wrong in (torch.tensor([True]), torch.tensor([0.0]), [0]):
        with pytest.raises(TypeError, match=r"starts must be .*int64"):
            get_batch(ids, 2, 1, starts=wrong)


# ---- stories ---------------------------------------------------------------------


def test_each_story_starts_at_the_newline_before_it():
    starts = story_starts(ids_of(STORIES), ord("\n"))
    assert starts.tolist() == [0, 7, 33]
    assert starts.dtype == torch.int64


def test_no_story_without_two_newlines():
    with pytest.raises(ValueError, match=r"\(id 10\).* the 3 ids have 1"):
        story_starts(ids_of("\nab"), ord("\n"))


# ---- windows of stories -----------------------------------------------------------


def test_every_target_of_a_story_longer_than_a_window_can_be_drawn():
    split = make_split(STORIES, CharTokenizer.from_text(STORIES), by_story=True)
    ids, starts = split.for_windows(3)
    _, y = get_batch(torch.arange(len(ids)), 3, 5000, seeded(), starts)
    assert set(y.unique().tolist()) == set(range(1, len(ids)))


@pytest.mark.parametrize("T", [1, 2, 3, 6, 7, 8, 25, 26, 27])
def test_windows_begin_where_a_plain_loop_says(T):
    starts, n = story_starts(ids_of(STORIES), ord("\n")), len(STORIES)
    plain = []
    for start, end in pairwise([*starts.tolist(), n - 1]):
        plain += range(start, max(start, end - T) + 1)
    fit = [place for place in plain if place + T < n]
    assert window_starts(starts, n, T).tolist() == fit


def test_where_stories_fit_windows_begin_at_their_starts_as_before():
    starts = story_starts(ids_of(STORIES), ord("\n"))
    assert window_starts(starts, len(STORIES), 26).tolist() == [0, 7]
    assert make_split("abab", CharTokenizer("ab"), False).for_windows(2).starts is None


def test_window_starts_name_what_is_wrong():
    starts = torch.tensor([0, 3])
    with pytest.raises(ValueError, match="block_size 9 .* 10 tokens, but no story"):
        window_starts(starts, 7, 9)
    with pytest.raises(ValueError, match="increase from 0 and stay below 2"):
        window_starts(starts, 3, 1)
    with pytest.raises(TypeError, match=r"block_size must be a whole number, got 4\.0"):
        window_starts(starts, 7, 4.0)


# ---- eval_rows -------------------------------------------------------------------


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


# ---- sorting ---------------------------------------------------------------------


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
