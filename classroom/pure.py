"""Whether a page stays within itself: plain Python and PyTorch, as a sheet needs them.

What is imported has to be known, text cannot become code or a name, no module is handed
about, and from none is there a way into another.

The sandbox keeps a page from harming anybody. What could fool a verdict has to reach
around it: into the machinery that runs the page, or for names that are put together so
that nobody finds them. No exercise needs that, so such a page is held until a person
has looked at it.
"""

import ast
from collections.abc import Iterable

from classroom.cells import as_python
from classroom.imports import KINDS, bound, imports, is_module, refused
from classroom.inner import is_inner
from classroom.plain import Odd, plain

CODE = {  # what makes code of a text, or asks for objects by their names
    *("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr"),
    *("delattr", "breakpoint", "memoryview", "open", "exit", "quit", "type"),
    "complex",
    *("get_ipython", "__builtins__", "__loader__", "__spec__", "getattr", "hasattr"),
}
ALLOWED = {  # of names with two underscores
    *("__init__", "__call__", "__name__", "__len__", "__getitem__", "__repr__"),
    *("__str__", "__iter__", "__next__", "__enter__", "__exit__", "__doc__"),
    *("__version__", "__post_init__", "__contains__", "__future__", "__setitem__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"),
    *("__add__", "__sub__", "__mul__", "__truediv__", "__matmul__", "__pow__"),
    *("__radd__", "__rsub__", "__rmul__", "__neg__", "__abs__", "__bool__"),
    *("__int__", "__float__", "__format__", "__slots__", "__all__"),
}
KEPT = {"torch", "math", "nn"}  # nothing else may be called so
LETTERS = {"F", "np", "plt"}  # modules as well as sizes
MOST = 200_000  # characters that a student may have written
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
SAID = (
    "Your page was held back before it was run: it has {}, which no exercise needs and "
    "which reaches around the page. Take it out, or ask your teacher, who can look at "
    "it and give the points by hand."
)


def reaches_out(sources: Iterable[str], given: Iterable[str] = ()) -> str | None:
    """What in these cells reaches around the page, in words; None if nothing does.

    Args:
        sources: the cells that a student wrote or changed.
        given: those that came with the page; what they import may be imported, and
            keeps its name.
    """
    try:
        came = [it for text in given for it in imports(ast.parse(as_python(text)))]
        return _found([*sources], came)
    except (ValueError, RecursionError, MemoryError):
        return "something that Python can hardly read"


def _found(sources: list[str], came: list[ast.Import | ast.ImportFrom]) -> str | None:
    if sum(map(len, sources)) > MOST:
        return f"more than {MOST} characters"
    trees = []
    for source in sources:
        try:
            trees.append(plain(ast.parse(as_python(source))))
        except SyntaxError:
            continue  # what is no Python does not run
        except Odd as magic:
            return str(magic)
    page = _Page(trees, came)
    return next(filter(None, map(page.reach, trees)), None)


class _Page:
    """What is known of a whole page: its own names, its modules, what came with it."""

    def __init__(self, trees: list[ast.AST], came: list[ast.Import | ast.ImportFrom]):
        self.came = {ast.unparse(it) for it in came}
        self.kept = KEPT | {name for it in came for name in bound(it)} - LETTERS
        nodes = [node for tree in trees for node in ast.walk(tree)]
        self.own = {name for node in nodes for name in _given(node)}
        here = [*came, *(it for tree in trees for it in imports(tree))]
        names = {name: full for it in here for name, full in bound(it).items()}
        modules = {name for name, full in names.items() if is_module(full)}
        self.imported = {*names}
        sizes = {name for node in nodes for name in _stored(node)} & LETTERS
        self.modules = (modules | KEPT | {"F"}) - sizes

    def reach(self, tree: ast.AST) -> str | None:
        """What a cell reaches for, in words; None if it does not."""
        for name in _outermost(tree):
            if name in self.kept:
                return f"another `{name}`"
        bases = {id(it.value) for it in ast.walk(tree) if isinstance(it, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, KINDS):
                known = ast.unparse(node) in self.came
                found = None if known else refused(node, self.kept)
            elif isinstance(node, ast.Name):
                alone = node.id in self.modules and id(node) not in bases
                load = isinstance(node.ctx, ast.Load)
                found = f"`{node.id}` by itself" if alone and load else None
            else:
                found = self._attribute(node)
            if found or (found := self._names(node)):
                return found
        return None

    def _attribute(self, node: ast.AST) -> str | None:
        if not isinstance(node, ast.Attribute):
            return None
        first = node.value
        while isinstance(first, ast.Attribute):
            first = first.value
        base = first.id if isinstance(first, ast.Name) else ""
        of_module = base in self.modules
        if of_module and not isinstance(node.ctx, ast.Load):
            return f"`{base}...{node.attr} = ...`"
        direct = first is node.value and (base, node.attr) == ("nn", "utils")
        others = of_module or base in self.imported
        inner = not direct and is_inner(node.attr, () if others else self.own)
        return f"`.{node.attr}`" if inner else None

    def _names(self, node: ast.AST) -> str | None:
        """A name in a node that is not to be used."""
        bad = [it for it in _said(node) if _hidden(it)]
        if isinstance(node, ast.Name) and node.id in CODE:
            bad.append(node.id)
        if isinstance(node, ast.MatchClass):
            bad += [it for it in node.kwd_attrs if is_inner(it)]
        if isinstance(node, ast.Global):
            bad += [it for it in node.names if it in self.kept]
        return f"`{bad[0]}`" if bad else None


def _outermost(tree: ast.AST) -> Iterable[str]:
    """The names that a cell binds on the page itself, without its imports."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield from _stored(node)
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


def _stored(node: ast.AST) -> list[str]:
    """The names that a node gives a meaning, without those of functions and classes."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    kinds = ast.MatchAs | ast.MatchStar | ast.ExceptHandler
    name = getattr(node, "arg" if isinstance(node, ast.arg) else "name", None)
    return [name] if isinstance(node, kinds | ast.arg) and name else []


def _given(node: ast.AST) -> list[str]:
    """Names that a page gives to parts of its own."""
    if isinstance(node, ast.Attribute):
        return [node.attr] if isinstance(node.ctx, ast.Store) else []
    return [node.name] if isinstance(node, FUNCTIONS) else []


def _said(node: ast.AST) -> list[str]:
    """Every name that stands in a node itself."""
    given = (getattr(node, it, None) for it in ("id", "attr", "name", "asname", "arg"))
    found = [it for it in given if isinstance(it, str)]
    found += getattr(node, "kwd_attrs", [])
    return [word for it in found for word in it.split(".")]


def _hidden(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in ALLOWED
