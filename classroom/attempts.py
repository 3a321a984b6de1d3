"""Which of several attempts counts."""

import sqlite3

RULES = ("last", "first")


def counting(db: sqlite3.Connection, rule: str = "last") -> list[sqlite3.Row]:
    """The rows of `attempts` that count: one for each student and sheet.

    "last" is the last one that was handed in on time, or the last late one if all were
    late; "first" is the first one.

    Raises:
        ValueError: the rule has another name.
    """
    if rule not in RULES:
        raise ValueError(f"no rule {rule!r}: choose from {RULES}")
    counts: dict[tuple[str, str], sqlite3.Row] = {}
    for row in db.execute("select * from attempts order by student, sheet, number"):
        place = row["student"], row["sheet"]
        if place not in counts or (
            rule == "last" and row["late"] <= counts[place]["late"]
        ):
            counts[place] = row
    return list(counts.values())
