"""Whether a page stays within itself: plain Python and PyTorch, as a sheet needs them.

What is imported has to be in MODULES, and text cannot become code or a name.

The sandbox keeps a page from harming anybody. What could fool a verdict has to reach
around it: into the machinery that runs the page, or for names that are put together so
that nobody finds them. No exercise needs that, so such a page is held until a person
has looked at it.
"""

import ast
import re
from collections.abc import Iterable

from IPython.core.inputtransformer2 import TransformerManager

MODULES = {
    *("torch", "numpy", "matplotlib", "gptlib", "tqdm", "regex", "math"),
    *("cmath", "random", "statistics", "itertools", "functools", "collections", "re"),
    *("dataclasses", "typing", "string", "copy", "json", "csv", "time", "datetime"),
    *("textwrap", "pprint", "enum", "abc", "heapq", "bisect", "fractions", "decimal"),
    *("numbers", "warnings", "contextlib", "IPython.display", "__future__"),
}
# Modules inside others, frames, what reads objects, what is behind torch's functions.
INNER = {
    *("sys", "os", "_os", "_sys", "builtins", "importlib", "inspect", "threading"),
    *("gc", "_thread", "ctypes", "ctypeslib", "subprocess", "signal", "socket", "io"),
    *("types", "codecs", "weakref", "_weakref", "pickle", "f2py", "load", "tofile"),
    *("gi_frame", "cr_frame", "ag_frame", "tb_frame", "f_back", "f_globals"),
    *("f_locals", "f_builtins", "mro", "_C", "_ops", "_VF", "_dispatch"),
    *("_python_dispatch", "cpp_extension"),
}
# And of torch itself, what changes how its functions run.
OF_TORCH = {
    *("ops", "library", "overrides", "jit", "fx", "hub", "package", "classes"),
    *("get_rng_state", "initial_seed", "multiprocessing", "distributed", "storage"),
}
NAMES = {
    *("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr"),
    *("delattr", "breakpoint", "memoryview", "open", "help", "exit", "quit"),
    *("get_ipython", "__builtins__", "__loader__", "__spec__"),
}
ALLOWED = {  # of names with two underscores
    *("__init__", "__call__", "__name__", "__len__", "__getitem__", "__repr__"),
    *("__str__", "__iter__", "__next__", "__enter__", "__exit__", "__doc__"),
    *("__version__", "__class__", "__post_init__", "__contains__"),
}
# Magics that do no harm: one takes a word, the others the code behind them.
MAGIC = re.compile(
    r"^[ \t]*%matplotlib([ \t]+\w+)?[ \t]*$|^([ \t]*)%%?time(it)?\b[ \t]*",
    re.MULTILINE,
)
TIMED = re.compile(r"^[ \t]*%%?time", re.MULTILINE)
SAID = (
    "Your page was held back before it was run: it has {}, which no exercise needs and "
    "which reaches around the page. Take it out, or ask your teacher, who can look at "
    "it and give the points by hand."
)


def reaches_out(sources: Iterable[str]) -> str | None:
    """What in these cells reaches around the page, in words; None if nothing does."""
    for source in sources:
        try:
            tree = ast.parse(_plain(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            if TIMED.search(source):
                return "a magic with more behind it than plain code"
            continue  # what is no Python does not run
        for node in ast.walk(tree):
            if found := _reach(node):
                return found
    return None


def _plain(source: str) -> str:
    """Python, without the magics that do no harm."""
    return TransformerManager().transform_cell(MAGIC.sub(r"\2", source))


def _reach(node: ast.AST) -> str | None:
    if isinstance(node, ast.Import):
        for it in node.names:
            if not _known(it.name) or _inner(it.name):
                return f"`import {it.name}`"
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        for it in node.names:
            full = f"{module}.{it.name}"
            if not _known(module) or it.name in INNER | NAMES or _inner(full):
                return f"`from {module} import {it.name}`"
    elif isinstance(node, ast.Name):
        return f"`{node.id}`" if node.id in NAMES or _hidden(node.id) else None
    elif isinstance(node, ast.Attribute):
        torchs = isinstance(node.value, ast.Name) and node.value.id == "torch"
        if _hidden(node.attr) or node.attr in (INNER | OF_TORCH if torchs else INNER):
            return f"`.{node.attr}`"
    elif isinstance(node, ast.Call):
        return _call(node)
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        return _changes(node)
    return None


def _call(node: ast.Call) -> str | None:
    """`getattr` with a name that is not written out."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in ("getattr", "hasattr"):
        return None
    written = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    if not written or _reach(ast.Attribute(node.args[0], str(node.args[1].value))):
        return f"`{name}` with a name that is not written out"
    return None


def _changes(node: ast.Assign | ast.AugAssign | ast.Delete) -> str | None:
    """An assignment to a part of a module, such as `torch.equal = ...`."""
    targets = node.targets if hasattr(node, "targets") else [node.target]
    for target in targets:
        if isinstance(target, ast.Attribute):
            first = target.value
            while isinstance(first, ast.Attribute):
                first = first.value
            if isinstance(first, ast.Name) and first.id in ("torch", "nn", "F", "math"):
                return f"`{ast.unparse(target)} = ...`"
    return None


def _known(module: str) -> bool:
    return module in MODULES or module.split(".")[0] in MODULES


def _inner(name: str) -> bool:
    first, *rest = name.split(".")
    return first in ("torch", "gptlib") and (
        bool((INNER | OF_TORCH) & set(rest))
        or (rest[:1] == ["checks"] and name not in CHECKS)
    )


CHECKS = {
    *("gptlib.checks.check", "gptlib.checks.NotWritten", "gptlib.checks.own"),
    "gptlib.checks.own.own_sizes",
}


def _hidden(name: str) -> bool:
    twice = name.startswith("__") and name.endswith("__")
    return twice and name not in ALLOWED
