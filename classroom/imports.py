"""Which names the imports of a page make, and which of them it may not have."""

import ast

from classroom.allowed import importable, may_take

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
        bad = [f"`import {it.name}`" for it in node.names if not importable(it.name)]
    else:
        module = node.module or ""
        names = [
            it.name for it in node.names if node.level or not may_take(module, it.name)
        ]
        bad = [f"`from {module} import {name}`" for name in names]
    return bad[0] if bad else None
