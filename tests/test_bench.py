"""The table of ratios: how it is measured, and that each line of it can be."""

import re
import time

import pytest
import torch

from gptlib.guard.files import DATA
from gptlib.speed import bench
from gptlib.speed.bench import LENGTHS, PAIRS, BenchConfig, ratios, summary


def test_the_two_take_turns_and_the_first_to_go_changes():
    order = []
    ratios(lambda: order.append("ours"), lambda: order.append("theirs"), rounds=2)
    warm_up, rounds = order[:2], order[2:]
    assert sorted(warm_up) == ["ours", "theirs"]
    assert rounds == ["theirs", "ours", "ours", "theirs"]


def test_a_ratio_is_how_many_times_less_ours_takes(monkeypatch):
    ours, theirs = (lambda: None), (lambda: None)
    monkeypatch.setattr(bench, "seconds", {ours: 0.2, theirs: 1.0}.get)
    assert ratios(ours, theirs, rounds=3) == [5.0, 5.0, 5.0]
    assert ratios(ours, ours, rounds=2) == [1.0, 1.0]


def test_seconds_are_those_of_the_call(monkeypatch):
    ticks = iter([3.0, 7.5])
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    assert bench.seconds(lambda: None) == 4.5


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

    assert 3000 <= bench.peak_memory(call) < 4000


def test_attention_needs_less_memory_without_the_table():
    fused, table = (bench.peak_memory(call) for call in bench.attention_calls(512))
    assert table > 4 * 512 * 512 * 4 and fused < table / 4


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.name}, {pair.against}")
def test_the_two_of_a_pair_do_the_same(pair, monkeypatch):
    monkeypatch.setattr(bench, "NEW", 5)
    monkeypatch.setattr(bench, "ten_times", lambda call: call)
    compiled = []  # compiling takes a minute
    monkeypatch.setattr(torch, "compile", lambda it: compiled.append(it) or it)
    ours, theirs = pair.make()
    a, b = (call() for call in (ours, theirs) if torch.manual_seed(0))
    assert len(compiled) == pair.name.startswith("compiled")
    if pair.name.startswith("fused"):
        torch.testing.assert_close(a, b)
    elif pair.name.startswith(("writing", "the same after")):
        assert a.shape == b.shape and a.shape[1] in (1 + 5, 256 + 5)
    elif pair.name.startswith("training 256"):
        assert a == b and len(a) == 256
    elif pair.name == "encoding":
        merged = [len(word) for word in b]
        assert len(a) == sum(merged)
    elif pair.name.startswith("import"):
        assert a.returncode == b.returncode == 0
    else:  # the loss of a first step
        assert a.shape == ()
        torch.testing.assert_close(a, b)


def test_only_some_lines_are_measured_and_printed(capsys):
    rows = bench.bench(BenchConfig(rounds=2, only="T = 64"))
    assert [row.name for row in rows] == [
        "fused attention, T = 64",
        "memory of attention, T = 64",
    ]
    said = capsys.readouterr().out.split("\n")
    assert "threads, torch" in said[0]
    assert [line.count("|") for line in said[2:6]] == [5, 5, 5, 5]


def test_a_pair_that_lacks_a_library_is_left_out_aloud(monkeypatch, capsys):
    def lacking():
        raise ImportError("transformers")

    monkeypatch.setattr(bench, "PAIRS", [bench.Pair("writing", "HF", lacking)])
    with pytest.raises(ValueError, match="could be measured"):
        bench.bench(BenchConfig(only="writing"))
    assert "writing, HF: left out (ImportError: transf" in capsys.readouterr().err


def test_all_pairs_take_turns_round_by_round(monkeypatch):
    order = []
    say = lambda word: lambda: order.append(word)
    pairs = [bench.Pair(n, "", lambda n=n: (say(n), say(n + "'"))) for n in "ab"]
    monkeypatch.setattr(bench, "PAIRS", pairs)
    monkeypatch.setattr(bench, "LENGTHS", ())
    monkeypatch.setattr(bench, "seconds", lambda call: call() or 1.0)
    bench.bench(BenchConfig(rounds=2))
    warm_up, first, second = order[:4], order[4:8], order[8:]
    assert warm_up == ["a", "a'", "b", "b'"]
    assert first == ["a'", "a", "b'", "b"]
    assert second == ["a", "a'", "b", "b'"]


def test_what_cannot_run_is_left_out_aloud_and_the_others_are_measured(
    monkeypatch, capsys
):
    def fail():
        raise RuntimeError("no g++")

    pairs = [bench.Pair("compiled", "", lambda: (fail, fail))]
    pairs += [bench.Pair("a", "b", lambda: (lambda: None, lambda: None))]
    monkeypatch.setattr(bench, "PAIRS", pairs)
    monkeypatch.setattr(bench, "LENGTHS", ())
    monkeypatch.setattr(bench, "seconds", lambda call: 1.0)
    assert [row.name for row in bench.bench(BenchConfig(rounds=1))] == ["a"]
    said = capsys.readouterr().err
    assert "compiled, : left out (RuntimeError: no g++)" in said


@pytest.mark.parametrize("bad", [dict(rounds=0), dict(threads=-1)])
def test_bad_settings_are_refused(bad):
    with pytest.raises(ValueError, match=f"got {next(iter(bad.values()))}"):
        BenchConfig(**bad)


def test_a_name_that_no_line_has_is_refused():
    with pytest.raises(ValueError, match="no line with 'nothing' in its name"):
        bench.bench(BenchConfig(only="nothing"))


def test_every_length_has_its_time_and_its_memory():
    timed = [pair.name for pair in PAIRS if pair.name.startswith("fused")]
    assert timed == [f"fused attention, T = {T}" for T in LENGTHS]


def test_the_readme_shows_every_line():
    readme = (DATA.parent / "README.md").read_text(encoding="utf-8")
    table = readme.split("```text\nwhat ")[1].split("```")[0].splitlines()[1:]
    shown = [tuple(re.split(r"  +", line)[:2]) for line in table]
    measured = [(pair.name, pair.against) for pair in PAIRS]
    measured += [(f"memory of attention, T = {T}", "the table") for T in LENGTHS]
    assert shown == measured
