"""The checks ask a sandbox what they ask a function, and say the same of the answer."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
import torch
from answers import DRAWS, HOMEWORK, REPORTS, SHEETS, STUDENTS, judged
from homework_table import without_numbers
from lessons import ROOT

from classroom.sandbox import build_course, sandbox
from classroom.session import Session
from gptlib.checks import check
from gptlib.checks.own import own_sizes

SIZES = {name: own_sizes(name, STUDENTS[0]) for name in DRAWS}
# The module with the answers is one cell here, so these are no functions of that cell,
# or draw random numbers that nobody can draw on both sides.
APART = {
    *("train_step", "attend", "pytorchs_by_halves", "new_gelu", "padded", "make_model"),
    *("geglu", "geglu_by_tanh", "reglu", "quick_gelu", "last_row", "by_name"),
    *("how_far_it_walked", "pytorchs", "equal_parts"),
}


@pytest.fixture(scope="module")
def course():
    """The course as a sandbox has it, and the answers with what they import."""
    with tempfile.TemporaryDirectory() as folder:
        made = build_course(Path(folder))
        known = shutil.ignore_patterns("__init__.py", "own.py", "__pycache__")
        checks = made / "gptlib" / "checks"
        shutil.copytree(
            ROOT / "gptlib" / "checks", checks, dirs_exist_ok=True, ignore=known
        )
        (checks / "homework" / "__init__.py").touch()
        shutil.copytree(ROOT / "tests" / "wrong_answers", made / "wrong_answers")
        shutil.copy(ROOT / "tests" / "student_reports.py", made)
        yield made


@pytest.fixture(scope="module")
def session(course):
    """One page for all of them: to start one takes longer than its calls."""
    made = Session(sandbox(course, trusted=True).start, SIZES)
    yield made
    made.close()


def chosen(name):
    """Some answers to an exercise: the first right one, and three wrong ones."""
    known = HOMEWORK[name]
    wrong = [it for it in known["wrong"] if it.__name__ not in APART]
    return [known["right"][0], *wrong[:1], *wrong[-2:]]


@pytest.mark.parametrize("module", SHEETS, ids=lambda it: it.__name__.split(".")[-1])
def test_a_verdict_is_the_same_from_outside(session, module):
    said(session, module, chosen)


@pytest.mark.soak
@pytest.mark.parametrize("module", SHEETS, ids=lambda it: it.__name__.split(".")[-1])
def test_every_verdict_is_the_same_from_outside(session, module):
    def every(name):
        them = [*HOMEWORK[name]["right"], *HOMEWORK[name]["wrong"]]
        return [it for it in them if it.__name__ not in APART]

    said(session, module, every)


def said(session, module, choose):
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert session.run(1, source) is None
    for name in module.ANSWERS:
        for mine in choose(name):
            here = without_counts(str(judged(name, mine)))
            there = without_counts(str(outside(session, source, name, mine)))
            if not has_lines(mine):
                here = re.sub(r"\nIt happened in line .*", "", here)
            assert there == here, mine.__name__


def has_lines(mine):
    """Whether its source is known outside: no decorator or lambda made it."""
    it = getattr(mine, "forward", mine)
    return not hasattr(it, "__wrapped__") and "<lambda>" not in str(it)


def without_counts(words):
    """Inside a sandbox larger operations are counted."""
    same = re.sub(r"\(\d+, then \d+\)", "(few, then many)", without_numbers(words))
    # What is nearly 0 may be 0 for other random numbers.
    return same.replace(", or nearly so", "").replace("number is #", "number is 0")


def outside(session, source, name, mine):
    them = [*HOMEWORK[name]["right"], *HOMEWORK[name]["wrong"]]
    known = f"[*ANSWERS[{name!r}]['right'], *ANSWERS[{name!r}]['wrong']]"
    answer = f"{known}[{them.index(mine)}]"
    if name in DRAWS:
        answer += f"({SIZES[name]})"
    elif name in REPORTS:
        answer += "()"
    # What is called to give data keeps its name: others may call it too.
    found = "data" if answer.endswith(")") else mine.__name__
    session.allow()
    assert session.run(2, f"{found} = {answer}") is None
    there, it = session.find(found, source, 1)
    assert there
    return check(name, SIZES[name], it) if name in DRAWS else check(name, it)


def test_gradients_go_through_as_often_as_they_are_asked_for(session):
    session.run(1, "def cube(x, scale=1.0):\n    return scale * x**3")
    _, cube = session.find("cube", "", 1)
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    (cube(x, scale=2.0).sum() + cube(x).sum()).backward()
    assert x.grad.tolist() == [36.0, 81.0]
    assert not cube(x.detach()).requires_grad


def test_what_a_call_changes_is_changed_here_too(session):
    source = "def spoil(x, words):\n    x += 1\n    words.clear()\n    return x"
    session.run(1, source)
    _, spoil = session.find("spoil", source, 1)
    x, words = torch.zeros(2), ["a"]
    spoil(x, words)
    assert x.tolist() == [1, 1] and words == []


def test_what_is_lent_for_a_call_cannot_be_called_afterwards(session):
    source = "kept = []\ndef keep(it):\n    kept.append(it)\n    return it()"
    session.run(1, source)
    _, keep = session.find("keep", source, 1)
    assert keep(lambda: 7) == 7 and not session.peer.exports


def test_an_error_that_a_witness_was_not_told_stands_in_its_verdict(session):
    module = next(it for it in SHEETS if it.__name__.endswith("padding_fault"))
    known = HOMEWORK["padding-witness"]["wrong"]
    (mine,) = (it for it in known if it.__name__ == "too_long")
    source = Path(module.__file__).read_text(encoding="utf-8")
    session.run(1, source)
    words = outside(session, source, "padding-witness", mine).words
    assert "ValueError: with T = 3 a story has 1 to T tokens" in words
