"""Whether a page stays within itself: plain Python and PyTorch, as a sheet needs them.

What is imported has to be in MODULES, text cannot become code or a name, and from no
module is there a way into another.

The sandbox keeps a page from harming anybody. What could fool a verdict has to reach
around it: into the machinery that runs the page, or for names that are put together so
that nobody finds them. No exercise needs that, so such a page is held until a person
has looked at it.
"""

import ast
from collections.abc import Iterable

from classroom.cells import as_python
from classroom.inner import MODULES, is_inner, of_modules
from classroom.plain import Odd, plain

CODE = {  # what makes code of a text, or asks for objects by their names
    *("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr"),
    *("delattr", "breakpoint", "memoryview", "open", "exit", "quit"),
    *("get_ipython", "__builtins__", "__loader__", "__spec__", "getattr", "hasattr"),
    "type",
}
ALLOWED = {  # of names with two underscores
    *("__init__", "__call__", "__name__", "__len__", "__getitem__", "__repr__"),
    *("__str__", "__iter__", "__next__", "__enter__", "__exit__", "__doc__"),
    *("__version__", "__post_init__", "__contains__", "__future__"),
}
# Nothing else may be called so.
KEPT = {"torch": "torch", "math": "math", "nn": "torch.nn"}
KEPT |= {"F": "torch.nn.functional"}
# Of modules with much else in them, what a page may take, and it has to take it so.
SHOWN = {"display", "HTML", "Markdown", "Image", "Math", "Latex", "SVG", "clear_output"}
BARS = {"tqdm", "trange"}
FEW = {"tqdm": BARS, "tqdm.auto": BARS, "IPython.display": SHOWN}
MOST = 200_000  # characters that a student may have written
# Of the course's own checks, what a page imports.
CHECKS = {
    *("gptlib.checks.check", "gptlib.checks.NotWritten", "gptlib.checks.own"),
    "gptlib.checks.own.own_sizes",
}
SAID = (
    "Your page was held back before it was run: it has {}, which no exercise needs and "
    "which reaches around the page. Take it out, or ask your teacher, who can look at "
    "it and give the points by hand."
)


def reaches_out(sources: Iterable[str], given: Iterable[str] = ()) -> str | None:
    """What in these cells reaches around the page, in words; None if nothing does.

    Args:
        sources: the cells that a student wrote or changed.
        given: those that came with the page; what they import may be imported.
    """
    try:
        return _found([*sources], _imports(given))
    except (ValueError, RecursionError, MemoryError):
        return "something that Python can hardly read"


def _found(sources: list[str], ours: set[str]) -> str | None:
    if sum(map(len, sources)) > MOST:
        return f"more than {MOST} characters"
    trees = []
    for source in sources:
        try:
            trees.append(plain(ast.parse(as_python(source)), ast.parse))
        except SyntaxError:
            continue  # what is no Python does not run
        except Odd as magic:
            return str(magic)
    own = {name for tree in trees for node in ast.walk(tree) for name in _made(node)}
    return next(filter(None, (_in_tree(tree, own, ours) for tree in trees)), None)


def _imports(sources: Iterable[str]) -> set[str]:
    """The import statements of a course's own cells."""
    kinds = ast.Import | ast.ImportFrom
    cells = [ast.parse(as_python(it)) for it in sources]
    nodes = [node for cell in cells for node in ast.walk(cell)]
    return {ast.unparse(node) for node in nodes if isinstance(node, kinds)}


def _in_tree(tree: ast.AST, own: set[str], ours: set[str]) -> str | None:
    kinds = ast.Import | ast.ImportFrom
    for node in ast.walk(tree):
        given = isinstance(node, kinds) and ast.unparse(node) in ours
        if not given and (found := _reach(node, own)):
            return found
    return None


def _reach(node: ast.AST, own: set[str]) -> str | None:
    if isinstance(node, ast.Import):
        bad = [it.name for it in node.names if not _importable(it.name) or _renamed(it)]
        found = [f"`import {name}`" for name in bad]
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        known = not node.level and (module in FEW or _importable(module))
        bad = [
            it.name
            for it in node.names
            if not (known and _part(module, it.name)) or _renamed(it, module)
        ]
        found = [f"`from {module} import {name}`" for name in bad]
    else:
        names = [node.id] if isinstance(node, ast.Name) else []
        found = [f"`{it}`" for it in names if it in CODE]
        found += [f"`.{it}`" for it in _asked(node) if is_inner(it, own)]
    found += _changed(node) + [f"another `{it}`" for it in _bound(node) if it in KEPT]
    found += [f"`{it}`" for it in _said(node) if _hidden(it)]
    return found[0] if found else None


def _importable(module: str) -> bool:
    """Whether a page may import it; of the course, everything but the answers."""
    first, *rest = module.split(".")
    if module in FEW:
        return False
    if first != "gptlib":
        return module in MODULES
    if rest[:1] == ["checks"]:
        return module in ("gptlib.checks", *CHECKS)
    return not any(is_inner(it, set()) for it in rest)


def _part(module: str, name: str) -> bool:
    """Whether a page may take this out of a module."""
    full = f"{module}.{name}"
    if full in MODULES or full in CHECKS:
        return True
    if name == "*":  # nobody sees then what is taken
        return False
    if module in FEW:
        return name in FEW[module]
    if module.startswith("gptlib.checks") or full == "gptlib.checks":
        return False
    return name not in CODE and not is_inner(name, set())


def _renamed(it: ast.alias, module: str = "") -> bool:
    """Whether an import gives a name of KEPT to something else."""
    full = f"{module}.{it.name}" if module else it.name
    return KEPT.get(it.asname or it.name, full) != full


def _changed(node: ast.AST) -> list[str]:
    """A module's part that gets another value, such as `torch.equal = ...`."""
    if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
        return []
    first = node.value
    while isinstance(first, ast.Attribute | ast.Subscript):
        first = first.value
    base = first.id if isinstance(first, ast.Name) else ""
    modules = base in ("torch", "nn", "F", "np", "math")
    if modules or (base != "self" and node.attr in of_modules()):
        return [f"`{ast.unparse(node)} = ...`"]
    return []


def _asked(node: ast.AST) -> list[str]:
    """The names behind a point."""
    if isinstance(node, ast.Attribute):
        base = node.value.id if isinstance(node.value, ast.Name) else ""
        return [] if (base, node.attr) == ("nn", "utils") else [node.attr]
    return node.kwd_attrs if isinstance(node, ast.MatchClass) else []


def _bound(node: ast.AST) -> list[str]:
    """The names that a node gives a meaning; an import is no new one."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    kinds = ast.FunctionDef | ast.ClassDef | ast.MatchAs | ast.MatchStar | ast.arg
    kinds |= ast.ExceptHandler
    given = getattr(node, "name", None) or getattr(node, "arg", None)
    return [given] if isinstance(node, kinds) and given else []


def _made(node: ast.AST) -> list[str]:
    """Names that the page gives to parts of its own."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return [node.attr]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node.name] if isinstance(node, kinds) else []


def _said(node: ast.AST) -> list[str]:
    """Every name that stands in a node itself."""
    given = (getattr(node, it, None) for it in ("id", "attr", "name", "asname", "arg"))
    found = [it for it in given if isinstance(it, str)]
    found += getattr(node, "kwd_attrs", [])
    return [word for it in found for word in it.split(".")]


def _hidden(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in ALLOWED
