"""The race: that its clock is fair, that it can be run, and what was recorded."""

import csv
from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import torch
from lessons import ROOT
from test_recipes import TEXT, VAL, tiny

from gptlib.__main__ import main
from gptlib.guard.files import DATA
from gptlib.loss import evaluate
from gptlib.speed import race, recipes
from gptlib.speed.race import RaceConfig, estimates, line, run
from gptlib.speed.recipes import PLAIN, RECIPES, Racer
from gptlib.speed.results import ESTIMATE, read_races
from gptlib.speed.trials import read_trials
from gptlib.train import loop
from gptlib.train.start import Corpus


def test_a_run_stops_at_the_first_loss_that_is_low_enough():
    _, rows = run(tiny(PLAIN, steps=6), TEXT, seed=1)
    assert [row["step"] for row in rows] == [2, 4, 6]
    losses = [row["val_loss"] for row in rows]
    assert losses[0] > losses[1] > losses[2]
    racer, stopped = run(tiny(PLAIN, steps=6), TEXT, seed=1, finish=losses[1])
    assert [row["val_loss"] for row in stopped] == losses[:2]
    assert stopped[-1]["tokens"] == 4 * 2 * 8
    assert racer.progress.step == 4


def test_the_clock_runs_while_a_model_is_made_and_trained_and_not_otherwise(
    monkeypatch,
):
    now = [0]

    def takes(seconds, call):
        def timed(*args, **options):
            now[0] += seconds
            return call(*args, **options)

        return timed

    monkeypatch.setattr(loop, "clocks", lambda: np.array([now[0], now[0] / 2]))
    monkeypatch.setattr(recipes, "load_text", lambda name: TEXT[:2])
    counts = {(recipes, "make_model"): 1, (recipes, "sliced_batch"): 1}
    counts[loop, "optimizer_step"] = 2
    does_not = [(recipes, "load_text"), (Corpus, "splits"), (loop, "evaluate")]
    for (where, name), seconds in (counts | dict.fromkeys(does_not, 1000)).items():
        monkeypatch.setattr(where, name, takes(seconds, getattr(where, name)))
    _, rows = run(tiny(PLAIN, steps=6), None, seed=1)
    assert [row["seconds"] for row in rows] == [7, 13, 19]
    assert [row["cpu_seconds"] for row in rows] == [3.5, 6.5, 9.5]


# ---- the race ---------------------------------------------------------------------


@pytest.fixture
def small_race(monkeypatch):
    """A race over in a second, by a clock that ticks when it is looked at."""
    ticks = count()
    monkeypatch.setattr(loop, "clocks", lambda: np.array([next(ticks), 0.0]))
    monkeypatch.setattr(race, "read_plain", lambda name: TEXT)
    monkeypatch.setattr(race, "RECIPES", [tiny(recipe) for recipe in RECIPES])
    monkeypatch.setattr(race, "read_trials", lambda path: [])


def test_the_race_writes_a_line_a_measurement(
    small_race, monkeypatch, tmp_path, capsys
):
    both = (tiny(PLAIN), replace(tiny(PLAIN), idea="other"))
    monkeypatch.setattr(race, "RECIPES", both)
    config = RaceConfig(out=tmp_path / "new" / "race.csv", seeds=(1, 2))
    rows = race.race(config)
    read = recorded(config.out)
    assert len(read) == len(rows) == 2 * (2 + 50 + 2)
    assert {(row["idea"], row["seed"]) for row in read} == {
        (idea, seed) for idea in ("plain", ESTIMATE, "other") for seed in "12"
    }
    assert capsys.readouterr().out.count(" x") == 4


def recorded(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_race_that_was_stopped_goes_on_with_the_run_that_it_lacks(
    small_race, monkeypatch, tmp_path
):
    config = RaceConfig(tmp_path / "race.csv", seeds=(1, 2), steps=2, only="2 layers")
    race.race(config)
    whole = recorded(config.out)
    stops, real = [], race.run

    def stop(recipe, corpus, seed, finish=0.0):
        stops.append(recipe.idea)
        if len(stops) == 5:  # after the warm-up: plain, 2 layers, and two more
            raise KeyboardInterrupt
        return real(recipe, corpus, seed, finish)

    monkeypatch.setattr(race, "run", stop)
    with pytest.raises(KeyboardInterrupt):
        race.race(config)
    begun = recorded(config.out)
    assert {(row["idea"], row["seed"]) for row in begun} == {
        (name, "1") for name in ("plain", "2 layers", "plain, 2 layers")
    }
    race.race(replace(config, resume=True))
    without_time = lambda rows: [
        {n: v for n, v in row.items() if "seconds" not in n} for row in rows
    ]
    assert without_time(recorded(config.out)) == without_time(whole)
    assert recorded(config.out)[: len(begun)] == begun  # nothing was run again


@pytest.mark.parametrize("steps", [1, 3])
def test_a_trial_takes_the_recipes_and_the_steps_that_are_asked_for(
    small_race, tmp_path, steps
):
    config = RaceConfig(tmp_path / "race.csv", seeds=(1,), steps=steps, only="bfloat")
    ends = {row["idea"]: row["step"] for row in race.race(config)}
    assert list(ends) == ["plain", "bfloat16"]  # and no estimates, they take long
    assert ends["plain"] == steps and ends["bfloat16"] in (2, steps)


def test_a_loss_that_was_not_reached_is_said_to_be():
    end = lambda loss: [dict(idea="a", step=9, seconds=2.0, val_loss=loss)]
    assert "did not get there" in line(end(1.5), end(1.4))
    assert "1.00 x" in line(end(1.4), end(1.4))


def test_an_estimate_takes_twenty_batches(monkeypatch):
    asked = []
    monkeypatch.setattr(
        race, "evaluate", lambda model, X, y: asked.append(X.shape) or 2
    )
    estimates(Racer(tiny(PLAIN), 1, TEXT), dict(step=4))
    assert asked == 50 * [(20 * 2, 8)]


def test_an_estimate_is_the_loss_of_random_rows_and_right_on_average():
    racer, rows = run(tiny(PLAIN), TEXT, seed=1)
    found = estimates(racer, rows[-1])
    losses = np.array([row["val_loss"] for row in found])
    starts = torch.arange(len(VAL) - 8)[:, None] + torch.arange(8)
    whole = evaluate(racer.model, VAL[starts], VAL[starts + 1])
    assert losses.std() > 0
    assert abs(losses.mean() - whole) < 4 * losses.std() / len(losses) ** 0.5


@pytest.mark.parametrize(
    "bad, message",
    [
        (dict(seeds=()), "seeds must be one or more"),
        (dict(threads=-1), "threads must be at least 0, got -1"),
        (dict(seeds=(1, -1)), "seed must be at least 0, got -1"),
        (dict(out=Path()), "is a folder: name a CSV file"),
        (dict(trials=Path()), "trials = . is a folder: name a CSV file"),
        (dict(steps=-2), "steps must be at least 0, got -2"),
        (dict(tune=-2), "tune must be at least 0, got -2"),
        (dict(only="Moun"), "no recipe holds 'Moun': the recipes are plain, "),
    ],
)
def test_bad_settings_are_refused(bad, message):
    with pytest.raises((ValueError, OSError), match=message):
        RaceConfig(**bad)


def test_without_the_text_it_says_what_to_do(monkeypatch, tmp_path, capsys):
    def fail(name):
        raise ConnectionError("Tiny Shakespeare is not in the cache")

    monkeypatch.setattr(recipes, "load_text", fail)
    with pytest.raises(SystemExit) as stop:
        main(["race", "--out", str(tmp_path / "race.csv")])
    assert stop.value.code == 1
    said = capsys.readouterr().err
    assert said == "error: Tiny Shakespeare is not in the cache\n"


# ---- what was recorded ------------------------------------------------------------


RACES = read_races(DATA / "race.csv")
AGAIN = DATA / "race_again.csv"


def test_every_recorded_line_says_which_one_it_adds_to():
    for this in RACES:
        assert next(iter(this.lines)) == PLAIN.idea
        assert {line.before for line in this.lines.values()} <= this.lines.keys()
        assert len(this.estimates) == race.ESTIMATES
    assert len({tuple(this.lines) for this in RACES}) == 1


def test_every_recorded_run_ended_where_it_arrived_or_ran_out_of_steps():
    for this in RACES:
        assert this.lines[PLAIN.idea].end.step == PLAIN.settings.steps
        for idea, found in this.lines.items():
            *before, _ = found.points
            if idea != PLAIN.idea:
                assert all(point.val_loss > this.finish for point in before)
            assert [p.step for p in found.points] == sorted(
                {*(p.step for p in found.points)}
            )


def share(idea, other, form):
    """What share of the other's time a line needs: a range, or what all seeds show."""
    found = [1 / this.faster(idea, other) for this in RACES]
    ends = dict.fromkeys(format(it, form) for it in (min(found), max(found)))
    return " to ".join(ends)


def test_the_recorded_race_is_what_the_readme_says():
    of = {recipe.idea: recipe for recipe in RECIPES}
    narrow = of["1 layer, 96 wide"].settings
    assert (narrow.n_layer, narrow.n_embd) == (1, 96)
    assert [idea for idea in of if of[idea].conv_width] == ["short convolutions"]
    said = " ".join((ROOT / "README.md").read_text("utf-8").split())
    for text, *asked in (
        ("loss in {} of the time. With", "1 layer, 96 wide", "plain", ".2f"),
        ("doesn't have, {} of it", "short convolutions", "plain", ".2f"),
        ("and {} of its time", "Muon", "hold, then fall", ".2f"),
        ("takes {} times as long", "bfloat16", "plain", ".1f"),
    ):
        assert text.format(share(*asked)) in said
    # What was hoped for: medians of three seeds.
    for idea, most in (("1 layer, 96 wide", 0.12), ("short convolutions", 0.08)):
        assert median(1 / this.faster(idea, "plain") for this in RACES) <= most
    for this in RACES:
        fastest = sorted(this.lines, key=lambda idea: this.lines[idea].end.seconds)
        assert fastest[:2] == ["short convolutions", "1 layer, 96 wide"]
        few, many = (this.lines[it].end.step for it in ("Muon", "hold, then fall"))
        assert few < many / 2


def test_plain_run_again_beside_the_last_lines_says_the_same():
    text = (DATA / "README.md").read_text("utf-8")
    again = {it.seed: it.lines[PLAIN.idea].end for it in read_races(AGAIN)}
    ends = {it.seed: it.lines for it in RACES}
    took = [again[it].seconds / ends[it][PLAIN.idea].end.seconds for it in ends]
    assert f"it took {min(took):.2f} to {max(took):.2f} of its first" in flat(text)
    shares = [
        median(ends[it][idea].end.seconds / again[it].seconds for it in ends)
        for idea in ("1 layer, 96 wide", "short convolutions")
    ]
    assert shares[0] <= 0.12 and shares[1] <= 0.08
    assert "need {:.2f} and {:.2f} of it".format(*shares) in flat(text)
    same = {it: ends[it][PLAIN.idea].end.val_loss for it in ends}
    assert {it: end.val_loss for it, end in again.items()} == same


def flat(text):
    return " ".join(text.split())


def test_each_tuned_line_has_sixteen_trials_behind_it():
    found = Counter(row["idea"] for row in read_trials(DATA / "trials.csv"))
    asked = {recipe.trials for recipe in RECIPES} - {""}
    del found[PLAIN.idea]  # it sets the goal
    assert found == dict.fromkeys(asked, 16)
