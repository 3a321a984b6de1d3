"""Sheets that are nearly the same: a look, not a verdict.

All exercises of a sheet are compared together, because honest answers to a single one
are often alike. Names, comments, docstrings and white space do not count, nor does what
the page gave. Exercises whose right answer is nearly forced (a fault to mend, numbers
to predict, a report on one's own runs) are left out.
"""

import ast
import builtins
import io
import json
import re
import tokenize
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path

from nbformat import NotebookNode

from gptlib.lab.forms import learner_form, solutions

KINDS = ("write", "derive", "witness")
LONG = 5  # tokens that are compared at a time
LEAST = 60  # such pieces: less than that says nothing
LONGEST = 20_000  # characters of an exercise; nobody writes as much by hand
# Shown from here on: of honest pairs one in about 200 is as near, and of honest sheets
# none was as near to the published solution.
LOOK, LOOK_PUBLISHED = 0.9, 0.8
HONEST = Path(__file__).with_name("alike.json")
Pieces = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Comparable:
    """What there is to compare of a sheet: by exercise, as published and as given."""

    published: Mapping[str, str]
    given: Mapping[str, str]

    @classmethod
    def of(cls, reading: NotebookNode, name: str) -> "Comparable":
        """Of a sheet's solved form."""
        kinds = {c.id: c.metadata.get("yours", {}).get("kind") for c in reading.cells}
        counted = [slug for slug in solutions(reading) if kinds[slug] in KINDS]
        known = solutions(reading)
        form = {cell.id: cell.source for cell in learner_form(reading, name).cells}
        return cls({s: known[s] for s in counted}, {s: form[s] for s in counted})

    def pieces(self, codes: Mapping[str, str]) -> Pieces:
        """The pieces of somebody's codes, by exercise; what was given is taken off."""
        found: Pieces = Counter()
        for slug, given in self.given.items():
            own = pieces(codes.get(slug, ""))
            own.subtract(pieces(given))
            found.update({(slug, *it): n for it, n in own.items() if n > 0})
        return found


def pieces(code: str) -> Pieces:
    """Each run of LONG tokens and how often it occurs; none of overlong code."""
    words = tokens(code) if len(code) <= LONGEST else ()
    return Counter(zip(*(words[n:] for n in range(LONG)), strict=False))


@lru_cache(maxsize=1000)  # what was given comes again and again
def tokens(code: str) -> tuple[str, ...]:
    """Code as words: own names all alike, no comment, no docstring, no layout.

    Code that is no Python is cut into words as it stands.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as an invalid escape
            text = ast.unparse(_Anonymous.of(ast.parse(code)))
        read = tokenize.generate_tokens(io.StringIO(text).readline)
        return tuple(it.string for it in read if it.string.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return tuple(re.findall(r"\w+|[^\w\s]", re.sub(r"#.*", "", code)))


class _Anonymous(ast.NodeTransformer):
    """Gives everything that the code names itself one and the same name."""

    @classmethod
    def of(cls, tree: ast.AST) -> ast.AST:
        made = cls()
        nodes = list(ast.walk(tree))
        made.own = {n.id for n in nodes if isinstance(n, ast.Name) and _stored(n)}
        made.own |= {n.arg for n in nodes if isinstance(n, ast.arg)}
        made.own |= {n.name for n in nodes if isinstance(n, _DEFINED)}
        made.own -= set(dir(builtins))
        return made.visit(tree)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("v", node.ctx) if node.id in self.own else node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg("v")  # without its annotation

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(
            node.value.value, str
        )
        return None if text else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name, node.returns = "v", None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = "v"
        return self.generic_visit(node)


_DEFINED = (ast.FunctionDef, ast.ClassDef)


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def nearness(a: Pieces, b: Pieces) -> float:
    """From 0, nothing in common, to 1, the same: what both have, of what there is."""
    both = sum(min(n, b[it]) for it, n in a.items() if it in b)
    return 2 * both / max(1, a.total() + b.total())


@dataclass(frozen=True)
class Pair:
    """Two sheets that are alike, or one and the published solution."""

    first: str
    second: str | None  # None: the published solution
    nearness: float
    honest: float  # the share of honest sheets that are as near as that


def alike(name: str, sheet: Comparable, all_codes: Mapping[str, Mapping]) -> list[Pair]:
    """Pairs of a sheet that are worth a look, nearest first.

    Args:
        name: the sheet's.
        sheet: what counts in it.
        all_codes: by student the code of each exercise.
    """
    known = {who: sheet.pieces(codes) for who, codes in all_codes.items()}
    known = {who: it for who, it in known.items() if it.total() >= LEAST}
    solution = sheet.pieces(sheet.published)
    pairs = [(who, None, nearness(it, solution)) for who, it in known.items()]
    pairs += [(a, b, nearness(known[a], known[b])) for a, b in combinations(known, 2)]
    found = [
        Pair(a, b, near, honest_share(name, near, b is None))
        for a, b, near in pairs
        if near >= (LOOK_PUBLISHED if b is None else LOOK)
    ]
    return sorted(found, key=lambda pair: -pair.nearness)


def honest_share(name: str, near: float, to_solution: bool = False) -> float:
    """The share of honest pairs of a sheet that are at least so near; 0 to 1.

    It was counted over sheets put together at random from right answers that were
    written independently; tests/honest_sheets.py counts again. nan: never counted.
    """
    counted = (
        _honest()["sheets"]
        .get(name, {})
        .get("solution" if to_solution else "pairs", {})
    )
    below = [level for level in counted if float(level) <= near]
    return counted[max(below, key=float)] if below else float("nan")


def pairs_counted() -> int:
    """On how many honest pairs of each sheet the shares rest."""
    return _honest()["pairs"]


@cache
def _honest() -> dict:
    return json.loads(HONEST.read_text(encoding="utf-8"))
