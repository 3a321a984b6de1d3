"""What a student must not call, because it is what they were asked to write.

The look is at the source: at the function, and at all that it uses from the page. A
page that hides names is for others to find.
"""

import ast
import inspect
import symtable
import textwrap
from collections.abc import Iterable, Mapping, Sequence

AUTOGRAD = {
    *("autograd", "backward", "requires_grad", "requires_grad_", "enable_grad", "vjp"),
    *("grad", "func", "functorch", "grad_and_value", "linearize", "jvp", "jacrev"),
    *("jacfwd", "jacobian"),
}
GELU = {"gelu", "gelu_", "GELU", "NewGELU"}
# Names, as they stand in the source.
NAMES: Mapping[str, set[str]] = {
    "special-tokens": {"split_special", "tiktoken", "tokenizers"},
    "embedding-gradient": AUTOGRAD | {"embedding_dense_backward"},
    "newgelu-fault": GELU,
    "gelu-derivative": AUTOGRAD | GELU,
    "grouped-queries": {"enable_gqa"},
    "softcap-backward": AUTOGRAD | {"_softmax_backward_data"},
    "rms-norm": {"rms_norm", "RMSNorm"},
    "layernorm-backward": AUTOGRAD | {"native_layer_norm_backward"},
    "label-smoothing": {"label_smoothing"},
    "entropy-gradient": AUTOGRAD | {"_softmax_backward_data", "Categorical"},
}
SAID = (
    "It calls {}, the finished piece: this exercise asks you to write it. Without that "
    "call there are points for what is yours."
)


def finished(exercise: str, name: str, sources: Iterable[str]) -> str | None:
    """A finished piece that the answer calls, or None.

    Args:
        exercise: its name.
        name: what the answer is called.
        sources: the page's cells; the last definition of a name counts.
    """
    forbidden = NAMES.get(exercise, set())
    if not forbidden:
        return None
    try:
        return _called(forbidden, name, _definitions(sources))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # what Python itself does not take does not run


def _called(forbidden: set[str], name: str, known: Mapping[str, ast.AST]) -> str | None:
    """The first forbidden name that `name` uses, or what it uses does."""
    waiting, seen = [name], set()
    while waiting:
        here = waiting.pop()
        if here in seen or here not in known:
            continue
        seen.add(here)
        outside = _outside(known[here])
        for used in [*outside, *_reached(known[here])]:
            if used in forbidden and used not in _written(known):
                return used
        waiting += outside
    return None


def in_source(exercise: str, objects: Sequence[object]) -> str | None:
    """A finished piece in the source of what a learner hands to a check, or None."""
    if exercise not in NAMES:
        return None
    for it in objects:
        try:
            source = textwrap.dedent(inspect.getsource(getattr(it, "forward", it)))
        except (OSError, TypeError):
            continue
        if called := finished(exercise, getattr(it, "__name__", ""), [source]):
            return called
    return None


def _definitions(sources: Iterable[str]) -> dict[str, ast.AST]:
    """What each name of the page stands for."""
    found: dict[str, ast.AST] = {}
    for source in sources:
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in body:
            for name in bound(node):
                found[name] = node
    return found


def bound(node: ast.stmt) -> list[str]:
    """The names that a statement of a page makes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(it.asname or it.name).split(".")[0] for it in node.names]
    return [
        it.id
        for it in ast.walk(node)
        if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)
    ]


def _written(known: Mapping[str, ast.AST]) -> set[str]:
    """Names that the page defines by code of its own."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {name for name, node in known.items() if isinstance(node, kinds)}


def _outside(node: ast.AST) -> list[str]:
    """The names that a piece of source takes from the page."""
    table = symtable.symtable(ast.unparse(node), "page", "exec")
    found, tables = [], [table]
    while tables:
        here = tables.pop()
        tables += here.get_children()
        top = here.get_type() == "module"
        found += [
            it.get_name()
            for it in here.get_symbols()
            if it.is_referenced() and (top or it.is_global())
        ]
    return found


def _reached(node: ast.AST) -> Iterable[str]:
    """Names behind a point, in an import, as an argument's name or as a text."""
    for it in ast.walk(node):
        if isinstance(it, ast.Attribute):
            yield it.attr
        elif isinstance(it, ast.keyword) and it.arg:
            yield it.arg
        elif isinstance(it, ast.alias):
            yield from it.name.split(".")
        elif isinstance(it, ast.Constant) and type(it.value) is str:
            yield it.value
