"""What a race recorded: read from its CSV, and compared line by line."""

import csv
from pathlib import Path
from statistics import median
from typing import NamedTuple

ESTIMATE = "nanoGPT's estimate"  # one of the plain line's end, no line of its own


class Point(NamedTuple):
    """One measurement of a run."""

    step: int
    seconds: float
    val_loss: float


class Line(NamedTuple):
    """One run of the race, and the idea of the line that it adds to."""

    idea: str
    before: str
    points: tuple[Point, ...]

    @property
    def end(self) -> Point:
        return self.points[-1]


class Race(NamedTuple):
    """The lines of one seed, by idea, the plain one first."""

    seed: int
    lines: dict[str, Line]
    estimates: tuple[float, ...]  # of the plain line's end, as nanoGPT judges

    @property
    def finish(self) -> float:
        return next(iter(self.lines.values())).end.val_loss

    def arrived(self, idea: str) -> bool:
        return self.lines[idea].end.val_loss <= self.finish

    def faster(self, idea: str, other: str) -> float:
        """How many times less time than `other`; at least so many if that one failed.

        Raises:
            ValueError: the line itself did not arrive.
        """
        if not self.arrived(idea):
            raise ValueError(f"{idea!r} did not arrive: it has no time to compare")
        return self.lines[other].end.seconds / self.lines[idea].end.seconds

    def against(self, idea: str, other: str) -> str:
        """The same in words, which name the other line."""
        if not self.arrived(idea):
            return "did not arrive"
        said = f"{times(self.faster(idea, other))} x {other}"
        return said if self.arrived(other) else f"at least {said} (not there)"


def times(ratio: float) -> str:
    """With one decimal, and with two below 1, where one would say little."""
    return f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def over_seeds(races: list[Race], idea: str, other: str) -> str:
    """Median and range of how many times less time than `other`, in words."""
    found = [race.faster(idea, other) for race in races if race.arrived(idea)]
    if not found:
        return "did not arrive"
    middle, low, high = (times(it) for it in (median(found), min(found), max(found)))
    said = f"{middle} x {other} ({low} to {high})"
    if not all(race.arrived(other) for race in races):
        said = f"at least {said}"
    if len(found) < len(races):
        said += f", {len(found)} of {len(races)} seeds arrived"
    return said


def read_rows(path: Path) -> list[dict[str, str]]:
    """The lines of a race's CSV as they stand there; none if there is no file."""
    if not Path(path).exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_races(path: Path) -> list[Race]:
    """What was recorded, a race for each seed, in the order of the file."""
    points, before, estimates = {}, {}, {}
    for row in read_rows(path):
        seed, idea, loss = int(row["seed"]), row["idea"], float(row["val_loss"])
        if idea == ESTIMATE:
            estimates.setdefault(seed, []).append(loss)
            continue
        point = Point(int(row["step"]), float(row["seconds"]), loss)
        points.setdefault(seed, {}).setdefault(idea, []).append(point)
        before[idea] = row["before"]
    return [
        Race(
            seed,
            {idea: Line(idea, before[idea], tuple(it)) for idea, it in found.items()},
            tuple(estimates.get(seed, ())),
        )
        for seed, found in points.items()
    ]
