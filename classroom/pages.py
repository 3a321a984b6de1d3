"""The report's pages: plain HTML that asks for nothing else and needs no script.

Names, codes and words come from students. All of it is escaped, and the pages forbid
scripts and requests besides.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from classroom.points import DONE, MISSING, Handed, Table
from classroom.store import ClassFolder, Student

RULES = {
    "last": "The last attempt handed in on time counts, or else the last late one.",
    "first": "The first attempt counts.",
}
LONGEST = 50_000  # characters of code that get colours; more are shown without
# What would not be seen, or would turn the direction of what follows it.
UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
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
        self.instead: dict[str, str] = {}
        for it in folder.students() if hidden else ():
            for word in (folder.key(it.id), it.name, it.email, it.id):
                if len(word) > 3:
                    self.instead.setdefault(word.casefold(), it.pseudonym)
        words = sorted(self.instead, key=len, reverse=True)
        self.pattern = re.compile(
            rf"(?<!\w)({'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE
        )

    def of(self, student: Student) -> str:
        """The name to show."""
        return student.pseudonym if self.hidden else student.name or student.id

    def file(self, student: Student) -> str:
        """The name of the student's page."""
        return f"{safe(student.pseudonym if self.hidden else student.id)}.html"

    def clean(self, text: str) -> str:
        """A text of a student's as it can be shown."""
        if self.instead:
            text = self.pattern.sub(lambda it: self._instead(it[0]), text)
        return UNSEEN.sub(lambda it: f"\\u{ord(it[0]):04x}", text.replace("\r\n", "\n"))

    def _instead(self, word: str) -> str:
        return self.instead.get(word.casefold(), "somebody")


def safe(name: str) -> str:
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
        "anchor": safe(it.sheet),
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
    late = ", late" if it.late else ""
    waits = "" if it.state == DONE else " Not graded yet."
    return f"{of}, handed in {when}{late}.{waits}"


def coloured(code: str) -> Markup | str:
    """Python code as HTML, with a class for each kind of word."""
    if len(code) > LONGEST or not code:
        return code
    lexer = PythonLexer(stripnl=False)
    return Markup(highlight(code, lexer, HtmlFormatter(nowrap=True)))


@cache
def title(sheet: str) -> str:
    """A sheet's name for people: "More attention"."""
    return sheet.split("/")[-1].replace("_", " ").capitalize()


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
