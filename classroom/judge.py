"""One page, judged: a session runs it, and the checks ask their questions from here."""

import ast
import contextlib
import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

from nbformat import NotebookNode

import gptlib.checks  # noqa: F401 - enters all checks into PARTS
from classroom.cells import as_python
from classroom.names import sound
from classroom.pure import SAID as HELD
from classroom.pure import reaches_out
from classroom.session import ENDED, Ended, Session
from classroom.sheets import STUDENT
from classroom.wire import Broken
from gptlib.checks import calls
from gptlib.checks.limits import TimeUp, limited
from gptlib.checks.own import DRAWS, own_sizes
from gptlib.checks.verdict import NOT_YET, PARTS, Verdict, verdict
from gptlib.lab.forms import learner_form, tagged
from gptlib.lab.pages import knows
from gptlib.lab.plan import checks_of, planned

MOST_WORDS, MOST_CODE = 3_000, 100_000  # characters that are kept
PATIENCE = 3.0  # seconds that the sandbox has to stop its own code


@dataclass(frozen=True)
class Grade:
    """What an exercise got, and why."""

    exercise: str
    points: float
    most: float
    status: str
    words: str
    code: str  # the student's cell


Draw = Callable[[str], list[tuple[int, int]]]


def judge(
    mine: NotebookNode,
    reading: NotebookNode,
    key: str,
    draws: Draw,
    session: Session,
    held: bool = True,
) -> list[Grade]:
    """Run a page and judge each of its exercises.

    Args:
        mine: what was handed in.
        reading: the course's own page, solved.
        key: the student's; own sizes follow from it.
        draws: what each exercise's check begins with; see `verdict`.
        session: where to run it; it is closed afterwards.
        held: whether a page that reaches around itself is held back.
    """
    checks = checks_of(reading)
    form = learner_form(reading, "")
    if not knows(mine.metadata.get("gptlib")):  # an editor took what it knew
        mine = copy.deepcopy(mine)
        mine.metadata["gptlib"] = form.metadata.gptlib
    cells = planned(mine, reading, checks)
    if held and (reach := reaches_out(*_written(cells, form))):
        return [_held(cells, name, reach) for name in checks]
    page = _Page(session, key, draws)
    found = {}
    try:
        for number, cell in enumerate(cells):
            if tagged(cell, "check"):
                code = [c for c in cells if c.id == cell.id and not tagged(c, "check")]
                names = names_in(checks[cell.id])
                grade = page.judged(cell.id, names)
                source = code[0].source if code else ""
                found[cell.id] = replace(grade, code=plain_text(source, MOST_CODE))
            else:
                page.run(number, cell.source)
    finally:
        session.close()
    return [found[name] for name in checks]


def _written(
    cells: list[NotebookNode], form: NotebookNode
) -> tuple[list[str], list[str]]:
    """The sources that a student wrote or changed, and those that came with the page.

    What a page itself says of its cells is not asked: a student can write that too.
    """
    given = {it.id: STUDENT.sub("", it.source) for it in form.cells if is_code(it)}
    # The whole text is read, though it may have a line that looks like the student's.
    mine = [
        it.source
        for it in cells
        if not tagged(it, "check") and given.get(it.id) != STUDENT.sub("", it.source)
    ]
    return mine, [*given.values()]


def is_code(cell: NotebookNode) -> bool:
    """Whether a cell is code."""
    return cell.cell_type == "code"


def _held(cells: list[NotebookNode], name: str, reach: str) -> Grade:
    code = [c.source for c in cells if c.id == name and not tagged(c, "check")]
    most = sum(part.points for part in PARTS[name])
    return Grade(
        name,
        0,
        most,
        NOT_YET,
        HELD.format(reach),
        plain_text("".join(code[:1]), MOST_CODE),
    )


def plain_text(said: str, most: int) -> str:
    """What a file and a terminal can show: no half of a character, no command."""
    return "".join(c for c in sound(said[:most]) if c.isprintable() or c in "\n\t")


def names_in(check: str) -> list[str]:
    """The names in `check("exercise", name, name)`."""
    call = ast.parse(check, mode="eval").body
    return [it.id for it in call.args[1:]]


class _Page:
    """A page that is being judged."""

    def __init__(self, session: Session, key: str, draws: Draw):
        self.session, self.key, self.draws = session, key, draws
        self.cells: dict[str, tuple[int, str]] = {}  # where each name was made last

    def run(self, number: int, source: str) -> None:
        """Run a cell; its error is not the exercise's, unless a name is missing."""
        if (tree := _parsed(source)) is None:
            return  # IPython would make something of it that nobody has read
        for name in (it for node in tree.body for it in _bound(node)):
            self.cells[name] = (number, source)
        self.session.allow()
        with contextlib.suppress(Ended):
            self.session.run(number, source)

    def judged(self, exercise: str, names: list[str]) -> Grade:
        """A verdict, as points."""
        most = sum(part.points for part in PARTS[exercise])
        self.session.allow()
        try:
            made = self._verdict(exercise, names)
        except (Ended, Broken):
            why = self.session.lost() or ENDED
            made = Verdict(exercise, NOT_YET, why, 0, most)
        except (Exception, TimeUp) as error:  # an answer that nobody thought of
            words = f"It could not be judged ({type(error).__name__})."
            made = Verdict(exercise, NOT_YET, words, 0, most)
        if self.session.died:
            made = replace(made, status=NOT_YET, words=self.session.died)
        words = plain_text(made.words, MOST_WORDS)
        return Grade(exercise, made.points, most, made.status, words, "")

    def _verdict(self, exercise: str, names: list[str]) -> Verdict:
        most = sum(part.points for part in PARTS[exercise])
        *_, name = names
        objects = []
        for one in names:
            if one != name and exercise in DRAWS:
                objects.append(own_sizes(exercise, self.key))
                continue
            number, source = self.cells.get(one, (0, ""))
            there, it = self.session.find(one, source, number)
            if not there:
                words = f"The page has no `{one}`: was its cell deleted, or its name?"
                return Verdict(exercise, NOT_YET, words, 0, most)
            objects.append(it)
        return self._asked(exercise, tuple(objects))

    def _asked(self, exercise: str, objects: tuple) -> Verdict:
        with _patient(self.session):
            return verdict(exercise, objects, self.draws(exercise))


class _patient:
    """Calls have time to be stopped in the sandbox before they are stopped here."""

    def __init__(self, session: Session):
        self.session = session

    def __enter__(self) -> None:
        self.before = calls.limited
        calls.limited = self._limited

    def __exit__(self, *error: object) -> None:
        calls.limited = self.before

    def _limited(self, seconds: float):
        return _Stopping(self.session, self.session.seconds + PATIENCE)


class _Stopping:
    """A limit; where it has to stop something, the sandbox is closed."""

    def __init__(self, session: Session, seconds: float):
        self.session, self.clock = session, limited(seconds)

    def __enter__(self) -> None:
        self.clock.__enter__()

    def __exit__(self, kind, error, trace) -> None:
        self.clock.__exit__(kind, error, trace)
        if isinstance(error, TimeUp):
            self.session.close()
        if isinstance(error, Broken):
            self.session.lost()
            raise TimeUp from None


def _parsed(source: str) -> ast.Module | None:
    """A cell, with its magics as calls; None if it cannot be read as Python."""
    try:
        return ast.parse(as_python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _bound(node: ast.stmt) -> list[str]:
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
