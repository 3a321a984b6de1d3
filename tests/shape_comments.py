"""Shape comments are promises: `x = wte(idx)  # (B, T, C)` is judged when it runs.

A comment that stands behind code and begins with a bracket is a shape, or several, one
for each value of the statement; words may follow after a comma or a colon:

    q, k = x.split(C, dim=2)  # (B, T, C), (B, T, C): queries and keys
    h = gelu(c_fc(x))  # (B, T, 4C)

An axis is a name, a whole number, or a sum, difference, product or `//` quotient of
these; `4C` is 4 * C, and `(..., C)` leaves the first axes open. A name means, in this
order: what `ShapeComments.known` says; the variable of that name, if it is an int; what
an earlier comment of the same call (or the same cell) found; else what is found here.
A function may also be called with other sizes than the variables outside of it have, if
the call agrees with itself and at least one call agrees with the variables too.

The comment stands on the first or the last line of an assignment, a return, a yield or
an expression. One by which nothing can be measured is an error, never passed over.
"""

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import CodeType

NAME = r"[A-Za-z_]\w*"
TERM = rf"(?:\d*{NAME}|\d+)"
AXIS = rf"{TERM}(?: *(?:\+|-|\*|//) *{TERM})*"
SHAPE = rf"\((?:(?:\.\.\.|{AXIS})(?:, *{AXIS})*,?)?\)"
COMMENT = re.compile(rf"# *({SHAPE}(?:, *{SHAPE})*)(?:[:,] *[^\s(].*)?")
VALUED = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)
JUDGE, SIZES = "__judge_shape__", "__sizes__"  # the names put into rewritten code


class ShapeCommentError(AssertionError):
    """A shape comment that is wrong, cannot be read, or proves nothing."""


@cache
def python(axis: str) -> CodeType:
    """An axis as Python: `4C` is `4*C`."""
    return compile(re.sub(rf"\b(\d+)(?={NAME})", r"\1*", axis), "<axis>", "eval")


def measure(axis: str, sizes: dict[str, int]) -> int:
    return eval(python(axis), {"__builtins__": {}}, sizes)


def fits(axes: list[str], shape: tuple, sizes: dict[str, int]) -> bool:
    """Whether `shape` is what `axes` says; names not yet in `sizes` are put there."""
    if axes[:1] == ["..."]:
        axes = axes[1:]
        shape = shape[max(0, len(shape) - len(axes)) :]
    if len(axes) != len(shape):
        return False
    for axis, size in zip(axes, shape, strict=True):
        # A name alone, or a multiple of it, says how large the name is.
        if found := re.fullmatch(rf"(\d*)({NAME})", axis):
            sizes.setdefault(found[2], size // int(found[1] or 1))
    return all(measure(a, sizes) == n for a, n in zip(axes, shape, strict=True))


@dataclass
class Comment:
    """One comment, and what its runs have shown so far."""

    place: str
    text: str
    shapes: list[list[str]] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)  # in its cell, so far
    runs: int = 0
    alike: set[tuple[str, str]] | None = None  # axes of one size in every run
    checked: set[str] = field(default_factory=set)  # names known before, in some run
    doubt: str | None = None  # how all calls differ from the variables outside

    def __post_init__(self):
        found = COMMENT.fullmatch(self.text)
        if not found:
            self.fail("cannot be read as a shape")
        for inside in re.findall(r"\(([^()]*)\)", found[1]):
            self.shapes.append([it.strip() for it in inside.split(",") if it.strip()])
        self.axes = sorted({axis for axes in self.shapes for axis in axes} - {"..."})
        self.names = sorted({name for a in self.axes for name in python(a).co_names})

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"

    def fail(self, reason: str):
        raise ShapeCommentError(f"{self}\n    {reason}")

    def judge(self, value: object, known: dict[str, int]) -> dict[str, int]:
        """Raise unless `value` has the shape; return `known` and what was found."""
        self.runs += 1
        many, sizes = len(self.shapes), dict(known)
        if many > 1 and not (isinstance(value, (tuple, list)) and len(value) == many):
            self.fail(f"the value is no tuple of {many}")
        values = value if many > 1 else [value]
        for number, (axes, it) in enumerate(zip(self.shapes, values, strict=True), 1):
            shape = getattr(it, "shape", None)
            if not isinstance(shape, tuple):
                self.fail(f"value {number} is no tensor but {type(it).__name__}")
            try:
                fit = fits(axes, shape, sizes)
            except NameError as error:
                self.fail(f"nothing says how large {error.name} is")
            if not fit:
                told = ", ".join(f"{n} = {sizes[n]}" for n in self.names if n in sizes)
                self.fail(f"value {number} has the shape {tuple(shape)}; {told}")
        axes = {axis: measure(axis, sizes) for axis in self.axes}
        alike = {(a, b) for a in axes for b in axes if a < b and axes[a] == axes[b]}
        self.alike = alike if self.alike is None else alike & self.alike
        self.checked |= known.keys()
        return sizes


class ShapeComments:
    """All comments of some sources, whose code it rewrites so that each is judged."""

    def __init__(self):
        self.comments: list[Comment] = []
        self.known: dict[str, int] = {}
        self.wrong: list[str] = []  # kept, since the code may catch the error

    def rewrite(self, source: str, name: str, tree: ast.Module | None = None):
        """The syntax tree of `source`, with a call of `judge` for each comment.

        Line numbers stay as they are. Raises ShapeCommentError for a comment that
        cannot be read, or that stands where there is no value to measure.
        """
        tree = ast.parse(source) if tree is None else tree
        marks, found = {}, {}
        for line, text in trailing_comments(source):
            comment = Comment(f"{name}, line {line}", text, found=found)
            statement = statement_at(tree, line, comment)
            key = len(self.comments)
            marks.setdefault(statement, []).append((key, comment.names))
            self.comments.append(comment)
        return ast.fix_missing_locations(Rewriter(marks).visit(tree))

    def judge(self, key: int, value, sizes: dict | None, /, **variables: Callable):
        """What rewritten code calls, with its variables by name; returns `value`."""
        import torch  # not sooner: a notebook may set things up before it does

        if torch.compiler.is_compiling():
            return value
        comment, own, outside = self.comments[key], {}, {}
        for name, variable in variables.items():
            try:
                size = variable()
            except NameError:
                continue
            if isinstance(size, int) and not isinstance(size, bool):
                (own if variable.__closure__ else outside)[name] = size
        found = comment.found if sizes is None else sizes
        tries, errors = [found | outside | own | self.known], []
        if outside and sizes is not None:  # a function, called with other sizes?
            tries.append(found | own | self.known)
        for known in tries:
            try:
                found.update(comment.judge(value, known))
                break
            except ShapeCommentError as error:
                errors.append(error)
        else:
            self.wrong.append(str(errors[0]))
            raise errors[0]
        if not errors:
            comment.doubt = ""
        elif comment.doubt is None:
            comment.doubt = f"{errors[0]}\n    in every call"
        return value

    def tally(self) -> dict[str, list[str]]:
        """What is to be told at the end; nothing should be `wrong` or `unreached`.

        `alike`: two different axes had the same size every time, so that one in the
        place of the other would go unnoticed. `free`: nothing but the comment itself
        ever said how large a name is.
        """
        right = [c for c in self.comments if c.alike is not None]
        return {
            "wrong": [*self.wrong, *(c.doubt for c in self.comments if c.doubt)],
            "unreached": [str(c) for c in self.comments if not c.runs],
            "reached": [str(c) for c in self.comments if c.runs],
            "alike": [f"{c}  {a} = {b}" for c in right for a, b in sorted(c.alike)],
            "free": [f"{c}  {n}" for c in right for n in c.names if n not in c.checked],
        }


def trailing_comments(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every comment that stands behind code and opens a bracket."""
    lines = source.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line, column = token.start
        is_shape = token.type == tokenize.COMMENT and re.match(
            r"# *[(\[]", token.string
        )
        if is_shape and lines[line - 1][:column].strip():
            yield line, token.string


def statement_at(tree: ast.Module, line: int, comment: Comment) -> ast.stmt:
    """The last statement with a value that begins or ends on a line."""
    valued = [n for n in ast.walk(tree) if isinstance(n, VALUED) and n.value]
    found = [n for n in valued if line in (n.lineno, n.end_lineno)]
    if not found:
        comment.fail(
            "proves nothing: a comment must stand on the first or the last line of an "
            "assignment, a return, a yield or an expression"
        )
    return max(found, key=lambda it: (it.end_lineno, it.end_col_offset))


class Rewriter(ast.NodeTransformer):
    """Puts a call of `judge` behind each assignment and around each other value."""

    def __init__(self, marks: dict[ast.stmt, list[tuple[int, list[str]]]]):
        self.marks = marks
        self.sizes, self.used = "None", False  # outside of functions

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        node, marks = super().visit(node), self.marks.get(node, [])
        self.used |= bool(marks)
        if marks and isinstance(node, (ast.Return, ast.Expr)):
            holder = node.value if isinstance(node.value, ast.Yield) else node
            for mark in marks:
                holder.value = self.call(*mark, holder.value)
        elif marks:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            value = located(ast.parse(ast.unparse(target)).body[0], node).value
            calls = [ast.Expr(self.call(*mark, value)) for mark in marks]
            # An expression that ends a cell would be displayed; not so inside of an if.
            return [node, located(ast.If(ast.Constant(True), calls, []), node)]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        before = self.sizes, self.used
        self.sizes, self.used = SIZES, False
        self.generic_visit(node)
        if self.used:  # each call finds its own sizes
            start = located(ast.parse(f"{SIZES} = {{}}").body[0], node.body[0])
            node.body.insert(ast.get_docstring(node) is not None, start)
        self.sizes, self.used = before
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def call(self, key: int, names: list[str], value: ast.expr) -> ast.Call:
        """The variables go as functions, so that Python itself looks for them."""
        variables = "".join(f", {name}=lambda: {name}" for name in names)
        code = f"{JUDGE}({key}, 0, {self.sizes}{variables})"
        call = located(ast.parse(code).body[0], value).value
        call.args[1] = value
        return call


def located(new: ast.AST, at: ast.AST) -> ast.AST:
    """New code, all of it placed where `at` is."""
    for node in ast.walk(new):
        ast.copy_location(node, at)
    return new


class Cells:
    """Judges every cell that an IPython shell runs from now on."""

    def __init__(self, shell):
        self.book = ShapeComments()
        self.source, self.count = "", 0
        setattr(builtins, JUDGE, self.book.judge)
        shell.input_transformers_post.append(self.remember)
        shell.ast_transformers.append(self)
        shell.events.register("pre_run_cell", self.begin)

    def begin(self, info) -> None:
        self.count += 1

    def remember(self, lines: list[str]) -> list[str]:
        self.source = "".join(lines)
        return lines

    def visit(self, tree: ast.Module) -> ast.Module:
        return self.book.rewrite(self.source, f"cell [{self.count}]", tree)
