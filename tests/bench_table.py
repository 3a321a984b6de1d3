"""The table of ratios in the README, out of data/bench.csv.

python tests/bench_table.py     writes it anew between its two marks
"""

from lessons import ROOT
from marked import parts, rewrite

from gptlib.guard.files import DATA
from gptlib.speed.bench import read_bench
from gptlib.speed.measure import Row

README = ROOT / "README.md"
BEGIN = "<!-- table: tests/bench_table.py -->"


def table() -> str:
    """A line for each pair, a column for each number of threads, as plain text."""
    measured = read_bench(DATA / "bench.csv")
    lines = [["what", "against", *(counted(threads) for threads in measured)]]
    for row in next(iter(measured.values())):
        same = [cell(it, row) for it in measured.values()]
        lines.append([row.name, row.against, *same])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    form = "  ".join(f"{{:{width}}}" for width in widths)
    text = "\n".join(form.format(*line).rstrip() for line in lines)
    return f"```text\n{text}\n```"


def counted(threads: int) -> str:
    """The head of a column."""
    return "1 thread" if threads == 1 else f"{threads} threads"


def cell(rows: list[Row], like: Row) -> str:
    """The numbers of the same pair; empty if it was left out."""
    for row in rows:
        if (row.name, row.against) == (like.name, like.against):
            _, _, ratio, spread = row.cells()
            return f"{ratio:>6}  ({spread})"
    return ""


def inside() -> str:
    """The table that stands there."""
    return parts(README, BEGIN)[1]


if __name__ == "__main__":
    rewrite(README, BEGIN, table())
