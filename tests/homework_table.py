"""The table of the homework's README: each mistake that a check knows, and its hint.

python tests/homework_table.py     writes it anew between its two marks
"""

import re
from pathlib import Path

from answers import HOMEWORK, judged
from marked import parts, rewrite

README = Path(__file__).resolve().parents[1] / "notebooks/homework/README.md"
BEGIN = "<!-- table: tests/homework_table.py -->"
LONGEST = 150


def table() -> str:
    """A row for each wrong answer in tests/wrong_answers/homework."""
    rows = ["| exercise | mistake | hint |", "|---|---|---|"]
    for name, known in HOMEWORK.items():
        for number, mine in enumerate(known["wrong"]):
            exercise = f"`{name}`" * (number == 0)
            rows.append(f"| {exercise} | {mistake(mine)} | {hint(name, mine)} |")
    return "\n".join(rows)


def mistake(mine) -> str:
    """What was done, in words: the function is called so."""
    name = "the code as it was given" if known_fault(mine) else mine.__name__
    return name.replace("_", " ")


def known_fault(mine) -> bool:
    """Whether the answer is the check's own faulty code."""
    return mine.__module__.startswith("gptlib.")


def hint(name: str, mine) -> str:
    """The first line of the verdict's words."""
    line = judged(name, mine).words.split("\n")[0].replace("|", "\\|")
    return line if len(line) <= LONGEST else line[:LONGEST].rsplit(" ", 1)[0] + " ..."


def without_numbers(text: str) -> str:
    """Numbers that were computed may differ in their last digit elsewhere."""
    return re.sub(r"-?\d+\.\d+(e[-+]?\d+)?", "#", text)


def inside() -> str:
    """The table that stands there."""
    return parts(README, BEGIN)[1]


if __name__ == "__main__":
    rewrite(README, BEGIN, table())
