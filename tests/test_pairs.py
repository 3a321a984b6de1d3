"""The lines of the bench: both sides do the same, and README shows them all."""

import re

import pytest
import torch

from gptlib.guard.files import DATA
from gptlib.speed import pairs
from gptlib.speed.measure import peak_memory
from gptlib.speed.pairs import LENGTHS, PAIRS, attention_calls
from gptlib.train import loop


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.name}, {pair.against}")
def test_the_two_of_a_pair_do_the_same(pair, monkeypatch):
    monkeypatch.setattr(pairs, "NEW", 5)
    monkeypatch.setattr(pairs, "ten_times", lambda call: call)
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
        tokens = [token for word in b for token in word]
        together = set(zip(a, tokens, strict=True))
        assert len(together) == len(set(a)) == len(set(tokens))
    elif pair.name.startswith("import"):
        assert a.returncode == b.returncode == 0
    else:  # the loss of a first step; the second one, on the same rows, is lower
        assert a.shape == ()
        # bfloat16 rounds each product to 8 bits, and the two multiply in other orders.
        rough = dict(rtol=2**-8, atol=0) if "bfloat16" in pair.name else {}
        torch.testing.assert_close(a, b, **rough)
        assert all(call() < a for call in (ours, theirs) if torch.manual_seed(0))


def test_our_step_is_the_one_that_training_takes(monkeypatch):
    assert pairs.optimizer_step is loop.optimizer_step
    taken = []

    def take(forward, parameters, optimizers, batches, **options):
        taken.extend(X.shape for X, _ in batches)
        return torch.zeros(2)

    monkeypatch.setattr(pairs, "optimizer_step", take)
    ours, _ = pairs.training_pair(hugging_face=False)
    ours()
    assert taken == 10 * [(12, 64)]


def test_attention_needs_less_memory_without_the_table():
    fused, table = (peak_memory(call) for call in attention_calls(512))
    assert table > 4 * 512 * 512 * 4 and fused < table / 4


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
