"""The table of ratios: what is measured, in which order, and what is printed."""

import pytest

from gptlib.speed import bench, measure
from gptlib.speed.bench import BenchConfig
from gptlib.speed.measure import Pair


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

    monkeypatch.setattr(bench, "PAIRS", [Pair("writing", "HF", lacking)])
    with pytest.raises(ValueError, match="could be measured"):
        bench.bench(BenchConfig(only="writing"))
    assert "writing, HF: left out (ImportError: transf" in capsys.readouterr().err


def test_all_pairs_take_turns_round_by_round(monkeypatch):
    order = []
    say = lambda word: lambda: order.append(word)
    pairs = [Pair(n, "", lambda n=n: (say(n), say(n + "'"))) for n in "ab"]
    monkeypatch.setattr(bench, "PAIRS", pairs)
    monkeypatch.setattr(bench, "LENGTHS", ())
    monkeypatch.setattr(measure, "seconds", lambda call: call() or 1.0)
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

    pairs = [Pair("compiled", "", lambda: (fail, fail))]
    pairs += [Pair("a", "b", lambda: (lambda: None, lambda: None))]
    monkeypatch.setattr(bench, "PAIRS", pairs)
    monkeypatch.setattr(bench, "LENGTHS", ())
    monkeypatch.setattr(measure, "seconds", lambda call: 1.0)
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
