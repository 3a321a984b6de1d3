"""The page for the teacher: what a class found hard, and what waits for a look."""

import math
import re
from collections import Counter
from collections.abc import Callable

from classroom.alike import Comparable, Pair, alike, pairs_counted
from classroom.pages import RULES, Names, number, render, title
from classroom.points import DONE, MISSING, WAITING, Handed, Result, Table, pages
from gptlib.checks.verdict import NOT_WRITTEN, RIGHT
from gptlib.lab.pages import read_page

FEW, MISTAKES, PAIRS = 5, 20, 30  # shown at most
LONGEST = 200  # characters of a hint
DIGITS = re.compile(r"[-+]?\d[\d_]*(?:[.,]\d+)*(?:e[-+]?\d+)?", re.IGNORECASE)


def class_page(table: Table, names: Names, rule: str) -> str:
    """The whole class in one page."""
    exercises = {sheet: by_exercise(table, sheet) for sheet in table.sheets}
    return render(
        "class.html",
        title="Homework: the class",
        rule=RULES[rule],
        trusted=trusted(table, names),
        sheets=[_sheet(table, sheet, exercises[sheet]) for sheet in table.sheets],
        students=[_student(table, it, names) for it in table.students],
        hardest=hardest(exercises),
        mistakes=mistakes(table, names),
        lists=_lists(table, names),
        **_looks(table, names),
    )


def trusted(table: Table, names: Names) -> list[str]:
    """The sheets that ran without a sandbox, and whose they are if they are few."""
    found = []
    for sheet in table.sheets:
        them = [it for it in table.of_sheet(sheet) if it.run]
        whose = [names.of(it.student) for it in them if it.run["sandbox"] == "trusted"]
        if whose:
            few = f": {', '.join(whose)}" if len(whose) <= FEW else ""
            found.append(f"{title(sheet)} ({len(whose)} of {len(them)}){few}")
    return found


def by_exercise(table: Table, sheet: str) -> list[dict]:
    """How many have all of an exercise's points, some or none, and their mean."""
    found: dict[str, list[Result]] = {}
    for it in table.of_sheet(sheet):
        for result in it.results if it.state == DONE else ():
            if result.points is not None:
                found.setdefault(result.exercise, []).append(result)
    return [_counted(slug, them) for slug, them in found.items()]


def _counted(exercise: str, them: list[Result]) -> dict:
    most = max((it.most or 0 for it in them), default=0)
    full = sum(it.points >= most for it in them if it.points)
    zero = sum(not it.points for it in them)
    return {
        "exercise": exercise,
        "most": most,
        "mean": sum(it.points or 0 for it in them) / len(them),
        "full": full,
        "zero": zero,
        "part": len(them) - full - zero,
    }


def hardest(exercises: dict[str, list[dict]]) -> str:
    """The exercise with the smallest share of its points, in a sentence."""
    counted = [(s, it) for s, them in exercises.items() for it in them if it["most"]]
    if not counted:
        return "Nothing is graded yet."
    sheet, it = min(counted, key=lambda pair: pair[1]["mean"] / pair[1]["most"])
    mean = f"{number(it['mean'])} of {number(it['most'])}"
    return (
        f"The hardest is {it['exercise']} ({title(sheet)}): {mean} points on average."
    )


def mistakes(table: Table, names: Names) -> list[dict]:
    """The hints that most students got, numbers taken out; commonest first."""
    found: Counter[tuple[str, str]] = Counter()
    for it in table.handed.values():
        for result in it.results:
            if result.status not in ("", RIGHT, NOT_WRITTEN):
                line = (result.words.strip().splitlines() or [result.status])[0]
                hint = DIGITS.sub("#", names.clean(line[:1000]))[:LONGEST]
                found[result.exercise, hint] += 1
    return [
        {"exercise": exercise, "hint": hint, "students": n}
        for (exercise, hint), n in found.most_common(MISTAKES)
    ]


def _sheet(table: Table, sheet: str, exercises: list[dict]) -> dict:
    handed = table.of_sheet(sheet)
    points = [it.points for it in handed if it.points is not None]
    return {
        "title": title(sheet),
        "in": sum(it.attempt is not None for it in handed),
        "late": sum(it.late for it in handed),
        "waiting": sum(it.state == WAITING for it in handed),
        "mean": sum(points) / len(points) if points else None,
        "most": table.most(sheet),
        "exercises": exercises,
    }


def _student(table: Table, student, names: Names) -> dict:
    handed = table.of_student(student)
    points = [it.points for it in handed if it.points is not None]
    return {**_link(student, names), "cells": map(_cell, handed), "sum": sum(points)}


def _cell(it: Handed) -> str:
    shown = {MISSING: number(None), WAITING: "?"}.get(it.state) or number(it.points)
    return f"{shown}*" if it.late else shown


def _link(student, names: Names) -> dict:
    return {"name": names.of(student), "href": f"students/{names.file(student)}"}


def _lists(table: Table, names: Names) -> list[tuple[str, list[str]]]:
    def lines(wanted: Callable[[Handed], bool]) -> list[str]:
        """A line for each sheet: whose it is."""
        found = []
        for sheet in table.sheets:
            them = [names.of(it.student) for it in table.of_sheet(sheet) if wanted(it)]
            if them:
                found.append(f"{title(sheet)} ({len(them)}): {', '.join(them)}")
        return found

    return [
        ("Late", lines(lambda it: it.late)),
        ("Not graded yet", lines(lambda it: it.state == WAITING)),
        ("Not handed in", lines(lambda it: it.state == MISSING)),
    ]


def _looks(table: Table, names: Names) -> dict:
    """The pairs that are worth a look."""
    links = {it.id: _link(it, names) for it in table.students}
    course, found = pages(), []
    for sheet in (it for it in table.sheets if it in course):
        comparable = Comparable.of(read_page(course[sheet].course), sheet)
        codes = {
            it.student.id: {r.exercise: r.code for r in it.results}
            for it in table.of_sheet(sheet)
            if it.attempt
        }
        found += [(len(codes), sheet, it) for it in alike(sheet, comparable, codes)]
    found.sort(key=lambda it: -it[2].nearness)
    shown = [
        {
            "title": title(sheet),
            "first": links[pair.first],
            "second": links.get(pair.second),
            "alike": f"{100 * pair.nearness:.0f}",
            "honest": honest(pair, number_of_sheets),
        }
        for number_of_sheets, sheet, pair in found[:PAIRS]
    ]
    return {"alike": shown, "counted": pairs_counted(), "all_alike": len(found)}


def honest(pair: Pair, sheets: int) -> str:
    """How often honest sheets are as near, in words.

    Args:
        pair: the two that are near.
        sheets: how many of this sheet were handed in.
    """
    if math.isnan(pair.honest):
        return "never counted"
    if pair.honest == 0:
        return f"none of {pairs_counted():,}"
    here = sheets if pair.second is None else sheets * (sheets - 1) // 2
    return f"{100 * pair.honest:.2g} %: {pair.honest * here:.1f} of the {here:,} here"
