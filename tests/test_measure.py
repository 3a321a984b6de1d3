"""How times and memory are taken."""

import time

import torch

from gptlib.speed import measure
from gptlib.speed.measure import ratios, summary


def test_the_two_take_turns_and_the_first_to_go_changes():
    order = []
    ratios(lambda: order.append("ours"), lambda: order.append("theirs"), rounds=2)
    warm_up, rounds = order[:2], order[2:]
    assert sorted(warm_up) == ["ours", "theirs"]
    assert rounds == ["theirs", "ours", "ours", "theirs"]


def test_a_ratio_is_how_many_times_less_ours_takes(monkeypatch):
    ours, theirs = (lambda: None), (lambda: None)
    monkeypatch.setattr(measure, "seconds", {ours: 0.2, theirs: 1.0}.get)
    assert ratios(ours, theirs, rounds=3) == [5.0, 5.0, 5.0]
    assert ratios(ours, ours, rounds=2) == [1.0, 1.0]


def test_seconds_are_those_of_the_call(monkeypatch):
    ticks = iter([3.0, 7.5])
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    assert measure.seconds(lambda: None) == 4.5


def test_a_row_holds_the_median_and_the_middle_half():
    row = summary("a", "b", [1.0, 9.0, 2.0, 3.0, 4.0, 5.0, 8.0])
    assert (row.low, row.ratio, row.high) == (2.0, 4.0, 8.0)
    assert row.cells() == ("a", "b", "4.00", "2.00 to 8.00")
    assert summary("a", "b", [2.5])[2:] == (2.5, 2.5, 2.5)


def test_the_peak_is_what_was_held_at_one_moment():
    def call():
        first = torch.empty(1000, dtype=torch.uint8)
        del first
        torch.empty(3000, dtype=torch.uint8)

    assert 3000 <= measure.peak_memory(call) < 4000
