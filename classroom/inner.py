"""Which names lead out of the modules that a page may use, into others."""

import importlib
from collections.abc import Collection
from functools import cache
from types import ModuleType

MODULES = {
    *("torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.optim"),
    *("torch.linalg", "torch.special", "torch.fft", "torch.func", "torch.autograd"),
    *("torch.autograd.functional", "torch.random", "torch.testing", "torch.cuda"),
    *("torch.nn.utils", "torch.distributions", "numpy", "numpy.random", "math"),
    "numpy.linalg",
    *("random", "statistics", "itertools", "functools", "collections", "re", "regex"),
    *("collections.abc", "dataclasses", "typing", "string", "copy", "json", "csv"),
    *("time", "datetime", "textwrap", "pprint", "enum", "abc", "heapq", "bisect"),
    *("fractions", "decimal", "numbers", "warnings", "contextlib", "__future__"),
    *("tqdm", "tqdm.auto", "IPython.display", "matplotlib", "matplotlib.pyplot"),
}
# Of modules with much else in them, what a page may take, and only so.
BARS = {"tqdm", "trange"}
SHOWN = {"display", "HTML", "Markdown", "Image", "Math", "Latex", "SVG", "clear_output"}
FEW = {
    "tqdm": BARS,
    "tqdm.auto": BARS,
    "IPython.display": SHOWN,
    "operator": {"itemgetter", "mul", "add", "sub", "truediv", "matmul"},
    "timeit": {"default_timer"},
    "types": {"SimpleNamespace"},
    "torch.utils.data": {"Dataset", "TensorDataset"},
}
# Of the course, what a page may import from: its parts, and no machinery.
COURSE = {
    *("attention", "baselines", "block", "bpe", "config", "embeddings", "flops"),
    *("gelu", "generate", "layernorm", "loss", "mlp", "model", "optim", "show"),
    *("text", "train"),
}
SLOW = ("tqdm", "IPython", "matplotlib")  # to import, and of no use to a cheat
# Frames, what reads objects, what knows a grader's chance, what makes code of a text or
# a class of a dictionary, and what calls a function where nobody sees what it calls.
BEHIND = {
    *("sys", "os", "_os", "_sys", "builtins", "importlib", "inspect", "threading"),
    *("gc", "_thread", "ctypes", "ctypeslib", "subprocess", "socket", "weakref"),
    *("codecs", "_weakref", "pickle", "f2py", "tofile", "copyreg", "bltns", "logging"),
    *("gi_frame", "cr_frame", "ag_frame", "tb_frame", "f_back", "f_globals"),
    *("f_locals", "f_builtins", "gi_code", "cr_code", "mro", "set_trace"),
    *("get_rng_state", "initial_seed", "get_state", "default_generator"),
    *("handle_torch_function", "get_type_hints", "ForwardRef", "make_dataclass"),
    *("Formatter", "get_field", "evaluate_forward_ref", "singledispatch"),
    *("singledispatchmethod", "switch_backend", "benchmark", "runstring", "rundocs"),
    *("cbook", "rcsetup", "matplotlib", "mlab", "get_ipython", "run_cell", "exec"),
    *("globals", "locals", "setattr", "delattr", "breakpoint", "__import__"),
    *("ABCMeta", "EnumMeta", "EnumType", "NamedTupleMeta", "TMonitor"),
    *("apply_", "map_", "map2_", "triplet_margin_with_distance_loss"),
    *("TripletMarginWithDistanceLoss", "overrides", "library", "fx", "jit", "hub"),
    *("import_module", "run_module", "run_path", "asyncio", "concurrent", "futures"),
    *("run_in_executor", "new_event_loop", "from_dlpack", "update_wrapper"),
    *("package", "ops", "multiprocessing", "distributed", "utils", "serialization"),
}
# The same of a module, but a page may give such a name to a part of its own.
OF_MODULES = {"signal", "types", "measure", "load", "io", "core", "monitor"}
# What means other things too: `re.compile`, `block.attention`, or does no harm.
WELL_KNOWN = {"compile", "attention", "backends"} | {
    it.rpartition(".")[2] for it in MODULES
}


def is_inner(name: str, own: Collection[str] = ()) -> bool:
    """Whether a name behind a point leads to what a page has no business with.

    Args:
        name: the name.
        own: names that the page gives to parts of its own.
    """
    if name in BEHIND or (name.startswith("_") and name in leading_out()):
        return True
    hidden = name.startswith("_") and not name.startswith("__")
    return name not in own and (hidden or name in OF_MODULES or name in leading_out())


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
