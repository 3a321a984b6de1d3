"""The page of numbers, out of the files that hold what was measured."""

import csv
from statistics import median

from text_pages import readme

from gptlib.checks.reports import FLOOR
from gptlib.guard.files import DATA
from gptlib.speed.results import Race, over_seeds, read_races
from gptlib.speed.trials import best, read_trials


def numbers() -> str:
    """Markdown: the README's numbers, then what the race and its trials recorded."""
    return (
        f"# Numbers\n{readme()['Numbers']}\n## How the model learnt\n\n{learning()}\n"
        f"## The race\n\n{race()}\n## The trials before it\n\n{trials()}"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; all columns but the first one are numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, rule, *rows])


def learning() -> str:
    """Loss against the floor, line by line of the shipped model's log."""
    with open(DATA / "tales-gpt" / "log.csv", newline="", encoding="utf-8") as file:
        rows = [
            [f"{int(it['step']):,}", f"{loss:.4f}", f"{loss / FLOOR:.3f}"]
            for it in csv.DictReader(file)
            if (loss := float(it["val_loss"]))
        ]
    return (
        f"The shipped model on the validation stories, in nats per character, against "
        f"the floor of {FLOOR:.4f}, while it was trained "
        f"([`tales-gpt/log.csv`](data.md)):\n\n"
        + table(["step", "loss", "loss / floor"], rows)
    )


def race() -> str:
    """Steps, seconds and ratios of each recipe, over the seeds."""
    races = read_races(DATA / "race.csv")
    plain = next(iter(races[0].lines))
    rows = [
        [idea, over(races, idea, "step", ",.0f"), over(races, idea, "seconds", ".0f"),
         over_seeds(races, idea, plain) if idea != plain else "1"]
        for idea in races[0].lines
    ]  # fmt: skip
    seeds = ", ".join(str(it.seed) for it in races)
    return (
        f"Each recipe of [lesson 23](23_race.ipynb) to the loss with which {plain!r} "
        f"ends; the middle of seeds {seeds}, and in brackets the range "
        f"([`race.csv`](data.md)):\n\n"
        + table(["recipe", "steps", "seconds", "times less time"], rows)
    )


def over(races: list[Race], idea: str, what: str, form: str) -> str:
    """Median and range over the seeds of where a line ended."""
    found = [getattr(it.lines[idea].end, what) for it in races]
    low, high = (format(it, form) for it in (min(found), max(found)))
    return f"{median(found):{form}}" + (f" ({low} to {high})" if low != high else "")


def trials() -> str:
    """How many trials each recipe had, and the best of them."""
    all_rows = read_trials(DATA / "trials.csv")
    rows = []
    for idea in dict.fromkeys(row["idea"] for row in all_rows):
        mine = [row for row in all_rows if row["idea"] == idea]
        rows.append([idea, f"{len(mine)}", f"{sum(it['arrived'] for it in mine)}"])
        found = best(all_rows, idea)
        took = f"{found['took']:,}" if found else ""
        rows[-1] += [took, f"{found['learning_rate']:g}" if found else ""]
    head = ["recipe", "trials", "arrived", "fewest steps", "its rate"]
    return (
        "The rates of the race were drawn on a part of the training text that was held "
        f"out ([`trials.csv`](data.md)):\n\n{table(head, rows)}"
    )
