"""torch.compile, safe where processors change under one cache."""

import os
from collections.abc import Callable

import torch


def compile_here(function: Callable) -> Callable:
    """`torch.compile(function)`, with a cache for this processor's instructions only.

    PyTorch keeps what it compiled and finds it again by its source. A kernel made for
    AVX-512 is then also taken where only AVX2 is allowed, and is silently wrong; a
    folder named by the instruction set keeps them apart. A TORCHINDUCTOR_CACHE_DIR
    that somebody chose stays.

    Args:
        function: a function or a module; compiled when it is first called.
    """
    # Imported late: the compiler is slow to import, and few runs need it.
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    default = default_cache_dir()
    # PyTorch itself sets the variable on first use; a child process inherits it.
    if os.environ.get("TORCHINDUCTOR_CACHE_DIR", default).startswith(default):
        capability = torch.backends.cpu.get_cpu_capability()
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{default}_{capability}"
    return torch.compile(function)
