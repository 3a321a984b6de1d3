"""Ratios of speed and memory: `python -m gptlib bench`, or `make bench`.

Each line compares two ways of doing the same thing. All of them take turns within one
run, round by round, so that a slow minute of the machine falls on all lines. Within a
round the two of a line are neighbours, and what is printed is the median of their
ratios, with the quarter below and above it.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from tqdm import tqdm

from gptlib.guard.files import write_csv
from gptlib.guard.values import checked_whole
from gptlib.speed.measure import Call, Pair, Row, machine, peak_memory, ratio, summary
from gptlib.speed.pairs import LENGTHS, PAIRS, attention_calls
from gptlib.speed.results import read_rows


@dataclass(frozen=True)
class BenchConfig:
    """Measure what this course's code gains, as ratios. Some minutes."""

    rounds: int = 11
    """How often each pair is timed."""
    threads: int = 0
    """Threads for PyTorch; 0 leaves that to PyTorch."""
    only: str = ""
    """Measure only the lines whose name holds this text."""
    out: Path = Path("runs/bench.csv")
    """Where the results go; those of another number of threads are kept."""

    def __post_init__(self):
        checked_whole("rounds", self.rounds)
        checked_whole("threads", self.threads, least=0)
        if self.out.is_dir():
            raise IsADirectoryError(f"out = {self.out} is a folder: name a CSV file")


def measured(config: BenchConfig) -> list[Row]:
    """Every pair, in turns, and the memory of attention at the end."""
    chosen = [pair for pair in PAIRS if config.only in pair.name]
    calls = {pair: both for pair in chosen if (both := warmed_up(pair))}
    found = {pair: [] for pair in calls}
    for i in tqdm(range(config.rounds), "rounds", disable=not calls):
        for pair, (ours, theirs) in calls.items():
            found[pair].append(ratio(ours, theirs, ours_first=bool(i % 2)))
    rows = [summary(pair.name, pair.against, found[pair]) for pair in calls]
    for T in LENGTHS:
        name = f"memory of attention, T = {T}"
        if config.only in name:
            ours, theirs = (peak_memory(call) for call in attention_calls(T))
            rows.append(summary(name, "the table", [theirs / ours]))
    return rows


def warmed_up(pair: Pair) -> tuple[Call, Call] | None:
    """The two calls of a pair, each called once; None, aloud, if that cannot be."""
    try:
        ours, theirs = pair.make()
        ours(), theirs()
    # No transformers (pip install -e '.[pretrained]'), or no C++ compiler.
    except (ImportError, RuntimeError) as error:
        said = f"{pair.name}, {pair.against}: left out"
        print(f"{said} ({type(error).__name__}: {error})", file=sys.stderr)
        return None
    return ours, theirs


def bench(config: BenchConfig) -> list[Row]:
    """Measure, print the table, write it down, and return its rows."""
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(0)
    rows = measured(config)
    if not rows:
        names = ", ".join(sorted({pair.name for pair in PAIRS}))
        raise ValueError(
            f"no line with {config.only!r} in its name could be measured: the lines "
            f"are {names}, and memory"
        )
    print(f"Times faster (or smaller) than what it is compared with. {machine()}.\n")
    print("| what | against | ratio | middle half |", "|---|---|---|---|", sep="\n")
    for row in rows:
        print(f"| {' | '.join(row.cells())} |")
    keep(rows, config.out)
    return rows


def keep(rows: list[Row], path: Path) -> None:
    """Write the rows into a CSV, in place of earlier ones with as many threads."""
    threads = torch.get_num_threads()
    old = [row for row in read_rows(path) if int(row["threads"]) != threads]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, [*old, *({"threads": threads, **row._asdict()} for row in rows)])


def read_bench(path: Path) -> dict[int, list[Row]]:
    """What was measured, by the number of threads."""
    found = {}
    for row in read_rows(path):
        numbers = (float(row[name]) for name in ("ratio", "low", "high"))
        found.setdefault(int(row["threads"]), []).append(
            Row(row["name"], row["against"], *numbers)
        )
    return found


CONFIG, command = BenchConfig, bench
