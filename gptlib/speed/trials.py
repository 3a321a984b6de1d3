"""Trials: how the rates and steps of the race's recipes are chosen, for all alike.

Nobody may choose on the text that judges. So the last twentieth of the *training* text
is held out: the plain recipe learns the rest, and the loss that it ends with on the
held-out part is the goal. Each recipe then has the same number of trials, with numbers
drawn from the same ranges. A trial is given fewer steps than the best one so far needed
(the first: than the plain recipe has), and it counts if it gets to the goal. The race
takes the best trial of each recipe, whatever it is.

All trials are in a CSV, a line each, and a run that was stopped goes on behind them.
"""

import csv
import math
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import mean

from gptlib.guard.files import write_csv
from gptlib.speed.recipes import PLAIN, RECIPES, Racer, Recipe
from gptlib.train import TrainConfig
from gptlib.train.start import Corpus

HELD_OUT = 20  # one part of so many is held out
GOAL_SEEDS = (1001, 1002, 1003)  # none of the race's
# A trial must be better than the goal by this much, about twice what the ends of two
# equal runs differ by: the best of many trials was also lucky.
MARGIN = 0.015
SHARES = 0.5, 0.95  # of the fewest steps so far, for the next trial
# What a trial draws: a range, even on a log scale, or a choice.
RATES = {"learning_rate": (1e-3, 1e-2), "muon_learning_rate": (1e-2, 1e-1)}
CHOICES = {
    "warmup": (10, 50, 100),
    "beta2": (0.95, 0.99),
    "weight_decay": (0.0, 0.05, 0.1, 0.2),
    "hold": (0.0, 0.2, 0.4, 0.6),
    "muon_momentum": (0.9, 0.95),
}
WHOLE = ("trial", "seed", "steps", "warmup", "took", "arrived")


def held_out(corpus: Corpus) -> Corpus:
    """The training text alone, cut in two: to learn from, and to judge by."""
    cut = len(corpus.train) - len(corpus.train) // HELD_OUT
    return Corpus(corpus.train[:cut], corpus.train[cut:], corpus.by_story)


def draw(recipe: Recipe, trial: int, most: int) -> Recipe:
    """The recipe with numbers drawn for a trial, in fewer than `most` steps.

    Its dtype is float32: steps are counted here, and those hardly depend on it.
    """
    chance, settings = Random(f"{recipe.idea}, trial {trial}"), recipe.settings
    found = {"steps": max(2, int(most * chance.uniform(*SHARES)))}
    for name, (low, high) in RATES.items():
        found[name] = float(f"{low * (high / low) ** chance.random():.2g}")
    found |= {name: chance.choice(values) for name, values in CHOICES.items()}
    found["warmup"] = min(found["warmup"], found["steps"] // 2)
    found = {name: found[name] for name in found if has(settings, name)}
    return replace(recipe, settings=replace(settings, dtype="float32", **found))


def has(settings: TrainConfig, name: str) -> bool:
    """Whether a setting means anything beside the others."""
    if name.startswith("muon"):
        return settings.optimizer == "muon"
    return name != "hold" or settings.schedule == "hold"


def noted(recipe: Recipe, trial: int, seed: int, end: dict, finish: float) -> dict:
    """The line of a trial: what it was given, and where it ended."""
    drawn = ("steps", *RATES, *CHOICES)
    given = {n: getattr(recipe.settings, n) for n in drawn if has(recipe.settings, n)}
    return {
        "idea": recipe.idea,
        "trial": trial,
        "seed": seed,
        **dict.fromkeys(drawn),
        **given,
        "took": end["step"],
        "seconds": round(end["seconds"], 2),
        "val_loss": round(end["val_loss"], 4),
        "arrived": int(end["val_loss"] <= finish),
    }


def ended(recipe: Recipe, seed: int, corpus: Corpus, finish: float) -> dict:
    """Train to `finish`, or to the last step; where it stood then."""
    racer = Racer(recipe, seed, corpus)
    try:
        racer.run(until=lambda row: row["val_loss"] <= finish)
    except FloatingPointError:  # a rate that is too large is an answer too
        step, seconds = racer.progress.step, racer.progress.seconds
        return {"step": step, "seconds": seconds, "val_loss": math.inf}
    return racer.progress.rows[-1]


def read_trials(path: Path) -> list[dict]:
    """The trials in a CSV, with their numbers as numbers; none if there is no file."""
    if not Path(path).exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [
            {name: _number(name, text) for name, text in row.items()}
            for row in csv.DictReader(file)
        ]


def _number(name: str, text: str) -> str | float | int | None:
    if name == "idea":
        return text
    return (int if name in WHOLE else float)(text) if text else None


def best(trials: list[dict], idea: str) -> dict | None:
    """The trial of a recipe that got to the goal in the fewest steps, if any did."""
    there = [row for row in trials if row["idea"] == idea and row["arrived"]]
    return min(there, key=lambda row: row["took"], default=None)


def tuned(recipe: Recipe, trials: list[dict]) -> Recipe:
    """The recipe with the numbers of the best of its trials, if it has any."""
    found = best(trials, recipe.trials)
    if not found or recipe is PLAIN:
        return recipe
    names = [name for name in ("steps", *RATES, *CHOICES) if found[name] is not None]
    settings = replace(recipe.settings, **{name: found[name] for name in names})
    return replace(recipe, settings=settings)


def run_trials(
    corpus: Corpus, path: Path, count: int, plain: Recipe = PLAIN, only: str = ""
) -> list[dict]:
    """`count` trials for each recipe that has any; what the CSV holds is not repeated.

    Args:
        corpus: its validation text is not looked at.
        path: the CSV, written anew after each trial.
        count: trials a recipe.
        plain: the recipe that sets the goal, and the steps that nobody may need.
        only: for recipes whose idea holds this text.
    """
    part, rows = held_out(corpus), read_trials(path)
    path.parent.mkdir(parents=True, exist_ok=True)

    def note(recipe: Recipe, trial: int, seed: int, finish: float) -> None:
        rows.append(
            noted(recipe, trial, seed, ended(recipe, seed, part, finish), finish)
        )
        write_csv(path, rows)
        print(_line(rows[-1]), flush=True)

    done = {(row["idea"], row["trial"]) for row in rows}
    for trial, seed in enumerate(GOAL_SEEDS):
        if (PLAIN.idea, trial) not in done:
            note(plain, trial, seed, -math.inf)
    goal = mean(row["val_loss"] for row in rows if row["idea"] == PLAIN.idea) - MARGIN
    for recipe in RECIPES:
        if recipe.trials != recipe.idea or only not in recipe.idea:
            continue
        for trial in range(count):
            if (recipe.idea, trial) not in done:
                so_far = best(rows, recipe.idea)
                most = so_far["took"] if so_far else plain.settings.steps
                note(draw(recipe, trial, most), trial, 2000 + trial, goal)
    return rows


def _line(row: dict) -> str:
    there = "there" if row["arrived"] else "not there"
    return (
        f"{row['idea']}, trial {row['trial']}: {row['took']} of {row['steps']} steps, "
        f"{row['seconds']:.0f} s, loss {row['val_loss']:.4f}, {there}"
    )
