"""Emptying a cell: the learner keeps its head and writes the rest.

Of a definition the body goes; of a dict every value, which becomes None; of code with
a fault nothing goes, but what is right is replaced by what is wrong.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass, fields
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KINDS = ("write", "fault", "witness", "predict", "derive", "explore")


@dataclass(frozen=True)
class Yours:
    """What a lesson's author says about a definition that the learner writes.

    Raises:
        ValueError: a value of another kind than the comments below say.
    """

    minutes: int | None = None  # how long it takes to write
    keep: int = 0  # leading statements that stay, after the docstring
    empty: str | None = None  # the method to empty, in a class
    goals: tuple[str, ...] = ()  # one line each, left where something was removed
    kind: str = "write"  # one of KINDS
    # Homework says more of itself.
    stars: int | None = None  # how hard it is: 1, 2 or 3
    teaches: str | None = None  # what one can do afterwards
    mistake: str | None = None  # the mistake that it is after

    def __post_init__(self):
        if self.minutes is not None and not _whole(self.minutes, least=1):
            raise ValueError(f"minutes is {self.minutes!r}, not a number from 1")
        if not _whole(self.keep, least=0):
            raise ValueError(f"keep is {self.keep!r}, not a number from 0")
        if self.empty is not None and not isinstance(self.empty, str):
            raise ValueError(f"empty is {self.empty!r}, not the name of a method")
        if not all(isinstance(g, str) and g and "\n" not in g for g in self.goals):
            raise ValueError(f"goals is {list(self.goals)!r}, not texts of one line")
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}, not one of {list(KINDS)}")
        if self.stars not in (None, 1, 2, 3):
            raise ValueError(f"stars is {self.stars!r}, not 1, 2 or 3")
        for name in ("teaches", "mistake"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value):
                raise ValueError(f"{name} is {value!r}, not a text")

    @classmethod
    def read(cls, metadata: object) -> "Yours":
        """The same from a cell's metadata.

        Raises:
            ValueError: it is no object, or has a key that is not known, or a bad value.
        """
        if not isinstance(metadata, dict):
            raise ValueError(f"its metadata `yours` are {metadata!r}, not an object")
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(metadata) - set(known)):
            raise ValueError(f"its metadata have {unknown}: known are {known}")
        values: dict[str, Any] = dict(metadata)
        if not isinstance(values.get("goals", []), list | tuple):
            raise ValueError(f"goals is {values['goals']!r}, not a list of texts")
        return cls(**values | {"goals": tuple(values.get("goals", ()))})


def _whole(value: object, least: int) -> bool:
    return type(value) is int and value >= least


def emptied(source: str, slug: str, yours: Yours) -> str:
    """The cell's source with the body cut out, and what to raise in its place.

    A dict keeps its keys. The syntax tree only says which lines go: all others stay as
    they were typed.

    Raises:
        ValueError: it does not hold one definition or dict that can be emptied so.
    """
    (node,) = _body(source)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
        return _without_values(source, node.value)
    lines = source.split("\n")
    function = _function(_only_definition(node), yours.empty)
    start, end = _lines_to_cut(lines, function, yours.keep)
    first = lines[function.body[0].lineno - 1]
    indent = first[: len(first) - len(first.lstrip())]
    left = [f"{indent}# {goal}" for goal in yours.goals]
    left.append(f'{indent}raise NotWritten("{slug}")')
    return "\n".join([*lines[:start], *left, *lines[end:]]).rstrip()


def replaced(source: str, given: object) -> str:
    """The source with what the learner is given: each first text becomes the second.

    Args:
        source: a cell's.
        given: the cell's metadata `given`, a list of pairs of texts.

    Raises:
        ValueError: it is no such list, or a text does not stand in the source once.
    """
    if not isinstance(given, list) or not all(_is_pair(it) for it in given):
        raise ValueError(f"its metadata `given` are {given!r}, not pairs of texts")
    for here, there in given:
        if source.count(here) != 1:
            raise ValueError(f"{here!r} stands {source.count(here)} times, not once")
        source = source.replace(here, there)
    return source


def _is_pair(it: object) -> bool:
    return isinstance(it, list) and [type(text) for text in it] == [str, str]


def _body(source: str) -> list[ast.stmt]:
    """Its one statement, in a list."""
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        where = f"line {error.lineno}: {error.msg}"
        raise ValueError(f"it is not plain Python, {where}") from None
    if len(body) != 1:
        found = [type(node).__name__ for node in body]
        raise ValueError(f"it must hold one def or class and nothing else, not {found}")
    return body


def _without_values(source: str, node: ast.Dict) -> str:
    """The source with None for each value of the dict."""
    lines = source.split("\n")
    for value in reversed(node.values):
        # Columns are counted in bytes.
        start, end = value.lineno - 1, value.end_lineno - 1
        head = lines[start].encode()[: value.col_offset].decode()
        tail = lines[end].encode()[value.end_col_offset :].decode()
        lines[start : end + 1] = [f"{head}None{tail}"]
    # A text in brackets leaves them.
    return re.sub(r"\(\s*None\s*\)", "None", "\n".join(lines)).rstrip()


def _only_definition(node: ast.stmt) -> Function | ast.ClassDef:
    if not isinstance(node, Function | ast.ClassDef):
        found = [type(node).__name__]
        raise ValueError(f"it must hold one def or class and nothing else, not {found}")
    return node


def _function(node: Function | ast.ClassDef, method: str | None) -> Function:
    if isinstance(node, Function):
        if method is not None:
            raise ValueError(f"`empty` is for a class, and {node.name} is none")
        return node
    if method is None:
        raise ValueError(f"`empty` must name the method of {node.name} to empty")
    found = [n for n in node.body if isinstance(n, Function) and n.name == method]
    if len(found) != 1:
        raise ValueError(f"{node.name} has {len(found)} methods {method!r}, not one")
    return found[0]


def _lines_to_cut(lines: list[str], function: Function, keep: int) -> tuple[int, int]:
    """The first line that goes and the first after it that stays, counted from 0."""
    kept = keep + (ast.get_docstring(function, clean=False) is not None)
    header, body = _end_of_header(lines, function), function.body
    if body[0].lineno <= header:
        raise ValueError(f"{function.name} must have its body on lines of its own")
    if kept >= len(body):
        rest = len(body) - kept + keep
        raise ValueError(f"keep is {keep}, but {function.name} has {rest} statements")
    start = body[kept - 1].end_lineno if kept else header
    if body[kept].lineno <= start:
        raise ValueError(f"line {start} holds what stays and what goes")
    return start, _end_of_comments(lines, function.col_offset, body[-1].end_lineno)


def _end_of_header(lines: list[str], function: Function) -> int:
    """The line in which `def ...:` ends, counted from 1."""
    text = io.StringIO("\n".join(lines[function.lineno - 1 :]))
    tokens = tokenize.generate_tokens(text.readline)
    end = next(t.end[0] for t in tokens if t.type == tokenize.NEWLINE)
    return function.lineno + end - 1


def _end_of_comments(lines: list[str], column: int, end: int) -> int:
    """Further than `end` if comments follow that stand within the function."""
    for number, line in enumerate(lines[end:], start=end + 1):
        text = line.lstrip()
        inside = text.startswith("#") and len(line) - len(text) > column
        if text and not inside:
            break
        end = number if inside else end
    return end
