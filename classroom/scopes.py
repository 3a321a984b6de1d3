"""The names in a page's code: what binds them, in which scope, and where they stand."""

import ast
from collections.abc import Iterable

from classroom.imports import KINDS, bound

WELL_KNOWN = {"__name__", "__file__", "__doc__"}  # of names with two underscores
NAMERS = ("register_buffer", "register_parameter", "add_module")
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
NAMES = ("id", "attr", "name", "asname", "arg")


def in_its_place(tree: ast.AST) -> Iterable[ast.AST]:
    """Where a class is called, is a base or an annotation, or is asked about."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func
            if getattr(node.func, "id", "") in ("isinstance", "issubclass"):
                yield from (n for it in node.args[1:] for n in ast.walk(it))
        elif isinstance(node, ast.ClassDef):
            yield from node.bases
        elif isinstance(node, ast.Attribute):
            yield node.value
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            yield from ast.walk(node.annotation)
        elif isinstance(node, FUNCTIONS) and node.returns:
            yield from ast.walk(node.returns)


def of_self(method: ast.FunctionDef) -> Iterable[ast.Attribute]:
    """Where a method gives a part of its own object a name."""
    first = [it.arg for it in method.args.args[:1]]
    for it in ast.walk(method):
        if isinstance(it, ast.Attribute) and [getattr(it.value, "id", None)] == first:
            yield it


def before(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterable[ast.AST]:
    """What runs where a function is made: decorators, defaults and annotations."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    found = [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults]
    found += [node.returns, *(it.annotation for it in every)]
    return (inner for it in found if it is not None for inner in ast.walk(it))


def outermost(tree: ast.AST) -> Iterable[str]:
    """The names that a cell binds on the page itself, without its imports."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield from stored(node)
        if isinstance(node, FUNCTIONS | ast.ClassDef):
            yield node.name
            waiting += node.decorator_list
        if isinstance(node, FUNCTIONS | ast.Lambda):
            waiting += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif isinstance(node, ast.ClassDef):
            waiting += [*node.bases, *node.keywords]
        elif isinstance(node, ast.comprehension):
            waiting += [node.iter, *node.ifs]
        else:
            waiting += ast.iter_child_nodes(node)


def stored(node: ast.AST) -> list[str]:
    """The names that a node gives a meaning, without those of functions and classes."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    kinds = ast.MatchAs | ast.MatchStar | ast.ExceptHandler
    name = getattr(node, "arg" if isinstance(node, ast.arg) else "name", None)
    return [name] if isinstance(node, kinds | ast.arg) and name else []


def defined(node: ast.AST) -> list[str]:
    """The names that a node makes by `def`, `class` or `import`."""
    if isinstance(node, FUNCTIONS | ast.ClassDef):
        return [node.name]
    return [*bound(node)] if isinstance(node, KINDS) else []


def inner(tree: ast.AST, names: set[str]) -> Iterable[ast.Name]:
    """Where a name is one of a function's own, and stands for no module."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS | ast.Lambda):
            body = node.body if isinstance(node.body, list) else [node.body]
            arguments = ast.walk(node.args)
            here = [it for one in body for it in of_one_scope(one)]
            own = names & {name for it in (*arguments, *here) for name in stored(it)}
            own -= {it for n in here if isinstance(n, ast.Global) for it in n.names}
            inside = (it for one in body for it in ast.walk(one))
            yield from (n for n in inside if isinstance(n, ast.Name) and n.id in own)


def later(tree: ast.AST, numbers: dict[str, bool]) -> Iterable[ast.Name]:
    """Where a name on the page itself is a number that the page has called so.

    Args:
        tree: of a cell.
        numbers: whether it is so already, by name; brought up to date.
    """
    for line in tree.body:
        here = [*of_one_scope(line, COMPREHENSIONS)]
        yield from (n for n in here if isinstance(n, ast.Name) and numbers.get(n.id))
        if isinstance(line, ast.Assign) and is_number(line.value):
            found = {name for it in ast.walk(line) for name in stored(it)}
            numbers |= dict.fromkeys(found & numbers.keys(), True)


def is_number(it: ast.expr) -> bool:
    """Whether an expression is made of numbers alone."""
    kinds = ast.Constant | ast.Tuple | ast.List | ast.BinOp | ast.UnaryOp
    kinds |= ast.operator | ast.unaryop | ast.expr_context
    return all(isinstance(one, kinds) for one in ast.walk(it))


def of_one_scope(node: ast.AST, but: object = None) -> Iterable[ast.AST]:
    """A node and what is in it, without what has names of its own, but for `but`."""
    yield node
    scopes = FUNCTIONS | ast.Lambda | ast.ClassDef | COMPREHENSIONS
    if isinstance(node, scopes) and not (but and isinstance(node, but)):
        return
    for it in ast.iter_child_nodes(node):
        yield from of_one_scope(it, but)


def given(node: ast.AST) -> list[str]:
    """Names that a page gives to parts of its own."""
    if isinstance(node, ast.Attribute):
        return [node.attr] if isinstance(node.ctx, ast.Store) else []
    if isinstance(node, ast.keyword):  # of a ModuleDict
        return [node.arg] if node.arg else []
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in NAMERS:
        first = [getattr(it, "value", None) for it in node.args[:1]]
        return [it for it in first if isinstance(it, str)]
    if isinstance(node, ast.ClassDef):
        return [name for it in ast.walk(node) for name in stored(it)]
    return [node.name] if isinstance(node, FUNCTIONS) else []


def said(node: ast.AST) -> list[str]:
    """Every name that stands in a node itself, without those of methods."""
    fields = ("id", "asname", "arg") if isinstance(node, FUNCTIONS) else NAMES
    given = (getattr(node, it, None) for it in fields)
    found = [it for it in given if isinstance(it, str)]
    return [word for it in found for word in it.split(".")]


def hidden(name: str) -> bool:
    """Whether it has two underscores on both sides, and is none that all may use."""
    if name in WELL_KNOWN | {"__init__", "__version__", "__future__", "__slots__"}:
        return False
    return name.startswith("__") and name.endswith("__")
