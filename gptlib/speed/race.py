"""A race: nanoGPT's recipe for a CPU against better ones, on this machine, now.

`python -m gptlib race` trains the plain recipe to its end and measures the loss of the
whole validation split of Tiny Shakespeare. That loss is the finish line. Then each of
the other recipes runs until its loss is there, or its steps are used up. Building the
model and making batches count as time; evaluating does not, for nobody. With --tune N
it races nothing: it makes the trials that choose the recipes' rates and steps.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gptlib.guard.files import DATA, write_csv
from gptlib.guard.values import checked_whole
from gptlib.loss import evaluate
from gptlib.speed.recipes import (
    PLAIN,
    RECIPES,
    Racer,
    Recipe,
    read_plain,
    sliced_batch,
)
from gptlib.speed.results import ESTIMATE, read_rows
from gptlib.speed.trials import read_trials, run_trials, tuned
from gptlib.train.start import Corpus

# What nanoGPT prints is the mean loss of 20 batches of random rows.
ESTIMATES, ESTIMATE_BATCHES = 50, 20


@dataclass(frozen=True)
class RaceConfig:
    """Train the plain recipe, then each faster one until its loss is as low."""

    out: Path = Path("runs/race.csv")
    """Where the results go: a line for each time that a loss was measured."""
    data: str = "shakespeare"
    """shakespeare, tales, or the path of a text file (UTF-8)."""
    resume: bool = False
    """Keep the runs that --out holds and make those that it lacks."""
    trials: Path = DATA / "trials.csv"
    """Where --tune puts its trials; the race takes rates and steps from the best."""
    tune: int = 0
    """Make so many trials for each tuned recipe, and no race; 0 races."""
    seeds: tuple[int, ...] = (1, 2, 3)
    """The race is run once with each."""
    threads: int = 0
    """Threads for PyTorch, the same for all; 0 leaves that to PyTorch."""
    only: str = ""
    """Run only the recipes whose idea holds this text, and the plain one."""
    steps: int = 0
    """Steps of every recipe, for a trial; 0 leaves each its own."""

    def __post_init__(self):
        if not self.seeds:
            raise ValueError("seeds must be one or more whole numbers, got none")
        for name in ("threads", "steps", "tune"):
            checked_whole(name, getattr(self, name), least=0)
        for seed in self.seeds:
            checked_whole("seed", seed, least=0, most=2**63 - 1)
        for name, path in (("out", self.out), ("trials", self.trials)):
            if path.is_dir():
                raise IsADirectoryError(f"{name} = {path} is a folder: name a CSV file")
        if not any(self.only in recipe.idea for recipe in RECIPES):
            ideas = ", ".join(recipe.idea for recipe in RECIPES)
            raise ValueError(f"no recipe holds {self.only!r}: the recipes are {ideas}")


def run(
    recipe: Recipe, corpus: Corpus | None, seed: int, finish: float = 0.0
) -> tuple[Racer, list[dict]]:
    """Train until the loss of the whole validation split is at most `finish`.

    Without a corpus the text is the one that the recipe's settings name.

    Returns:
        The run, and a row for each evaluation, the last one where it stopped: idea,
        before (the idea that it adds to), seed, step, tokens so far, seconds without
        those of the evaluations, cpu_seconds (those of all threads together), and
        val_loss.
    """
    racer, rows = Racer(recipe, seed, corpus), []
    settings = racer.settings

    def note(row: dict[str, float]) -> bool:
        step, spent = row["step"], racer.progress
        rows.append(
            dict(
                idea=recipe.idea,
                before=recipe.before,
                seed=seed,
                step=step,
                tokens=step * settings["batch_size"] * settings["block_size"],
                seconds=round(spent.seconds, 4),
                cpu_seconds=round(spent.cpu_seconds, 4),
                val_loss=round(row["val_loss"], 4),
            )
        )
        return rows[-1]["val_loss"] <= finish

    racer.run(until=note)
    return racer, rows


def estimates(racer: Racer, end: dict) -> list[dict]:
    """The last row of a run again, 50 times, with its loss as nanoGPT estimates it."""
    ids = torch.tensor(racer.tokenizer.encode(racer.corpus.val))
    T, R = racer.settings["block_size"], racer.settings["batch_size"] * ESTIMATE_BATCHES
    return [
        dict(end, idea=ESTIMATE, val_loss=round(loss, 4))
        for loss in (
            evaluate(racer.model, *sliced_batch(ids, T, R)) for _ in range(ESTIMATES)
        )
    ]


def race(config: RaceConfig) -> list[dict]:
    """Run everything, print a line for each run, write the CSV; returns its rows.

    The CSV is written anew after each run, so that a race which was stopped has lost
    one run at most; with `resume` it goes on behind the others.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    corpus = read_plain(config.data)
    if config.tune:
        plain = shortened(PLAIN, config.steps)
        return run_trials(corpus, config.trials, config.tune, plain, config.only)
    config.out.parent.mkdir(parents=True, exist_ok=True)
    plain, *others = lines(config)
    run(shortened(plain, 5), corpus, seed=0)  # warm up
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__.split('+')[0]}")
    rows = read_rows(config.out) if config.resume else []
    for seed in config.seeds:
        slow = of(rows, plain, seed)
        if not slow:
            racer, slow = run(plain, corpus, seed)
            # Of a trial they would say nothing, and take longer than it.
            more = [] if config.steps else estimates(racer, slow[-1])
            keep(config, rows, slow + more, slow)
        for recipe in others:
            if not of(rows, recipe, seed):
                finish = float(slow[-1]["val_loss"])
                keep(config, rows, run(recipe, corpus, seed, finish)[1], slow)
    return rows


def lines(config: RaceConfig) -> list[Recipe]:
    """The recipes of a race, the plain one first, with what their trials chose."""
    trials = read_trials(config.trials)
    chosen = [r for r in RECIPES if config.only in r.idea or r.idea == PLAIN.idea]
    return [shortened(tuned(recipe, trials), config.steps) for recipe in chosen]


def of(rows: list[dict], recipe: Recipe, seed: int) -> list[dict]:
    """The rows of one run."""
    return [r for r in rows if r["idea"] == recipe.idea and int(r["seed"]) == seed]


def keep(config: RaceConfig, rows: list[dict], new: list[dict], slow: list) -> None:
    """Put the rows of a run behind the others, write all, and say where it ended."""
    rows += new
    write_csv(config.out, rows)
    print(f"seed {new[0]['seed']}: {line(new, slow)}", flush=True)


def shortened(recipe: Recipe, steps: int) -> Recipe:
    """The recipe for so many steps, half of them at most to warm up; 0 leaves it."""
    if not steps:
        return recipe
    warmup = min(recipe.settings.warmup, steps // 2)
    settings = replace(recipe.settings, steps=steps, warmup=warmup)
    return replace(recipe, settings=settings)


def line(fast: list[dict], slow: list[dict]) -> str:
    """What a run reached, in words; `slow` is the plain one's."""
    end = [row for row in fast if row["idea"] != ESTIMATE][-1]
    ratio = float(slow[-1]["seconds"]) / end["seconds"]
    there = end["val_loss"] <= float(slow[-1]["val_loss"])
    return (
        f"{end['idea']}: loss {end['val_loss']:.4f} after {end['step']} steps and "
        f"{end['seconds']:.1f} s, {f'{ratio:.2f} x' if there else 'did not get there'}"
    )


CONFIG, command = RaceConfig, race
