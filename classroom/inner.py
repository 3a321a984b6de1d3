"""Which names lead out of the modules that a page may use, into others."""

import importlib
from functools import cache
from types import ModuleType

MODULES = {
    *("torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.optim"),
    *("torch.linalg", "torch.special", "torch.fft", "torch.func", "torch.autograd"),
    *("torch.autograd.functional", "torch.random", "torch.testing", "torch.cuda"),
    *(
        "torch.nn.utils",
        "torch.distributions",
        "numpy",
        "numpy.random",
        "numpy.linalg",
        "math",
        "cmath",
    ),
    *("random", "statistics", "itertools", "functools", "collections", "re", "regex"),
    *("collections.abc", "dataclasses", "typing", "string", "copy", "json", "csv"),
    *("time", "datetime", "textwrap", "pprint", "enum", "abc", "heapq", "bisect"),
    *("fractions", "decimal", "numbers", "warnings", "contextlib", "__future__"),
    *("tqdm", "tqdm.auto", "IPython.display", "matplotlib", "matplotlib.pyplot"),
}
SLOW = ("tqdm", "IPython", "matplotlib")  # to import, and of no use to a cheat
# Frames, what reads objects, what knows a grader's chance, what makes code of a text or
# a class of a dictionary, and what calls a function where nobody sees what it calls.
BEHIND = {
    *("sys", "os", "_os", "_sys", "builtins", "importlib", "inspect", "threading"),
    *("gc", "_thread", "ctypes", "ctypeslib", "subprocess", "signal", "socket", "io"),
    *("types", "codecs", "weakref", "_weakref", "pickle", "f2py", "load", "tofile"),
    *("gi_frame", "cr_frame", "ag_frame", "tb_frame", "f_back", "f_globals"),
    *("f_locals", "f_builtins", "gi_code", "cr_code", "mro", "set_trace"),
    *("get_rng_state", "initial_seed", "get_state", "default_generator"),
    *("handle_torch_function", "get_type_hints", "ForwardRef", "make_dataclass"),
    *("Formatter", "get_field", "evaluate_forward_ref", "singledispatch"),
    *("singledispatchmethod", "switch_backend", "benchmark"),
    *("runstring", "rundocs", "measure", "cbook", "rcsetup", "logging", "matplotlib"),
    *(
        "mlab",
        "core",
        "get_ipython",
        "run_cell",
        "exec",
        "globals",
        "locals",
        "setattr",
    ),
    *("delattr", "breakpoint", "ABCMeta", "EnumMeta", "EnumType", "NamedTupleMeta"),
    *("apply_", "map_", "map2_", "triplet_margin_with_distance_loss", "__import__"),
    *("TripletMarginWithDistanceLoss", "TMonitor", "monitor"),
}
# What means other things too: `re.compile`, `block.attention`, or does no harm.
WELL_KNOWN = {"compile", "attention", "backends"} | {
    it.rpartition(".")[2] for it in MODULES
}


def is_inner(name: str, own: set[str]) -> bool:
    """Whether a name behind a point leads to what a page has no business with.

    Args:
        name: the name.
        own: names that the page gives to parts of its own.
    """
    if name in BEHIND or name in leading_out():
        return True
    return name.startswith("_") and not name.startswith("__") and name not in own


@cache
def of_modules() -> frozenset[str]:
    """Names in the modules of a page, without `grad`, which a tensor's may be set."""
    quick = [importlib.import_module(it) for it in MODULES if not it.startswith(SLOW)]
    return frozenset({name for it in quick for name in dir(it)} - {"grad"})


@cache
def leading_out() -> frozenset[str]:
    """Names of modules inside the modules of a page, where they mean nothing else."""
    inner, public = set(), set(WELL_KNOWN)
    for module in sorted(MODULES):
        if module.startswith(SLOW):
            continue
        for name, it in vars(importlib.import_module(module)).items():
            if not isinstance(it, ModuleType):
                public |= {name, *dir(it)} if isinstance(it, type) else {name}
            elif it.__name__ not in MODULES:
                inner.add(name)
    public |= {
        name for kind in (str, list, dict, set, int, float) for name in dir(kind)
    }
    return frozenset(inner - public)
