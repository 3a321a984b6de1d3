"""What a page may ask of objects, and which magics it may use: taken out of its tree.

What is left in the tree of `getattr`, `type`, `__class__` and magics is not plain.
"""

import ast
import re
from collections.abc import Collection

SAYING = ("print", "str", "repr", "isinstance", "issubclass", "display")
WORDS = {  # pinfo is `name?`
    "matplotlib": r"\w*",
    "pinfo": r"[\w.]+",
    "pinfo2": r"[\w.]+",
    "load_ext": "autoreload",
    "autoreload": r"\d?",
    "config": r"InlineBackend\.figure_format ?= ?('\w+'|\"\w+\")",
}
OPTIONS = re.compile(r"^\s*(-[nrpqov]\s*\d*\s+)*")  # of %timeit
TIMED = ("time", "timeit")  # magics with code behind them


class Odd(Exception):
    """A magic that a page does not need; its text names it."""


def plain(
    tree: ast.AST, saying: Collection[str] = SAYING, compared: bool = True
) -> ast.AST:
    """The tree of a cell, as IPython makes it, without what is harmless of these.

    Args:
        tree: of a cell.
        saying: functions that only say what they are given.
        compared: whether two types that are compared are in nobody's hands.

    Raises:
        Odd: there is another magic in it.
    """
    return _Plain(saying, compared).visit(tree)


class _Plain(ast.NodeTransformer):
    def __init__(self, saying: Collection[str], compared: bool):
        self.saying, self.compared = saying, compared

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if self._only_says(node):
            for name, it in ast.iter_fields(node):
                inner = [_subject(one) for one in it] if isinstance(it, list) else None
                setattr(node, name, _subject(it) if inner is None else inner)
        return super().generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Call(func=ast.Name(id="get_ipython"), args=[]),
                    attr="run_line_magic" | "run_cell_magic",
                ),
                args=[ast.Constant(value=str(name)), *texts],
                keywords=[],
            ):
                return self._magic(name, texts)
            case ast.Call(
                func=ast.Name(id="getattr" | "hasattr"),
                args=[it, ast.Constant(value=str(name)), *more],
                keywords=[],
            ) if name.isidentifier():
                asked = ast.Attribute(it, name, ast.Load())
                return self.generic_visit(ast.Tuple([asked, *more], ast.Load()))
        return self.generic_visit(node)

    def _magic(self, name: str, texts: list[ast.expr]) -> ast.AST:
        """A word, or plain code; IPython itself fills in $ and braces."""
        said = [str(getattr(it, "value", "{}")) for it in texts] or [""]
        if name == "timeit":
            said[0] = OPTIONS.sub("", said[0])
        if name in WORDS and re.fullmatch(WORDS[name], said[0]):
            return ast.Constant(None)
        if name not in TIMED or re.search(r"[{}$]|^\s*-", said[0]):
            raise Odd(f"`%{name}`")
        try:
            bodies = [ast.parse(text).body for text in said]
        except (SyntaxError, ValueError):
            raise Odd("a magic with more behind it than plain code") from None
        inner = ast.Module([it for body in bodies for it in body], [])
        # Anything that holds statements does, for a tree that is only looked at.
        return ast.Tuple([self.visit(inner)], ast.Load())

    def _only_says(self, node: ast.AST) -> bool:
        """Whether a type in this node is printed, compared or asked for its name.

        A type that is called may make a class of a dictionary.
        """
        match node:
            case ast.Expr() | ast.FormattedValue() | ast.Attribute(attr="__name__"):
                return True
            case ast.Compare():
                return self.compared
            case ast.Call(func=ast.Name(id=name)):
                return name in self.saying
        return False


def _subject(node: object) -> object:
    """The object whose type this is; anything else as it is."""
    match node:
        case ast.Call(func=ast.Name(id="type"), args=[it], keywords=[]):
            return it
        case ast.Attribute(value=it, attr="__class__"):
            return it
    return node
