"""The report's pages: plain HTML that asks for nothing else and needs no script.

Names, codes and words come from students. All of it is escaped, and the pages forbid
scripts and requests besides.
"""

import hashlib
import re
from collections import Counter
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from classroom.points import DONE, MISSING, Handed, Table, pages
from classroom.store import ClassFolder, Student
from gptlib.lab.pages import read_page

RULES = {
    "last": "The last attempt handed in on time counts, or else the last late one.",
    "first": "The first attempt counts.",
}
LEXER, FORMATTER = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)
LONGEST = 20_000  # characters of code that get colours; more are shown without
EMPTY = re.compile(r"\n{4,}")
# What would not be seen, or would turn the direction of what follows it.
UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069]"
)
RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)\d)")


class Names:
    """What students are called in the pages.

    Args:
        folder: their class.
        hidden: pseudonyms in place of names, ids and email addresses, wherever they
            stand. An id of under four characters may stand in a code for other things,
            so there it stays.
    """

    def __init__(self, folder: ClassFolder, hidden: bool):
        self.hidden = hidden
        self.same = Counter(it.name for it in folder.students())
        self.instead: dict[str, str] = {}
        for it in folder.students() if hidden else ():
            for word in (it.name, it.email, it.id):
                if len(word) > 3:
                    known = self.instead.get(word.casefold(), it.pseudonym)
                    one = known == it.pseudonym
                    self.instead[word.casefold()] = known if one else "somebody"
        words = sorted(self.instead, key=len, reverse=True)
        self.pattern = re.compile(
            rf"(?<!\w)({'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE
        )

    def of(self, student: Student) -> str:
        """The name to show."""
        if self.hidden:
            return student.pseudonym
        name = student.name or student.id
        return seen(f"{name} ({student.id})" if self.same[student.name] > 1 else name)

    def file(self, student: Student) -> str:
        """The name of the student's page."""
        return f"{file_name(student.pseudonym if self.hidden else student.id)}.html"

    def clean(self, text: str) -> str:
        """A text of a student's as it can be shown."""
        if self.instead:
            text = self.pattern.sub(lambda it: self._instead(it[0]), text)
        return seen(text)

    def _instead(self, word: str) -> str:
        return self.instead.get(word.casefold(), "somebody")


def seen(text: str) -> str:
    """A text in which nothing is out of sight; "\\u202e" stands for what would be."""
    return UNSEEN.sub(lambda it: f"\\u{ord(it[0]):04x}", text.replace("\r\n", "\n"))


def file_name(name: str) -> str:
    """A file's name that no other name has, on any system."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name) and not RESERVED.fullmatch(name):
        return name
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name)[:32].strip("-").lower() or "student"
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def student_page(table: Table, student: Student, names: Names, rule: str) -> str:
    """A student's own page: points, verdicts, own code, a teacher's comments."""
    handed = [_sheet(it, names) for it in table.of_student(student)]
    name = names.of(student)
    values = {"name": name, "handed": handed, "rule": RULES[rule]}
    return render("student.html", title=f"{name}: homework", **values)


def _sheet(it: Handed, names: Names) -> dict:
    results = [
        {
            **{key: getattr(result, key) for key in ("machine", "manual", "points")},
            "exercise": names.clean(result.exercise),
            "most": result.most,
            "status": result.status,
            "words": names.clean(result.words),
            "comment": names.clean(result.comment),
            "code": coloured(names.clean(result.code)),
        }
        for result in it.results
    ]
    return {
        "title": title(it.sheet),
        "anchor": file_name(it.sheet),
        "points": it.points,
        "most": it.most,
        "said": said(it),
        "results": results if it.state != MISSING else [],
    }


def said(it: Handed) -> str:
    """In words: whether and when a sheet was handed in."""
    if it.attempt is None:
        return (
            "Not handed in; points by hand." if it.state == DONE else "Not handed in."
        )
    of = f"Attempt {it.attempt['number']} of {it.attempts}"
    when = it.attempt["handed_in"].replace("T", " ")
    when = when.replace(":00+00:00", " UTC")
    late = ", late" if it.late else ""
    waits = "" if it.state == DONE else " Not graded yet."
    return f"{of}, handed in {when}{late}.{waits}"


def coloured(code: str) -> Markup | str:
    """Python code as HTML, with a class for each kind of word."""
    if len(code) > LONGEST or not code:
        return code
    # Thousands of empty lines would take the lexer minutes.
    few = EMPTY.sub("\n\n\n", "\n".join(it.rstrip() for it in code.split("\n")))
    return Markup(highlight(few, LEXER, FORMATTER))


@cache
def title(sheet: str) -> str:
    """A sheet's name for people: "More attention", or "Project"."""
    if sheet not in pages():
        return sheet.split("/")[-1].replace("_", " ").capitalize()
    heading = read_page(pages()[sheet].course).cells[0].source.split("\n")[0]
    kind, _, name = heading.lstrip("# ").partition(" · ")
    return name if kind.startswith("Homework") else kind


def render(template: str, **values: object) -> str:
    """A page from its template."""
    return _environment().get_template(template).render(**values)


def number(points: float | None) -> str:
    """Points with at most two decimals; a dash where there are none."""
    if points is None:
        return "\N{EN DASH}"
    return f"{points:.2f}".rstrip("0").rstrip(".")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["points"] = number
    return made
