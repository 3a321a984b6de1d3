"""The trials that choose the race's rates: fair, repeatable, and judged elsewhere."""

import math
from dataclasses import replace

import pytest
from test_recipes import TEXT, tiny

from gptlib.speed import trials
from gptlib.speed.recipes import BFLOAT, HOLD, MUON, PLAIN, RECIPES
from gptlib.speed.trials import best, draw, held_out, read_trials, run_trials, tuned


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(trials, "RECIPES", [tiny(recipe) for recipe in RECIPES])


def run(path, count=2, only="hold", plain=None):
    return run_trials(TEXT, path, count, plain or tiny(PLAIN, steps=4), only)


def test_the_text_that_judges_the_race_has_no_part_in_it(tmp_path):
    part = held_out(TEXT)
    assert part.train + part.val == TEXT.train and len(part.val) > 0
    other = TEXT._replace(val="".join(sorted(TEXT.val)))
    found = [
        run_trials(corpus, tmp_path / f"{number}.csv", 1, tiny(PLAIN), "hold")
        for number, corpus in enumerate((TEXT, other))
    ]
    losses = [[row["val_loss"] for row in rows] for rows in found]
    assert losses[0] == losses[1]


def test_each_tuned_recipe_has_as_many_trials_as_the_others(tmp_path):
    rows = run(tmp_path / "trials.csv", only="")
    own = {r.idea for r in RECIPES if r.trials == r.idea}
    counts = {idea: [r["trial"] for r in rows if r["idea"] == idea] for idea in own}
    assert set(map(tuple, counts.values())) == {(0, 1)}
    assert {row["idea"] for row in rows} == own | {"plain"}


def test_a_trial_is_drawn_by_its_number_and_in_fewer_steps():
    assert draw(MUON, 3, 1000) == draw(MUON, 3, 1000)
    drawn = [draw(MUON, trial, 1000).settings for trial in range(40)]
    assert len({s.learning_rate for s in drawn}) > 20
    assert all(500 <= s.steps < 950 and s.warmup in (10, 50, 100) for s in drawn)
    assert all(0.01 <= s.muon_learning_rate <= 0.1 for s in drawn)
    assert {s.muon_momentum for s in drawn} == {0.9, 0.95}


def test_a_trial_changes_no_more_than_what_is_drawn():
    drawn = draw(BFLOAT, 0, 400).settings
    names = ("steps", *trials.RATES, *trials.CHOICES, "dtype")
    given = {name: getattr(drawn, name) for name in names}
    assert replace(BFLOAT.settings, **given) == drawn and drawn.dtype == "float32"


def test_what_was_stopped_goes_on_and_gives_the_same(tmp_path, monkeypatch):
    whole = run(tmp_path / "a.csv", count=3)
    run(tmp_path / "b.csv", count=1)
    asked, real = [], trials.ended
    monkeypatch.setattr(trials, "ended", lambda *a: asked.append(a) or real(*a))
    rows = run(tmp_path / "b.csv", count=3)
    assert len(asked) == 2
    timeless = lambda rows: [{**row, "seconds": 0} for row in rows]
    assert timeless(rows) == timeless(whole)
    assert read_trials(tmp_path / "b.csv") == rows


def test_the_best_trial_is_the_one_that_arrived_in_the_fewest_steps():
    row = lambda took, arrived: dict(idea="a", took=took, arrived=arrived)
    rows = [row(300, 1), row(100, 0), row(200, 1), {**row(50, 1), "idea": "b"}]
    assert best(rows, "a") == row(200, 1)
    assert best(rows, "c") is None


def test_a_recipe_takes_the_numbers_of_the_trials_that_it_names():
    row = dict.fromkeys(("steps", *trials.RATES, *trials.CHOICES))
    row |= dict(idea="2 layers", took=200, arrived=1, steps=210, hold=0.2)
    row |= dict(muon_learning_rate=0.07)
    found = tuned(BFLOAT, [row]).settings
    assert (found.steps, found.hold, found.muon_learning_rate) == (210, 0.2, 0.07)
    assert found.dtype == "bfloat16"
    assert found.learning_rate == BFLOAT.settings.learning_rate  # was not drawn
    assert tuned(HOLD, [row]) == HOLD


def test_a_trial_that_comes_apart_is_noted_as_one_that_failed(tmp_path, monkeypatch):
    real = trials.Racer.run

    def apart(self, until):
        if self.recipe.idea != "plain":
            raise FloatingPointError
        real(self, until=until)

    monkeypatch.setattr(trials.Racer, "run", apart)
    row = run(tmp_path / "trials.csv", count=1)[-1]
    assert row["val_loss"] == math.inf and not row["arrived"]
    assert read_trials(tmp_path / "trials.csv")[-1]["val_loss"] == math.inf


def test_the_goal_asks_for_more_than_luck(tmp_path):
    rows = run(tmp_path / "trials.csv", count=1)
    goal = sum(row["val_loss"] for row in rows[:3]) / 3
    assert [row["idea"] for row in rows[:3]] == ["plain"] * 3
    assert trials.MARGIN > 0
    assert rows[3]["arrived"] == (rows[3]["val_loss"] <= goal - trials.MARGIN)
