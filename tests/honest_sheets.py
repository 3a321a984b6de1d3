"""How near honest sheets are: classroom/alike.json.

python tests/honest_sheets.py     counts anew and writes it

An honest sheet is put together at random: for each exercise one of the right answers in
tests/wrong_answers/homework, which were written to differ. Two such sheets may have the
same answer to an exercise, as two students may have the same idea.
"""

import inspect
import textwrap
from collections import Counter
from collections.abc import Callable
from random import Random

from answers import HOMEWORK

from classroom.alike import HONEST, Comparable, Pieces, nearness
from gptlib.guard.files import write_json
from gptlib.lab.pages import checkout, homework, read_page

PAIRS, SEED = 20_000, 0
LEVELS = [n / 100 for n in range(0, 101, 5)]


def sheets() -> dict[str, Comparable]:
    """All sheets that have something to compare."""
    pages = homework(checkout())
    found = {p.name: Comparable.of(read_page(p.course), p.name) for p in pages}
    return {name: it for name, it in found.items() if it.published}


def ways(sheet: Comparable) -> list[list[Pieces]]:
    """By exercise the pieces of each right answer."""
    return [
        [sheet.pieces({slug: source(it)}) for it in HOMEWORK[slug]["right"]]
        for slug in sheet.published
    ]


def source(answer: Callable) -> str:
    """An answer as it was written."""
    return textwrap.dedent(inspect.getsource(answer))


def shares(sheet: Comparable, pairs: int, seed: int) -> dict[str, dict[str, float]]:
    """Of honest pairs, and of honest sheets and the solution: how many are so near."""
    chance, known = Random(f"honest sheets {seed}"), ways(sheet)
    solution = sheet.pieces(sheet.published)

    def honest() -> Pieces:
        made: Pieces = Counter()
        for answers in known:
            made.update(chance.choice(answers))
        return made

    drawn = [(honest(), honest()) for _ in range(pairs)]
    return {
        "pairs": counted([nearness(a, b) for a, b in drawn]),
        "solution": counted([nearness(a, solution) for a, _ in drawn]),
    }


def counted(near: list[float]) -> dict[str, float]:
    """The share at or above each level."""
    return {f"{it:.2f}": sum(n >= it for n in near) / len(near) for it in LEVELS}


def main() -> None:
    """Count all sheets and write what came out."""
    found = {name: shares(sheet, PAIRS, SEED) for name, sheet in sheets().items()}
    write_json(HONEST, {"pairs": PAIRS, "seed": SEED, "sheets": found})


if __name__ == "__main__":
    main()
