import os

import pytest
import torch

from gptlib.guard.compiled import compile_here

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
