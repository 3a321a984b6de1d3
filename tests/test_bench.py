"""The table of ratios: what is measured, in which order, and what is printed."""

import bench_table
import pytest
import torch

from gptlib.speed import bench, measure
from gptlib.speed.bench import BenchConfig
from gptlib.speed.measure import Pair


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


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


def test_what_was_measured_is_read_again_beside_that_of_other_threads(tmp_path):
    path = tmp_path / "new" / "bench.csv"
    config = BenchConfig(rounds=2, only="T = 64", out=path)
    first, now = bench.bench(config), torch.get_num_threads()
    bench.keep(first, path)  # in place of itself
    assert bench.read_bench(path) == {now: first}
    torch.set_num_threads(now + 1)
    try:
        bench.keep(first[:1], path)
    finally:
        torch.set_num_threads(now)
    assert bench.read_bench(path) == {now: first, now + 1: first[:1]}


def test_a_folder_is_no_place_for_the_results(tmp_path):
    with pytest.raises(IsADirectoryError, match="name a CSV file"):
        BenchConfig(out=tmp_path)


def test_the_readme_shows_what_was_recorded_of_every_pair():
    recorded = bench.read_bench(bench_table.DATA / "bench.csv")
    assert list(recorded) == [1, 2]
    names = {(pair.name, pair.against) for pair in bench.PAIRS}
    for rows in recorded.values():
        assert names <= {(row.name, row.against) for row in rows}
        assert all(row.low <= row.ratio <= row.high for row in rows)
    said = "python tests/bench_table.py writes it anew"
    assert bench_table.inside() == bench_table.table(), said
