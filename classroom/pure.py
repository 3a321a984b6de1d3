"""Whether a page stays within itself: plain Python and PyTorch, as a sheet needs them.

What is imported or asked of a module or an object has to be known, text cannot become
code or a name, no module is handed about, and no class of others' is changed.

The sandbox keeps a page from harming anybody. What could fool a verdict has to reach
around it, into the machinery that runs the page. No exercise needs that, so such a page
is held until a person has looked at it.
"""

import ast
import builtins
import contextlib
import types
from collections.abc import Iterable

from torch import nn

from classroom import scopes
from classroom.allowed import (
    CODE,
    METHODS,
    NOUNS,
    SET,
    WAYS,
    asked,
    found,
    is_module,
    may_take,
    patched,
    taken,
)
from classroom.cells import as_python
from classroom.imports import KINDS, bound, imports, refused
from classroom.plain import SAYING, Odd, plain
from classroom.scopes import FUNCTIONS, WELL_KNOWN

BASES = {"object"} | {
    name
    for name, it in vars(builtins).items()
    if isinstance(it, type) and issubclass(it, Exception)
}
ABSTRACT = {"abc.ABC", "typing.Protocol"}
# What makes code of a class, or a file with code in it of its own.
MAKERS = ("dataclasses.dataclass", "functools.total_ordering")
DATASET = "torch.utils.data.Dataset"
SHELL = ("In", "Out")  # what IPython keeps on a page; the rest begins with "_"
KEPT = {"torch", "math", "nn"}  # nothing else may be called so
LETTERS = {"F", "np", "plt"}  # modules as well as sizes
MOST = 200_000  # characters that a student may have written
EQUAL = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"}
SAID = (
    "Your page was held back before it was run: it has {}, and a page here may use "
    "only what its exercises can need. Take it out, or ask your teacher, who can look "
    "at it and give the points by hand."
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
        with contextlib.suppress(SyntaxError):  # what is no Python does not run
            trees.append(ast.parse(as_python(source)))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    made = {
        name for node in nodes for name in (*scopes.stored(node), *scopes.defined(node))
    }
    # Of a page that says for itself what is equal, a type may be in more hands.
    compared = any(getattr(it, "name", "") in EQUAL for it in nodes)
    try:
        trees = [plain(tree, {*SAYING} - made, not compared) for tree in trees]
    except Odd as magic:
        return str(magic)
    page = _Page(trees, came)
    return next(filter(None, map(page.reach, trees)), None)


class _Page:
    """What is known of a whole page: its own names, its modules, what came with it."""

    def __init__(self, trees: list[ast.AST], came: list[ast.Import | ast.ImportFrom]):
        self.came = {ast.unparse(it) for it in came}
        self.kept = KEPT
        nodes = [node for tree in trees for node in ast.walk(tree)]
        self.own = {name for node in nodes for name in scopes.given(node)} - taken()
        self.known_modules: dict[int, str | None] = {}
        here = [*came, *(it for tree in trees for it in imports(tree))]
        self.full, self.twofold = {}, set()
        for it in here:
            for name, full in bound(it).items():
                if not _alike(self.full.setdefault(name, full), full):
                    self.twofold.add(name)
        self.full = {"torch": "torch", "math": "math", "nn": "torch.nn"} | self.full
        self.full.setdefault("F", "torch.nn.functional")
        self.stored = {name for node in nodes for name in scopes.stored(node)}
        self.modules = {it for it, full in self.full.items() if is_module(full)}
        letters = self.stored & LETTERS & self.modules
        self.sizes = {id(n) for tree in trees for n in scopes.inner(tree, letters)}
        mine = {name for tree in trees for it in imports(tree) for name in bound(it)}
        self.numbers = dict.fromkeys(letters - mine, False)
        self.sizes |= {
            id(n) for tree in trees for n in scopes.later(tree, self.numbers)
        }
        made = [it.name for it in nodes if isinstance(it, ast.ClassDef)]
        self.defined = {it.name for it in nodes if isinstance(it, FUNCTIONS)} | {*made}
        self.defined |= {*self.full}
        self.classes = {*made} - self.stored - {*self.full}
        methods = [m for it in nodes if isinstance(it, ast.ClassDef) for m in it.body]
        self.methods = [it for it in methods if isinstance(it, ast.FunctionDef)]
        self.selves = {id(n) for it in self.methods for n in scopes.of_self(it)}
        # Nobody can change a class of PyTorch's who has none in hand.
        used = {id(n) for tree in trees for n in scopes.in_its_place(tree)}
        self.strict = any(
            id(node) not in used and _is_class(self._full(node)) for node in nodes
        )

    def reach(self, tree: ast.AST) -> str | None:
        """What a cell reaches for, in words; None if it does not."""
        for name in scopes.outermost(tree):
            module = name in self.kept | (LETTERS & self.modules)
            if module and not self.numbers.get(name):
                return f"another `{name}`"
        if self.twofold:
            return f"`{min(self.twofold)}`, which stands for two things"
        inner = {id(it.value) for it in ast.walk(tree) if isinstance(it, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, KINDS):
                known = ast.unparse(node) in self.came
                found = None if known else refused(node, self.kept)
            elif isinstance(node, ast.Name):
                alone = self._module(node) and id(node) not in inner
                load = isinstance(node.ctx, ast.Load)
                found = f"`{node.id}` by itself" if alone and load else None
            elif isinstance(node, ast.Attribute):
                found = self._attribute(node, id(node) in inner)
            else:
                found = self._shape(node)
            if found or (found := self._names(node)):
                return found
        return None

    def _attribute(self, node: ast.Attribute, more: bool) -> str | None:
        """A name behind a point; `more`, if there is another one behind it."""
        module, load = self._module(node.value), isinstance(node.ctx, ast.Load)
        if module and not load:
            return f"`{ast.unparse(node)} = ...`"
        if module:
            full = f"{module}.{node.attr}"
            if not may_take(module, node.attr) or (is_module(full) and not more):
                return f"`{ast.unparse(node)}`"
            return None
        if not load and _is_class(self._full(node.value)):
            return f"`{ast.unparse(node)} = ...`"
        if load:
            known = node.attr in asked() or node.attr in self.own
        elif self.strict:
            nouns = NOUNS if id(node) in self.selves else SET
            known = node.attr in nouns or node.attr not in patched()
        else:
            known = node.attr not in ("forward", *WAYS, *CODE)
        return None if known else f"`.{node.attr}`"

    def _module(self, it: ast.expr) -> str | None:
        """The full name of the module that an expression stands for, if it does."""
        if isinstance(it, ast.Name):
            known = it.id in self.modules and id(it) not in self.sizes
            return self.full[it.id] if known else None
        if not isinstance(it, ast.Attribute):
            return None
        if id(it) not in self.known_modules:
            before = self._module(it.value)
            full = f"{before}.{it.attr}"
            self.known_modules[id(it)] = full if before and is_module(full) else None
        return self.known_modules[id(it)]

    def _shape(self, node: ast.AST) -> str | None:
        """A statement or an expression that no exercise needs."""
        if isinstance(node, ast.ClassDef):
            return self._class(node)
        if isinstance(node, FUNCTIONS):
            if node.name[:2] == "__" and node.name not in METHODS:
                return f"`def {node.name}`"
            if any(isinstance(it, ast.NamedExpr) for it in scopes.before(node)):
                return "a name that is made where a function begins"
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.MatchClass) and (node.patterns or node.kwd_patterns):
            return "a pattern that asks for the parts of a class"
        if isinstance(node, ast.Constant) and isinstance(node.value, complex):
            return "a complex number"
        return None

    def _call(self, node: ast.Call) -> str | None:
        """A picture that is saved by code of a name, another class that is changed."""
        names = [it.arg for it in node.keywords]
        if getattr(node.func, "attr", "") == "savefig" and {None, "backend"} & {*names}:
            return "a `savefig` with a backend of its own"
        if self._full(node.func) in MAKERS and node.args:
            return f"`{ast.unparse(node.func)}` of a class by its name"
        return None

    def _class(self, node: ast.ClassDef) -> str | None:
        """A class that is more than a part of a model, or than what the page made."""
        for base in node.bases:
            name = getattr(base, "id", "")
            known = name in self.classes or (
                name in BASES and name not in self.stored and name not in self.full
            )
            full = self._full(base) or ""
            known = known or full.startswith("gptlib.") or full in {DATASET, *ABSTRACT}
            if not known and not _is_part(full):
                return f"a class that is a `{ast.unparse(base)}`"
        return "a class with settings of its own" if node.keywords else None

    def _full(self, it: ast.expr) -> str | None:
        """The full name of what was imported, or stands in a module."""
        if isinstance(it, ast.Name):
            return None if it.id in self.stored else self.full.get(it.id)
        if isinstance(it, ast.Attribute) and (module := self._module(it.value)):
            return f"{module}.{it.attr}"
        return None

    def _names(self, node: ast.AST) -> str | None:
        """A name in a node that is not to be used."""
        bad = [it for it in scopes.said(node) if scopes.hidden(it)]
        if not isinstance(getattr(node, "ctx", None), ast.Load):  # those can be read
            bad += [
                it
                for it in (*scopes.stored(node), *scopes.said(node))
                if it in WELL_KNOWN
            ]
        if isinstance(node, ast.Name) and node.id not in self.stored:
            shell = node.id in SHELL or node.id[:1] == "_"
            known = node.id in self.defined or node.id in WELL_KNOWN
            bad += [node.id] if shell and not known else []
        if isinstance(node, ast.Name) and node.id in CODE:
            bad.append(node.id)
        if isinstance(node, ast.Global):
            bad += [it for it in node.names if it in self.kept]
        return f"`{bad[0]}`" if bad else None


def _alike(one: str, other: str) -> bool:
    """Whether a name may stand for both: for one thing, or for two that only act."""
    if one == other:
        return True
    both = [found(it) if "." in it else it for it in (one, other)]
    kinds = (type, types.ModuleType, str)  # a text is a module's name here
    return both[0] is both[1] or not any(isinstance(it, kinds) for it in both)


def _is_part(full: str | None) -> bool:
    """Whether a name is that of one of PyTorch's parts of a model."""
    module, _, name = (full or "").rpartition(".")
    it = getattr(nn, name, None) if module == "torch.nn" else None
    return isinstance(it, type) and issubclass(it, nn.Module)


def _is_class(full: str | None) -> bool:
    """Whether a full name is that of a class that a page has not made."""
    module = (full or "").rpartition(".")[0]
    return bool(module) and is_module(module) and isinstance(found(full), type)
