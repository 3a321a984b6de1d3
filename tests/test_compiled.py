"""Compiled code: its cache by instruction set, and a run that compiles."""

import os
import shutil
from dataclasses import replace

import pytest
import torch
from small import small_config, weights
from torch.testing import assert_close

from gptlib.guard.compiled import compile_here
from gptlib.train import train

NAME = "TORCHINDUCTOR_CACHE_DIR"


def folder(monkeypatch, capability):
    """Where compile_here lets PyTorch keep its kernels on such a processor."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    compile_here(lambda x: x)
    return os.environ[NAME]


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    monkeypatch.setenv(NAME, "")  # so that it is put back afterwards
    monkeypatch.delenv(NAME)


def test_each_instruction_set_has_a_cache_of_its_own(monkeypatch):
    first, second = (folder(monkeypatch, name) for name in ("AVX512", "AVX2"))
    assert first.endswith("_AVX512") and second.endswith("_AVX2")
    assert folder(monkeypatch, "AVX512") == first


def test_the_default_that_pytorch_sets_itself_gives_way(monkeypatch):
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    monkeypatch.setenv(NAME, default_cache_dir())
    assert folder(monkeypatch, "AVX2") == f"{default_cache_dir()}_AVX2"


def test_a_folder_that_somebody_chose_stays(monkeypatch, tmp_path):
    monkeypatch.setenv(NAME, str(tmp_path))
    assert folder(monkeypatch, "AVX2") == str(tmp_path)


@pytest.mark.skipif(not shutil.which("g++"), reason="this machine has no g++")
def test_a_compiled_run_is_the_plain_one_up_to_rounding(monkeypatch, tmp_path):
    monkeypatch.setenv(NAME, str(tmp_path / "cache"))
    small = replace(small_config(tmp_path), dropout=0.0, optimizer="adamw", steps=4)
    plain, fused = small, replace(small, compile=True, out=tmp_path / "fused")
    counters = torch._dynamo.utils.counters
    torch._dynamo.reset(), counters.clear()  # of what other tests have compiled
    for config in (plain, fused):
        train(config)
    assert counters["stats"]["unique_graphs"] >= 1 and not counters["graph_break"]
    assert weights(fused).keys() == weights(plain).keys()
    assert_close(weights(fused), weights(plain), atol=1e-5, rtol=1e-4)
