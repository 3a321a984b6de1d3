"""What a page may import, and which names its imports make."""

import ast
import importlib
from types import ModuleType

from classroom.inner import COURSE, FEW, MODULES, is_inner

# Of the course's own checks, what a page imports.
CHECKS = {
    *("gptlib.checks.check", "gptlib.checks.NotWritten", "gptlib.checks.own"),
    "gptlib.checks.own.own_sizes",
}
KINDS = ast.Import | ast.ImportFrom


def imports(tree: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    """The import statements in a tree."""
    return [node for node in ast.walk(tree) if isinstance(node, KINDS)]


def bound(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """The names that an import makes, and the full name of what each stands for."""
    if isinstance(node, ast.ImportFrom):
        return {it.asname or it.name: f"{node.module}.{it.name}" for it in node.names}
    return {
        it.asname or it.name.split(".")[0]: it.name
        if it.asname
        else it.name.split(".")[0]
        for it in node.names
    }


def refused(node: ast.Import | ast.ImportFrom, kept: set[str]) -> str | None:
    """What is not to be imported, or not under this name, in words.

    Args:
        node: the import.
        kept: names that stand for what they stand for in the course.
    """
    for name, full in bound(node).items():
        if name in kept and full.rpartition(".")[2] != name:
            return f"another `{name}`"
    if isinstance(node, ast.Import):
        bad = [f"`import {it.name}`" for it in node.names if not _importable(it.name)]
    else:
        module = node.module or ""
        known = not node.level and (module in FEW or _importable(module))
        names = [it.name for it in node.names if not (known and _part(module, it.name))]
        bad = [f"`from {module} import {name}`" for name in names]
    return bad[0] if bad else None


def _importable(module: str) -> bool:
    first, *rest = module.split(".")
    if module in FEW:
        return False
    if first != "gptlib":
        return module in MODULES
    if rest[:1] == ["checks"]:
        return module in ("gptlib.checks", *CHECKS)
    return not rest or (rest[0] in COURSE and not any(it[:1] == "_" for it in rest))


def _part(module: str, name: str) -> bool:
    full = f"{module}.{name}"
    if module in FEW:
        return name in FEW[module]
    if full in MODULES or full in CHECKS:
        return True
    if name == "*":  # nobody sees then what is taken
        return module == "math"
    if module.startswith("gptlib.checks") or name.startswith("_") or is_inner(name):
        return False
    return not module.startswith("gptlib") or _of_the_course(full)


def _of_the_course(full: str) -> bool:
    """Whether a module of the course's has this itself, and did not import it."""
    if is_module(full):
        return _importable(full)
    it = _found(full)
    return str(getattr(it, "__module__", "gptlib")).split(".")[0] == "gptlib"


def is_module(full: str) -> bool:
    """Whether a full name is that of a module."""
    if full in MODULES or full == "gptlib":
        return True
    return full.startswith("gptlib.") and isinstance(_found(full), ModuleType)


def _found(full: str) -> object:
    module, _, name = full.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
