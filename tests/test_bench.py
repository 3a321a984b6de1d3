"""The table of ratios: how it is measured, and that each line of it can be."""

import time

import pytest
import torch

from gptlib import bench
from gptlib.bench import LENGTHS, PAIRS, BenchConfig, ratios, summary


def test_the_two_take_turns_and_the_first_to_go_changes():
    order = []
    ratios(lambda: order.append("ours"), lambda: order.append("theirs"), rounds=2)
    warm_up, rounds = order[:2], order[2:]
    assert sorted(warm_up) == ["ours", "theirs"]
    assert rounds == ["theirs", "ours", "ours", "theirs"]


def test_a_ratio_is_how_many_times_less_ours_takes():
    found = ratios(lambda: time.sleep(0.01), lambda: time.sleep(0.05), rounds=3)
    assert len(found) == 3
    assert all(1 < ratio < 6 for ratio in found)


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
    monkeypatch.setattr(torch, "compile", lambda model: model)  # that takes a minute
    ours, theirs = pair.make()
    a, b = ours(), theirs()
    if pair.name.startswith("fused"):
        torch.testing.assert_close(a, b)
    elif pair.name.startswith(("writing", "the same")):
        assert a.shape == b.shape and a.shape[1] in (1 + 5, 256 + 5)
    elif pair.name.startswith("training 256"):
        assert a == b and len(a) == 256
    elif pair.name == "encoding":
        merged = [len(word) for word in b]
        assert len(a) == sum(merged)
    elif pair.name.startswith("import"):
        assert a.returncode == b.returncode == 0
    else:
        assert a is b is None


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
    with pytest.raises(ValueError, match="nothing was measured"):
        bench.bench(BenchConfig(only="writing"))
    assert "pip install -e '.[pretrained]'" in capsys.readouterr().err


def test_all_pairs_take_turns_round_by_round(monkeypatch):
    order = []
    pair = lambda name: bench.Pair(
        name, "", lambda: (lambda: order.append(name), lambda: None)
    )
    monkeypatch.setattr(bench, "PAIRS", [pair("a"), pair("b")])
    monkeypatch.setattr(bench, "LENGTHS", ())
    bench.bench(BenchConfig(rounds=3))
    assert order == ["a", "b", *"ababab"]


def test_without_a_compiler_the_others_are_measured(monkeypatch, capsys):
    def fail():
        raise torch._dynamo.exc.TorchDynamoException("no g++")

    pairs = [bench.Pair("compiled", "", lambda: (fail, fail))]
    pairs += [bench.Pair("a", "b", lambda: (lambda: None, lambda: None))]
    monkeypatch.setattr(bench, "PAIRS", pairs)
    monkeypatch.setattr(bench, "LENGTHS", ())
    assert [row.name for row in bench.bench(BenchConfig(rounds=1))] == ["a"]
    assert "compiled: needs a C++ compiler" in capsys.readouterr().err


@pytest.mark.parametrize("bad", [dict(rounds=0), dict(threads=-1)])
def test_bad_settings_are_refused(bad):
    with pytest.raises(ValueError, match=f"got {next(iter(bad.values()))}"):
        BenchConfig(**bad)


def test_a_name_that_no_line_has_is_refused():
    with pytest.raises(ValueError, match="no line's name holds 'nothing'"):
        bench.bench(BenchConfig(only="nothing"))


def test_every_length_has_its_time_and_its_memory():
    timed = [pair.name for pair in PAIRS if pair.name.startswith("fused")]
    assert timed == [f"fused attention, T = {T}" for T in LENGTHS]
