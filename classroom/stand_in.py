"""What stands in the grader for what a student wrote: the checks cannot tell.

A function with the student's own source behind it, which asks the sandbox; its line of
an error is the student's line.
"""

import ast
import contextlib
import dis
import io
import linecache
from collections.abc import Callable
from types import FunctionType

from classroom.cells import as_python
from classroom.modules import Remote
from classroom.peer import Peer
from gptlib.checks.calls import AsksForInput
from gptlib.checks.limits import TimeUp
from gptlib.checks.verdict import NotWritten

UNKNOWN = "<somewhere else>"


def known_error(told: dict) -> BaseException | None:
    """What the checks have words of their own for."""
    kind = told.get("type")
    if kind == "NotWritten":
        return NotWritten(str(told.get("exercise", ""))[:100])
    made = {"TimeUp": TimeUp, "AsksForInput": AsksForInput}.get(kind)
    return made() if made else None


def stand_in(
    peer: Peer,
    tree: dict,
    source: str,
    name: str,
    path: str,
    numbers: dict,
    line: int = 0,
) -> Callable:
    """A function, or a class, that asks the sandbox for what it does.

    Args:
        peer: the grader's side.
        tree: what the sandbox said of it: its number there, and whether it is a class.
        source: the cell that defines it.
        name: its name there.
        path: what to call the cell in errors.
        numbers: the page's whole numbers, by name.
        line: where in the cell it begins, as the sandbox says; 0 for elsewhere. Only
            what stands there is its source.
    """
    with contextlib.suppress(SyntaxError, ValueError):
        source = as_python(source)
    _enter(path, source)
    node = definition(source, name)
    if node is not None and line not in lines_of(node):
        node = None
    number, is_class = tree["function"], bool(tree.get("class"))
    method = _forward(node) if isinstance(node, ast.ClassDef) else node
    shape = _shape(method, path, numbers) if method else None
    if shape is None:  # nobody knows its source
        shape = _shape(definition("def forward(): pass", "forward"), UNKNOWN, {})

    def asking(*inputs: object, **named: object) -> object:
        try:
            return peer.call(number, inputs, named)
        except (Exception, TimeUp) as error:
            raise placed(error, path) from None

    asking.__name__ = asking.__qualname__ = name
    if not is_class:
        asking.__wrapped__ = shape
        return asking
    return _class_in(asking, name, shape, path)


def _enter(path: str, source: str) -> None:
    """Let Python find this source under this path, in lines as Python counts them."""
    lines = io.StringIO(source, newline=None).readlines()
    linecache.cache[path] = (len(source), None, lines, path)


def placed(error: BaseException, path: str) -> BaseException:
    """The error, with the student's line of this cell as its place."""
    lines = [line for cell, line in getattr(error, "frames", []) if cell == path]
    if not lines:
        return error
    try:
        exec(
            compile("\n" * (lines[-1] - 1) + "raise error", path, "exec"),
            {"error": error},
        )
    except BaseException as raised:
        return raised
    return error


def definition(source: str, name: str) -> ast.stmt | None:
    """The last definition of a function or class of this name in a cell."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    kinds = ast.FunctionDef | ast.ClassDef
    found = [node for node in body if isinstance(node, kinds) and node.name == name]
    return found[-1] if found else None


def lines_of(node: ast.stmt) -> set[int]:
    """Where Python may say that a definition begins: at it, or at its forward."""
    inner = _forward(node) if isinstance(node, ast.ClassDef) else None
    return {it.lineno for it in (node, inner) if it and not it.decorator_list}


def _forward(node: ast.ClassDef) -> ast.FunctionDef | None:
    found = [it for it in node.body if isinstance(it, ast.FunctionDef)]
    return next((it for it in found if it.name == "forward"), None)


def _shape(node: ast.FunctionDef, path: str, numbers: dict) -> FunctionType | None:
    """The function as the student wrote it, made and never called.

    Nothing that would run when it is made is left in it: no decorator, no default, no
    annotation.
    """
    node.decorator_list, node.returns = [], None
    arguments = node.args
    arguments.defaults, arguments.kw_defaults = [], [None for _ in arguments.kwonlyargs]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for one in [*every, arguments.vararg, arguments.kwarg]:
        if one is not None:
            one.annotation = None
    space: dict = {}
    try:
        code = compile(ast.Module([node], []), path, "exec", dont_inherit=True)
        exec(code, {"__builtins__": {}}, space)
    except Exception:
        return None
    made = space[node.name]
    asked = {
        it.argval for it in dis.get_instructions(made) if it.opname == "LOAD_GLOBAL"
    }
    known = {name: number for name, number in numbers.items() if name in asked}
    return FunctionType(made.__code__, known, made.__name__)


def _class_in(asking: Callable, name: str, shape: FunctionType, path: str) -> type:
    """A class whose making asks the sandbox, which makes it there."""

    class Made(Remote):
        def __new__(cls, *inputs: object, **named: object) -> object:
            made = asking(*inputs, **named)
            if not isinstance(made, Remote):
                return made
            object.__setattr__(made, "forward", _forwarding(made, shape, path))
            return made

        def __init__(self, *inputs: object, **named: object):
            pass

    Made.__name__ = Made.__qualname__ = name
    return Made


def _forwarding(made: Remote, shape: FunctionType, path: str) -> Callable:
    inner = made.forward

    def forward(*inputs: object, **named: object) -> object:
        try:
            return inner(*inputs, **named)
        except (Exception, TimeUp) as error:
            raise placed(error, path) from None

    forward.__wrapped__ = shape
    return forward
