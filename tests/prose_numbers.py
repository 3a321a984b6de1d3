"""The numbers in a notebook's prose: each is printed by one of its cells, or is a fact.

    python tests/prose_numbers.py [paths]    report those that are neither

Checked is every number of three or more significant digits in a markdown cell: in text,
tables, formulas and `inline code`, with thousands commas or without, with an exponent
(4.73e-4, 4.73 × 10⁻⁴), with a word behind it (124 million, 63.2 %).

- Leading zeros are not significant, nor are a whole number's trailing zeros: 1,024 and
  0.100 are checked, 0.05, 450 and 900,000 are not.
- A number is right if a printed one, or a fact, rounds to it at the place of its last
  digit. It never shows more decimals than were printed. A tie may go either way: what
  is printed as 1.955 may be 1.9546. A whole number is exact; who wants to round it
  writes 124 million. A sign that is written must be right.
- Not looked at: fenced code, addresses, HTML tags, digits behind a letter (`wte2`),
  versions of three parts (2.13.0), Python 3.11, and years that punctuation follows,
  after "in", "since", a name or an opening bracket: (Dao and others, 2022).
- Printed means: text that nbval compares when the notebook runs again. An output that
  is ignored may be stale; a number in code may be anything.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import nbformat
from facts import facts
from lessons import course
from nbformat import NotebookNode
from nbval.plugin import find_comment_markers, find_metadata_tags
from notebook_tool import find_notebooks

REMEDY = (
    "Correct it, print it in a cell that nbval compares, or round it to two digits.\n"
    "If it is known of GPT-2 and no cell can print it, let tests/facts.py compute it."
)
SCALES = {"thousand": 3, "million": 6, "billion": 9}
ASCII = str.maketrans("\u2212⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "--+0123456789")

NUMBER = re.compile(
    r"""(?: (?<![\w.)\]}]) (?P<sign>[-+\u2212]) | (?<!\w) )  # x-2 is a difference
    (?P<digits> (?: [1-9][0-9]{0,2} (?:(?:,|_|\{,\})[0-9]{3})+ (?![0-9]) | [0-9]+ )
                (?:\.[0-9]+)?
              | (?<!\.)\.[0-9]+ )
    (?: [eE](?P<exponent>[-+\u2212]?[0-9]+)
      | \s? (?:\u00d7|·|\\times|\\cdot|\*) \s? 10          # 12 times 1024 is a product
        (?: (?P<superscript>[⁻⁺]?[⁰¹²³⁴-⁹]+)
          | (?:\^|\*\*) \{?(?P<power>[-\u2212]?[0-9]+)\}? )
    )?
    (?: [\s-]? (?P<scale>thousand|million|billion)\b
      | \s? (?P<percent> \\?% | per\ ?cent\b ) )?
    """,
    re.VERBOSE,
)
NOT_PROSE = re.compile(
    r"""^\ {0,3}(?P<fence>`{3,}|~{3,})[^`\n]*\n .*? (?:^\ {0,3}(?P=fence) | \Z)
    | <!--.*?--> | </?[a-z][^<>]*> | &\#?\w+;
    | (?<=\]\()[^)]* | ^\[[^\]]+\]:\ \S+ | https?://[^\s)>]+
    | (?<!\w)v?[0-9]+(?:\.[0-9]+){2,} | \bPython\ 3\.[0-9]+
    | (?: \b[Ii]n\ | \b[Ss]ince\ | \( | \b[A-Z]\w+,?\ | \bothers,?\  )
      (?: 19[0-9]{2} | 20[0-3][0-9] ) (?= [);:?] | [.,](?![0-9]) )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
# How large a picture is, and how wide a column, is no result.
NOT_RESULT = re.compile(
    r"<Figure\ size[^>]*> | <(style|script)\b.*?</\1> | </?[a-z!][^<>]*>",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Number:
    """A number as it is written, and the place of its last digit as `unit`."""

    text: str
    start: int
    digits: int  # how many of them are significant
    value: Decimal
    unit: Decimal
    signed: bool
    percent: bool

    def readings(self) -> list[tuple[Decimal, Decimal]]:
        """The values and units that are meant: 63.2 % is 63.2, or it is 0.632."""
        scales = [Decimal(1), Decimal("0.01")][: 1 + self.percent]
        return [(self.value * scale, self.unit * scale) for scale in scales]

    def distance(self, value: Decimal, other: Decimal) -> Decimal:
        """How far another number is from this value; no sign, no difference."""
        return abs(other - value) if self.signed else abs(abs(other) - abs(value))

    def rounds(self, other: "Number") -> bool:
        """Whether the other, rounded, is this one."""
        return any(
            other.unit <= unit and self.distance(value, other.value) <= unit / 2
            for value, unit in self.readings()
        )


def find_numbers(text: str) -> Iterator[Number]:
    """All numbers in a text, of however many digits."""
    for found in NUMBER.finditer(text):
        digits = re.sub(r"[,_{}]", "", found["digits"])
        power = found["exponent"] or found["superscript"] or found["power"] or "0"
        power = int(power.translate(ASCII)) + SCALES.get(found["scale"], 0)
        sign = -1 if (found["sign"] or "+") in "-\u2212" else 1
        shown = digits if "." in digits else digits.rstrip("0")
        decimals = len(digits.partition(".")[2])
        yield Number(
            text=found[0].strip(),
            start=found.start(),
            digits=len(shown.replace(".", "").lstrip("0")),
            value=sign * Decimal(digits).scaleb(power),
            unit=Decimal(1).scaleb(power - decimals),
            signed=bool(found["sign"]),
            percent=bool(found["percent"]),
        )


def prose_numbers(source: str) -> list[Number]:
    """The numbers of a markdown cell that must be held by something."""
    blank = lambda found: re.sub(r"\S", " ", found[0])
    numbers = find_numbers(NOT_PROSE.sub(blank, source))
    return [number for number in numbers if number.digits >= 3]


def is_compared(cell: NotebookNode) -> bool:
    """Whether nbval compares the outputs of a cell with those of a new run."""
    options = dict(find_metadata_tags(cell.metadata))
    options.update(find_comment_markers(cell.source))
    return options.get("check", True) and not options.get("skip", False)


def printed_text(cell: NotebookNode) -> str:
    """All text that the outputs of a code cell show, and the messages of errors."""
    texts = []
    for output in cell.outputs:
        data = output.get("data", {}).items()
        texts += [value for mime, value in data if mime.startswith("text/")]
        texts += [output.get("text", ""), output.get("evalue", "")]
    return NOT_RESULT.sub(" ", "\n".join(texts))


def printed_numbers(nb: NotebookNode, stale: bool = False) -> list[tuple]:
    """The code cells and the numbers that they print; `stale` ones too if wanted."""
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    cells = [cell for cell in cells if stale or is_compared(cell)]
    return [(cell, n) for cell in cells for n in find_numbers(printed_text(cell))]


def unheld(nb: NotebookNode, known: Iterable[float]) -> Iterator[tuple]:
    """The markdown cells and numbers to which nothing printed or known rounds."""
    held = [n for _, n in printed_numbers(nb)] + [exact(value) for value in known]
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            for number in prose_numbers(cell.source):
                if not any(number.rounds(other) for other in held):
                    yield cell, number


def exact(value: float) -> Number:
    """A fact, known to more digits than anybody writes."""
    return Number(str(value), 0, 0, Decimal(value), Decimal(0), False, False)


def faults(nb: NotebookNode) -> list[str]:
    """Every number in a notebook's prose that nothing holds, and what is near it."""
    found = unheld(nb, facts().values())
    return [complaint(cell, number, nb) for cell, number in found]


def complaint(cell: NotebookNode, number: Number, nb: NotebookNode) -> str:
    """Where a number stands, and what was printed that is near it."""
    lines = [f"cell {cell.id}: no output shows {number.text}, and no fact does"]
    lines += [sentence(cell.source, number.start)]
    gap = lambda pair: number.distance(number.value, pair[1].value)
    for near, other in sorted(printed_numbers(nb), key=gap)[:1]:
        lines += [f"nearest is {other.text}, printed by cell {near.id}"]
    stale = [c.id for c, n in printed_numbers(nb, stale=True) if number.rounds(n)]
    lines += [f"cell {name} prints it, but nbval ignores that" for name in stale[:1]]
    return "\n    ".join(lines)


def sentence(text: str, at: int) -> str:
    """The sentence, or the line of a table, that holds this place of a text."""
    parts = re.finditer(r".+?(?:[.?!][*)]*\s|$)", text, re.MULTILINE)
    return next(part[0].strip() for part in parts if part.end() > at)


def main(paths: list[str]) -> int:
    """The command line; returns the exit status."""
    wrong = False
    for path in find_notebooks([Path(path) for path in paths] or course()):
        found = faults(nbformat.read(path, as_version=4))
        print(f"{len(found):3}  {path}", *found, sep="\n  ")
        wrong = wrong or bool(found)
    print(REMEDY if wrong else "Every number is printed, or a fact.")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
